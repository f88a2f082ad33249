//! The settings of a client.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use autoplay_protocol::subscriber::Policy;

use crate::network::NetworkOptions;
use crate::secret::Secret;
use crate::settings::{Overflow, Settings, address, checkpoint, token};
use crate::{AsyncConnectorClient, ConnectorClient, Error};

/// Makes a [`ConnectorClient`]. What is given is checked in [`build`](Self::build).
///
/// ```
/// use autoplay_sdk::ConnectorClient;
/// use std::time::Duration;
///
/// let client = ConnectorClient::builder("https://example.com/stream/my-product")
///     .token("uk_live_...")
///     .max_queue_size(2_000)
///     .max_retries(5)
///     .read_timeout(None)
///     .drain_timeout(Duration::from_secs(2))
///     .build()?;
/// # Ok::<(), autoplay_sdk::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing before `build`"]
pub struct Builder {
    url: Option<String>,
    token: Option<Secret>,
    max_queue_size: usize,
    max_queue_bytes: usize,
    overflow: Option<Overflow>,
    max_lag: Duration,
    workers: usize,
    session_concurrency: usize,
    checkpoint: Option<PathBuf>,
    drain_timeout: Duration,
    policy: Policy,
    network: NetworkOptions,
}

impl Builder {
    pub(crate) fn new(url: Option<&str>) -> Self {
        Self {
            url: url.map(str::to_owned),
            token: None,
            max_queue_size: 500,
            max_queue_bytes: 64 * 1024 * 1024,
            overflow: None,
            max_lag: Duration::from_secs(1),
            workers: 1,
            session_concurrency: 4,
            checkpoint: None,
            drain_timeout: Duration::from_secs(10),
            policy: Policy::default(),
            network: NetworkOptions::default(),
        }
    }

