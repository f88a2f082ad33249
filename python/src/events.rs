//! Events that are no payload.

use autoplay_protocol::payload;
use pyo3::prelude::*;

/// An event as it came: its `event` (`"message"` if it had none), its `data`, and the `id` that the stream had reached.
#[pyclass(frozen, eq, hash, get_all, module = "autoplay_sdk")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct RawEvent {
    /// The type of the event: its `event` field, `"message"` if it had none.
    event: String,
    /// The data, nearly always JSON.
    data: String,
    /// The id of the event, or the last one before it; empty if there was none.
    id: String,
}

#[pymethods]
impl RawEvent {
    #[new]
    #[pyo3(signature = (event, data, id = ""))]
    fn new(event: String, data: String, id: &str) -> Self {
        Self { event, data, id: id.to_owned() }
    }

    #[classattr]
    fn __match_args__() -> (&'static str, &'static str, &'static str) {
        ("event", "data", "id")
    }

    fn __getnewargs__(&self) -> (&str, &str, &str) {
        (&self.event, &self.data, &self.id)
    }

    /// Without the data, which is somebody's private data.
    fn __repr__(&self) -> String {
        format!("<RawEvent event={:?} id={:?}, {} bytes of data>", self.event, self.id, self.data.len())
    }
}

impl From<autoplay_sdk::RawEvent> for RawEvent {
    fn from(event: autoplay_sdk::RawEvent) -> Self {
        Self { event: event.event, data: event.data, id: event.id }
    }
}

/// The connector's word that the stream could not be continued where it was left.
#[pyclass(frozen, eq, hash, get_all, module = "autoplay_sdk")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Gap {
    /// Why: `"retention"`, `"epoch"` or `"unknown_id"`.
    reason: String,
    /// The id after which the client asked to go on; `None` if it is not known.
    requested_id: Option<String>,
    /// The oldest id that there still is; `None` if it is not known.
    oldest_id: Option<String>,
}

#[pymethods]
impl Gap {
    #[new]
    #[pyo3(signature = (reason, requested_id = None, oldest_id = None))]
    fn new(reason: String, requested_id: Option<String>, oldest_id: Option<String>) -> Self {
        Self { reason, requested_id, oldest_id }
    }

    #[classattr]
    fn __match_args__() -> (&'static str, &'static str, &'static str) {
        ("reason", "requested_id", "oldest_id")
    }

    fn __getnewargs__(&self) -> (&str, Option<&str>, Option<&str>) {
        (&self.reason, self.requested_id.as_deref(), self.oldest_id.as_deref())
    }

    fn __repr__(&self) -> String {
        let shown = |id: &Option<String>| id.as_ref().map_or("None".to_owned(), |id| format!("{id:?}"));
        let (requested, oldest) = (shown(&self.requested_id), shown(&self.oldest_id));
        format!("Gap(reason={:?}, requested_id={requested}, oldest_id={oldest})", self.reason)
    }
}

impl From<payload::Gap> for Gap {
    fn from(gap: payload::Gap) -> Self {
        Self { reason: gap.reason, requested_id: gap.requested_id, oldest_id: gap.oldest_id }
    }
}
