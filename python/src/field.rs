use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};

use crate::arrived::{self, Arrived};

/// A field of a payload's class: found where the object has no such attribute itself.
///
/// That is so before the first read, which makes the fields, and after a `del`.
#[pyclass(frozen, module = "autoplay_sdk._native")]
pub(crate) struct Field {
    name: Py<PyString>,
    default: Option<Py<PyAny>>,
}

#[pymethods]
impl Field {
    /// With a default there is a second argument.
    #[new]
    #[pyo3(signature = (name, /, *default))]
    fn new(name: Bound<'_, PyString>, default: &Bound<'_, PyTuple>) -> Self {
        Self { name: name.unbind(), default: default.get_item(0).ok().map(Bound::unbind) }
    }

    fn __get__<'py>(
        &self,
        py: Python<'py>,
        object: Option<&Bound<'py, Arrived>>,
        class: Option<&Bound<'py, PyType>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Some(object) = object
            && let Some(value) = arrived::read(object)?.get_item(&self.name)?
        {
            return Ok(value);
        }
        match &self.default {
            Some(default) => Ok(default.bind(py).clone()),
            None => Err(self.missing(py, object, class)),
        }
    }

    fn __repr__(&self) -> String {
        format!("<field {}>", self.name)
    }
}

impl Field {
    /// In the words of the interpreter.
    fn missing(
        &self,
        py: Python<'_>,
        object: Option<&Bound<'_, Arrived>>,
        class: Option<&Bound<'_, PyType>>,
    ) -> PyErr {
        let name = self.name.bind(py);
        let class_name =
            |class: &Bound<'_, PyType>| class.name().map(|name| name.to_string()).unwrap_or_default();
        let message = match (object, class) {
            (Some(object), _) => {
                format!("'{}' object has no attribute '{name}'", class_name(&object.get_type()))
            }
            (None, Some(class)) => format!("type object '{}' has no attribute '{name}'", class_name(class)),
            (None, None) => format!("no attribute '{name}'"),
        };
        PyAttributeError::new_err(message)
    }
}
