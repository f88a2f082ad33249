//! Notices of dropped events, on their way to `on_drop`.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::RawEvent;

const MAX_NOTICES: usize = 1_000;
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// One event was dropped, and `total` in all.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DropNotice {
    pub(crate) raw: RawEvent,
    pub(crate) total: u64,
}

/// The bounded list of notices. Beyond its bounds the newest notice takes the place of those before it, so that the
/// last one always tells the true total.
#[derive(Debug, Default)]
pub(crate) struct DropNotices {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    list: VecDeque<DropNotice>,
    bytes: usize,
    in_hand: bool,
    closed: bool,
}

impl DropNotices {
    pub(crate) fn push(&self, notice: DropNotice) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        state.push(notice);
        self.changed.notify_all();
    }

    /// The next notice, waited for; the callback of the one before has ended. `None`: it is over.
    pub(crate) fn take(&self) -> Option<DropNotice> {
        let mut state = self.lock();
        state.in_hand = false;
        loop {
            if let Some(notice) = state.list.pop_front() {
                state.bytes -= notice.raw.size();
                state.in_hand = true;
                return Some(notice);
            }
            if state.closed {
                self.changed.notify_all();
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Closes and waits until all notices are given, but no longer than `deadline`; whether they were. No notice is
    /// taken after this has returned.
    pub(crate) fn finish_by(&self, deadline: Instant) -> bool {
        self.close();
        let mut state = self.lock();
        while state.in_hand || !state.list.is_empty() {
            let Some(time_left) =
                deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
            else {
                state.list.clear();
                return false;
            };
            state = self.changed.wait_timeout(state, time_left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, notice: DropNotice) {
        let size = notice.raw.size();
        while self.list.len() >= MAX_NOTICES || self.bytes.saturating_add(size) > MAX_BYTES {
            // A notice larger than all the room there is still goes in alone.
            let Some(merged) = self.list.pop_back() else { break };
            self.bytes -= merged.raw.size();
        }
        self.bytes += size;
        self.list.push_back(notice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(total: u64, bytes: usize) -> DropNotice {
        DropNotice { raw: RawEvent::new("", &"x".repeat(bytes), ""), total }
    }

    fn totals(notices: &DropNotices) -> Vec<u64> {
        notices.close();
        std::iter::from_fn(|| notices.take()).map(|notice| notice.total).collect()
    }

    #[test]
    fn each_drop_is_told_while_there_is_room() {
        let notices = DropNotices::default();
        (1..=1_000).for_each(|total| notices.push(notice(total, 10)));
        assert_eq!(totals(&notices), (1..=1_000).collect::<Vec<_>>());
    }

    #[test]
    fn beyond_a_thousand_the_total_jumps_and_the_last_is_true() {
        let notices = DropNotices::default();
        (1..=5_000).for_each(|total| notices.push(notice(total, 10)));
        let totals = totals(&notices);
        assert_eq!(totals.len(), 1_000);
        assert_eq!(totals[998..], [999, 5_000]);
    }

    #[test]
    fn beyond_16_mib_they_merge_too() {
        let notices = DropNotices::default();
        (1..=40).for_each(|total| notices.push(notice(total, 1024 * 1024)));
        let totals = totals(&notices);
        assert_eq!(totals.len(), 16);
        assert_eq!(totals.last(), Some(&40));
    }

    #[test]
    fn one_larger_than_the_bound_is_told_alone() {
        let notices = DropNotices::default();
        notices.push(notice(1, 10));
        notices.push(notice(2, MAX_BYTES + 1));
        assert_eq!(totals(&notices), [2]);
    }
}
