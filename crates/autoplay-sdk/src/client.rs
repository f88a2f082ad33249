//! The blocking client.

use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use autoplay_protocol::payload::{ActionsPayload, Gap, SummaryPayload};

use crate::callbacks::Slot;
use crate::process::Process;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::transport::{Lookup, system_lookup};
use crate::workers::Workers;
use crate::{Builder, Error, RawEvent, Stats, Stopper, run};

/// Subscribes to the stream of one product and calls your callbacks with what arrives.
///
/// The [crate's front page](crate) says what it promises. Dropping the client stops it, without waiting.
pub struct ConnectorClient {
    pub(crate) shared: Arc<Shared<Workers>>,
    pub(crate) lookup: Lookup,
}

impl ConnectorClient {
    /// A client for the stream at `url`, the full URL of `GET /stream/{product_id}`.
    ///
    /// `token` is the API key. If it is empty, it is taken from the environment variable
    /// `AUTOPLAY_APP_UNKEY_TOKEN`; if that is empty too, the client does not authenticate.
    pub fn new(url: &str, token: &str) -> Result<Self, Error> {
        Self::builder(url).token(token).build()
    }

    /// The same with settings: see [`Builder`] for them and their defaults.
    pub fn builder(url: &str) -> Builder {
        Builder::new(Some(url))
    }

    /// A client whose URL and token are those of the environment variables `AUTOPLAY_STREAM_URL` and
    /// `AUTOPLAY_APP_UNKEY_TOKEN`.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder_from_env().build()
    }

    /// The same with settings; a token given to the builder goes before that of the environment.
    pub fn builder_from_env() -> Builder {
        Builder::new(None)
    }

    pub(crate) fn from_settings(settings: Settings) -> Self {
        Self { shared: Arc::new(Shared::new(settings)), lookup: system_lookup }
    }

    /// Calls `callback` with each batch of actions, on the worker's thread. It replaces an earlier callback, also
    /// while the client runs; the next event sees it.
    pub fn on_actions(&self, callback: impl Fn(ActionsPayload) + Send + Sync + 'static) -> &Self {
        self.register(&self.shared.callbacks.actions, Arc::new(callback))
    }

    /// Calls `callback` with each summary, on the worker's thread.
    pub fn on_summary(&self, callback: impl Fn(SummaryPayload) + Send + Sync + 'static) -> &Self {
        self.register(&self.shared.callbacks.summary, Arc::new(callback))
    }

    /// Calls `callback` with each event that was dropped because the queue was full, and with the number of all that
    /// were. It runs on a thread of its own, so a stuck callback does not keep it waiting. At most 1,000 notices
    /// (16 MiB) wait for it; beyond that they merge and the number jumps.
    pub fn on_drop(&self, callback: impl Fn(RawEvent, u64) + Send + Sync + 'static) -> &Self {
        self.register(&self.shared.callbacks.drop, Arc::new(callback))
    }

    /// Calls `callback` with each event of any other type, as it came: `usertour_trigger`, say. It is in order with the
    /// batches and summaries of its session.
    pub fn on_event(&self, callback: impl Fn(RawEvent) + Send + Sync + 'static) -> &Self {
        self.register(&self.shared.callbacks.event, Arc::new(callback))
    }

    /// Calls `callback` when the stream has been opened, on a thread of its own. It ends before the first event of the
    /// connection is delivered.
    pub fn on_connect(&self, callback: impl Fn() + Send + Sync + 'static) -> &Self {
        self.register(&self.shared.callbacks.connect, Arc::new(callback))
    }

    /// Calls `callback` once for each connection that was lost, also if the server ended it in good order, and at a stop
    /// if one was open. It takes turns with `on_connect`, on the same thread.
    pub fn on_disconnect(&self, callback: impl Fn() + Send + Sync + 'static) -> &Self {
        self.register(&self.shared.callbacks.disconnect, Arc::new(callback))
    }

    /// Calls `callback`, in order with the events, where the connector could not go on from the last event id: events
    /// are missing there.
    pub fn on_gap(&self, callback: impl Fn(Gap) + Send + Sync + 'static) -> &Self {
        self.register(&self.shared.callbacks.gap, Arc::new(callback))
    }

    fn register<F: ?Sized>(&self, slot: &Slot<F>, callback: Arc<F>) -> &Self {
        if self.shared.is_here() {
            slot.set(callback);
        }
        self
    }

    /// Connects, and blocks until the client is stopped, the server wants no more of it (204), or nothing more can be
    /// done: a refusal (401, 403, 404) or `max_retries` spent. A run after an earlier one goes on where that ended.
    pub fn run(&self) -> Result<(), Error> {
        self.run_in_background()?.join()
    }

    /// The same on a thread of its own. The client is running when this returns.
    pub fn run_in_background(&self) -> Result<BackgroundRun, Error> {
        let thread = run::start(&self.shared, self.lookup)?;
        Ok(BackgroundRun { thread, process: self.shared.process })
    }

    /// Stops the client: it leaves the stream at once, whatever it is waiting for, and delivers what is queued for at
    /// most `drain_timeout`. This only signals and returns; it can be called from any thread, any callback (see
    /// [`stopper`](Self::stopper)) and any number of times, and does nothing if the client does not run.
    pub fn stop(&self) {
        self.shared.stop();
    }

    /// A handle that can stop the client from elsewhere: from a callback, say.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper::of(&self.shared)
    }

    /// Waits until the stream is open, for at most `timeout`; whether it is. It gives up early if the run is over, or
    /// only delivers what is left.
    #[must_use]
    pub fn wait_until_connected(&self, timeout: Duration) -> bool {
        self.shared.is_here() && self.shared.counters.connection.wait(timeout)
    }

    /// How many events were dropped so far, over all runs.
    #[must_use]
    pub fn dropped_count(&self) -> u64 {
        self.shared.counters.dropped.get()
    }

    /// How many events wait for their callback now.
    #[must_use]
    pub fn queue_size(&self) -> usize {
        self.shared.queue_size()
    }

    /// All that is counted. Cheap enough to read in a loop.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }
}

