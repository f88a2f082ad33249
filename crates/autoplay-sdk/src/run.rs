//! One run of the blocking client, from its first connection to its last callback, and what the async client has in
//! common with it.

use std::panic;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use autoplay_protocol::subscriber::Subscriber;
use tokio::task::JoinError;

use crate::Error;
use crate::backlog::Places;
use crate::checkpoint::Keeper;
use crate::deliver::{deliver_events, tell_changes, tell_drops};
use crate::driver::{End, drive};
use crate::intake::{Audience, Intake};
use crate::queue::Lanes;
use crate::settings::Settings;
use crate::shared::{Run, Running, Shared};
use crate::stop::StopSignal;
use crate::transport::{Lookup, StreamRequest, Transport};
use crate::workers::{Ending, Workers};

/// Starts the thread that reads. It is marked as running when this returns.
pub(crate) fn start(
    shared: &Arc<Shared<Workers>>,
    lookup: Lookup,
) -> Result<JoinHandle<Result<(), Error>>, Error> {
    let settings = &shared.settings;
    let running = shared.begin(Workers::new(settings.workers), settings.rules(Places::UntilBegin, 1))?;
    spawn("autoplay-reader", move || conduct(&Arc::new(running), lookup))
}

/// A callback that was noted as begun at the last moment gets so long to be on its way: whoever awaits the end of a run
/// must not see one begin after it.
pub(crate) const INTO_THE_CALLBACK: Duration = Duration::from_millis(2);

/// And so long the last `on_disconnect`, which is not to be left out.
pub(crate) const INTO_A_NOTICE: Duration = Duration::from_millis(10);

/// After so many polls of tasks that are never at rest, the runtime looks at sockets and timers. Each chunk of a body
/// takes two, and each look is a system call.
const POLLS_PER_LOOK: u32 = 1_000;

/// The threads that run callbacks.
struct Threads {
    workers: Vec<JoinHandle<()>>,
    drops: JoinHandle<()>,
    lifecycle: JoinHandle<()>,
    keeping: Option<Keeping>,
}

/// The reader's thread: reads until the end, then sees to it that what is queued is delivered.
fn conduct(running: &Arc<Running<Workers>>, lookup: Lookup) -> Result<(), Error> {
    let Threads { workers, drops, lifecycle, keeping } = Threads::start(running)?;
    let result = read_here(running, running, lookup)?;
    let drained = drain(running, keeping);
    // They have nothing left to do but to end.
    if drained.events {
        for worker in workers {
            _ = worker.join();
        }
    }
    if drained.changes {
        _ = lifecycle.join();
    }
    if drained.drops {
        _ = drops.join();
    }
    result.unwrap_or_else(|panic| panic::resume_unwind(panic))
}

/// Reads on this thread until it is over, and closes the connection: the server need not wait for callbacks.
pub(crate) fn read_here<L: Lanes>(
    running: &Arc<Running<L>>,
    audience: &Arc<impl Audience + Send + 'static>,
    lookup: Lookup,
) -> Result<thread::Result<Result<(), Error>>, Error> {
    // It lives no longer than this: nothing of it is global.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .event_interval(POLLS_PER_LOOK)
        .build()
        .map_err(|error| Error::system("the reader's runtime could not be started", error))?;
    // As a task: what wakes the future of `block_on` itself is a system call, here for each piece of the stream.
    let (running, audience) = (Arc::clone(running), Arc::clone(audience));
    let reading = runtime.spawn(async move { read(&running.shared, &running.run, &*audience, lookup).await });
    Ok(runtime.block_on(reading).map_err(JoinError::into_panic))
}

/// Reads until the run is stopped, or the server has nothing more to say.
pub(crate) async fn read<L: Lanes>(
    shared: &Shared<L>,
    run: &Run<L>,
    audience: &impl Audience,
    lookup: Lookup,
) -> Result<(), Error> {
    let settings = &shared.settings;
    let transport = StreamRequest::subscription(settings.address.clone(), settings.token.as_ref())
        .and_then(|request| {
            Transport::new(request, &settings.network, settings.policy.connect_timeout, lookup)
        })
        .map_err(|error| Error::system("TLS could not be set up", error))?;
    let mut subscriber = Subscriber::new(settings.policy.clone(), seed());
    subscriber.resume_after(run.queue.resume_place().as_str());
    let result = {
        let mut intake = Intake::new(settings, &shared.counters, &shared.findings, &run.queue, audience);
        tokio::select! {
            biased;
            () = run.stop.stopped() => Ok(()),
            End { outcome, url, token } = drive(&mut subscriber, &transport, &mut intake, &run.stop) => {
                Error::from_outcome(outcome, url, token)
            }
        }
    };
    // Callbacks may take their time now, but who waits for a connection waits in vain.
    shared.counters.connection.run_ended();
    result
}

