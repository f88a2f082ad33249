//! Reads the dictionaries that a program has itself, from a store of its own, say, by the rules for what comes over the
//! wire. Numbers are Python's here, and so have no limits.

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};

use crate::arrived;

/// The fields of a `SlimAction` that `data` says.
#[pyfunction]
pub(crate) fn read_action<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    Source::new(data)?.action()
}

/// The fields of an `ActionsPayload` that `data` says, and how many elements of `actions` were no objects. The
/// `count` is what was said, right or not.
#[pyfunction]
pub(crate) fn read_actions<'py>(data: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyDict>, usize)> {
    Source::new(data)?.batch()
}

/// The fields of a `SummaryPayload` that `data` says.
#[pyfunction]
pub(crate) fn read_summary<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    Source::new(data)?.summary()
}

/// A dictionary, and the fields that were read from it.
struct Source<'py> {
    data: Bound<'py, PyDict>,
    fields: Bound<'py, PyDict>,
    /// How many members of `data` have been looked for and found.
    found: usize,
}

impl<'py> Source<'py> {
    fn new(data: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = data.py();
        let Some(data) = dictionary(data)? else {
            let class = data.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "data: give a dict, such as json.loads makes, not {class}"
            )));
        };
        Ok(Self { data, fields: PyDict::new(py), found: 0 })
    }

    fn action(mut self) -> PyResult<Bound<'py, PyDict>> {
        let py = self.data.py();
        self.text(intern!(py, "title"))?;
        self.text(intern!(py, "description"))?;
        self.text(intern!(py, "canonical_url"))?;
        self.integer(intern!(py, "index"))?;
        self.text(intern!(py, "type"))?;
        self.float(intern!(py, "timestamp_start"))?;
        self.float(intern!(py, "timestamp_end"))?;
        self.text(intern!(py, "raw_url"))?;
        self.optional(intern!(py, "session_id"))?;
        self.optional(intern!(py, "user_id"))?;
        self.optional(intern!(py, "email"))?;
        self.optional(intern!(py, "conversation_id"))?;
        self.extra()
    }

    fn batch(mut self) -> PyResult<(Bound<'py, PyDict>, usize)> {
        let py = self.data.py();
        self.text(intern!(py, "product_id"))?;
        self.identity(intern!(py, "session_id"))?;
        self.identity(intern!(py, "user_id"))?;
        self.identity(intern!(py, "email"))?;
        let left_out = self.actions(intern!(py, "actions"))?;
        self.integer(intern!(py, "count"))?;
        self.float(intern!(py, "forwarded_at"))?;
        self.optional(intern!(py, "conversation_id"))?;
        self.take(intern!(py, "type"))?;
        Ok((self.extra()?, left_out))
    }

    fn summary(mut self) -> PyResult<Bound<'py, PyDict>> {
        let py = self.data.py();
        self.text(intern!(py, "product_id"))?;
        self.identity(intern!(py, "session_id"))?;
        self.text(intern!(py, "summary"))?;
        self.integer(intern!(py, "replaces"))?;
        self.float(intern!(py, "forwarded_at"))?;
        self.take(intern!(py, "type"))?;
        self.extra()
    }

    fn take(&mut self, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let value = self.data.get_item(name)?;
        self.found += usize::from(value.is_some());
        Ok(value)
    }

    fn text(&mut self, name: &Bound<'py, PyString>) -> PyResult<()> {
        let text = self.take(name)?.and_then(text);
        self.fields.set_item(name, text.unwrap_or_else(|| intern!(name.py(), "").clone()))
    }

    fn optional(&mut self, name: &Bound<'py, PyString>) -> PyResult<()> {
        let text = self.take(name)?.and_then(text);
        self.fields.set_item(name, text)
    }

    /// An empty text says no more about who it was than none.
    fn identity(&mut self, name: &Bound<'py, PyString>) -> PyResult<()> {
        let text = self.take(name)?.and_then(text).filter(|text| text.len().is_ok_and(|length| length > 0));
        self.fields.set_item(name, text)
    }

    fn integer(&mut self, name: &Bound<'py, PyString>) -> PyResult<()> {
        let integer = self.take(name)?.and_then(integer);
        match integer {
            Some(integer) => self.fields.set_item(name, integer),
            None => self.fields.set_item(name, 0),
        }
    }

    fn float(&mut self, name: &Bound<'py, PyString>) -> PyResult<()> {
        let float = self.take(name)?.and_then(float);
        match float {
            Some(float) => self.fields.set_item(name, float),
            None => self.fields.set_item(name, 0.0),
        }
    }

    /// Says how many elements were left out.
    fn actions(&mut self, name: &Bound<'py, PyString>) -> PyResult<usize> {
        let py = name.py();
        let actions = PyList::empty(py);
        let mut left_out = 0;
        if let Some(value) = self.take(name)?.filter(|value| !value.is_none()) {
            if !value.is_instance_of::<PyList>() && !value.is_instance_of::<PyTuple>() {
                return Err(PyValueError::new_err("data: its `actions` is no list"));
            }
            for element in value.try_iter()? {
                match dictionary(&element?)? {
                    Some(data) => {
                        let source = Source { data, fields: PyDict::new(py), found: 0 };
                        actions.append(arrived::make_action(&source.action()?)?)?;
                    }
                    None => left_out += 1,
                }
            }
        }
        self.fields.set_item(name, actions)?;
        Ok(left_out)
    }

    /// Keeps what nobody knows, after everything that somebody does.
    fn extra(self) -> PyResult<Bound<'py, PyDict>> {
        let py = self.data.py();
        let extra = PyDict::new(py);
        if self.found < self.data.len() {
            for (name, value) in &self.data {
                // In a payload, `type` says what it is; in an action it is a field.
                if !self.fields.contains(&name)? && !name.eq(intern!(py, "type"))? {
                    extra.set_item(name, value)?;
                }
            }
        }
        self.fields.set_item(intern!(py, "extra"), extra)?;
        Ok(self.fields)
    }
}

