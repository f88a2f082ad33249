//! Reads one event's data, as a client does.

use std::sync::Arc;

use autoplay_protocol::payload::{Checked, Kind, Payload};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::arrived::{self, Content};
use crate::events::{Gap, RawEvent};

/// Reads the data of an event and returns what a callback would get: a payload, a `Gap`, or for any other type a `RawEvent`.
///
/// Raises `ValueError` for data that a client would count as malformed.
#[pyfunction]
#[pyo3(signature = (data, event = "message"))]
pub(crate) fn read_payload<'py>(data: &Bound<'py, PyAny>, event: &str) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let data = text(data)?;
    let checked = py.detach(|| Checked::read(data, event).map(|(checked, _corrections)| checked));
    let checked = checked.map_err(|malformed| PyValueError::new_err(malformed.to_string()))?;
    match checked.kind() {
        Kind::Actions | Kind::Summary => arrived::make(py, Content::Whole(Arc::new(checked))),
        Kind::Gap | Kind::Other => {
            if let Payload::Gap(gap) = checked.build() {
                return Ok(Bound::new(py, Gap::from(gap))?.into_any());
            }
            let event = autoplay_sdk::RawEvent::new(event, &checked.into_data(), "");
            Ok(Bound::new(py, RawEvent::from(event))?.into_any())
        }
    }
}

/// As the decoder of the stream gives it: what is no Unicode is replaced.
fn text(data: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(text) = data.cast::<PyString>() {
        return Ok(text.to_string_lossy().into_owned());
    }
    let bytes = data.cast::<PyBytes>().map_err(|_| PyTypeError::new_err("data: give str or bytes"))?;
    Ok(String::from_utf8_lossy(bytes.as_bytes()).into_owned())
}