impl Drop for ConnectorClient {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

impl fmt::Debug for ConnectorClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectorClient")
            .field("url", &self.shared.settings.address)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

/// A run on a thread of its own. Dropping it lets the run go on.
#[must_use = "the result of the run, an error included, comes out of `join`"]
pub struct BackgroundRun {
    thread: JoinHandle<Result<(), Error>>,
    process: Process,
}

impl BackgroundRun {
    /// Waits for the end of the run and gives its result, as [`ConnectorClient::run`] does. Not from within a
    /// callback: the run would wait for the callback, and the callback for the run.
    pub fn join(self) -> Result<(), Error> {
        // A forked process has no such thread, and could wait for it for ever.
        self.process.check()?;
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Whether the run has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }
}

impl fmt::Debug for BackgroundRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackgroundRun").field("finished", &self.is_finished()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream};
    use std::thread;
    use std::time::Instant;

    use super::*;

    /// As long as a resolver that gets no answer.
    fn hangs(_name: &str) -> io::Result<Vec<SocketAddr>> {
        thread::sleep(Duration::from_secs(20));
        Err(io::ErrorKind::TimedOut.into())
    }

    #[test]
    fn stops_within_50_ms_while_a_name_is_looked_up() {
        let mut client = ConnectorClient::new("http://example.com/stream/p", "").unwrap();
        client.lookup = hangs;
        let mut times: Vec<_> = (0..5)
            .map(|_| {
                let run = client.run_in_background().unwrap();
                thread::sleep(Duration::from_millis(20));
                let start = Instant::now();
                client.stop();
                run.join().unwrap();
                start.elapsed()
            })
            .collect();
        times.sort();
        assert!(times[2] < Duration::from_millis(50), "{times:?}");
    }

    #[test]
    fn connect_timeout_covers_the_look_up_of_the_name() {
        let builder = ConnectorClient::builder("http://example.com/stream/p");
        let mut client = builder.connect_timeout(Duration::from_millis(50)).max_retries(0).build().unwrap();
        client.lookup = hangs;
        let start = Instant::now();
        let error = client.run().unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert!(error.to_string().contains("connect_timeout"), "{error}");
    }

    #[test]
    fn a_name_that_is_not_found_is_tried_again() {
        let builder = ConnectorClient::builder("http://example.com/stream/p");
        let mut client = builder.initial_backoff(Duration::from_millis(1)).max_retries(1).build().unwrap();
        client.lookup = |_| Err(io::Error::other("no such name"));
        let error = client.run().unwrap_err();
        assert!(error.is_retries_spent() && error.to_string().contains("no such name"), "{error}");
    }

    /// A whole 127.0.0.0/8 to itself is what Linux has.
    #[cfg(target_os = "linux")]
    #[test]
    fn of_a_names_addresses_one_that_never_answers_leaves_time_for_the_next() {
        let good = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = good.local_addr().unwrap().port();
        // Who has no room for another connection does not even refuse it.
        let mute = TcpListener::bind(("127.0.0.2", port)).unwrap();
        let mute = mute.local_addr().unwrap();
        let mut waiting = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&mute, Duration::from_millis(500)) {
            waiting.push(stream);
        }
        let server = thread::spawn(move || {
            let (mut stream, _) = good.accept().unwrap();
            _ = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        });

        let builder = ConnectorClient::builder(&format!("http://example.com:{port}/stream/p"));
        let mut client = builder.connect_timeout(Duration::from_secs(2)).max_retries(0).build().unwrap();
        client.lookup = |_| Ok(vec![([127, 0, 0, 2], 0).into(), ([127, 0, 0, 1], 0).into()]);
        client.run().unwrap();
        server.join().unwrap();
    }

    #[test]
    fn in_a_forked_process_it_says_that_it_must_be_made_anew() {
        let mut client = ConnectorClient::new("http://example.com/stream/p", "").unwrap();
        Arc::get_mut(&mut client.shared).unwrap().process = Process::elsewhere();
        for error in [client.run().unwrap_err(), client.run_in_background().unwrap_err()] {
            assert!(error.is_forked() && error.to_string().contains("make a new one"), "{error}");
        }
        let mut run = ConnectorClient::new("http://127.0.0.1:9/", "").unwrap().run_in_background().unwrap();
        run.process = Process::elsewhere();
        assert!(run.join().unwrap_err().is_forked(), "it has no thread to wait for");
        // What other threads held when the process was forked is held for ever in the child.
        let _held = client.shared.hold_everything();
        client.on_actions(|_| ()).on_drop(|_, _| ());
        client.stop();
        client.stopper().stop();
        assert!(!client.wait_until_connected(Duration::MAX));
        assert_eq!((client.stats(), client.queue_size(), client.dropped_count()), (Stats::default(), 0, 0));
        assert!(format!("{client:?}").contains("example.com"));
    }
}
