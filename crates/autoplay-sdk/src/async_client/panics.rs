//! Callbacks that panic.

use std::future::poll_fn;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::thread;

use super::Called;

/// Runs a callback to its end, from its call to the drop of its future; a panic is its result.
pub(crate) async fn caught(call: impl FnOnce() -> Called) -> thread::Result<()> {
    let mut called = catch_unwind(AssertUnwindSafe(call))?;
    let ended = poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| called.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(())) => Poll::Ready(Ok(())),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await;
    match (ended, catch_unwind(AssertUnwindSafe(|| drop(called)))) {
        (Ok(()), dropped) => dropped,
        (ended, Ok(())) => ended,
        (ended, Err(second)) => {
            // One panic is enough to tell, and this value may panic once more while it is dropped.
            mem::forget(second);
            ended
        }
    }
}
