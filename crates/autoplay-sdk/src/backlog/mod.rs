//! What lies between the reader and the callbacks: how much of it there may be, who gets what, what is settled.
//!
//! [`Backlog`] is a data structure without locks and without a clock. The synchronous client shares one among its
//! threads under a mutex, the asynchronous one polls it; what they do with an event that does not fit, which events
//! keep their order, and where a later run goes on is decided here, once.
//!
//! Events are sorted into *lanes*. Those of one lane begin in order; a lane is a worker thread, or a session.
//!
//! A worker thread fetches several events at once ([`Backlog::lend`]). Each keeps its place until its callback begins,
//! or is found to need none.

mod lane;
mod ledger;
mod pace;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::time::{Duration, Instant};

pub(crate) use lane::Key;
pub(crate) use ledger::Ticket;

use crate::place::Place;
use lane::{Entry, InHand, Lane, Lent};
use ledger::Ledger;

/// A busy machine may leave a thread alone for so long: no callback is taken for a stuck one before. Without it, a
/// burst on a full queue of 500 would lose events whenever a worker is not scheduled for two milliseconds.
const HICCUP: Duration = Duration::from_millis(50);

/// How much may wait, and what becomes of an event that finds no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) max_events: usize,
    /// One event is let in whatever its size.
    pub(crate) max_bytes: usize,
    pub(crate) overflow: OnFull,
    pub(crate) places: Places,
    /// How many events of a lane may be in hand at a time.
    pub(crate) concurrency: usize,
}

/// What becomes of an event when the backlog is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnFull {
    /// It is dropped, if the callbacks would need longer than this for what waits; else it waits for a place.
    DropBeyond(Duration),
    /// It waits for a place.
    Wait,
}

/// How long an event keeps its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Places {
    /// Until its callback begins.
    UntilBegin,
    /// Until its callback has ended.
    UntilEnd,
}

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
            match self.rules.overflow {
                OnFull::Wait => return Offer::Later(incoming, None),
                // A callback that is about to begin makes room: what fits depends on callbacks, not on threads.
                OnFull::DropBeyond(_) if self.room_is_coming() => return Offer::Later(incoming, None),
                // Without a lag full is full, also where no callback has begun that could tell the pace.
                OnFull::DropBeyond(max_lag) if max_lag.is_zero() || self.need(max_lag, now) > max_lag => {
                    self.ledger.pass(incoming.place);
                    return Offer::Dropped(incoming.event);
                }
                OnFull::DropBeyond(max_lag) => {
                    let until = self.lags_beyond_at(max_lag);
                    return Offer::Later(incoming, until);
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

    fn room_is_coming(&self) -> bool {
        let begins = |lane: &Lane<T>| lane.in_hand.is_empty() && !lane.lent.is_empty();
        self.rules.places == Places::UntilBegin && (!self.ready.is_empty() || self.lanes.values().any(begins))
    }

    /// How long the callbacks would need, at their present pace, for what waits: the longest of all lanes.
    fn need(&self, max_lag: Duration, now: Instant) -> Duration {
        let needs = self.lanes.values().map(|lane| {
            let since = lane.busy_since(self.connection.held_since);
            let so_far = since.map(|since| now.saturating_duration_since(since));
            // A hiccup is over before it says anything about the pace.
            let so_far = so_far.filter(|so_far| *so_far >= HICCUP.min(max_lag));
            lane.pace.mean().max(so_far.unwrap_or_default()).saturating_mul(self.count(lane))
        });
        needs.max().unwrap_or_default()
    }

    /// When the need will exceed `max_lag` if nothing begins or ends until then. A nanosecond late rather than early:
    /// asked again at that time, the answer must be another one.
    fn lags_beyond_at(&self, max_lag: Duration) -> Option<Instant> {
        let lanes = self.lanes.values().filter_map(|lane| {
            let since = lane.busy_since(self.connection.held_since)?;
            let count = self.count(lane);
            let patience =
                |count| (max_lag / count).saturating_add(Duration::from_nanos(1)).max(HICCUP.min(max_lag));
            (count > 0).then(|| since.checked_add(patience(count)))?
        });
        lanes.min()
    }

    /// How many events wait for the lane.
    fn count(&self, lane: &Lane<T>) -> u32 {
        let in_hand = if self.rules.places == Places::UntilEnd { lane.in_hand.len() } else { 0 };
        u32::try_from(lane.waiting.len() + lane.lent.len() + in_hand).unwrap_or(u32::MAX)
    }
}
