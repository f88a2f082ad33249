//! What a client, those who run its callbacks, and its stoppers have in common.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use autoplay_protocol::payload::Kind;

use crate::Error;
use crate::backlog::Rules;
use crate::callbacks::{Call, Callbacks};
use crate::checkpoint::{Checkpoint, Keeper};
use crate::counters::{Counters, Stats};
use crate::drops::{self, DropNotice};
use crate::findings::Findings;
use crate::intake::Audience;
use crate::lifecycle::{self, Change};
use crate::notices::Notices;
use crate::place::Place;
use crate::process::Process;
use crate::queue::{Lanes, Queue};
use crate::queued::{Queued, Unreadable};
use crate::settings::Settings;
use crate::stop::StopSignal;

pub(crate) struct Shared<L: Lanes> {
    pub(crate) settings: Settings,
    pub(crate) callbacks: Callbacks<L::Called>,
    pub(crate) counters: Counters,
    pub(crate) findings: Findings,
    pub(crate) process: Process,
    /// The run that is going on.
    current: Mutex<Option<Arc<Run<L>>>>,
    /// The run before. Its end may have left callbacks in hand, which are settled when they return.
    last: Mutex<Option<Arc<Run<L>>>>,
}

/// What belongs to one run and ends with it. A callback that is stuck keeps its own run's queue, which is closed,
/// so it never gets anything of the next run.
#[derive(Debug)]
pub(crate) struct Run<L: Lanes> {
    pub(crate) stop: StopSignal,
    pub(crate) queue: Queue<L>,
    pub(crate) drops: Notices<DropNotice>,
    pub(crate) lifecycle: Notices<Change>,
}

/// Why nobody is called for an event that was queued.
#[derive(Debug)]
pub(crate) enum NoCall {
    Malformed(Unreadable),
    /// It is something else than it seemed to be.
    Unwanted,
}

impl<L: Lanes> Shared<L> {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            findings: Findings::new(settings.address.shown()),
            settings,
            callbacks: Callbacks::default(),
            counters: Counters::default(),
            process: Process::here(),
            current: Mutex::new(None),
            last: Mutex::new(None),
        }
    }

    /// Marks the client as running until the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>, lanes: L, rules: Rules) -> Result<Running<L>, Error> {
        self.process.check()?;
        let mut current = self.current();
        if current.is_some() {
            return Err(Error::already_running());
        }
        let (keeper, place) = self.open_checkpoint()?;
        *self.last() = None;
        let run = Arc::new(Run {
            stop: StopSignal::default(),
            queue: Queue::new(lanes, rules, place),
            drops: drops::notices(),
            lifecycle: lifecycle::changes(),
        });
        self.counters.connection.run_began();
        *current = Some(Arc::clone(&run));
        Ok(Running { shared: Arc::clone(self), run, keeper })
    }

    /// Reads an event, and finds the callback for it.
    pub(crate) fn call_for(&self, event: &mut Queued) -> Result<Call<L::Called>, NoCall> {
        let delivery = self.findings.read(event, &self.counters).map_err(NoCall::Malformed)?;
        self.callbacks.for_event(delivery).ok_or(NoCall::Unwanted)
    }

    /// An event was settled without a callback.
    pub(crate) fn passed_over(&self, why: &NoCall) {
        if let NoCall::Malformed(unreadable) = why {
            self.findings.malformed(unreadable, &self.counters);
        }
    }

    pub(crate) fn stop(&self) {
        if self.is_here()
            && let Some(run) = &*self.current()
        {
            run.stop.stop();
        }
    }

    /// Whether this is still the process that made the client; if not, nothing of it may be locked.
    pub(crate) fn is_here(&self) -> bool {
        self.process.is_here()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.is_here() && self.current().is_some()
    }

    pub(crate) fn queue_size(&self) -> usize {
        self.queue_usage().0
    }

    pub(crate) fn stats(&self) -> Stats {
        if !self.is_here() {
            return Stats::default();
        }
        self.settle_late();
        let (queue_size, queue_bytes) = self.queue_usage();
        Stats {
            queue_size,
            queue_bytes,
            queue_capacity: self.settings.max_queue_size,
            ..self.counters.snapshot()
        }
    }

    /// The checkpoint, if there is one, and the place where a run begins.
    fn open_checkpoint(&self) -> Result<(Option<Arc<Keeper>>, Place), Error> {
        self.settle_late();
        let place = self.counters.place();
        let Some(path) = &self.settings.checkpoint else { return Ok((None, place)) };
        // What the file says goes before what is remembered: another process may have gone on meanwhile.
        let (checkpoint, kept) = Checkpoint::open(path, self.settings.address.shown())?;
        Ok((Some(Arc::new(Keeper::new(checkpoint))), kept.unwrap_or(place)))
    }

    /// Takes note of callbacks that have returned since their run ended.
    fn settle_late(&self) {
        if let Some(last) = &*self.last() {
            self.counters.set_place(last.queue.resume_place());
        }
    }

    fn queue_usage(&self) -> (usize, usize) {
        if !self.is_here() {
            return (0, 0);
        }
        let run = self.current().clone();
        run.map_or((0, 0), |run| run.queue.size())
    }

    fn current(&self) -> MutexGuard<'_, Option<Arc<Run<L>>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last(&self) -> MutexGuard<'_, Option<Arc<Run<L>>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L: Lanes> Run<L> {
    /// No callback begins any more; how many events were left. The next run gets again what this one could not settle,
    /// if the server can resume.
    pub(crate) fn cut(&self, counters: &Counters) -> usize {
        let left = self.queue.abandon();
        counters.left.add(left);
        counters.set_place(self.queue.resume_place());
        left
    }
}

