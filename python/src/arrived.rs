//! A payload as it arrives: a Python object whose fields are still Rust's.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use autoplay_protocol::payload::{ActionsPayload, Checked, Kind, SlimAction};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use crate::fields;

/// What the classes of payloads have in common: an object of theirs that arrived has no fields until one is read.
///
/// The fields are then made all at once, and from then on they are what the payload is.
#[pyclass(subclass, frozen, module = "autoplay_sdk._native")]
pub(crate) struct Arrived(Mutex<State>);

/// What has not been read yet.
///
/// Libraries in C make objects of dataclasses past their constructor, by memory that is all zeros. So that has to be a
/// state, the one in which nothing is left to read; an enum would not promise it.
#[derive(Default)]
struct State {
    whole: Option<Arc<Checked>>,
    batch: Option<Arc<ActionsPayload>>,
    /// Which of the batch's actions.
    action: usize,
}

/// What arrived. Shared, so that reading needs no lock: making Python objects can run any code, which may read the same
/// payload.
#[derive(Clone)]
pub(crate) enum Content {
    /// A batch or a summary.
    Whole(Arc<Checked>),
    /// One action of a batch.
    Action(Arc<ActionsPayload>, usize),
}

#[pymethods]
impl Arrived {
    #[new]
    #[pyo3(signature = (*_arguments, **_named))]
    fn new(_arguments: &Bound<'_, PyTuple>, _named: Option<&Bound<'_, PyDict>>) -> Self {
        Self(Mutex::default())
    }

    /// Returns the text to embed or to show: see the class for its form.
    fn to_text<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(content) = slf.get().content() {
            if dictionary(slf)?.is_empty() {
                return Ok(PyString::new(slf.py(), &content.to_text()).into_any());
            }
            // Something was assigned before anything was read.
            read(slf)?;
        }
        slf.call_method0("_text_of_fields")
    }

    /// The dictionary that the fields are in, made if they are not yet.
    fn _fields<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        read(slf)
    }

    /// Gives up the fields that were not read: the object gets others.
    fn _forget(&self) {
        drop(self.take());
    }
}

impl Arrived {
    fn content(&self) -> Option<Content> {
        self.state().content()
    }

    fn take(&self) -> Option<Content> {
        mem::take(&mut *self.state()).content()
    }

    fn fill(&self, content: Content) {
        *self.state() = match content {
            Content::Whole(payload) => State { whole: Some(payload), ..State::default() },
            Content::Action(batch, action) => State { batch: Some(batch), action, ..State::default() },
        };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn content(&self) -> Option<Content> {
        match (&self.whole, &self.batch) {
            (Some(payload), _) => Some(Content::Whole(Arc::clone(payload))),
            (None, Some(batch)) => Some(Content::Action(Arc::clone(batch), self.action)),
            (None, None) => None,
        }
    }
}

impl Content {
    fn to_text(&self) -> String {
        match self {
            Self::Whole(payload) => payload.to_text(),
            Self::Action(batch, place) => {
                batch.actions.get(*place).map(SlimAction::to_text).unwrap_or_default()
            }
        }
    }
}

/// Makes the Python object of what arrived, without its fields.
pub(crate) fn make(py: Python<'_>, content: Content) -> PyResult<Bound<'_, PyAny>> {
    let classes = Classes::get(py)?;
    let class = match &content {
        Content::Whole(payload) if payload.kind() == Kind::Summary => &classes.summary,
        Content::Whole(_) => &classes.actions,
        Content::Action(..) => &classes.action,
    };
    let object = classes.new.bind(py).call(class.bind(py), None)?;
    object.cast::<Arrived>()?.get().fill(content);
    Ok(object)
}

/// Makes an action of fields that Python has already.
pub(crate) fn make_action<'py>(fields: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
    let classes = Classes::get(fields.py())?;
    let action = classes.new.bind(fields.py()).call(classes.action.bind(fields.py()), None)?;
    dictionary(action.cast()?)?.update(fields.as_mapping())?;
    Ok(action)
}

/// The dictionary that an object's fields are in, made if they are not yet.
pub(crate) fn read<'py>(object: &Bound<'py, Arrived>) -> PyResult<Bound<'py, PyDict>> {
    let py = object.py();
    let Some(content) = object.get().content() else {
        return dictionary(object);
    };
    let made = fields::of(py, &content)?;
    let dictionary = dictionary(object)?;
    // Until the content is taken nothing below can run other code. Whoever was faster has the fields that count.
    if object.get().take().is_some() {
        if !dictionary.is_empty() {
            // What was assigned before the first read stands, at the place of its field.
            made.update(dictionary.as_mapping())?;
            dictionary.clear();
        }
        dictionary.update(made.as_mapping())?;
    }
    Ok(dictionary)
}

/// The dictionary as it is, which the classes' `__dict__` hides.
fn dictionary<'py>(object: &Bound<'py, Arrived>) -> PyResult<Bound<'py, PyDict>> {
    Ok(object.getattr(intern!(object.py(), "_kept"))?.cast_into::<PyDict>()?)
}

/// What the binding needs of the package's classes.
struct Classes {
    /// `Arrived.__new__`, and its arguments for each class.
    new: Py<PyAny>,
    actions: Py<PyTuple>,
    summary: Py<PyTuple>,
    action: Py<PyTuple>,
}

impl Classes {
    fn get(py: Python<'_>) -> PyResult<&'static Self> {
        static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();
        CLASSES.get_or_try_init(py, || Self::import(py))
    }

    fn import(py: Python<'_>) -> PyResult<Self> {
        let models = py.import("autoplay_sdk.core.models")?;
        let arguments = |name| {
            Ok::<_, PyErr>((models.getattr(name)?.cast_into::<PyType>()?,).into_pyobject(py)?.unbind())
        };
        Ok(Self {
            new: py.get_type::<Arrived>().getattr("__new__")?.unbind(),
            actions: arguments("ActionsPayload")?,
            summary: arguments("SummaryPayload")?,
            action: arguments("SlimAction")?,
        })
    }
}
