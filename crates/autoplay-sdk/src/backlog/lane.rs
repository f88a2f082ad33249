//! One lane: what waits in it, what is in hand, how fast it is.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Ticket;
use super::pace::Pace;

/// A busy machine may leave a thread alone for so long: no callback is taken for a stuck one before. Without it, a
/// burst on a full queue of 500 would lose events whenever a worker is not scheduled for two milliseconds.
pub(super) const HICCUP: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct Lane<T> {
    pub(super) waiting: VecDeque<Entry<T>>,
    /// Fetched by the lane's worker, and not begun.
    pub(super) lent: VecDeque<Lent>,
    pub(super) in_hand: VecDeque<InHand>,
    /// Taken by somebody who has yet to call its callback.
    pub(super) beginning: Option<Ticket>,
    pub(super) pace: Pace,
}

#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) ticket: Ticket,
    pub(super) event: T,
    pub(super) bytes: usize,
    pub(super) connection: u64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Lent {
    pub(super) ticket: Ticket,
    pub(super) bytes: usize,
}

#[derive(Debug)]
pub(super) struct InHand {
    pub(super) ticket: Ticket,
    pub(super) since: Instant,
    pub(super) bytes: usize,
}

impl<T> Lane<T> {
    /// How long its callbacks would need, at their present pace, for `count` events. Without one in hand, events that
    /// are `held` back are waiting for that long.
    pub(super) fn need(&self, count: u32, held: Option<Instant>, now: Instant) -> Duration {
        let waited = self.counts_since(held).map(|since| now.saturating_duration_since(since));
        self.pace.mean().max(waited.unwrap_or_default()).saturating_mul(count)
    }

    /// From when on the time of its oldest callback counts.
    pub(super) fn counts_since(&self, held: Option<Instant>) -> Option<Instant> {
        let since = self.in_hand.front().map(|event| event.since).or(held)?;
        Some(since.checked_add(HICCUP).unwrap_or(since))
    }

    pub(super) fn has_begun(&mut self, ticket: Ticket) {
        if self.beginning == Some(ticket) {
            self.beginning = None;
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.in_hand.is_empty() && self.lent.is_empty() && self.waiting.is_empty()
    }
}

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            lent: VecDeque::new(),
            in_hand: VecDeque::new(),
            beginning: None,
            pace: Pace::default(),
        }
    }
}
