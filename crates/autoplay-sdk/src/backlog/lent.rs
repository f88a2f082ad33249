//! Events for workers, which fetch several of their lane at once.

use std::time::{Duration, Instant};

use super::lane::{InHand, Lent};
use super::{Backlog, Key};

impl<T, K: Key> Backlog<T, K> {
    /// Lends up to `most` events of a lane without anything in hand to its worker. Each keeps its place until it
    /// [begins](Self::begin_lent). It is for places that last until then.
    pub(crate) fn lend(&mut self, lane: &K, most: usize, lent: &mut impl Extend<T>) -> bool {
        let Some(state) = self.lanes.get_mut(lane) else { return false };
        let Some(first) = state.waiting.front() else { return false };
        if self.ready.remove(&first.ticket).is_none() {
            return false;
        }
        let released = self.connection.released;
        for _ in 0..most {
            let Some(next) = state.waiting.pop_front_if(|next| next.connection <= released) else { break };
            state.lent.push_back(Lent { ticket: next.ticket, bytes: next.bytes });
            lent.extend([next.event]);
        }
        true
    }

    /// The callback of the next event lent begins; the one before it has ended.
    pub(crate) fn begin_lent(&mut self, lane: &K, now: Instant) {
        let Some(state) = self.lanes.get_mut(lane) else { return };
        let Some(Lent { ticket, bytes }) = state.lent.pop_front() else { return };
        let ended = state.end_oldest(now);
        state.in_hand.push_back(InHand { ticket, since: now, bytes });
        self.in_hand += 1;
        self.settle_ended(ended);
        self.free_place_at_begin(bytes);
    }

    /// The next event lent needs no callback; the one before it has ended.
    pub(crate) fn pass_over_lent(&mut self, lane: &K, now: Instant) {
        let Some(state) = self.lanes.get_mut(lane) else { return };
        let Some(Lent { ticket, bytes }) = state.lent.pop_front() else { return };
        let ended = state.end_oldest(now);
        self.settle_ended(ended);
        self.free_place_at_begin(bytes);
        self.ledger.settle(ticket);
        self.note_ready(lane);
    }

    /// The lane's callback in hand, if there is one, has ended.
    pub(crate) fn finish(&mut self, lane: &K, now: Instant) {
        let ended = self.lanes.get_mut(lane).and_then(|state| state.end_oldest(now));
        self.settle_ended(ended);
        self.note_ready(lane);
    }

    /// How long a callback of the lane takes; zero while nothing is known.
    pub(crate) fn pace(&self, lane: &K) -> Duration {
        self.lanes.get(lane).map_or(Duration::ZERO, |state| state.pace.mean())
    }

    /// Whether an event of the lane may begin.
    pub(crate) fn is_ready(&self, lane: &K) -> bool {
        let first = self.lanes.get(lane).and_then(|state| state.waiting.front());
        first.is_some_and(|first| self.ready.contains_key(&first.ticket))
    }
}
