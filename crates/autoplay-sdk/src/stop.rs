//! The wish to stop, from any thread.

use std::sync::OnceLock;
use std::time::Instant;

use crate::sync::Notify;

/// Set once; a run looks at its own.
#[derive(Debug, Default)]
pub(crate) struct StopSignal {
    since: OnceLock<Instant>,
    notify: Notify,
}

impl StopSignal {
    pub(crate) fn stop(&self) {
        if self.since.set(Instant::now()).is_ok() {
            // The permit is kept if nobody waits yet.
            self.notify.notify_one();
        }
    }

    /// When the first wish came.
    pub(crate) fn since(&self) -> Option<Instant> {
        self.since.get().copied()
    }

    pub(crate) fn is_set(&self) -> bool {
        self.since.get().is_some()
    }

    /// Ends when the wish comes, or at once if it has. One waiter only.
    pub(crate) async fn stopped(&self) {
        while !self.is_set() {
            self.notify.notified().await;
        }
    }
}
