//! The thread that keeps a checkpoint up to date.

use std::io;
use std::mem;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::{AcqRel, Release};
use std::time::Duration;

use super::Checkpoint;
use crate::place::Place;
use crate::sync::{AtomicBool, Condvar, Mutex, MutexGuard, now};
use crate::throttle::Throttle;

/// The file is written at most this often: a disk that syncs takes its time.
const EVERY: Duration = Duration::from_millis(100);

/// Writes the place of a run into its checkpoint.
#[derive(Debug)]
pub(crate) struct Keeper {
    checkpoint: Checkpoint,
    /// Whether there is news already that the thread has not seen: one lock for many events.
    rung: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    news: bool,
    closed: bool,
}

/// How far a run is.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) place: Place,
    /// Whether it gets no further without something new arriving.
    pub(crate) settled: bool,
}

impl Keeper {
    pub(crate) fn new(checkpoint: Checkpoint) -> Self {
        Self { checkpoint, rung: AtomicBool::new(false), state: Mutex::default(), changed: Condvar::new() }
    }

    /// Something has arrived.
    pub(crate) fn ring(&self) {
        if !self.rung.swap(true, AcqRel) {
            self.lock().news = true;
            self.changed.notify_all();
        }
    }

    /// The run is over; what there is to write is written once more.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Writes whatever `progress` there is since `written`, until the run is over.
    pub(crate) fn keep(&self, mut written: Place, progress: impl Fn() -> Progress) {
        let mut failures = Throttle::new(now());
        loop {
            let over = self.wait_for_news();
            loop {
                let Progress { place, settled } = progress();
                if place != written {
                    match self.checkpoint.write(&place) {
                        Ok(()) => written = place,
                        Err(error) => self.warn(&error, &mut failures),
                    }
                }
                if over {
                    return;
                }
                // Also after a failure: it is tried again with the next event.
                if settled || self.pause() {
                    break;
                }
            }
            // However fast events come.
            _ = self.pause();
        }
    }

    /// Whether it is over.
    fn wait_for_news(&self) -> bool {
        let mut state = self.lock();
        while !state.news && !state.closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        // News that comes from now on rings again.
        self.rung.store(false, Release);
        mem::take(&mut state.news);
        state.closed
    }

    /// Whether it is over before the pause is.
    fn pause(&self) -> bool {
        let until = now() + EVERY;
        let mut state = self.lock();
        while !state.closed {
            let time_left = until.saturating_duration_since(now());
            if time_left.is_zero() {
                return false;
            }
            state = self.changed.wait_timeout(state, time_left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn warn(&self, error: &io::Error, failures: &mut Throttle) {
        if let Some(silenced) = failures.pass(now()) {
            tracing::error!(
                url = self.checkpoint.url,
                checkpoint = %self.checkpoint.path.display(),
                silenced,
                "the checkpoint can't be written, and will be tried again with the next event: {error}"
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
