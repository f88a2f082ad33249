//! Events that are taken one at a time, of whatever lane, by whoever has time for them.

use std::time::Instant;

use super::lane::{Entry, InHand};
use super::{Backlog, Ended, Key, Places, Ticket};

impl<T, K: Key> Backlog<T, K> {
    /// The event that has waited longest of those that may begin, with its lane; its callback begins now. The next one
    /// of the lane may begin when it [is under way](Self::under_way), or has ended: so they begin in order, whoever it
    /// is that calls them.
    pub(crate) fn begin_any(&mut self, now: Instant) -> Option<(K, Ticket, T)> {
        let (_, lane) = self.ready.pop_first()?;
        let first = self.lanes.get(&lane).and_then(|state| state.waiting.front()).map(|first| first.ticket);
        if let Some(state) = self.lanes.get_mut(&lane) {
            state.beginning = first;
        }
        self.begin_first(&lane, now).map(|(ticket, event)| (lane, ticket, event))
    }

    /// The callback of an event taken by [`begin_any`](Self::begin_any) is called now. False: it must not be, the event was
    /// [abandoned](Self::abandon).
    pub(crate) fn calls(&mut self, lane: &K, ticket: Ticket, now: Instant) -> bool {
        let in_hand = self.lanes.get_mut(lane).map(|state| &mut state.in_hand);
        let event = in_hand.and_then(|events| events.iter_mut().find(|event| event.ticket == ticket));
        event.is_some_and(|event| {
            event.since = now;
            true
        })
    }

    /// A callback that was begun by [`begin_any`](Self::begin_any) has been called, and waits for something.
    pub(crate) fn under_way(&mut self, lane: &K, ticket: Ticket) {
        if let Some(state) = self.lanes.get_mut(lane) {
            state.has_begun(ticket);
            self.note_ready(lane);
        }
    }

    /// Whether an event may begin, of whatever lane.
    pub(crate) fn is_any_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The event is settled. False: it was [abandoned](Self::abandon) before.
    pub(crate) fn end(&mut self, lane: &K, ticket: Ticket, ended: Ended, now: Instant) -> bool {
        let Some(state) = self.lanes.get_mut(lane) else { return false };
        let Some(at) = state.in_hand.iter().position(|event| event.ticket == ticket) else { return false };
        let Some(event) = state.in_hand.remove(at) else { return false };
        state.has_begun(ticket);
        if ended == Ended::Called {
            state.pace.note(now.saturating_duration_since(event.since));
        }
        self.in_hand -= 1;
        if self.rules.places == Places::UntilEnd {
            self.events -= 1;
            self.bytes -= event.bytes;
        }
        self.ledger.settle(ticket);
        if self.rules.places == Places::UntilEnd && state.is_idle() {
            // Sessions come and go; a lane that is idle is not remembered.
            self.lanes.remove(lane);
        } else {
            self.note_ready(lane);
        }
        true
    }

    /// The lane's first event has just been taken off `ready`.
    fn begin_first(&mut self, lane: &K, now: Instant) -> Option<(Ticket, T)> {
        let state = self.lanes.get_mut(lane)?;
        let Entry { ticket, event, bytes, .. } = state.waiting.pop_front()?;
        state.in_hand.push_back(InHand { ticket, since: now, bytes });
        self.in_hand += 1;
        self.free_place_at_begin(bytes);
        self.note_ready(lane);
        Some((ticket, event))
    }
}
