//! What was read and not yet taken.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use tokio::sync::Notify;

use super::Item;
use crate::Error;

/// Hands items over, within the same task or from the reader's thread to another one.
#[derive(Debug)]
pub(super) struct Outbox {
    state: Mutex<State>,
    /// The bytes that may wait while the reader goes on reading.
    allowance: usize,
    came: Condvar,
    taken: Notify,
}

#[derive(Debug, Default)]
struct State {
    items: VecDeque<Item>,
    bytes: usize,
    over: bool,
    /// Comes last.
    error: Option<Error>,
}

impl Outbox {
    pub(super) fn new(allowance: usize) -> Self {
        Self { state: Mutex::default(), allowance, came: Condvar::new(), taken: Notify::new() }
    }

    /// Takes an item in any case, so that nothing that was read can be lost; whoever put it in then waits for
    /// [`room`](Self::room).
    pub(super) fn put(&self, item: Item) {
        let mut state = self.state();
        state.bytes += item.size();
        state.items.push_back(item);
        self.came.notify_one();
    }

    /// Waits until so little is left that the next item may be read. One waiter only.
    pub(super) async fn room(&self) {
        while self.is_full() {
            self.taken.notified().await;
        }
    }

    /// Nothing more will be put in.
    pub(super) fn finish(&self, error: Option<Error>) {
        let mut state = self.state();
        state.over = true;
        state.error = state.error.take().or(error);
        self.came.notify_all();
    }

    /// The same, and what is in it is not wanted any more.
    pub(super) fn abandon(&self) {
        *self.state() = State { over: true, ..State::default() };
        self.came.notify_all();
    }

    /// The next item, then the error, then `None` for ever. Nobody is woken up after [`Poll::Pending`].
    pub(super) fn try_take(&self) -> Poll<Option<Result<Item, Error>>> {
        self.take_from(&mut self.state())
    }

    /// The same, waited for.
    pub(super) fn take(&self) -> Option<Result<Item, Error>> {
        let mut state = self.state();
        loop {
            if let Poll::Ready(taken) = self.take_from(&mut state) {
                return taken;
            }
            state = self.came.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn take_from(&self, state: &mut State) -> Poll<Option<Result<Item, Error>>> {
        if let Some(item) = state.items.pop_front() {
            state.bytes -= item.size();
            self.taken.notify_one();
            return Poll::Ready(Some(Ok(item)));
        }
        if state.over { Poll::Ready(state.error.take().map(Err)) } else { Poll::Pending }
    }

    fn is_full(&self) -> bool {
        self.state().bytes > self.allowance
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
