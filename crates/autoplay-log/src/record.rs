use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::{Sequence, WaitingId};

/// One appended event, as readers and the observer get it.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The product that it belongs to.
    pub product: Arc<str>,
    /// Where it stands.
    pub sequence: Sequence,
    /// When it was appended, by the clock of the transaction that did it.
    pub at_ms: u64,
    /// The JSON document.
    pub body: Bytes,
}

/// One event in the waiting room.
#[derive(Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What settles it.
    pub id: WaitingId,
    /// The product that it came in for.
    pub product: String,
    /// The session that it waits for.
    pub session: String,
    /// What was handed in.
    pub body: Bytes,
    /// When it came in, by the clock of the transaction that took it.
    pub at_ms: u64,
}

/// Where one [`read`](crate::Log::read) stops, so that it stays short. It always gives one event if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimit {
    /// At most so many events.
    pub events: usize,
    /// Only as many events as have so many bytes of body together.
    pub bytes: usize,
}

impl Default for ReadLimit {
    /// 1,000 events or 1 MiB: some milliseconds of work.
    fn default() -> Self {
        Self { events: 1_000, bytes: 1 << 20 }
    }
}

impl ReadLimit {
    /// Whether one more event of this size fits after what was taken.
    pub(crate) fn fits(self, taken: usize, taken_bytes: usize, next_bytes: usize) -> bool {
        taken == 0 || (taken < self.events && taken_bytes.saturating_add(next_bytes) <= self.bytes)
    }
}

// A body holds what a person did: it stays out of logs.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("product", &self.product)
            .field("sequence", &self.sequence)
            .field("at_ms", &self.at_ms)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("id", &self.id)
            .field("product", &self.product)
            .field("at_ms", &self.at_ms)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