/// Whose callbacks have all ended.
pub(crate) struct Drained {
    events: bool,
    changes: bool,
    drops: bool,
}

/// Waits for the callbacks, for at most `drain_timeout` from the wish to stop; not at all if the run was cut short.
pub(crate) fn drain(running: &Running<Workers>, keeping: Option<Keeping>) -> Drained {
    let Running { shared, run, .. } = running;
    let mut deadline = drain_deadline(&shared.settings, &run.stop);
    let ending = run.queue.finish_by(deadline);
    if let Ending::Cut { left } = ending {
        shared.counters.left.add(left);
        if run.queue.lanes.is_cut() {
            deadline = Instant::now();
        } else {
            warn_of_cut(&shared.settings, left);
        }
        thread::sleep(INTO_THE_CALLBACK);
    }
    drop(keeping);
    Drained {
        events: ending == Ending::Settled,
        // Whoever is without patience hears of the lost connection all the same.
        changes: run.lifecycle.finish_by(deadline.max(Instant::now() + INTO_A_NOTICE)),
        drops: run.drops.finish_by(deadline),
    }
}

/// Until when callbacks may go on.
pub(crate) fn drain_deadline(settings: &Settings, stop: &StopSignal) -> Instant {
    let now = Instant::now();
    let deadline = stop.since().unwrap_or(now).checked_add(settings.drain_timeout);
    // A deadline beyond the clock's end is none; a century is as good.
    deadline.unwrap_or(now + Duration::from_hours(24 * 365 * 100))
}

/// How many events were `left` may be none, where only callbacks in hand had no time to end.
pub(crate) fn warn_of_cut(settings: &Settings, left: usize) {
    tracing::warn!(
        url = settings.address.shown(),
        left,
        patience = ?settings.drain_timeout,
        "drain_timeout is over before all callbacks have ended"
    );
}

impl Threads {
    fn start(running: &Running<Workers>) -> Result<Self, Error> {
        let worker = |worker| {
            spawn_for(running, "autoplay-worker", move |shared, run| deliver_events(shared, run, worker))
        };
        Ok(Self {
            workers: (0..running.run.queue.lanes.count()).map(worker).collect::<Result<_, _>>()?,
            drops: spawn_for(running, "autoplay-drops", tell_drops)?,
            lifecycle: spawn_for(running, "autoplay-status", tell_changes)?,
            keeping: Keeping::start(running)?,
        })
    }
}

/// The thread that keeps the checkpoint of a run. To drop this waits until the last place is written.
#[derive(Debug)]
pub(crate) struct Keeping {
    keeper: Arc<Keeper>,
    thread: Option<JoinHandle<()>>,
}

impl Keeping {
    /// Starts it, if the client has a checkpoint.
    pub(crate) fn start<L: Lanes>(running: &Running<L>) -> Result<Option<Self>, Error> {
        let Some(keeper) = running.keeper.clone() else { return Ok(None) };
        let (writer, begun_at) = (Arc::clone(&keeper), running.run.queue.resume_place());
        let thread = spawn_for(running, "autoplay-place", move |_, run| {
            writer.keep(begun_at, || run.queue.progress());
        })?;
        Ok(Some(Self { keeper, thread: Some(thread) }))
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        self.keeper.close();
        self.thread.take().map(JoinHandle::join);
    }
}

fn spawn_for<L: Lanes>(
    running: &Running<L>,
    name: &str,
    work: impl FnOnce(&Shared<L>, &Run<L>) + Send + 'static,
) -> Result<JoinHandle<()>, Error> {
    let (shared, run) = (Arc::clone(&running.shared), Arc::clone(&running.run));
    spawn(name, move || work(&shared, &run))
}

fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, Error> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| Error::system("a thread could not be started", error))
}

/// For the jitter of the backoff, so any number serves where the system has no randomness.
pub(crate) fn seed() -> u64 {
    getrandom::u64().unwrap_or(0x5EED)
}
