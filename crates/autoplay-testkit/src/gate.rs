//! A gate that a test opens when a script may go on.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Closed at first; once open it stays open. Clones are the same gate.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everybody through, now and later.
    pub fn open(&self) {
        *lock(&self.0.0) = true;
        self.0.1.notify_all();
    }

    /// Waits for the gate to be open, for so long. Tells whether it is.
    #[must_use]
    pub fn wait(&self, limit: Duration) -> bool {
        let guard = lock(&self.0.0);
        let waited = self.0.1.wait_timeout_while(guard, limit, |open| !*open);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Locks, whatever happened to another thread: its panic is reported by itself.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
