//! An endpoint, and how it is asked.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use autoplay_protocol::subscriber::{Policy, Subscriber};
use bytes::Bytes;

use super::conduct::Subscription;
use super::handle::Control;
use super::outbox::Outbox;
use super::{BlockingEvents, Events};
use crate::Error;
use crate::address::Address;
use crate::network::NetworkOptions;
use crate::run::seed;
use crate::secret::Secret;
use crate::settings::check_policy;
use crate::transport::{StreamRequest, Transport, system_lookup};

/// What may wait between the reader's thread and a blocking consumer, who takes it as one and has as much again in hand.
const READ_AHEAD: usize = 128 * 1024;

/// An endpoint of server-sent events, and how to ask it. What is given is checked in [`subscribe`](Self::subscribe)
/// and [`subscribe_blocking`](Self::subscribe_blocking).
///
/// Nothing is taken from the environment but the proxy variables: a key goes into a
/// [`header`](Self::header), `Authorization` as a rule.
#[derive(Clone)]
#[must_use = "an endpoint does nothing before `subscribe`"]
pub struct Endpoint {
    url: String,
    method: String,
    headers: Vec<(String, String)>,
    body: Bytes,
    last_event_id: String,
    policy: Policy,
    network: NetworkOptions,
}

impl Endpoint {
    /// The endpoint at a URL with http or https, to be asked with `GET`.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            method: "GET".to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
            last_event_id: String::new(),
            policy: Policy::default(),
            network: NetworkOptions::default(),
        }
    }

    /// The method, such as `POST` or `REPORT`.
    pub fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// Adds a header to each request. It takes the place of one that is sent by itself (`Accept`, say). Headers may
    /// hold keys: a redirect to another origin gets none of them, but what describes the body.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body of each request. What it holds is for a `Content-Type` [`header`](Self::header) to say.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Goes on after the event of this id, known from earlier. It counts until the stream brings another.
    pub fn last_event_id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.last_event_id);
        self
    }

    /// The time for name look-up, TCP, TLS, redirects and the head of the answer; above 0. Default: 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.policy.connect_timeout = timeout;
        self
    }

    /// Silence that counts as a lost connection, above 0; `None` waits for ever. A single byte ends a silence.
    /// Default: 65 s.
    pub fn read_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.policy.read_timeout = timeout.into();
        self
    }

    /// The pause after the first failure, above 0; a `retry:` from the server replaces it. It doubles with each
    /// failure, and starts over when an event has arrived. Default: 1 s.
    pub fn initial_backoff(mut self, pause: Duration) -> Self {
        self.policy.initial_backoff = pause;
        self
    }

    /// The longest pause, not below `initial_backoff`. Up to 10 % is added to every pause. Default: 30 s.
    pub fn max_backoff(mut self, pause: Duration) -> Self {
        self.policy.max_backoff = pause;
        self
    }

    /// How many failed requests in a row are tried again. Default: `None`, without end.
    pub fn max_retries(mut self, retries: impl Into<Option<u32>>) -> Self {
        self.policy.max_retries = retries.into();
        self
    }

    /// The size up to which events and comments are taken, at least 1 KiB. Default: 16 MiB.
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.policy.max_event_bytes = bytes;
        self
    }

    /// A file of certificates in PEM: a server is trusted by these and no others.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.network.ca_file = Some(path.into());
        self
    }

    /// The URL of a proxy, in place of what the environment says.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.network.proxy = Some(Secret::new(url.into()));
        self
    }

    /// A subscription for async code. It connects when it is first polled. The error names the argument that is wrong;
    /// an endpoint that can't be reached is none, but an [`Item::Lost`](super::Item::Lost).
    pub fn subscribe(&self) -> Result<Events, Error> {
        // Reading goes on when what was read has been taken.
        self.subscription(0).map(Events::new)
    }

    /// A subscription for blocking code. It connects at once, on a thread of its own. The errors are those of
    /// [`subscribe`](Self::subscribe), or that the thread can't be started.
    pub fn subscribe_blocking(&self) -> Result<BlockingEvents, Error> {
        self.subscription(READ_AHEAD).and_then(BlockingEvents::start)
    }

    fn subscription(&self, read_ahead: usize) -> Result<Subscription, Error> {
        let address = Address::parse(&self.url)?;
        check_policy(&self.policy)?;
        if self.last_event_id.chars().any(char::is_control) {
            return Err(Error::config(
                "last_event_id",
                "holds a control character, which no header can carry",
            ));
        }
        let request = StreamRequest::custom(address, &self.method, &self.headers, self.body.clone())?;
        let patience = self.policy.connect_timeout;
        let transport = Transport::new(request, &self.network.check()?, patience, system_lookup)
            .map_err(|error| Error::system("TLS could not be set up", error))?;
        let mut subscriber = Subscriber::new(self.policy.clone(), seed());
        subscriber.resume_after(&self.last_event_id);
        Ok(Subscription {
            subscriber,
            transport,
            outbox: Arc::new(Outbox::new(read_ahead)),
            control: Arc::new(Control::default()),
        })
    }
}

/// Without the URL, which is not checked yet, and what else may be secret.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("method", &self.method)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("policy", &self.policy)
            .field("network", &self.network)
            .finish_non_exhaustive()
    }
}
