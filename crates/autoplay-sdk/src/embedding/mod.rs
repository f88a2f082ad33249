//! For whoever puts the client into another language, whose threads and callbacks are not Rust's.
//!
//! Such a host keeps the callbacks, starts the threads that run them, and asks for what they are to be called with. So
//! nothing of Rust lies beneath a callback on its thread, which a language may end as it pleases, and a host whose
//! threads take turns takes one for a whole batch of events and not for each. Everything else is the client's: what is
//! queued, dropped, settled and counted, and in which order callbacks begin.
//!
//! ```
//! use autoplay_sdk::ConnectorClient;
//! use autoplay_sdk::embedding::{self, Attendance, Interest};
//! # fn call(_event: embedding::Event) {}
//!
//! let client = ConnectorClient::builder("http://127.0.0.1:9/stream/p").max_retries(0).build()?;
//! embedding::expect(&client, Interest::Actions);
//! let Attendance { reading, workers, .. } = embedding::attend(&client)?;
//! for mut worker in workers {
//!     std::thread::spawn(move || {
//!         while worker.fetch() {
//!             while let Some(event) = worker.begin() {
//!                 call(event);
//!             }
//!         }
//!     });
//! }
//! assert!(reading.run().is_err(), "there is no server");
//! # Ok::<(), autoplay_sdk::Error>(())
//! ```
//!
//! [`attend`] is for the blocking client, whose callbacks run on threads of the host; [`attend_sessions`] for the
//! async one, whose callbacks run on a loop of the host's that is told when there is news.

mod notices;
mod reading;
mod sessions;
mod workers;

use std::sync::Arc;
use std::time::Duration;

pub use autoplay_protocol::payload::Checked;

pub use crate::queued::Arrival as Event;
pub use notices::{Change, Changes, Drops};
pub use reading::{Cutter, Reading};
pub use sessions::{Held, Sessions, SessionsAttendance};
pub use workers::Worker;

use reading::Cut;

use crate::backlog::{OnFull, Places, Rules};
use crate::callbacks::Callbacks;
use crate::queue::Lanes;
use crate::queued::Queued;
use crate::shared::{NoCall, Shared};
use crate::workers::Workers;
use crate::{AsyncConnectorClient, ConnectorClient, Error};

/// What a host has a callback for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interest {
    /// Batches of actions.
    Actions,
    /// Summaries.
    Summary,
    /// Events of any other type.
    Event,
    /// Gaps.
    Gap,
    /// Events that were dropped.
    Drop,
    /// The opening of the stream. Events wait until the host has taken note of it.
    Connect,
    /// The loss of the stream.
    Disconnect,
}

/// A run of the blocking client, in parts that a thread of the host's takes each.
#[derive(Debug)]
pub struct Attendance {
    /// Reads, and waits for the callbacks at the end.
    pub reading: Reading,
    /// Run the callbacks of events: as many as the client was given [`workers`](crate::Builder::workers).
    pub workers: Vec<Worker>,
    /// Runs the callback for dropped events.
    pub drops: Drops,
    /// Runs the callbacks for the stream's opening and loss.
    pub changes: Changes,
    /// Ends the run without draining.
    pub cutter: Cutter,
}

/// From now on, also while the client runs, what the host has a callback for is queued for it.
pub fn expect(client: &ConnectorClient, interest: Interest) {
    if client.shared.is_here() {
        note(&client.shared.callbacks, interest);
    }
}

/// A callback has failed, for [`Stats::callback_errors`](crate::Stats::callback_errors).
pub fn failed(client: &ConnectorClient) {
    client.shared.counters.callback_errors.count();
}

/// [`failed`] for the async client.
pub fn failed_of_sessions(client: &AsyncConnectorClient) {
    client.shared().counters.callback_errors.count();
}

/// Whether there is a run that has not ended.
#[must_use]
pub fn is_running(client: &ConnectorClient) -> bool {
    client.shared.is_running()
}

/// The URL as logs and errors show it: without what may be secret.
#[must_use]
pub fn url(client: &ConnectorClient) -> &str {
    client.shared.settings.address.shown()
}

/// [`expect`] for the async client.
pub fn expect_of_sessions(client: &AsyncConnectorClient, interest: Interest) {
    if client.shared().is_here() {
        note(&client.shared().callbacks, interest);
    }
}

/// [`is_running`] for the async client.
#[must_use]
pub fn is_running_sessions(client: &AsyncConnectorClient) -> bool {
    client.shared().is_running()
}

/// [`ConnectorClient::wait_until_connected`] for the async client: it blocks the thread.
#[must_use]
pub fn wait_until_connected(client: &AsyncConnectorClient, timeout: Duration) -> bool {
    client.shared().is_here() && client.shared().counters.connection.wait(timeout)
}

/// [`url()`] for the async client.
#[must_use]
pub fn url_of_sessions(client: &AsyncConnectorClient) -> &str {
    client.shared().settings.address.shown()
}

/// Begins a run. The client is running when this returns, until [`Reading::run`] has returned, or all the parts are
/// dropped.
pub fn attend(client: &ConnectorClient) -> Result<Attendance, Error> {
    let (settings, lookup) = (&client.shared.settings, client.lookup);
    let lanes = Workers::new(settings.workers);
    let running = Arc::new(client.shared.begin(lanes, settings.rules(Places::UntilBegin, 1))?);
    let run = &running.run;
    let worker = |lane| Worker::new(&client.shared, run, lane);
    Ok(Attendance {
        workers: (0..settings.workers).map(worker).collect(),
        drops: Drops(Arc::clone(run)),
        changes: Changes::new(run),
        cutter: Cutter(Arc::new(Cut { shared: Arc::clone(&client.shared), run: Arc::clone(run) })),
        reading: Reading(Box::new(move || reading::attend(&running, lookup))),
    })
}

/// Begins a run of the async client.
pub fn attend_sessions(client: &AsyncConnectorClient) -> Result<SessionsAttendance, Error> {
    let settings = &client.shared().settings;
    let rules = settings.rules(Places::UntilEnd, settings.session_concurrency);
    sessions::attend(client, rules, false)
}

/// Begins a run in which the host is given every event, whatever it has callbacks for, and nothing is dropped: the
/// reader waits until there is room.
pub fn pull_sessions(client: &AsyncConnectorClient) -> Result<SessionsAttendance, Error> {
    let settings = &client.shared().settings;
    let rules = settings.rules(Places::UntilEnd, usize::MAX);
    sessions::attend(client, Rules { overflow: OnFull::Wait, ..rules }, true)
}

fn note<R>(callbacks: &Callbacks<R>, interest: Interest) {
    match interest {
        Interest::Actions => callbacks.actions.is_elsewhere(),
        Interest::Summary => callbacks.summary.is_elsewhere(),
        Interest::Event => callbacks.event.is_elsewhere(),
        Interest::Gap => callbacks.gap.is_elsewhere(),
        Interest::Drop => callbacks.drop.is_elsewhere(),
        Interest::Connect => callbacks.connect.is_elsewhere(),
        Interest::Disconnect => callbacks.disconnect.is_elsewhere(),
    }
}

/// Checks an event for the callback that the host has for it.
fn read<L: Lanes>(shared: &Shared<L>, event: Queued) -> Result<Event, NoCall> {
    let event = shared.findings.check(event, &shared.counters).map_err(NoCall::Malformed)?;
    if shared.callbacks.want(event.kind()) { Ok(event) } else { Err(NoCall::Unwanted) }
}
