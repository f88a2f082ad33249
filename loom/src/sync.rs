//! Loom's locks in place of the system's, a signal built of them, and a clock that stands still: who waits for a time
//! waits until somebody wakes it. So a wake-up that is missing is a deadlock here, and not a delay.

use std::future::poll_fn;
use std::mem;
use std::sync::{OnceLock, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use loom::future::AtomicWaker;

pub(crate) use loom::sync::atomic::AtomicBool;
pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};

/// The time.
pub(crate) fn now() -> Instant {
    static NOW: OnceLock<Instant> = OnceLock::new();
    *NOW.get_or_init(Instant::now)
}

/// Waits for the future alone.
pub(crate) async fn timeout_at<F: Future>(_until: Instant, future: F) -> Result<F::Output, ()> {
    Ok(future.await)
}

/// The same.
pub(crate) async fn timeout<F: Future>(_patience: Duration, future: F) -> Result<F::Output, ()> {
    Ok(future.await)
}

/// What tokio's does, for one waiter at a time.
#[derive(Debug, Default)]
pub(crate) struct Notify {
    state: Mutex<State>,
    waiter: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    /// Is kept until it is taken.
    permit: bool,
    /// How often all who waited were told.
    calls: u64,
}

impl Notify {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn notify_one(&self) {
        self.lock().permit = true;
        self.waiter.wake();
    }

    pub(crate) fn notify_waiters(&self) {
        self.lock().calls += 1;
        self.waiter.wake();
    }

    /// Whoever asked for this counts as waiting, polled or not.
    pub(crate) fn notified(&self) -> impl Future<Output = ()> {
        let calls = self.lock().calls;
        poll_fn(move |context| {
            self.waiter.register_by_ref(context.waker());
            let mut state = self.lock();
            if state.calls != calls || mem::take(&mut state.permit) { Poll::Ready(()) } else { Poll::Pending }
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