    /// The API key, sent as `Authorization: Bearer`. Without it, or if it is empty: the environment variable
    /// `AUTOPLAY_APP_UNKEY_TOKEN`; if that is empty too, no authentication.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Secret::new(token.into()));
        self
    }

    /// How many events may wait for their callback, at least 1. Default: 500.
    pub fn max_queue_size(mut self, events: usize) -> Self {
        self.max_queue_size = events;
        self
    }

    /// How many bytes of event data may wait, at least 1. One event is always let in. Default: 64 MiB.
    pub fn max_queue_bytes(mut self, bytes: usize) -> Self {
        self.max_queue_bytes = bytes;
        self
    }

    /// What becomes of an event when the queue is full. Default: [`Overflow::Drop`], and [`Overflow::Block`] with a
    /// checkpoint.
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = Some(overflow);
        self
    }

    /// With [`Overflow::Drop`]: how far callbacks may lag behind before events are dropped. While they would get through
    /// what is queued in this time, a full queue is waited for. Zero drops whenever the queue is full. Default: 1 s.
    pub fn max_lag(mut self, lag: Duration) -> Self {
        self.max_lag = lag;
        self
    }

    /// How many threads run callbacks, 1 to 1,024. Events of one session (those without: of one user) stay in order, on
    /// one thread. Default: 1.
    pub fn workers(mut self, threads: usize) -> Self {
        self.workers = threads;
        self
    }

    /// How many callbacks of one session an [`AsyncConnectorClient`] runs at a time, at least 1. They begin in order; with
    /// 1 they also end in order. Default: 4.
    pub fn session_concurrency(mut self, callbacks: usize) -> Self {
        self.session_concurrency = callbacks;
        self
    }

    /// The time for name look-up, TCP, TLS, redirects and the head of the answer; above 0. Default: 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.policy.connect_timeout = timeout;
        self
    }

    /// The pause after the first failure, above 0; a `retry:` from the server replaces it. Default: 1 s.
    pub fn initial_backoff(mut self, pause: Duration) -> Self {
        self.policy.initial_backoff = pause;
        self
    }

    /// The longest pause, not below `initial_backoff`. Up to 10 % is added to every pause. Default: 30 s.
    pub fn max_backoff(mut self, pause: Duration) -> Self {
        self.policy.max_backoff = pause;
        self
    }

    /// How many failed requests in a row are tried again; 2 means that the third failure ends the run. A request has
    /// not failed once an event or a heartbeat has arrived. Default: `None`, without end.
    pub fn max_retries(mut self, retries: impl Into<Option<u32>>) -> Self {
        self.policy.max_retries = retries.into();
        self
    }

    /// Silence that counts as a lost connection, above 0; `None` waits for ever. Connectors send a heartbeat every
    /// 30 s. Default: 65 s.
    pub fn read_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.policy.read_timeout = timeout.into();
        self
    }

    /// How long callbacks may go on after a stop, or after a fatal error. Default: 10 s.
    pub fn drain_timeout(mut self, timeout: Duration) -> Self {
        self.drain_timeout = timeout;
        self
    }

    /// The size up to which events are taken, at least 1 KiB; a larger one is passed over and counted.
    /// Default: 16 MiB.
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.policy.max_event_bytes = bytes;
        self
    }

    /// A file of certificates in PEM; a server is trusted by these and no others. It is read once, by
    /// [`build`](Self::build). Default: the system's certificates, or built-in ones where the system has none.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.network.ca_file = Some(path.into());
        self
    }

    /// The URL of a proxy for all requests, in place of what `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`
    /// say. It begins with `http://`, `https://`, `socks5://` or `socks5h://` and may hold a user name and a password.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.network.proxy = Some(Secret::new(url.into()));
        self
    }

    /// Keeps the place in the stream in this file, so that a new process goes on where the last one was, even a killed
    /// one: every event at least once, in order. Without the file it begins with what happens next. Implies
    /// [`Overflow::Block`]. The file belongs to one URL, and while a client runs no other may use it; both are checked
    /// when a run begins. Default: none, the place is kept in memory.
    pub fn checkpoint(mut self, path: impl Into<PathBuf>) -> Self {
        self.checkpoint = Some(path.into());
        self
    }

    /// The client, or an error that names the argument that is wrong.
    pub fn build(self) -> Result<ConnectorClient, Error> {
        self.settings().map(ConnectorClient::from_settings)
    }

    /// The client for async code, by the same rules. [`workers`](Self::workers) means nothing to it, as
    /// [`session_concurrency`](Self::session_concurrency) means nothing to the blocking one.
    pub fn build_async(self) -> Result<AsyncConnectorClient, Error> {
        self.settings().map(AsyncConnectorClient::from_settings)
    }

    /// What was given, checked.
    pub(crate) fn settings(self) -> Result<Settings, Error> {
        let default_overflow = if self.checkpoint.is_some() { Overflow::Block } else { Overflow::Drop };
        let settings = Settings {
            address: address(self.url.as_deref())?,
            token: token(self.token.as_ref().map_or("", Secret::reveal))?,
            max_queue_size: self.max_queue_size,
            max_queue_bytes: self.max_queue_bytes,
            overflow: self.overflow.unwrap_or(default_overflow),
            max_lag: self.max_lag,
            workers: self.workers,
            session_concurrency: self.session_concurrency,
            checkpoint: checkpoint(self.checkpoint, self.overflow)?,
            drain_timeout: self.drain_timeout,
            policy: self.policy,
            network: self.network.check()?,
        };
        settings.check()
    }
}

/// Without the URL, which is not checked yet and may hold a password.
impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("max_queue_size", &self.max_queue_size)
            .field("max_queue_bytes", &self.max_queue_bytes)
            .field("overflow", &self.overflow)
            .field("max_lag", &self.max_lag)
            .field("workers", &self.workers)
            .field("session_concurrency", &self.session_concurrency)
            .field("checkpoint", &self.checkpoint)
            .field("drain_timeout", &self.drain_timeout)
            .field("policy", &self.policy)
            .field("network", &self.network)
            .finish_non_exhaustive()
    }
}
