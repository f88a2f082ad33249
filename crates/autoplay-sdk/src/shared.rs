//! What the client, its threads and its stoppers have in common.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Error;
use crate::callbacks::Callbacks;
use crate::counters::{Counters, Stats};
use crate::drops::DropNotices;
use crate::queue::Queue;
use crate::settings::Settings;
use crate::stop::StopSignal;
use crate::worker::Delivery;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) callbacks: Callbacks,
    pub(crate) counters: Counters,
    /// The run that is going on.
    current: Mutex<Option<Arc<Run>>>,
}

/// What belongs to one run and ends with it. A callback that is stuck keeps its own run's queue, which is closed,
/// so it never gets anything of the next run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) stop: StopSignal,
    pub(crate) queue: Queue<Delivery>,
    pub(crate) drops: DropNotices,
}

impl Shared {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            callbacks: Callbacks::default(),
            counters: Counters::default(),
            current: Mutex::new(None),
        }
    }

    /// Marks the client as running until the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Result<Running, Error> {
        let mut current = self.current();
        if current.is_some() {
            return Err(Error::already_running());
        }
        let run = Arc::new(Run {
            stop: StopSignal::default(),
            queue: Queue::new(self.settings.max_queue_size),
            drops: DropNotices::default(),
        });
        *current = Some(Arc::clone(&run));
        Ok(Running { shared: Arc::clone(self), run })
    }

    pub(crate) fn stop(&self) {
        if let Some(run) = &*self.current() {
            run.stop.stop();
        }
    }

    pub(crate) fn queue_size(&self) -> usize {
        self.current().as_ref().map_or(0, |run| run.queue.len())
    }

    pub(crate) fn stats(&self) -> Stats {
        self.counters.snapshot(self.queue_size(), self.settings.max_queue_size)
    }

    fn current(&self) -> MutexGuard<'_, Option<Arc<Run>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run that goes on until this is dropped, by whatever way.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) shared: Arc<Shared>,
    pub(crate) run: Arc<Run>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.run.queue.close();
        self.run.drops.close();
        self.shared.counters.set_connected(false);
        *self.shared.current() = None;
    }
}
