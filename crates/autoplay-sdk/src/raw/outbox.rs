//! What was read and not yet taken.

use std::collections::VecDeque;
use std::mem;
use std::sync::PoisonError;
use std::task::Poll;

use super::Item;
use crate::Error;
use crate::sync::{Condvar, Mutex, MutexGuard, Notify};

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
        Self { state: Mutex::new(State::default()), allowance, came: Condvar::new(), taken: Notify::new() }
    }

    /// Takes an item in any case, so that nothing that was read can be lost; whoever put it in then waits for
    /// [`room`](Self::room).
    pub(super) fn put(&self, item: Item) {
        let mut state = self.state();
        state.bytes += item.size();
        state.items.push_back(item);
        self.came.notify_one();
    }

    /// Waits, if too much is waiting, until half of that has been taken: to be woken for each item would cost a
    /// change of threads for each. One waiter only.
    pub(super) async fn room(&self) {
        if self.state().bytes > self.allowance {
            while self.state().bytes > self.enough_room() {
                self.taken.notified().await;
            }
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
        let mut state = self.state();
        if let Some(item) = state.items.pop_front() {
            state.bytes -= item.size();
            if state.bytes <= self.enough_room() {
                self.taken.notify_one();
            }
            return Poll::Ready(Some(Ok(item)));
        }
        if state.over { Poll::Ready(state.error.take().map(Err)) } else { Poll::Pending }
    }

    /// All that waits, waited for, into a queue that is empty. At the end there is the error, once, and then nothing.
    ///
    /// One by one, the two threads would meet at the lock for each item.
    pub(super) fn take_all(&self, items: &mut VecDeque<Item>) -> Result<(), Error> {
        let mut state = self.state();
        while state.items.is_empty() && !state.over {
            state = self.came.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.items.is_empty() {
            return state.error.take().map_or(Ok(()), Err);
        }
        mem::swap(&mut state.items, items);
        state.bytes = 0;
        self.taken.notify_one();
        Ok(())
    }

    fn enough_room(&self) -> usize {
        self.allowance / 2
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn comment(number: usize) -> Item {
        Item::Comment(format!("{number:0>100}"))
    }

    /// Whether the reader may go on at once.
    fn has_room(outbox: &Outbox) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async { tokio::time::timeout(Duration::ZERO, outbox.room()).await.is_ok() })
    }

    #[test]
    fn a_reader_that_had_to_wait_goes_on_at_half() {
        let size = comment(0).size();
        let outbox = Outbox::new(10 * size);
        for number in 0..10 {
            outbox.put(comment(number));
            assert!(has_room(&outbox));
        }
        outbox.put(comment(10));
        assert!(!has_room(&outbox));
        let waiting = async {
            outbox.room().await;
            outbox.state().items.len()
        };
        let taking = async {
            loop {
                _ = outbox.try_take();
                tokio::task::yield_now().await;
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let left = runtime.block_on(async {
            tokio::select! {
                biased;
                left = waiting => left,
                () = taking => unreachable!("it takes without end"),
            }
        });
        assert_eq!(left, 5);
    }

    #[test]
    fn without_an_allowance_the_reader_goes_on_when_all_is_taken() {
        let outbox = Outbox::new(0);
        assert!(has_room(&outbox));
        outbox.put(comment(1));
        outbox.put(comment(2));
        assert!(!has_room(&outbox));
        _ = outbox.try_take();
        assert!(!has_room(&outbox));
        _ = outbox.try_take();
        assert!(has_room(&outbox));
    }

    #[test]
    fn between_threads_all_arrive_in_order_and_then_the_error() {
        let outbox = Arc::new(Outbox::new(4 * comment(0).size()));
        let reader = Arc::clone(&outbox);
        let reading = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                for number in 0..10_000 {
                    reader.put(comment(number));
                    reader.room().await;
                }
            });
            reader.finish(Some(Error::already_running()));
            reader.finish(None);
        });
        let (mut items, mut number) = (VecDeque::new(), 0);
        let error = loop {
            if let Err(error) = outbox.take_all(&mut items) {
                break error;
            }
            for item in items.drain(..) {
                assert_eq!(item, comment(number));
                number += 1;
            }
        };
        assert!(number == 10_000 && error.is_already_running());
        assert!(outbox.take_all(&mut items).is_ok() && items.is_empty());
        reading.join().unwrap();
    }

    #[test]
    fn what_is_abandoned_is_empty_and_over() {
        let outbox = Outbox::new(0);
        outbox.put(comment(1));
        outbox.abandon();
        let mut items = VecDeque::new();
        assert!(outbox.take_all(&mut items).is_ok() && items.is_empty());
        assert!(has_room(&outbox));
    }
}
