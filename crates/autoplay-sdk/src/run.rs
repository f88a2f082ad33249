//! One run of the blocking client, from its first connection to its last callback.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use autoplay_protocol::subscriber::Subscriber;

use crate::Error;
use crate::checkpoint::Keeper;
use crate::deliver::{deliver_events, tell_changes, tell_drops};
use crate::driver::{End, drive};
use crate::intake::Intake;
use crate::shared::{Run, Running, Shared};
use crate::transport::{Lookup, StreamRequest, Transport};
use crate::workers::Ending;

/// Starts the thread that reads. It is marked as running when this returns.
pub(crate) fn start(shared: &Arc<Shared>, lookup: Lookup) -> Result<JoinHandle<Result<(), Error>>, Error> {
    let running = shared.begin()?;
    spawn("autoplay-reader", move || conduct(&running, lookup))
}

/// The threads that run callbacks.
struct Threads {
    workers: Vec<JoinHandle<()>>,
    drops: JoinHandle<()>,
    lifecycle: JoinHandle<()>,
    keeper: Option<JoinHandle<()>>,
}

/// The reader's thread: reads until the end, then sees to it that what is queued is delivered.
fn conduct(running: &Running, lookup: Lookup) -> Result<(), Error> {
    let threads = Threads::start(running)?;
    let result = read(running, lookup);
    drain(running, threads);
    result
}

/// Reads on a runtime that lives no longer than this: nothing of it is global.
fn read(running: &Running, lookup: Lookup) -> Result<(), Error> {
    let Running { shared, run, .. } = running;
    let settings = &shared.settings;
    let transport = StreamRequest::subscription(settings.address.clone(), settings.token.as_ref())
        .and_then(|request| Transport::new(request, &settings.network, lookup))
        .map_err(|error| Error::system("TLS could not be set up", error))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::system("the reader's runtime could not be started", error))?;

    let mut subscriber = Subscriber::new(settings.policy.clone(), seed());
    subscriber.resume_after(run.queue.resume_place().as_str());
    let mut intake = Intake::new(settings, &shared.counters, &run.queue, running);
    let end = runtime.block_on(async {
        tokio::select! {
            biased;
            () = run.stop.stopped() => None,
            end = drive(&mut subscriber, &transport, &mut intake, &run.stop) => Some(end),
        }
    });
    intake.finish();
    // Dropping the runtime instead would wait for a name look-up that hangs.
    runtime.shutdown_background();
    end.map_or(Ok(()), |End { outcome, url, token }| Error::from_outcome(outcome, url, token))
}

/// Waits for the callbacks, for at most `drain_timeout` from the wish to stop.
fn drain(running: &Running, threads: Threads) {
    let Running { shared, run, .. } = running;
    let now = Instant::now();
    let patience = shared.settings.drain_timeout;
    let deadline = run.stop.since().unwrap_or(now).checked_add(patience);
    // A deadline beyond the clock's end is none; a century is as good.
    let deadline = deadline.unwrap_or(now + Duration::from_hours(24 * 365 * 100));
    match run.queue.finish_by(deadline) {
        // They have nothing left to do but to end.
        Ending::Settled => threads.workers.into_iter().for_each(|worker| _ = worker.join()),
        Ending::Cut { left } => {
            shared.counters.left.add(left);
            tracing::warn!(
                url = shared.settings.address.shown(),
                left,
                ?patience,
                "drain_timeout is over before all callbacks have ended"
            );
        }
    }
    // The next run gets again what this one could not settle, if the server can resume.
    shared.counters.set_place(run.queue.resume_place());
    if let (Some(keeper), Some(thread)) = (&running.keeper, threads.keeper) {
        keeper.close();
        _ = thread.join();
    }
    if run.lifecycle.finish_by(deadline) {
        _ = threads.lifecycle.join();
    }
    if run.drops.finish_by(deadline) {
        _ = threads.drops.join();
    }
}

impl Threads {
    fn start(running: &Running) -> Result<Self, Error> {
        let worker = |worker| {
            spawn_for(running, "autoplay-worker", move |shared, run| deliver_events(shared, run, worker))
        };
        Ok(Self {
            workers: (0..running.run.queue.lanes.count()).map(worker).collect::<Result<_, _>>()?,
            drops: spawn_for(running, "autoplay-drops", tell_drops)?,
            lifecycle: spawn_for(running, "autoplay-status", tell_changes)?,
            keeper: running.keeper.clone().map(|keeper| spawn_keeper(running, keeper)).transpose()?,
        })
    }
}

fn spawn_for(
    running: &Running,
    name: &str,
    work: impl FnOnce(&Shared, &Run) + Send + 'static,
) -> Result<JoinHandle<()>, Error> {
    let (shared, run) = (Arc::clone(&running.shared), Arc::clone(&running.run));
    spawn(name, move || work(&shared, &run))
}

fn spawn_keeper(running: &Running, keeper: Arc<Keeper>) -> Result<JoinHandle<()>, Error> {
    let begun_at = running.run.queue.resume_place();
    spawn_for(running, "autoplay-place", move |_, run| keeper.keep(begun_at, || run.queue.progress()))
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
