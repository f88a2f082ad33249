//! One lane: what waits in it, what is in hand, how fast it is.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::time::Instant;

use super::Ticket;
use super::pace::Pace;

/// What names a lane.
pub(crate) trait Key: Debug + Hash + Eq + Clone + Send {
    /// Finds the lane: as safe against strangers as the names need, and as fast as they allow.
    type Hasher: Debug + BuildHasher + Default + Send;
}

/// Workers have numbers.
impl Key for usize {
    type Hasher = BuildHasherDefault<NumberHasher>;
}

/// Nobody chooses these numbers to do harm, so any spreading of their bits will do.
#[derive(Debug, Default)]
pub(crate) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, number: usize) {
        self.0 = (self.0 ^ number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

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
    /// When its oldest callback began. Without one in hand, events may be `held` back since a time.
    pub(super) fn busy_since(&self, held: Option<Instant>) -> Option<Instant> {
        self.in_hand.front().map(|event| event.since).or(held)
    }

    pub(super) fn has_begun(&mut self, ticket: Ticket) {
        if self.beginning == Some(ticket) {
            self.beginning = None;
        }
    }

    /// The oldest callback in hand has ended, if there is one.
    pub(super) fn end_oldest(&mut self, now: Instant) -> Option<Ticket> {
        let event = self.in_hand.pop_front()?;
        self.pace.note(now.saturating_duration_since(event.since));
        Some(event.ticket)
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
