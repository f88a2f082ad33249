//! What callbacks and loggers are called with.

use std::sync::Arc;

use autoplay_protocol::payload;
use autoplay_sdk::embedding::{Event, Interest};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt};

use crate::arrived::{self, Content};
use crate::events::{Gap, RawEvent};
use crate::records::{FieldValue, Record};

/// The kinds of events by their numbers, which are the places of their callbacks in Python's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Actions,
    Summary,
    Event,
    Gap,
}

impl Kind {
    pub(crate) fn interest(self) -> Interest {
        match self {
            Self::Actions => Interest::Actions,
            Self::Summary => Interest::Summary,
            Self::Event => Interest::Event,
            Self::Gap => Interest::Gap,
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Kind {
    type Error = PyErr;

    fn extract(number: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        [Self::Actions, Self::Summary, Self::Event, Self::Gap]
            .get(number.extract::<usize>()?)
            .copied()
            .ok_or_else(|| PyValueError::new_err("kind: there is none of this number"))
    }
}

impl<'py> IntoPyObject<'py> for Kind {
    type Target = PyInt;
    type Output = Bound<'py, PyInt>;
    type Error = std::convert::Infallible;

    fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output, Self::Error> {
        (self as u8).into_pyobject(py)
    }
}

/// The object for the callback, and which callback that is.
pub(crate) fn event(py: Python<'_>, event: Event) -> PyResult<(Kind, Bound<'_, PyAny>)> {
    Ok(match event {
        Event::Payload(payload) => {
            let kind = if payload.kind() == payload::Kind::Summary { Kind::Summary } else { Kind::Actions };
            (kind, arrived::make(py, Content::Whole(Arc::new(payload)))?)
        }
        Event::Gap(gap) => (Kind::Gap, Gap::from(gap).into_bound_py_any(py)?),
        Event::Other(raw) => (Kind::Event, RawEvent::from(raw).into_bound_py_any(py)?),
    })
}

/// A level, a message and the fields of a record.
pub(crate) type Logged<'py> = (u8, String, Bound<'py, PyDict>);

pub(crate) fn logged(py: Python<'_>, record: Record) -> PyResult<Logged<'_>> {
    let fields = PyDict::new(py);
    for (name, value) in record.fields {
        match value {
            FieldValue::Text(text) => fields.set_item(name, text)?,
            FieldValue::Number(number) => fields.set_item(name, number)?,
            FieldValue::Bool(bool) => fields.set_item(name, bool)?,
        }
    }
    Ok((record.level, record.message, fields))
}
