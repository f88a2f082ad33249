//! Notices of dropped events, on their way to `on_drop`.

use crate::RawEvent;
use crate::notices::{Bounds, Notice, Notices};

/// One event was dropped, and `total` in all. The last notice always tells the true total.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DropNotice {
    pub(crate) raw: RawEvent,
    pub(crate) total: u64,
}

impl Notice for DropNotice {
    fn size(&self) -> usize {
        self.raw.size()
    }
}

/// An empty list with the bounds that the contract sets: 1,000 notices, 16 MiB.
pub(crate) fn notices() -> Notices<DropNotice> {
    Notices::new(Bounds { count: 1_000, bytes: 16 * 1024 * 1024 })
}