/// `data` if it is a dictionary or can be made one.
fn dictionary<'py>(data: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    if let Ok(data) = data.cast::<PyDict>() {
        return Ok(Some(data.clone()));
    }
    if data.cast::<PyMapping>().is_ok() {
        return Ok(Some(data.py().get_type::<PyDict>().call1((data,))?.cast_into()?));
    }
    Ok(None)
}

/// A text, or the text of a number.
fn text(value: Bound<'_, PyAny>) -> Option<Bound<'_, PyString>> {
    match value.cast_into::<PyString>() {
        Ok(text) => Some(text),
        Err(error) => {
            let value = error.into_inner();
            let is_number = value.is_instance_of::<PyFloat>()
                || value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>();
            is_number.then(|| value.str().ok()).flatten()
        }
    }
}

fn integer(value: Bound<'_, PyAny>) -> Option<Bound<'_, PyAny>> {
    let py = value.py();
    if value.is_exact_instance_of::<PyInt>() {
        return Some(value);
    }
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_str().ok()?;
        let text = numeric(text)?;
        let integer = py.get_type::<PyInt>();
        return match text.parse::<i64>() {
            Ok(integer) => integer.into_bound_py_any(py).ok(),
            Err(_) if text.bytes().all(|byte| byte.is_ascii_digit() || b"+-".contains(&byte)) => {
                integer.call1((text,)).ok()
            }
            Err(_) => integer.call1((text.parse::<f64>().ok()?,)).ok(),
        };
    }
    let is_number = value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>();
    // Fails for what is not finite.
    is_number.then(|| py.get_type::<PyInt>().call1((value,)).ok()).flatten()
}

fn float(value: Bound<'_, PyAny>) -> Option<Bound<'_, PyAny>> {
    let py = value.py();
    if value.is_instance_of::<PyFloat>() {
        return Some(value);
    }
    if let Ok(text) = value.cast::<PyString>() {
        return numeric(text.to_str().ok()?)?.parse::<f64>().ok()?.into_bound_py_any(py).ok();
    }
    if !value.is_instance_of::<PyInt>() {
        return None;
    }
    match py.get_type::<PyFloat>().call1((&value,)) {
        Ok(float) => Some(float),
        Err(_too_large) if value.lt(0).ok()? => f64::NEG_INFINITY.into_bound_py_any(py).ok(),
        Err(_too_large) => f64::INFINITY.into_bound_py_any(py).ok(),
    }
}

/// The decimal number that a text is, without the white space around it. Words such as `inf` and `nan` are none here.
fn numeric(text: &str) -> Option<&str> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.starts_with(|first: char| first == '.' || first.is_ascii_digit()).then_some(text)
}
