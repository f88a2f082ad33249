//! The reader's part, and how it is cut short.

use std::fmt;
use std::panic;
use std::sync::Arc;

use crate::Error;
use crate::queue::Lanes;
use crate::run::{Keeping, drain, read_here};
use crate::shared::{Run, Running, Shared};
use crate::transport::Lookup;
use crate::workers::Workers;

/// Reads the stream, on a thread of its own, and waits for the callbacks at the end.
pub struct Reading(pub(super) Box<dyn FnOnce() -> Result<(), Error> + Send>);

/// Ends a run at once: no callback begins any more, and those in hand are not waited for. It can be cloned and sent.
#[derive(Clone)]
pub struct Cutter(pub(super) Arc<dyn CutShort>);

impl Reading {
    /// Reads until the client is stopped, the server wants no more of it, or nothing more can be done; then waits for the
    /// callbacks, for at most `drain_timeout`. The result is that of [`ConnectorClient::run`](crate::ConnectorClient::run).
    pub fn run(self) -> Result<(), Error> {
        (self.0)()
    }
}

impl Cutter {
    /// Ends the run. What is queued is left, as if `drain_timeout` were over.
    pub fn cut(&self) {
        self.0.cut();
    }
}

pub(super) trait CutShort: Send + Sync {
    fn cut(&self);
}

/// What there is to cut, whatever its lanes.
pub(super) struct Cut<L: Lanes> {
    pub(super) shared: Arc<Shared<L>>,
    pub(super) run: Arc<Run<L>>,
}

impl CutShort for Cut<Workers> {
    fn cut(&self) {
        if self.shared.is_here() {
            self.run.stop.stop();
            self.shared.counters.left.add(self.run.queue.cut());
            self.run.drops.abandon();
        }
    }
}

/// The reader's thread of the blocking client, whose callbacks run elsewhere.
pub(super) fn attend(running: &Arc<Running<Workers>>, lookup: Lookup) -> Result<(), Error> {
    let keeping = Keeping::start(running)?;
    let result = read_here(running, running, lookup)?;
    drain(running, keeping);
    result.unwrap_or_else(|panic| panic::resume_unwind(panic))
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").finish_non_exhaustive()
    }
}

impl fmt::Debug for Cutter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cutter").finish_non_exhaustive()
    }
}
