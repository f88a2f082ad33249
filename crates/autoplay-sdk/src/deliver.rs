//! The threads of the blocking client, and what they do to get callbacks called.

use std::panic::{AssertUnwindSafe, catch_unwind};

use autoplay_protocol::payload::Payload;

use crate::lifecycle::Change;
use crate::queued::{Delivery, Queued};
use crate::shared::{Run, Shared};

/// Runs the callbacks of one worker's events, one at a time and in order, until the run is over.
pub(crate) fn deliver_events(shared: &Shared, run: &Run, worker: usize) {
    run.queue.work(worker, |event| {
        deliver(shared, event);
        shared.counters.delivered.count();
    });
}

/// Runs `on_drop`, on a thread of its own: the callbacks of events are stuck when it is needed most.
pub(crate) fn tell_drops(shared: &Shared, run: &Run) {
    while let Some(notice) = run.drops.take() {
        if let Some(callback) = shared.callbacks.drop.get() {
            guarded(shared, "on_drop", move || callback(notice.raw, notice.total));
        }
    }
}

/// Runs `on_connect` and `on_disconnect`. The events of a connection are held back until its `on_connect` has ended.
pub(crate) fn tell_changes(shared: &Shared, run: &Run) {
    while let Some(change) = run.lifecycle.take() {
        let (name, slot) = match change {
            Change::Connected(_) => ("on_connect", &shared.callbacks.connect),
            Change::Disconnected => ("on_disconnect", &shared.callbacks.disconnect),
        };
        if let Some(callback) = slot.get() {
            guarded(shared, name, move || callback());
        }
        if let Change::Connected(connection) = change {
            run.queue.release(connection);
        }
    }
}

/// The callback is looked up now, not when the event came: whoever replaced it means the next event.
fn deliver(shared: &Shared, event: Queued) {
    let callbacks = &shared.callbacks;
    match event.into_delivery() {
        Some(Delivery::Payload(Payload::Actions(batch))) => {
            if let Some(callback) = callbacks.actions.get() {
                guarded(shared, "on_actions", move || callback(batch));
            }
        }
        Some(Delivery::Payload(Payload::Summary(summary))) => {
            if let Some(callback) = callbacks.summary.get() {
                guarded(shared, "on_summary", move || callback(summary));
            }
        }
        Some(Delivery::Payload(Payload::Gap(gap))) => {
            if let Some(callback) = callbacks.gap.get() {
                guarded(shared, "on_gap", move || callback(gap));
            }
        }
        Some(Delivery::Raw(event)) => {
            if let Some(callback) = callbacks.event.get() {
                guarded(shared, "on_event", move || callback(event));
            }
        }
        Some(Delivery::Payload(Payload::Other { .. })) | None => {}
    }
}

fn guarded(shared: &Shared, name: &'static str, callback: impl FnOnce()) {
    // A callback that panics breaks its own state, never ours. It owns its closure by now: if it was replaced
    // meanwhile, that is dropped in here as well.
    let Err(panic) = catch_unwind(AssertUnwindSafe(callback)) else {
        return;
    };
    shared.counters.callback_errors.count();
    // The panic's text may quote the payload, so it is not logged; the panic hook has shown it.
    tracing::error!(url = shared.settings.address.shown(), callback = name, "a callback panicked");
    // The value may panic once more while it is dropped.
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(again);
    }
}
