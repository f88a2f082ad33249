//! The threads that run callbacks.

use std::panic::{AssertUnwindSafe, catch_unwind};

use autoplay_protocol::payload::{ActionsPayload, Gap, SummaryPayload};

use crate::shared::{Run, Shared};

/// An event on its way to its callback.
#[derive(Debug)]
pub(crate) enum Delivery {
    Actions(ActionsPayload),
    Summary(SummaryPayload),
    Gap(Gap),
}

impl Delivery {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Actions(_) => "actions",
            Self::Summary(_) => "summary",
            Self::Gap(_) => "gap",
        }
    }

    pub(crate) fn session_id(&self) -> Option<&str> {
        match self {
            Self::Actions(batch) => batch.session_id.as_deref(),
            Self::Summary(summary) => summary.session_id.as_deref(),
            Self::Gap(_) => None,
        }
    }

    pub(crate) fn product_id(&self) -> Option<&str> {
        match self {
            Self::Actions(batch) => Some(&batch.product_id),
            Self::Summary(summary) => Some(&summary.product_id),
            Self::Gap(_) => None,
        }
    }
}

/// Runs the callbacks of events, one at a time and in order, until the run is over.
pub(crate) fn deliver_events(shared: &Shared, run: &Run) {
    while let Some(delivery) = run.queue.take() {
        deliver(shared, delivery);
        shared.counters.delivered.count();
    }
}

/// Runs `on_drop`, on a thread of its own: the callbacks of events are stuck when it is needed most.
pub(crate) fn tell_drops(shared: &Shared, run: &Run) {
    while let Some(notice) = run.drops.take() {
        if let Some(callback) = shared.callbacks.drop.get() {
            guarded(shared, "on_drop", move || callback(notice.raw, notice.total));
        }
    }
}

/// The callback is looked up now, not when the event came: whoever replaced it means the next event.
fn deliver(shared: &Shared, delivery: Delivery) {
    let callbacks = &shared.callbacks;
    match delivery {
        Delivery::Actions(payload) => {
            if let Some(callback) = callbacks.actions.get() {
                guarded(shared, "on_actions", move || callback(payload));
            }
        }
        Delivery::Summary(payload) => {
            if let Some(callback) = callbacks.summary.get() {
                guarded(shared, "on_summary", move || callback(payload));
            }
        }
        Delivery::Gap(gap) => {
            if let Some(callback) = callbacks.gap.get() {
                guarded(shared, "on_gap", move || callback(gap));
            }
        }
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
