//! The async client, for a loop of the host's.

use std::fmt;
use std::panic;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use tokio::time::timeout_at;

use super::notices::{Change, sort};
use super::reading::{Cut, CutShort, Cutter, Reading};
use super::{Event, read};
use crate::async_client::{Begun, Hold, Puller, Tasks};
use crate::backlog::{Ended, Rules};
use crate::drops::DropNotice;
use crate::queued::Queued;
use crate::run::{INTO_A_NOTICE, Keeping, drain_deadline, read_here, warn_of_cut};
use crate::shared::{NoCall, Run, Running, Shared};
use crate::transport::Lookup;
use crate::{AsyncConnectorClient, Error, RawEvent};

/// A run of the async client.
#[derive(Debug)]
pub struct SessionsAttendance {
    /// Reads, and waits for the callbacks at the end; on a thread of its own.
    pub reading: Reading,
    /// What the callbacks are to be called with.
    pub sessions: Sessions,
    /// Ends the run without draining.
    pub cutter: Cutter,
}

/// What there is for the callbacks of a run. It can be cloned: one waits for [`news`](Self::news), the loop takes what
/// there is.
#[derive(Clone)]
pub struct Sessions {
    shared: Arc<Shared<Tasks>>,
    run: Arc<Run<Tasks>>,
    /// Every event is wanted, whatever there are callbacks for.
    pulls: bool,
}

/// The place of an event whose callback has not ended. Dropping it settles nothing.
#[derive(Debug)]
pub struct Held(Hold);

pub(super) fn attend(
    client: &AsyncConnectorClient,
    rules: Rules,
    pulls: bool,
) -> Result<SessionsAttendance, Error> {
    let (shared, lookup) = (client.shared(), client.lookup);
    let running = Arc::new(shared.begin(Tasks::here(), rules)?);
    let run = Arc::clone(&running.run);
    Ok(SessionsAttendance {
        sessions: Sessions { shared: Arc::clone(shared), run: Arc::clone(&run), pulls },
        cutter: Cutter(Arc::new(Cut { shared: Arc::clone(shared), run })),
        reading: Reading(Box::new(move || read_and_drain(&running, lookup, pulls))),
    })
}

impl Sessions {
    /// Waits until there may be something to take: an event, a notice of a drop, a change. For one waiter, on any
    /// executor.
    pub async fn news(&self) {
        tokio::select! {
            () = self.run.queue.news() => {}
            () = self.run.lifecycle.news() => {}
            () = self.run.drops.news() => {}
        }
    }

    /// The next event that may begin, read, with the place that it keeps until [`end`](Self::end). They are to be called in
    /// this order. `None`: there is none now.
    #[must_use]
    pub fn take(&self) -> Option<(Event, Held)> {
        loop {
            let Begun { event, hold } = self.run.queue.begin_beside()?;
            let event = if self.pulls { self.pull(event) } else { read(&self.shared, event) };
            match event {
                Ok(event) => return Some((event, Held(hold))),
                Err(no_call) => {
                    if self.run.queue.end(&hold, Ended::PassedOver) {
                        self.shared.passed_over(&no_call);
                    }
                }
            }
        }
    }

    /// The callback of the event is called now. False: it must not be, the run was over before.
    #[must_use]
    pub fn begins(&self, held: &Held) -> bool {
        self.run.queue.calls(&held.0)
    }

    /// The callback has ended: the event is settled. There is no [`news`](Self::news) of what may begin now: whoever says
    /// this is to [`take`](Self::take) it.
    pub fn end(&self, held: &Held) {
        if self.run.queue.end_quietly(&held.0, Ended::Called) {
            self.shared.counters.delivered.count();
        }
    }

    /// The next event that was dropped, and the number of all that were; the callback for the one before has ended.
    #[must_use]
    pub fn take_drop(&self) -> Option<(RawEvent, u64)> {
        match self.run.drops.poll_take() {
            Poll::Ready(notice) => notice.map(|DropNotice { raw, total }| (raw, total)),
            Poll::Pending => None,
        }
    }

    /// The next change of the stream; the callback for the one before has ended. With an opening comes its number, for
    /// [`release`](Self::release).
    #[must_use]
    pub fn take_change(&self) -> Option<(Change, Option<u64>)> {
        match self.run.lifecycle.poll_take() {
            Poll::Ready(change) => change.map(sort),
            Poll::Pending => None,
        }
    }

    /// The events of this connection may begin: `on_connect` has ended.
    pub fn release(&self, connection: u64) {
        self.run.queue.release(connection);
    }

    fn pull(&self, event: Queued) -> Result<Event, NoCall> {
        self.shared.findings.check(event, &self.shared.counters).map_err(NoCall::Malformed)
    }
}

impl CutShort for Cut<Tasks> {
    fn cut(&self) {
        if self.shared.is_here() {
            self.run.stop.stop();
            self.run.cut(&self.shared.counters);
            self.run.lifecycle.abandon();
            self.run.drops.abandon();
            self.run.queue.cut_short();
        }
    }
}

fn read_and_drain(running: &Arc<Running<Tasks>>, lookup: Lookup, pulls: bool) -> Result<(), Error> {
    let keeping = Keeping::start(running)?;
    let result = if pulls {
        read_here(running, &Arc::new(Puller(Arc::clone(running))), lookup)?
    } else {
        read_here(running, running, lookup)?
    };
    let Running { shared, run, .. } = &**running;
    run.queue.close();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| Error::system("the reader's runtime could not be started", error))?;
    // What is pulled is asked for in its own time, unless somebody wants it to stop.
    if pulls && !run.stop.is_set() {
        runtime.block_on(async {
            tokio::select! {
                () = run.queue.settled() => {}
                () = run.stop.stopped() => {}
            }
        });
    }
    let deadline = drain_deadline(&shared.settings, &run.stop);
    _ = runtime.block_on(async { timeout_at(deadline.into(), run.queue.settled()).await });
    let left = run.cut(&shared.counters);
    if left > 0 && !pulls {
        warn_of_cut(&shared.settings, left);
    }
    drop(keeping);
    // Whoever is without patience hears of the lost connection all the same.
    run.lifecycle.finish_by(deadline.max(Instant::now() + INTO_A_NOTICE));
    run.drops.finish_by(deadline);
    result.unwrap_or_else(|panic| panic::resume_unwind(panic))
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("pulls", &self.pulls).finish_non_exhaustive()
    }
}
