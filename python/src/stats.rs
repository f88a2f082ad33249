//! What a client has counted.

use pyo3::prelude::*;

/// What a client has seen so far, over all its runs.
#[pyclass(frozen, eq, get_all, module = "autoplay_sdk")]
#[derive(PartialEq)]
pub(crate) struct Stats {
    /// Events that arrived, whatever became of them; heartbeats are not counted.
    received: u64,
    /// Events whose callback has returned or raised.
    delivered: u64,
    /// Events dropped because the queue was full.
    dropped: u64,
    /// Events that were still queued when a run ended, its `drain_timeout` being over.
    left: u64,
    /// Events whose data could not be read.
    malformed: u64,
    /// Events over `max_event_bytes`.
    oversized: u64,
    /// Gaps that the connector reported.
    gaps: u64,
    /// Callbacks that raised.
    callback_errors: u64,
    /// How often the stream was opened again after it had been open in the same run.
    reconnects: u64,
    /// Bytes of the stream's body, after decompression.
    bytes: u64,
    /// Whether the stream is open now.
    connected: bool,
    /// Where the client would go on: the id it would send as `Last-Event-ID`; `None` if there is none.
    last_event_id: Option<String>,
    /// Events that wait for their callback now.
    queue_size: usize,
    /// What their data takes, in bytes.
    queue_bytes: usize,
    /// How many can wait.
    queue_capacity: usize,
}

#[pymethods]
impl Stats {
    fn __repr__(&self) -> String {
        let connected = if self.connected { "True" } else { "False" };
        format!(
            "<Stats received={} delivered={} dropped={} malformed={} callback_errors={} reconnects={} \
             connected={connected} queue_size={}/{}>",
            self.received,
            self.delivered,
            self.dropped,
            self.malformed,
            self.callback_errors,
            self.reconnects,
            self.queue_size,
            self.queue_capacity
        )
    }
}

impl From<autoplay_sdk::Stats> for Stats {
    fn from(stats: autoplay_sdk::Stats) -> Self {
        Self {
            received: stats.received,
            delivered: stats.delivered,
            dropped: stats.dropped,
            left: stats.left,
            malformed: stats.malformed,
            oversized: stats.oversized,
            gaps: stats.gaps,
            callback_errors: stats.callback_errors,
            reconnects: stats.reconnects,
            bytes: stats.bytes,
            connected: stats.connected,
            last_event_id: stats.last_event_id,
            queue_size: stats.queue_size,
            queue_bytes: stats.queue_bytes,
            queue_capacity: stats.queue_capacity,
        }
    }
}
