//! What tests need that are async themselves.

use std::sync::Arc;
use std::time::{Duration, Instant};

use autoplay_sdk::AsyncConnectorClient;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use crate::support::LIMIT;

/// Runs a test on a runtime with one thread and on one with several.
pub(crate) fn on_every_runtime(test: impl AsyncFn()) {
    for runtime in [one_thread(), several_threads()] {
        runtime.block_on(async { tokio::time::timeout(LIMIT * 3, test()).await.expect("it takes too long") });
        runtime.shutdown_timeout(LIMIT);
    }
}

pub(crate) fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

pub(crate) fn several_threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap()
}

/// A client of `url` that comes back fast.
pub(crate) fn settings(url: &str) -> autoplay_sdk::Builder {
    AsyncConnectorClient::builder(url)
        .initial_backoff(Duration::from_millis(10))
        .max_backoff(Duration::from_millis(100))
}

/// Waits for a condition.
#[track_caller]
pub(crate) fn until(what: &str, condition: impl Fn() -> bool) -> impl Future<Output = ()> {
    let (start, caller) = (Instant::now(), std::panic::Location::caller());
    async move {
        while !condition() {
            assert!(start.elapsed() < LIMIT, "waited {LIMIT:?} for {what}, {caller}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Closed at first; it holds up whoever wants to pass until it is opened.
#[derive(Debug, Clone)]
pub(crate) struct Door(Arc<Semaphore>);

impl Door {
    pub(crate) fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    pub(crate) fn open(&self) {
        self.0.add_permits(1);
    }

    pub(crate) async fn pass(&self) {
        _ = self.0.acquire().await;
    }
}

/// The bytes of one batch of a session, with an id of its number, which is its conversation as well.
pub(crate) fn batch_of(session: &str, number: usize) -> String {
    format!(
        "id: {number}\ndata: {{\"type\":\"actions\",\"session_id\":\"{session}\",\
         \"conversation_id\":\"{number}\",\"actions\":[]}}\n\n"
    )
}

/// The batches `1..=count`, each of the session that `session` names.
pub(crate) fn batches_of(count: usize, session: impl Fn(usize) -> String) -> String {
    (1..=count).map(|number| batch_of(&session(number), number)).collect()
}

/// The number of a batch that [`batch_of`] has made.
pub(crate) fn number(batch: &autoplay_sdk::ActionsPayload) -> usize {
    batch.conversation_id.as_ref().expect("each has one").parse().expect("it is a number")
}
