//! One run of the async client, from its first connection to its last callback.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::task::{JoinSet, spawn_blocking, yield_now};
use tokio::time::{timeout, timeout_at};

use super::Tasks;
use super::panics::caught;
use super::tasks::Begun;
use crate::Error;
use crate::backlog::Ended;
use crate::callbacks::Call;
use crate::lifecycle::Change;
use crate::panics::tell_of_panic;
use crate::run::{INTO_A_NOTICE, INTO_THE_CALLBACK, Keeping, drain_deadline, read, warn_of_cut};
use crate::shared::{Run, Running, Shared};
use crate::transport::Lookup;

/// After so many callbacks that never wait, or so long with them, the runtime gets a turn for everything else: sockets
/// and timers, say. A busy runtime looks for what other threads have woken only after some sixty of these.
const MOST_AT_ONCE: u32 = 64;
const LONGEST_AT_ONCE: Duration = Duration::from_millis(1);

/// Reads until the end, then sees to it that what is queued is delivered. To give it up ends everything at once.
pub(super) async fn conduct(running: Running<Tasks>, lookup: Lookup) -> Result<(), Error> {
    let Running { shared, run, .. } = &running;
    // The tasks end with their sets: a run that is given up leaves nothing behind.
    let (mut callbacks, mut notices) = (JoinSet::new(), JoinSet::new());
    notices.spawn(tell_drops(Arc::clone(shared), Arc::clone(run)));
    notices.spawn(tell_changes(Arc::clone(shared), Arc::clone(run)));
    let keeping = Keeping::start(&running)?;

    let (result, deadline) = {
        let mut delivering = pin!(run.queue.hand_out(|begun| {
            while callbacks.try_join_next().is_some() {}
            callbacks.spawn(call_callbacks(Arc::clone(shared), Arc::clone(run), begun));
        }));
        let result = tokio::select! {
            biased;
            result = read(shared, run, &running, lookup) => result,
            () = &mut delivering => Ok(()),
        };

        let deadline = drain_deadline(&shared.settings, &run.stop);
        run.queue.close();
        // A deadline that is over lets nothing begin, not even what would be done at once.
        if deadline > Instant::now() {
            _ = timeout_at(deadline.into(), delivering).await;
        }
        (result, deadline)
    };
    let left = run.cut(&shared.counters);
    if left > 0 {
        warn_of_cut(&shared.settings, left);
        // What waits is cancelled by this; what another thread is about to call is on its way.
        callbacks.abort_all();
        _ = timeout(INTO_THE_CALLBACK, async { while callbacks.join_next().await.is_some() {} }).await;
    }
    run.lifecycle.close();
    run.drops.close();
    let deadline = deadline.max(Instant::now() + INTO_A_NOTICE);
    _ = timeout_at(deadline.into(), async { while notices.join_next().await.is_some() {} }).await;
    if keeping.is_some() {
        // The last place is written, however little time is left: that is what it is for.
        _ = spawn_blocking(move || drop(keeping)).await;
    }
    result
}

/// Calls callbacks, one after the other, up to the first that has to wait for something.
async fn call_callbacks(shared: Arc<Shared<Tasks>>, run: Arc<Run<Tasks>>, begun: Begun) {
    let (mut next, mut called, mut turn) = (Some(begun), 0_u32, Instant::now());
    while let Some(Begun { mut event, hold }) = next {
        let call = shared.call_for(&mut event);
        // Its text need not wait for the callback.
        drop(event);
        let is_done = match call {
            Ok(call) => {
                // While it was read, time may have run out.
                if !run.queue.calls(&hold) {
                    return;
                }
                let mut calling = pin!(make(&shared, Some(call)));
                let is_done = poll_fn(|context| Poll::Ready(calling.as_mut().poll(context).is_ready())).await;
                if !is_done {
                    run.queue.under_way(&hold);
                    calling.await;
                }
                if run.queue.end(&hold, Ended::Called) {
                    shared.counters.delivered.count();
                }
                is_done
            }
            Err(no_call) => {
                if run.queue.end(&hold, Ended::PassedOver) {
                    shared.passed_over(&no_call);
                }
                true
            }
        };
        if !is_done {
            return;
        }
        called += 1;
        if called % MOST_AT_ONCE == 0 || turn.elapsed() >= LONGEST_AT_ONCE {
            yield_now().await;
            turn = Instant::now();
        }
        next = run.queue.begin_in_same_task();
    }
}

async fn tell_drops(shared: Arc<Shared<Tasks>>, run: Arc<Run<Tasks>>) {
    while let Some(notice) = run.drops.next().await {
        make(&shared, shared.callbacks.for_drop(notice)).await;
        // A thousand that never wait would keep a runtime with one thread from everything else.
        yield_now().await;
    }
}

/// The events of a connection are held back until its `on_connect` has ended.
async fn tell_changes(shared: Arc<Shared<Tasks>>, run: Arc<Run<Tasks>>) {
    while let Some(change) = run.lifecycle.next().await {
        make(&shared, shared.callbacks.for_change(change)).await;
        if let Change::Connected(connection) = change {
            run.queue.release(connection);
        }
    }
}

async fn make(shared: &Shared<Tasks>, call: Option<Call<super::Called>>) {
    let Some(call) = call else { return };
    let name = call.name();
    if let Err(panic) = caught(move || call.make()).await {
        tell_of_panic(shared, name, panic);
    }
}
