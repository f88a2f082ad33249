//! JSON of unknown shape as Python's own objects.

use autoplay_protocol::json::{Number, Object, Value};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList};

/// Reads JSON as leniently as the data of events is read, and returns what it says.
///
/// Raises `ValueError` for what is no JSON.
#[pyfunction]
pub(crate) fn read_json<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let read = Value::parse(text).map_err(|error| PyValueError::new_err(error.to_string()))?;
    value(py, &read)
}

pub(crate) fn object<'py>(py: Python<'py>, object: &Object) -> PyResult<Bound<'py, PyDict>> {
    let members = PyDict::new(py);
    for (name, member) in object {
        members.set_item(name, value(py, member)?)?;
    }
    Ok(members)
}

/// Calls itself as deep as the value is nested, which the reader of JSON has bounded.
fn value<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(bool) => bool.into_bound_py_any(py)?,
        Value::Number(number) => self::number(py, number)?,
        Value::String(text) => text.into_bound_py_any(py)?,
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(self::value(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(members) => object(py, members)?.into_any(),
    })
}

/// Integers of any length are exact, up to the number of digits that the interpreter is willing to read (4,300 unless it
/// is told otherwise); beyond it they are what they are as floats: infinite.
fn number<'py>(py: Python<'py>, number: &Number) -> PyResult<Bound<'py, PyAny>> {
    if let Some(integer) = number.as_i64() {
        return integer.into_bound_py_any(py);
    }
    let text = number.to_string();
    let is_integer = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
    if is_integer && let Ok(integer) = py.get_type::<PyInt>().call1((text,)) {
        return Ok(integer);
    }
    number.as_f64().into_bound_py_any(py)
}
