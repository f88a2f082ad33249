//! The client itself.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use autoplay_protocol::payload::{ActionsPayload, Gap, SummaryPayload};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::events::EventStream;
use super::run::conduct;
use super::{Called, Tasks};
use crate::backlog::Places;
use crate::callbacks::Slot;
use crate::settings::Settings;
use crate::shared::{Running, Shared};
use crate::transport::{Lookup, system_lookup};
use crate::{Builder, Error, RawEvent, Stats, Stopper};

/// The client for async code: the same as [`ConnectorClient`](crate::ConnectorClient), on the caller's tokio.
///
/// Callbacks are functions that give a future. Those of different sessions run concurrently, those of one session (of
/// one user, where there is none) at most [`session_concurrency`](Builder::session_concurrency) at a time, and they
/// begin in order. An event keeps its place in the queue until its callback has ended.
///
/// Callbacks must not block, as nothing must in async code: what does belongs into `tokio::task::spawn_blocking`.
///
/// It runs while [`run`](Self::run) is awaited, on the runtime that awaits it, which must have time and I/O enabled.
/// Dropping that future ends everything at once; dropping the client stops a run in the background.
pub struct AsyncConnectorClient {
    owner: Arc<Owner>,
    pub(crate) lookup: Lookup,
}

/// Stops the client when nobody has it any more.
pub(super) struct Owner(pub(super) Arc<Shared<Tasks>>);

impl AsyncConnectorClient {
    /// A client for the stream at `url`, the full URL of `GET /stream/{product_id}`.
    ///
    /// `token` is the API key. If it is empty, it is taken from the environment variable
    /// `AUTOPLAY_APP_UNKEY_TOKEN`; if that is empty too, the client does not authenticate.
    pub fn new(url: &str, token: &str) -> Result<Self, Error> {
        Self::builder(url).token(token).build_async()
    }

    /// The same with settings: see [`Builder`] for them and their defaults, and [`build_async`](Builder::build_async).
    pub fn builder(url: &str) -> Builder {
        Builder::new(Some(url))
    }

    /// A client whose URL and token are those of the environment variables `AUTOPLAY_STREAM_URL` and
    /// `AUTOPLAY_APP_UNKEY_TOKEN`.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder_from_env().build_async()
    }

    /// The same with settings; a token given to the builder goes before that of the environment.
    pub fn builder_from_env() -> Builder {
        Builder::new(None)
    }

    pub(crate) fn from_settings(settings: Settings) -> Self {
        Self { owner: Arc::new(Owner(Arc::new(Shared::new(settings)))), lookup: system_lookup }
    }

    /// Calls `callback` with each batch of actions. It replaces an earlier callback, also while the client runs; the next
    /// event sees it.
    pub fn on_actions<F>(&self, callback: impl Fn(ActionsPayload) -> F + Send + Sync + 'static) -> &Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.register(&self.shared().callbacks.actions, Arc::new(move |batch| boxed(callback(batch))))
    }

    /// Calls `callback` with each summary.
    pub fn on_summary<F>(&self, callback: impl Fn(SummaryPayload) -> F + Send + Sync + 'static) -> &Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.register(&self.shared().callbacks.summary, Arc::new(move |summary| boxed(callback(summary))))
    }

    /// Calls `callback` with each event of any other type, as it came: `usertour_trigger`, say.
    pub fn on_event<F>(&self, callback: impl Fn(RawEvent) -> F + Send + Sync + 'static) -> &Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.register(&self.shared().callbacks.event, Arc::new(move |event| boxed(callback(event))))
    }

    /// Calls `callback` where the connector could not go on from the last event id: events are missing there. A gap
    /// belongs to no session, so callbacks of events before it may still be under way.
    pub fn on_gap<F>(&self, callback: impl Fn(Gap) -> F + Send + Sync + 'static) -> &Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.register(&self.shared().callbacks.gap, Arc::new(move |gap| boxed(callback(gap))))
    }

    /// Calls `callback` with each event that was dropped because the queue was full, and with the number of all that
    /// were; one at a time, and without waiting for callbacks of events. At most 1,000 notices (16 MiB) wait for it;
    /// beyond that they merge and the number jumps.
    pub fn on_drop<F>(&self, callback: impl Fn(RawEvent, u64) -> F + Send + Sync + 'static) -> &Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.register(&self.shared().callbacks.drop, Arc::new(move |raw, total| boxed(callback(raw, total))))
    }

    /// Calls `callback` when the stream has been opened. It ends before the first event of the connection is delivered.
    pub fn on_connect<F>(&self, callback: impl Fn() -> F + Send + Sync + 'static) -> &Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.register(&self.shared().callbacks.connect, Arc::new(move || boxed(callback())))
    }

    /// Calls `callback` once for each connection that was lost, also if the server ended it in good order, and at a stop
    /// if one was open. It takes turns with `on_connect`.
    pub fn on_disconnect<F>(&self, callback: impl Fn() -> F + Send + Sync + 'static) -> &Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.register(&self.shared().callbacks.disconnect, Arc::new(move || boxed(callback())))
    }

    /// Connects, and goes on until the client is stopped, the server wants no more of it (204), or nothing more can be
    /// done: a refusal (401, 403, 404) or `max_retries` spent. A run after an earlier one goes on where that ended.
    ///
    /// After a stop callbacks have [`drain_timeout`](Builder::drain_timeout) to end; what then still runs is cancelled.
    /// To drop the future is a stop without that time: callbacks are cancelled where they wait, the connection is
    /// closed, and no task is left behind. What was cancelled is not settled, so it comes again in the next run.
    pub async fn run(&self) -> Result<(), Error> {
        conduct(self.begin()?, self.lookup).await
    }

    /// The same in a task of its own. The client is running when this returns.
    pub fn run_in_background(&self) -> Result<AsyncRun, Error> {
        let runtime = Handle::try_current().map_err(|error| {
            Error::system(
                "there is no tokio runtime here: call run_in_background within one",
                io::Error::other(error),
            )
        })?;
        Ok(AsyncRun(runtime.spawn(conduct(self.begin()?, self.lookup))))
    }

    /// The events as a stream, for those who would rather ask for the next one than be called: see [`EventStream`].
    /// This is a run of its own, in which no callback is called.
    pub fn events(&self) -> Result<EventStream, Error> {
        EventStream::begin(&self.owner, self.lookup)
    }

    /// Stops the client: it leaves the stream at once, whatever it is waiting for, and delivers what is queued for at
    /// most `drain_timeout`. This only signals and returns; it can be called from any thread, any callback (see
    /// [`stopper`](Self::stopper)) and any number of times, and does nothing if the client does not run.
    pub fn stop(&self) {
        self.shared().stop();
    }

    /// A handle that can stop the client from elsewhere: from a callback, say.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper::of(self.shared())
    }

    /// Waits until the stream is open, for at most `timeout`; whether it is. It gives up early if the run is over, or
    /// only delivers what is left.
    pub async fn wait_until_connected(&self, timeout: Duration) -> bool {
        self.shared().is_here() && self.shared().counters.connection.opened(timeout).await
    }

    /// How many events were dropped so far, over all runs.
    #[must_use]
    pub fn dropped_count(&self) -> u64 {
        self.shared().counters.dropped.get()
    }

    /// How many events wait for the end of their callback now.
    #[must_use]
    pub fn queue_size(&self) -> usize {
        self.shared().queue_size()
    }

    /// All that is counted. Cheap enough to read in a loop.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared().stats()
    }

    fn begin(&self) -> Result<Running<Tasks>, Error> {
        let settings = &self.shared().settings;
        let rules = settings.rules(Places::UntilEnd, settings.session_concurrency);
        self.shared().begin(Tasks::here(), rules)
    }

    fn register<F: ?Sized>(&self, slot: &Slot<F>, callback: Arc<F>) -> &Self {
        if self.shared().is_here() {
            slot.set(callback);
        }
        self
    }

    pub(crate) fn shared(&self) -> &Arc<Shared<Tasks>> {
        &self.owner.0
    }
}

