//! The events of one worker.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::sync::Arc;

use super::{Event, read};
use crate::blanks::Blanks;
use crate::queued::Queued;
use crate::shared::{NoCall, Run, Shared};
use crate::workers::{Step, Workers};

/// Gets one worker's events in order, for the thread of the host's that runs their callbacks.
///
/// Several are fetched and checked together; each keeps its place in the queue until it begins.
pub struct Worker {
    shared: Arc<Shared<Workers>>,
    run: Arc<Run<Workers>>,
    lane: usize,
    fetched: VecDeque<Queued>,
    ready: VecDeque<Result<Event, NoCall>>,
    /// Whether it was told that those fetched have begun to make room.
    told: bool,
    in_hand: bool,
}

impl Worker {
    pub(super) fn new(shared: &Arc<Shared<Workers>>, run: &Arc<Run<Workers>>, lane: usize) -> Self {
        Self {
            shared: Arc::clone(shared),
            run: Arc::clone(run),
            lane,
            fetched: VecDeque::new(),
            ready: VecDeque::new(),
            told: false,
            in_hand: false,
        }
    }

    /// Waits for the next events and checks them; the callbacks of those before have ended. False: the run is over.
    pub fn fetch(&mut self) -> bool {
        self.ended();
        self.ready.clear();
        self.told = false;
        let is_over = !self.run.queue.fetch(self.lane, &mut self.fetched, &mut Blanks::default());
        self.ready.extend(self.fetched.drain(..).map(|event| read(&self.shared, event)));
        !is_over
    }

    /// The next of the events that were fetched, whose callback begins with this; that of the one before has ended.
    /// `None`: all of them have begun.
    pub fn begin(&mut self) -> Option<Event> {
        self.ended();
        while let Some(next) = self.ready.pop_front() {
            let step = if next.is_ok() { Step::Begin } else { Step::PassOver };
            if !self.run.queue.note(self.lane, step) {
                // The run is over: what there is now was revoked.
                self.ready.clear();
                break;
            }
            if !mem::replace(&mut self.told, true) {
                self.run.queue.tell_of_room(self.lane);
            }
            match next {
                Ok(event) => {
                    self.in_hand = true;
                    return Some(event);
                }
                Err(no_call) => self.shared.passed_over(&no_call),
            }
        }
        None
    }

    fn ended(&mut self) {
        if mem::take(&mut self.in_hand) {
            self.shared.counters.delivered.count();
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("lane", &self.lane)
            .field("ready", &self.ready.len())
            .finish_non_exhaustive()
    }
}