/// What can be stopped, whoever runs its callbacks.
pub(crate) trait Stop: Send + Sync {
    fn stop(&self);
}

impl<L: Lanes> Stop for Shared<L> {
    fn stop(&self) {
        self.stop();
    }
}

/// A run that goes on until this is dropped, by whatever way.
pub(crate) struct Running<L: Lanes> {
    pub(crate) shared: Arc<Shared<L>>,
    pub(crate) run: Arc<Run<L>>,
    /// Ends with the run, and with it the lock on the checkpoint, even if a callback is stuck for ever.
    pub(crate) keeper: Option<Arc<Keeper>>,
}

impl<L: Lanes> Drop for Running<L> {
    fn drop(&mut self) {
        self.run.cut(&self.shared.counters);
        self.run.drops.abandon();
        self.run.lifecycle.abandon();
        // All this before another run can begin.
        self.keeper = None;
        self.shared.counters.connection.run_ended();
        *self.shared.last() = Some(Arc::clone(&self.run));
        *self.shared.current() = None;
    }
}

impl<L: Lanes> Audience for Running<L> {
    fn wants(&self, kind: Kind) -> bool {
        self.shared.callbacks.want(kind)
    }

    fn passed_on(&self) {
        if let Some(keeper) = &self.keeper {
            keeper.ring();
        }
    }

    fn dropped(&self, mut event: Queued, total: u64) {
        if self.shared.callbacks.drop.is_set() {
            self.run.drops.push(DropNotice { raw: event.take_raw(), total });
        }
    }

    fn connected(&self, connection: u64) {
        if self.shared.callbacks.connect.is_set() {
            self.run.queue.hold_back(connection);
            self.run.lifecycle.push(Change::Connected(connection));
        } else {
            self.run.queue.release(connection);
        }
    }

    fn disconnected(&self) {
        if self.shared.callbacks.disconnect.is_set() {
            self.run.lifecycle.push(Change::Disconnected);
        }
    }
}

#[cfg(test)]
impl<L: Lanes> Shared<L> {
    /// Keeps the client's own lock.
    pub(crate) fn hold_everything(&self) -> impl Sized {
        self.current()
    }
}
