//! What the tests of this crate have in common.

use std::fmt::Debug;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use autoplay_sdk::{Builder, ConnectorClient};

/// No wait in a test is longer.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// A client of `url` that comes back fast.
pub(crate) fn quick(url: &str) -> Builder {
    ConnectorClient::builder(url)
        .token("uk_live_secret")
        .initial_backoff(Duration::from_millis(10))
        .max_backoff(Duration::from_millis(100))
}

/// The bytes of the batches from `first` to `last`, each with an id and a session of its number.
pub(crate) fn batches(first: usize, last: usize) -> String {
    (first..=last).map(batch).collect()
}

/// The bytes of one batch.
pub(crate) fn batch(number: usize) -> String {
    format!(
        "id: {number}\ndata: {{\"type\":\"actions\",\"product_id\":\"p\",\"session_id\":\"{number}\",\"count\":0,\
         \"actions\":[]}}\n\n"
    )
}

/// What callbacks were called with, in order.
pub(crate) struct Seen<T> {
    sender: Sender<T>,
    receiver: Receiver<T>,
}

impl<T: Debug> Seen<T> {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self { sender, receiver }
    }

    pub(crate) fn sender(&self) -> Sender<T> {
        self.sender.clone()
    }

    /// The next one, waited for.
    pub(crate) fn next(&self) -> T {
        self.receiver.recv_timeout(LIMIT).expect("a callback within the limit")
    }

    /// The next `count`.
    pub(crate) fn take(&self, count: usize) -> Vec<T> {
        (0..count).map(|_| self.next()).collect()
    }

    /// Those that are there.
    pub(crate) fn rest(&self) -> Vec<T> {
        self.receiver.try_iter().collect()
    }
}

/// Puts the session ids of batches, as numbers, into the channel that it returns.
pub(crate) fn sessions_of(client: &ConnectorClient) -> Seen<usize> {
    let seen = Seen::new();
    let sender = seen.sender();
    client.on_actions(move |batch| {
        let session = batch.session_id.expect("each batch has a session");
        // The test may have seen enough and be gone.
        _ = sender.send(session.parse().expect("sessions are numbers"));
    });
    seen
}

/// Waits for a condition.
#[track_caller]
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT, "waited {LIMIT:?} for {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
