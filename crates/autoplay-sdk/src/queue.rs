//! The queue between the reader and the callbacks: a backlog under a lock, and the reader's wait for room.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::backlog::{Backlog, Incoming, Key, Offer, Rules};
use crate::blanks::Blanks;
use crate::checkpoint::Progress;
use crate::place::Place;
use crate::queued::Queued;
use crate::sync::{Mutex, MutexGuard, Notify, now, timeout_at};

/// Who runs callbacks, as the queue sees it. This is what differs between the clients.
pub(crate) trait Lanes: Debug + Send + Sync + 'static {
    /// What names a lane.
    type Key: Key;

    /// What calling a callback gives: nothing when it has ended, or a future.
    type Called: 'static;

    /// Whether whose an event is makes a difference.
    fn sort_by_owner(&self) -> bool;

    /// The lane of an event of this session, or user.
    fn lane_of(&self, owner: Option<&str>) -> Self::Key;

    /// Tells the backlog which callbacks have begun and ended since it was told last.
    fn catch_up(&self, backlog: &mut Backlog<Queued, Self::Key>);

    /// Events may begin that could not before.
    fn wake(&self, backlog: &Backlog<Queued, Self::Key>);

    /// Nothing more comes.
    fn closed(&self);
}

/// What the reader has for the queue.
#[derive(Debug)]
pub(crate) enum Gathered<K> {
    Event(Incoming<Queued, K>),
    /// Something that needs no callback, and moves the place.
    Settled(Place),
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Queue<L: Lanes> {
    pub(crate) lanes: L,
    state: Mutex<State<L::Key>>,
    room: Notify,
}

#[derive(Debug)]
pub(crate) struct State<K: Key> {
    pub(crate) backlog: Backlog<Queued, K>,
    /// The size of the event that the reader waits for room for. Waking it costs a system call.
    reader_wants: Option<usize>,
    /// For the reader, from the workers.
    pub(crate) blanks: Blanks,
}

/// A reader without room looks again after this time: what was fetched in one go makes room without a word.
const LOOKS_AGAIN: Duration = Duration::from_millis(10);

impl<L: Lanes> Queue<L> {
    pub(crate) fn new(lanes: L, rules: Rules, place: Place) -> Self {
        let state =
            State { backlog: Backlog::new(rules, place), reader_wants: None, blanks: Blanks::default() };
        Self { lanes, state: Mutex::new(state), room: Notify::new() }
    }

    /// Puts in what was gathered, and waits for room where the rules say so. `told` hears how many events were taken,
    /// and which were dropped; what can be written into goes to `blanks`. What has found no place when this is given up is still in `gathered`.
    pub(crate) async fn put(
        &self,
        gathered: &mut VecDeque<Gathered<L::Key>>,
        blanks: &mut Blanks,
        mut told: impl FnMut(usize, Vec<Queued>) + Send,
    ) {
        loop {
            let Put { taken, dropped, until } = self.put_what_fits(gathered, blanks);
            // Without the lock: this runs code of others.
            told(taken, dropped);
            let Some(until) = until else { return };
            _ = timeout_at(until.into(), self.room.notified()).await;
        }
    }

    /// Events of this connection wait until it is [released](Self::release).
    pub(crate) fn hold_back(&self, connection: u64) {
        self.lock().backlog.hold_back(connection, now());
    }

    pub(crate) fn release(&self, connection: u64) {
        let mut state = self.lock();
        state.backlog.release(connection);
        self.lanes.wake(&state.backlog);
    }

    /// Nothing more comes; what is in is still delivered.
    pub(crate) fn close(&self) {
        self.lock().backlog.close();
        self.lanes.closed();
    }

    /// Nothing begins any more; how many events were left.
    pub(crate) fn abandon(&self) -> usize {
        let left = self.caught_up().backlog.abandon();
        self.lanes.closed();
        left
    }

    /// How many events wait, and how many bytes they are.
    pub(crate) fn size(&self) -> (usize, usize) {
        let backlog = &self.caught_up().backlog;
        (backlog.len(), backlog.bytes())
    }

    /// Where a later run goes on.
    pub(crate) fn resume_place(&self) -> Place {
        self.caught_up().backlog.resume_place().clone()
    }

    /// How far the callbacks are.
    pub(crate) fn progress(&self) -> Progress {
        let backlog = &self.caught_up().backlog;
        Progress { place: backlog.resume_place().clone(), settled: backlog.is_settled() }
    }

    /// Lets the reader go on, if it waits and there is room: for a good deal, or it would wait again at once.
    pub(crate) fn tell_reader(&self, state: &mut State<L::Key>) {
        let has_room =
            |bytes: &mut usize| state.backlog.has_room_for(*bytes) && state.backlog.has_room_for_many();
        if state.reader_wants.take_if(has_room).is_some() {
            self.room.notify_one();
        }
    }

    /// The state, with all that has begun and ended.
    pub(crate) fn caught_up(&self) -> MutexGuard<'_, State<L::Key>> {
        let mut state = self.lock();
        self.lanes.catch_up(&mut state.backlog);
        state
    }

    /// No foreign code runs under the lock, so what a panic leaves behind is sound.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State<L::Key>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_what_fits(&self, gathered: &mut VecDeque<Gathered<L::Key>>, blanks: &mut Blanks) -> Put {
        let mut put = Put { taken: 0, dropped: Vec::new(), until: None };
        let mut state = self.lock();
        let now = now();
        while let Some(next) = gathered.pop_front() {
            let incoming = match next {
                Gathered::Event(incoming) => incoming,
                Gathered::Settled(place) => {
                    state.backlog.pass(place);
                    continue;
                }
            };
            if !state.backlog.has_room_for(incoming.bytes) {
                self.lanes.catch_up(&mut state.backlog);
            }
            match state.backlog.offer(incoming, now) {
                Offer::Taken => put.taken += 1,
                Offer::Dropped(event) => put.dropped.push(event),
                Offer::Later(incoming, until) => {
                    state.reader_wants = Some(incoming.bytes);
                    gathered.push_front(Gathered::Event(incoming));
                    let again = now + LOOKS_AGAIN;
                    put.until = Some(until.map_or(again, |until| until.min(again)));
                    break;
                }
            }
        }
        blanks.exchange(&mut state.blanks);
        self.lanes.wake(&state.backlog);
        put
    }
}

/// What became of what was gathered.
struct Put {
    taken: usize,
    dropped: Vec<Queued>,
    /// When to go on with what is left, if anything is.
    until: Option<Instant>,
}
