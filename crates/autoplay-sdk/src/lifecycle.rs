//! Connections that were made and lost, on their way to `on_connect` and `on_disconnect`.

use crate::notices::{Bounds, Notice, Notices};

/// What happened to the connection of this number; they count from 1 in each run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Connected(u64),
    Disconnected,
}

impl Notice for Change {
    fn size(&self) -> usize {
        0
    }
}

/// An empty list without bounds: every loss is told, and there is one at most every `initial_backoff`.
pub(crate) fn changes() -> Notices<Change> {
    Notices::new(Bounds { count: usize::MAX, bytes: usize::MAX })
}
