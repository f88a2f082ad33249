//! What is counted, and the snapshot that a user sees.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use crate::connection::Connection;
use crate::place::Place;

/// One number that only grows. Each is exact by itself; nothing else is ordered by it.
///
/// It has its cache line for itself: the reader and the workers count at the same time.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Counts one, and gives the new total.
    pub(crate) fn count(&self) -> u64 {
        self.0.fetch_add(1, Relaxed) + 1
    }

    pub(crate) fn add(&self, more: usize) {
        self.0.fetch_add(more as u64, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Counted over the life of a client, all its runs together.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) received: Counter,
    pub(crate) delivered: Counter,
    pub(crate) dropped: Counter,
    pub(crate) left: Counter,
    pub(crate) malformed: Counter,
    pub(crate) oversized: Counter,
    pub(crate) gaps: Counter,
    pub(crate) callback_errors: Counter,
    pub(crate) reconnects: Counter,
    pub(crate) bytes: Counter,
    pub(crate) connection: Connection,
    place: Mutex<Place>,
}

impl Counters {
    pub(crate) fn place(&self) -> Place {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_place(&self, place: Place) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }

    /// All but what the queue knows.
    pub(crate) fn snapshot(&self) -> Stats {
        Stats {
            received: self.received.get(),
            delivered: self.delivered.get(),
            dropped: self.dropped.get(),
            left: self.left.get(),
            malformed: self.malformed.get(),
            oversized: self.oversized.get(),
            gaps: self.gaps.get(),
            callback_errors: self.callback_errors.get(),
            reconnects: self.reconnects.get(),
            bytes: self.bytes.get(),
            connected: self.connection.is_open(),
            last_event_id: self.place().id(),
            ..Stats::default()
        }
    }
}

/// What a client has seen so far, over all its runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Events that arrived, whatever became of them; heartbeats are not counted.
    pub received: u64,
    /// Events whose callback has returned or panicked.
    pub delivered: u64,
    /// Events dropped because the queue was full.
    pub dropped: u64,
    /// Events that were still queued when a run ended, its `drain_timeout` being over; unread, so any of them may be
    /// malformed.
    pub left: u64,
    /// Events whose data could not be read. It is read where the callback would run, so one that is still queued is not
    /// among them yet.
    pub malformed: u64,
    /// Events over `max_event_bytes`.
    pub oversized: u64,
    /// Gaps that the connector reported.
    pub gaps: u64,
    /// Callbacks that panicked.
    pub callback_errors: u64,
    /// How often the stream was opened again after it had been open in the same run.
    pub reconnects: u64,
    /// Bytes of the stream's body, after decompression.
    pub bytes: u64,
    /// Whether the stream is open now.
    pub connected: bool,
    /// Where the client would go on: the id it would send as `Last-Event-ID`.
    pub last_event_id: Option<String>,
    /// Events that wait for their callback now.
    pub queue_size: usize,
    /// What their data takes, in bytes.
    pub queue_bytes: usize,
    /// How many can wait.
    pub queue_capacity: usize,
}
