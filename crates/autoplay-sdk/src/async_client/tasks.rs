//! The tasks that run callbacks, and how they take events from the queue.

use std::hash::RandomState;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::Called;
use crate::backlog::{Backlog, Ended, Key, Ticket};
use crate::queue::{Lanes, Queue, State};
use crate::queued::Queued;

/// Whose an event is: a session, else a user, else nobody in particular. Each has a lane.
type Owner = Option<Arc<str>>;

/// Strangers choose these.
impl Key for Owner {
    type Hasher = RandomState;
}

/// The tasks of one run.
///
/// A task calls one callback after the other for as long as each is done when it is called; the first that has to wait
/// for something makes the task its own, and another one takes over. So callbacks that never wait cost no task each,
/// and those that do wait for nobody.
#[derive(Debug)]
pub(crate) struct Tasks {
    /// Another task may begin, or the last has ended.
    news: Notify,
    /// The last has ended.
    settled: Notify,
    /// Tasks that are calling callbacks, not counting those whose callback waits; only changed under the queue's lock.
    calling: AtomicUsize,
    /// So many can do it at the same time.
    most: usize,
}

/// An event whose callback is to be called now.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) event: Queued,
    pub(crate) hold: Hold,
}

/// The place that an event keeps until its callback has ended.
#[derive(Debug)]
pub(crate) struct Hold {
    lane: Owner,
    ticket: Ticket,
}

impl Tasks {
    /// For the runtime that this is called in.
    pub(crate) fn here() -> Self {
        let workers = Handle::try_current().map_or(1, |runtime| runtime.metrics().num_workers());
        Self {
            news: Notify::new(),
            settled: Notify::new(),
            calling: AtomicUsize::new(0),
            most: workers.max(1),
        }
    }

    fn can_call_more(&self) -> bool {
        self.calling.load(Relaxed) < self.most
    }
}

impl Lanes for Tasks {
    type Key = Owner;
    type Called = Called;

    fn sort_by_owner(&self) -> bool {
        true
    }

    fn lane_of(&self, owner: Option<&str>) -> Owner {
        owner.map(Arc::from)
    }

    /// It knows of everything when it happens.
    fn catch_up(&self, _backlog: &mut Backlog<Queued, Owner>) {}

    fn wake(&self, backlog: &Backlog<Queued, Owner>) {
        if backlog.is_any_ready() && self.can_call_more() {
            self.news.notify_one();
        }
    }

    fn closed(&self) {
        self.news.notify_one();
    }
}

impl Queue<Tasks> {
    /// Hands events to new tasks, made by `spawn`, until the queue is closed and everything in it has ended.
    pub(crate) async fn hand_out(&self, mut spawn: impl FnMut(Begun)) {
        loop {
            while let Some(begun) = self.begin_in_another_task() {
                spawn(begun);
            }
            if self.is_over() {
                return;
            }
            self.lanes.news.notified().await;
        }
    }

    /// The next event, which is in hand now.
    pub(crate) fn begin(&self) -> Option<Begun> {
        begin(&mut self.lock())
    }

    /// The next event, for a task that has nothing to do. `None`: the task is over.
    pub(crate) fn begin_in_same_task(&self) -> Option<Begun> {
        let mut state = self.lock();
        let begun = begin(&mut state);
        if begun.is_none() {
            self.lanes.calling.fetch_sub(1, Relaxed);
        }
        begun
    }

    /// The callback is called now. False: the run was over before.
    pub(crate) fn calls(&self, hold: &Hold) -> bool {
        self.lock().backlog.calls(&hold.lane, hold.ticket, Instant::now())
    }

    /// The callback has been called, and waits for something.
    pub(crate) fn under_way(&self, hold: &Hold) {
        let mut state = self.lock();
        state.backlog.under_way(&hold.lane, hold.ticket);
        self.lanes.calling.fetch_sub(1, Relaxed);
        self.lanes.wake(&state.backlog);
    }

    /// The next event of those that a host calls callbacks for. Others of its session may begin beside it at once: they
    /// are handed over, and called, in the order in which they began.
    pub(crate) fn begin_beside(&self) -> Option<Begun> {
        let mut state = self.lock();
        let begun = begin(&mut state)?;
        state.backlog.under_way(&begun.hold.lane, begun.hold.ticket);
        Some(begun)
    }

    /// Waits until an event may begin, or has ended as the last. For one waiter.
    pub(crate) async fn news(&self) {
        self.lanes.news.notified().await;
    }

    /// Waits until everything has ended, once the queue is closed; or for [`cut_short`](Self::cut_short). For one
    /// waiter.
    pub(crate) async fn settled(&self) {
        if !self.is_over() {
            self.lanes.settled.notified().await;
        }
    }

    /// Who waits for the end waits no longer.
    pub(crate) fn cut_short(&self) {
        self.lanes.settled.notify_one();
    }

    /// The event is settled. False: the run was over before.
    pub(crate) fn end(&self, hold: &Hold, ended: Ended) -> bool {
        let mut state = self.lock();
        let in_time = self.settle(&mut state, hold, ended);
        self.lanes.wake(&state.backlog);
        in_time
    }

    /// The same, from whoever looks by itself for what may begin now.
    pub(crate) fn end_quietly(&self, hold: &Hold, ended: Ended) -> bool {
        self.settle(&mut self.lock(), hold, ended)
    }

    fn settle(&self, state: &mut State<Owner>, hold: &Hold, ended: Ended) -> bool {
        let in_time = state.backlog.end(&hold.lane, hold.ticket, ended, Instant::now());
        self.tell_reader(state);
        if state.backlog.is_closed() && state.backlog.is_settled() {
            self.lanes.news.notify_one();
            self.lanes.settled.notify_one();
        }
        in_time
    }

    fn begin_in_another_task(&self) -> Option<Begun> {
        let mut state = self.lock();
        let begun = if self.lanes.can_call_more() { begin(&mut state) } else { None };
        if begun.is_some() {
            self.lanes.calling.fetch_add(1, Relaxed);
        }
        begun
    }

    fn is_over(&self) -> bool {
        let backlog = &self.lock().backlog;
        backlog.is_closed() && backlog.is_settled()
    }
}

fn begin(state: &mut State<Owner>) -> Option<Begun> {
    let (lane, ticket, event) = state.backlog.begin_any(Instant::now())?;
    Some(Begun { event, hold: Hold { lane, ticket } })
}