impl fmt::Debug for AsyncConnectorClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncConnectorClient")
            .field("url", &self.shared().settings.address)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn boxed(callback: impl Future<Output = ()> + Send + 'static) -> Called {
    Box::pin(callback)
}

/// A run in a task of its own. Awaiting it gives the result of the run, as [`AsyncConnectorClient::run`] does. Dropping
/// it lets the run go on.
///
/// Not to be awaited within a callback: the run would wait for the callback, and the callback for the run.
#[derive(Debug)]
#[must_use = "the result of the run, an error included, comes out when it is awaited"]
pub struct AsyncRun(JoinHandle<Result<(), Error>>);

impl AsyncRun {
    /// Waits for the end of the run and gives its result.
    pub async fn join(self) -> Result<(), Error> {
        self.await
    }

    /// Ends the run without waiting for callbacks: they are cancelled where they wait. It is no error then.
    pub fn abort(&self) {
        self.0.abort();
    }

    /// Whether the run has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl Future for AsyncRun {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|ended| match ended {
            Ok(result) => result,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_aborted) => Ok(()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::thread;
    use std::time::Instant;

    use tokio::runtime;

    use super::*;
    use crate::process::Process;

    #[test]
    fn stops_within_50_ms_while_a_name_is_looked_up_and_keeps_no_runtime() {
        let mut client = AsyncConnectorClient::new("http://example.com/stream/p", "").unwrap();
        // As long as a resolver that gets no answer.
        client.lookup = |_| -> io::Result<Vec<SocketAddr>> {
            thread::sleep(Duration::from_secs(20));
            Err(io::ErrorKind::TimedOut.into())
        };
        let mut times: Vec<_> = (0..5)
            .map(|_| {
                let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let start = runtime.block_on(async {
                    let run = client.run_in_background().unwrap();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    let start = Instant::now();
                    client.stop();
                    run.await.unwrap();
                    start
                });
                drop(runtime);
                start.elapsed()
            })
            .collect();
        times.sort();
        assert!(times[2] < Duration::from_millis(50), "{times:?}");
    }

    #[test]
    fn in_a_forked_process_it_says_that_it_must_be_made_anew() {
        let mut client = AsyncConnectorClient::new("http://example.com/stream/p", "").unwrap();
        let owner = Arc::get_mut(&mut client.owner).unwrap();
        Arc::get_mut(&mut owner.0).unwrap().process = Process::elsewhere();
        // What other threads held when the process was forked is held for ever in the child.
        let _held = client.shared().hold_everything();
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let refused = [
                client.run().await.unwrap_err(),
                client.run_in_background().unwrap_err(),
                client.events().unwrap_err(),
            ];
            assert!(refused.iter().all(Error::is_forked));
            client.on_actions(async |_| ());
            client.stop();
            assert!(!client.wait_until_connected(Duration::MAX).await);
            assert_eq!((client.stats(), client.queue_size()), (Stats::default(), 0));
        });
    }
}
