//! News on their way to a callback that has a thread of its own.

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::task::Poll;
use std::time::Instant;

use crate::sync::{Condvar, Mutex, MutexGuard, Notify, now};

/// What a list of notices may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) count: usize,
    pub(crate) bytes: usize,
}

/// A notice, and what it takes in memory.
pub(crate) trait Notice {
    fn size(&self) -> usize;
}

/// The bounded list of notices. Beyond its bounds the newest notice takes the place of those before it.
#[derive(Debug)]
pub(crate) struct Notices<T> {
    bounds: Bounds,
    state: Mutex<State<T>>,
    /// For threads that wait ...
    changed: Condvar,
    /// ... and for the one task that does.
    news: Notify,
}

#[derive(Debug)]
struct State<T> {
    list: VecDeque<T>,
    bytes: usize,
    in_hand: bool,
    closed: bool,
}

impl<T: Notice> Notices<T> {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let state = State { list: VecDeque::new(), bytes: 0, in_hand: false, closed: false };
        Self { bounds, state: Mutex::new(state), changed: Condvar::new(), news: Notify::new() }
    }

    pub(crate) fn push(&self, notice: T) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        state.push(notice, self.bounds);
        self.tell();
    }

    /// The next notice, waited for; the callback of the one before has ended. `None`: it is over.
    pub(crate) fn take(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Poll::Ready(taken) = state.try_take() {
                self.changed.notify_all();
                return taken;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The same without waiting.
    pub(crate) fn poll_take(&self) -> Poll<Option<T>> {
        let taken = self.lock().try_take();
        self.changed.notify_all();
        taken
    }

    /// Waits until something may have changed. For one waiter.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }

    /// The next notice, for a task. It is given up with the task, if at all: no notice is lost that another one could take.
    pub(crate) async fn next(&self) -> Option<T> {
        loop {
            if let Poll::Ready(taken) = self.lock().try_take() {
                return taken;
            }
            self.news.notified().await;
        }
    }

    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.tell();
    }

    /// The same, and what is left is told to nobody.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.list.clear();
        state.bytes = 0;
        self.tell();
    }

    /// Closes and waits until all notices are given, but no longer than `deadline`; whether they were. No notice is
    /// taken after this has returned.
    pub(crate) fn finish_by(&self, deadline: Instant) -> bool {
        self.close();
        let mut state = self.lock();
        while state.in_hand || !state.list.is_empty() {
            let time_left = deadline.saturating_duration_since(now());
            if time_left.is_zero() {
                state.list.clear();
                return false;
            }
            state = self.changed.wait_timeout(state, time_left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn tell(&self) {
        self.changed.notify_all();
        self.news.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Notice> State<T> {
    /// The callback of the notice before has ended.
    fn try_take(&mut self) -> Poll<Option<T>> {
        let next = self.list.pop_front();
        self.in_hand = next.is_some();
        self.bytes -= next.as_ref().map_or(0, Notice::size);
        if next.is_none() && !self.closed { Poll::Pending } else { Poll::Ready(next) }
    }

    fn push(&mut self, notice: T, bounds: Bounds) {
        let size = notice.size();
        while self.list.len() >= bounds.count || self.bytes.saturating_add(size) > bounds.bytes {
            // A notice larger than all the room there is still goes in alone.
            let Some(merged) = self.list.pop_back() else { break };
            self.bytes -= merged.size();
        }
        self.bytes += size;
        self.list.push_back(notice);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Sized(usize, usize);

    impl Notice for Sized {
        fn size(&self) -> usize {
            self.1
        }
    }

    const BOUNDS: Bounds = Bounds { count: 1_000, bytes: 16_000 };

    fn numbers(notices: &Notices<Sized>) -> Vec<usize> {
        notices.close();
        std::iter::from_fn(|| notices.take()).map(|notice| notice.0).collect()
    }

    #[test]
    fn each_is_told_while_there_is_room() {
        let notices = Notices::new(BOUNDS);
        (1..=1_000).for_each(|number| notices.push(Sized(number, 10)));
        assert_eq!(numbers(&notices), (1..=1_000).collect::<Vec<_>>());
    }

    #[test]
    fn beyond_the_bound_the_last_stands_for_those_before() {
        let notices = Notices::new(BOUNDS);
        (1..=5_000).for_each(|number| notices.push(Sized(number, 10)));
        let numbers = numbers(&notices);
        assert_eq!((numbers.len(), &numbers[998..]), (1_000, &[999, 5_000][..]));
    }

    #[test]
    fn beyond_the_bytes_they_merge_too() {
        let notices = Notices::new(BOUNDS);
        (1..=40).for_each(|number| notices.push(Sized(number, 1_000)));
        let numbers = numbers(&notices);
        assert_eq!((numbers.len(), numbers.last()), (16, Some(&40)));
    }

    #[test]
    fn one_larger_than_the_bound_is_told_alone() {
        let notices = Notices::new(BOUNDS);
        notices.push(Sized(1, 10));
        notices.push(Sized(2, 16_001));
        assert_eq!(numbers(&notices), [2]);
    }

    #[test]
    fn nothing_is_taken_after_the_end() {
        let notices = Notices::new(BOUNDS);
        (1..=3).for_each(|number| notices.push(Sized(number, 10)));
        assert_eq!(notices.take(), Some(Sized(1, 10)));
        notices.abandon();
        assert_eq!(notices.take(), None);
    }

    #[test]
    fn nothing_is_taken_after_the_deadline() {
        let notices = Notices::new(BOUNDS);
        (1..=3).for_each(|number| notices.push(Sized(number, 10)));
        assert_eq!(notices.take(), Some(Sized(1, 10)));
        assert!(!notices.finish_by(Instant::now() + Duration::from_millis(1)));
        assert_eq!(notices.take(), None);
    }
}
