//! What a subscriber may be told about how patient it is.

use std::time::Duration;

/// How a [`Subscriber`](super::Subscriber) behaves: the time-outs, the backoff and the limits.
///
/// The values are taken as they are; whoever takes them from a user checks them first. None of them makes the
/// subscriber panic: a time-out too long for the clock is one that never comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// From asking for the stream to the head of the answer: name look-up, TCP, TLS, redirects. 10 s.
    pub connect_timeout: Duration,
    /// The pause after the first failure; a `retry:` from the server replaces it. 1 s.
    pub initial_backoff: Duration,
    /// Where the doubling of the pause ends. 30 s.
    pub max_backoff: Duration,
    /// How many failed requests in a row are tried again; `None` is without end, which is the default.
    pub max_retries: Option<u32>,
    /// Silence that counts as a lost connection; `None` waits for ever. 65 s, since connectors send a heartbeat
    /// every 30 s.
    pub read_timeout: Option<Duration>,
    /// An event larger than this is skipped and reported. 16 MiB.
    pub max_event_bytes: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            initial_backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(30),
            max_retries: None,
            read_timeout: Some(Duration::from_secs(65)),
            max_event_bytes: 16 * 1024 * 1024,
        }
    }
}
