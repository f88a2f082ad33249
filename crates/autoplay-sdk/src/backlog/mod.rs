//! What lies between the reader and the callbacks: how much of it there may be, who gets what, what is settled.
//!
//! [`Backlog`] is a data structure without locks and without a clock. The synchronous client shares one among its
//! threads under a mutex, the asynchronous one polls it; what they do with an event that does not fit, which events
//! keep their order, and where a later run goes on is decided here, once.
//!
//! Events are sorted into *lanes*. Those of one lane begin in order; a lane is a worker thread, or a session.
//!
//! A worker thread fetches several events at once ([`Backlog::lend`]); each keeps its place until its callback begins,
//! or is found to need none. Tasks take one event at a time ([`Backlog::begin_any`]).

mod lane;
mod ledger;
mod lent;
mod overflow;
mod pace;
mod rules;
mod single;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::time::Instant;

pub(crate) use lane::Key;
pub(crate) use ledger::Ticket;
pub(crate) use rules::{OnFull, Places, Rules};

use crate::place::Place;
use lane::{Entry, Lane};
use ledger::Ledger;
use overflow::Full;

/// How it went with an event that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Its callback has returned or failed.
    Called,
    /// No callback was called. That says nothing of their pace.
    PassedOver,
}

/// An event on its way in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Incoming<T, K> {
    pub(crate) event: T,
    pub(crate) lane: K,
    pub(crate) bytes: usize,
    /// The last event id as it stands after the event.
    pub(crate) place: Place,
    /// The connection that it came on; its callback does not begin before [`Backlog::release`].
    pub(crate) connection: u64,
}

/// What became of an offer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Offer<T, K> {
    /// It has a place.
    Taken,
    /// It finds none, and the callbacks are too slow to wait for. It counts as settled.
    Dropped(T),
    /// It finds none yet: offer it again when an event has begun or ended, or at this time.
    Later(Incoming<T, K>, Option<Instant>),
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Backlog<T, K: Key> {
    rules: Rules,
    lanes: HashMap<K, Lane<T>, K::Hasher>,
    /// The first waiting event of every lane that may begin another one.
    ready: BTreeMap<Ticket, K>,
    ledger: Ledger,
    /// Places taken.
    events: usize,
    bytes: usize,
    in_hand: usize,
    connection: Connection,
    closed: bool,
}

/// The newest connection, and since when its events are held back.
#[derive(Debug, Clone, Copy, Default)]
struct Connection {
    newest: u64,
    released: u64,
    held_since: Option<Instant>,
}

impl<T, K: Key> Backlog<T, K> {
    /// Empty, at a place known from before (empty: none).
    pub(crate) fn new(rules: Rules, place: Place) -> Self {
        Self {
            rules,
            lanes: HashMap::default(),
            ready: BTreeMap::new(),
            ledger: Ledger::at(place),
            events: 0,
            bytes: 0,
            in_hand: 0,
            connection: Connection::default(),
            closed: false,
        }
    }

    /// Whether there is a place for an event of this size.
    pub(crate) fn has_room_for(&self, bytes: usize) -> bool {
        self.events == 0
            || (self.events < self.rules.max_events
                && self.bytes.saturating_add(bytes) <= self.rules.max_bytes)
    }

    /// Whether a quarter of the places is free, or one at least.
    pub(crate) fn has_room_for_many(&self) -> bool {
        self.rules.max_events.saturating_sub(self.events) >= (self.rules.max_events / 4).max(1)
    }

    /// Takes an event in, if there is a place for it.
    pub(crate) fn offer(&mut self, incoming: Incoming<T, K>, now: Instant) -> Offer<T, K> {
        if !self.has_room_for(incoming.bytes) {
            match self.on_full(now) {
                Full::Wait(until) => return Offer::Later(incoming, until),
                Full::Drop => {
                    self.ledger.pass(incoming.place);
                    return Offer::Dropped(incoming.event);
                }
            }
        }
        self.take(incoming);
        Offer::Taken
    }

    /// Something arrived that needs no callback: it is settled at once.
    pub(crate) fn pass(&mut self, place: Place) {
        self.ledger.pass(place);
    }

    /// Events of this connection, the newest, are held back until it is released.
    pub(crate) fn hold_back(&mut self, connection: u64, now: Instant) {
        self.connection.newest = connection;
        self.connection.held_since.get_or_insert(now);
    }

    /// Events of connections up to this one may begin.
    pub(crate) fn release(&mut self, connection: u64) {
        let state = &mut self.connection;
        state.released = state.released.max(connection);
        if state.released >= state.newest {
            state.held_since = None;
        }
        let lanes: Vec<K> = self.lanes.keys().cloned().collect();
        for lane in lanes {
            self.note_ready(&lane);
        }
    }

    /// Nothing more comes; what is in can still begin.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// Nothing begins any more; how many events were left, which are those that still had a place. They are not
    /// settled.
    pub(crate) fn abandon(&mut self) -> usize {
        self.close();
        self.ready.clear();
        for lane in self.lanes.values_mut() {
            lane.waiting.clear();
            lane.lent.clear();
            if self.rules.places == Places::UntilEnd {
                self.in_hand -= lane.in_hand.drain(..).count();
            }
        }
        self.bytes = 0;
        mem::take(&mut self.events)
    }

    /// Whether nothing of this lane will begin any more.
    pub(crate) fn is_over_for(&self, lane: &K) -> bool {
        self.closed && self.lanes.get(lane).is_none_or(|state| state.waiting.is_empty())
    }

    /// Whether nothing more is taken.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether nothing waits and nothing is in hand.
    pub(crate) fn is_settled(&self) -> bool {
        self.in_hand == 0 && self.waiting() == 0
    }

    /// Places taken, in events.
    pub(crate) fn len(&self) -> usize {
        self.events
    }

    /// What they hold, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Where a later run goes on: the newest id up to and including which everything is settled.
    pub(crate) fn resume_place(&self) -> &Place {
        self.ledger.resume_place()
    }

    fn waiting(&self) -> usize {
        match self.rules.places {
            Places::UntilBegin => self.events,
            Places::UntilEnd => self.events - self.in_hand,
        }
    }

    fn take(&mut self, incoming: Incoming<T, K>) {
        let Incoming { event, lane, bytes, place, connection } = incoming;
        let ticket = self.ledger.arrive(place);
        self.events += 1;
        self.bytes += bytes;
        let waiting = &mut self.lanes.entry(lane.clone()).or_default().waiting;
        waiting.push_back(Entry { ticket, event, bytes, connection });
        // Behind others it changes nothing about who is first.
        if waiting.len() == 1 {
            self.note_ready(&lane);
        }
    }

    /// Notes the lane's first event among those that may begin, if it may.
    fn note_ready(&mut self, lane: &K) {
        let Some(state) = self.lanes.get(lane) else { return };
        if let Some(first) = state.waiting.front()
            && state.in_hand.len() < self.rules.concurrency
            && state.lent.is_empty()
            && state.beginning.is_none()
            && first.connection <= self.connection.released
        {
            self.ready.insert(first.ticket, lane.clone());
        }
    }

    fn settle_ended(&mut self, ended: Option<Ticket>) {
        if let Some(ticket) = ended {
            self.in_hand -= 1;
            self.ledger.settle(ticket);
        }
    }

    fn free_place_at_begin(&mut self, bytes: usize) {
        if self.rules.places == Places::UntilBegin {
            self.events -= 1;
            self.bytes -= bytes;
        }
    }
}
