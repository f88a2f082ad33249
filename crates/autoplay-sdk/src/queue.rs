//! The bounded queue between the reader and the worker.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Events on their way to the callbacks. An event keeps its place until its callback begins.
///
/// Each event comes with the place in the stream *before* it, so that a later run can go on with the oldest event
/// that is not settled.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    capacity: usize,
    state: Mutex<State<T>>,
    /// The worker waits here for an event or for the end.
    events: Condvar,
    /// The reader waits here for the worker to begin, and the end of a run for it to be done.
    progress: Condvar,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<Entry<T>>,
    /// The place before the event whose callback runs.
    in_hand: Option<Place>,
    closed: bool,
    /// Waking costs a system call, so it is only done for somebody.
    worker_waits: bool,
    progress_awaited: bool,
}

#[derive(Debug)]
struct Entry<T> {
    event: T,
    before: Place,
}

/// A last event id. Empty: none.
pub(crate) type Place = Arc<str>;

/// How a queue ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Every event was delivered and its callback has returned.
    Settled,
    /// Time ran out.
    Cut {
        /// Events whose callback never began.
        left: usize,
        /// The place before the oldest event that is not settled.
        resume: Place,
    },
}

impl<T> Queue<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            in_hand: None,
            closed: false,
            worker_waits: false,
            progress_awaited: false,
        };
        Self { capacity, state: Mutex::new(state), events: Condvar::new(), progress: Condvar::new() }
    }

    /// Puts an event in, or gives it back if the queue is full.
    ///
    /// A worker that is about to take an event is waited for: whether an event fits depends on callbacks that
    /// really run, not on which thread happened to be scheduled first.
    pub(crate) fn push(&self, event: T, before: Place) -> Result<(), T> {
        let mut state = self.lock();
        while state.waiting.len() >= self.capacity && state.in_hand.is_none() && !state.closed {
            state.progress_awaited = true;
            state = self.progress.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed || state.waiting.len() >= self.capacity {
            return Err(event);
        }
        state.waiting.push_back(Entry { event, before });
        if mem::take(&mut state.worker_waits) {
            self.events.notify_one();
        }
        Ok(())
    }

    /// The next event, with which its callback begins and the one before has ended; waits for it. `None`: it is over.
    pub(crate) fn take(&self) -> Option<T> {
        let mut state = self.lock();
        state.in_hand = None;
        loop {
            let entry = state.waiting.pop_front();
            if (entry.is_some() || state.closed) && mem::take(&mut state.progress_awaited) {
                self.progress.notify_all();
            }
            if let Some(Entry { event, before }) = entry {
                state.in_hand = Some(before);
                return Some(event);
            }
            if state.closed {
                return None;
            }
            state.worker_waits = true;
            state = self.events.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Nothing more goes in; what is in can still be taken.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.events.notify_all();
        self.progress.notify_all();
    }

    /// Closes, and waits until everything is settled, but no longer than `deadline`. No event is taken after this
    /// has returned.
    pub(crate) fn finish_by(&self, deadline: Instant) -> Ending {
        self.close();
        let mut state = self.lock();
        while state.in_hand.is_some() || !state.waiting.is_empty() {
            let Some(time_left) =
                deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
            else {
                return cut(&mut state);
            };
            state.progress_awaited = true;
            state = self.progress.wait_timeout(state, time_left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ending::Settled
    }

    /// How many events wait for their callback to begin.
    pub(crate) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// No foreign code runs under the lock, so what a panic leaves behind is sound.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cut<T>(state: &mut State<T>) -> Ending {
    let waiting = mem::take(&mut state.waiting);
    let oldest = state.in_hand.clone().or_else(|| waiting.front().map(|entry| Arc::clone(&entry.before)));
    Ending::Cut { left: waiting.len(), resume: oldest.unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> Queue<u32> {
        let queue = Queue::new(3);
        for number in 1..=3 {
            queue.push(number, format!("before {number}").into()).unwrap();
        }
        queue
    }

    #[test]
    fn a_place_is_free_when_a_callback_begins() {
        let queue = filled();
        assert_eq!((queue.take(), queue.len()), (Some(1), 2));
        queue.push(4, Place::default()).unwrap();
        assert_eq!(queue.push(5, Place::default()), Err(5));
    }

    #[test]
    fn a_run_that_is_cut_resumes_with_the_event_in_hand() {
        let queue = filled();
        queue.take();
        let cut = Ending::Cut { left: 2, resume: "before 1".into() };
        assert_eq!(queue.finish_by(Instant::now()), cut);
        assert_eq!(queue.take(), None, "nothing begins afterwards");
    }

    #[test]
    fn a_run_that_is_cut_before_a_callback_began_resumes_with_the_oldest() {
        let cut = Ending::Cut { left: 3, resume: "before 1".into() };
        assert_eq!(filled().finish_by(Instant::now()), cut);
    }

    #[test]
    fn a_closed_queue_gives_out_what_it_has_and_takes_nothing() {
        let queue = filled();
        queue.close();
        assert_eq!(queue.push(4, Place::default()), Err(4));
        let rest: Vec<_> = std::iter::from_fn(|| queue.take()).collect();
        assert_eq!(rest, [1, 2, 3]);
        assert_eq!(queue.finish_by(Instant::now()), Ending::Settled);
    }
}
