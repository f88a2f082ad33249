//! Whether the stream is open, for those who wait for it.

use std::sync::PoisonError;
use std::time::Duration;

use crate::sync::{Condvar, Mutex, MutexGuard, Notify, now, timeout};

/// See the [module](self).
#[derive(Debug, Default)]
pub(crate) struct Connection {
    state: Mutex<State>,
    /// For threads that wait ...
    changed: Condvar,
    /// ... and for tasks.
    news: Notify,
}

#[derive(Debug, Default)]
struct State {
    open: bool,
    /// A run has ended, or only delivers what is left, and no other has begun since: nobody is about to connect.
    over: bool,
}

impl Connection {
    pub(crate) fn run_began(&self) {
        self.lock().over = false;
    }

    pub(crate) fn set(&self, open: bool) {
        self.lock().open = open;
        self.tell();
    }

    /// The run reads no more.
    pub(crate) fn run_ended(&self) {
        *self.lock() = State { open: false, over: true };
        self.tell();
    }

    pub(crate) fn is_open(&self) -> bool {
        self.lock().open
    }

    /// Waits until the stream is open; false if it is not after `timeout`, or if the run reads no more. The first run may
    /// be about to begin.
    pub(crate) fn wait(&self, timeout: Duration) -> bool {
        let deadline = now().checked_add(timeout);
        let mut state = self.lock();
        while !state.open && !state.over {
            let Some(deadline) = deadline else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let time_left = deadline.saturating_duration_since(now());
            if time_left.is_zero() {
                return false;
            }
            state = self.changed.wait_timeout(state, time_left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.open
    }

    /// The same for tasks.
    pub(crate) async fn opened(&self, patience: Duration) -> bool {
        let open_or_over = || {
            let state = self.lock();
            (state.open || state.over).then_some(state.open)
        };
        let waiting = async {
            loop {
                // It counts from its making, so nothing that happens after the look is missed.
                let news = self.news.notified();
                if let Some(open) = open_or_over() {
                    return open;
                }
                news.await;
            }
        };
        timeout(patience, waiting).await.unwrap_or(false)
    }

    fn tell(&self) {
        self.changed.notify_all();
        self.news.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
