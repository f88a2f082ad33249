//! What threads meet at, and the clock they look at meanwhile. In one place, so that a checker can put in its own, and
//! try every order in which things can happen.

use std::time::Instant;

pub(crate) use std::sync::atomic::AtomicBool;
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
pub(crate) use tokio::sync::Notify;
pub(crate) use tokio::time::{timeout, timeout_at};

/// The time.
pub(crate) fn now() -> Instant {
    Instant::now()
}
