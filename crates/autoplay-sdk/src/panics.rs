//! Callbacks that panic.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::queue::Lanes;
use crate::shared::Shared;

/// Counts and logs the panic of a callback, which is all that comes of it: it breaks its own state, never ours.
pub(crate) fn tell_of_panic<L: Lanes>(
    shared: &Shared<L>,
    callback: &'static str,
    panic: Box<dyn Any + Send>,
) {
    shared.findings.panicked(callback, &shared.counters);
    // The value may panic once more while it is dropped.
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(again);
    }
}
