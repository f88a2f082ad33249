//! The threads of the blocking client, and what they do to get callbacks called.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::callbacks::Call;
use crate::lifecycle::Change;
use crate::panics::tell_of_panic;
use crate::queued::Queued;
use crate::shared::{Run, Shared};
use crate::workers::Workers;

/// Runs the callbacks of one worker's events, one at a time and in order, until the run is over.
pub(crate) fn deliver_events(shared: &Shared<Workers>, run: &Run<Workers>, worker: usize) {
    let read = |event: &mut Queued| shared.call_for(event);
    run.queue.work(worker, read, |event| match event {
        Ok(call) => {
            make(shared, Some(call));
            shared.counters.delivered.count();
        }
        Err(no_call) => shared.passed_over(&no_call),
    });
}

/// Runs `on_drop`, on a thread of its own: the callbacks of events are stuck when it is needed most.
pub(crate) fn tell_drops(shared: &Shared<Workers>, run: &Run<Workers>) {
    while let Some(notice) = run.drops.take() {
        make(shared, shared.callbacks.for_drop(notice));
    }
}

/// Runs `on_connect` and `on_disconnect`. The events of a connection are held back until its `on_connect` has ended.
pub(crate) fn tell_changes(shared: &Shared<Workers>, run: &Run<Workers>) {
    while let Some(change) = run.lifecycle.take() {
        make(shared, shared.callbacks.for_change(change));
        if let Change::Connected(connection) = change {
            run.queue.release(connection);
        }
    }
}

fn make(shared: &Shared<Workers>, call: Option<Call<()>>) {
    let Some(call) = call else { return };
    let name = call.name();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(move || call.make())) {
        tell_of_panic(shared, name, panic);
    }
}
