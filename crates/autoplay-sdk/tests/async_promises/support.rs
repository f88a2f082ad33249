//! The async client with the face of the blocking one, so that it is held to the same tests.
//!
//! Reading goes on on one thread and callbacks on another, as there; so a callback that blocks is as stuck as there.

use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc;
use std::task::Poll;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use autoplay_sdk::{ActionsPayload, AsyncConnectorClient, Error, Gap, RawEvent, SummaryPayload};
use tokio::runtime::{self, Runtime};

#[expect(dead_code, reason = "what makes a blocking client is not for these tests")]
#[path = "../promises/support.rs"]
mod blocking;

pub(crate) use blocking::{LIMIT, Seen, batch, batches, wait_until};

/// A client of `url` that comes back fast.
pub(crate) fn quick(url: &str) -> Builder {
    Builder(blocking::quick(url))
}

/// Puts the session ids of batches, as numbers, into the channel that it returns.
pub(crate) fn sessions_of(client: &Client) -> Seen<usize> {
    let seen = Seen::new();
    let sender = seen.sender();
    client.on_actions(move |batch| {
        let session = batch.session_id.expect("each batch has a session");
        _ = sender.send(session.parse().expect("sessions are numbers"));
    });
    seen
}

pub(crate) struct Builder(pub(crate) autoplay_sdk::Builder);

macro_rules! settings {
    ($($name:ident: $type:ty,)*) => {
        impl Builder {
            $(pub(crate) fn $name(self, value: $type) -> Self {
                Self(self.0.$name(value))
            })*
        }
    };
}

settings! {
    token: &str,
    max_event_bytes: usize,
    max_retries: u32,
    connect_timeout: Duration,
    initial_backoff: Duration,
    max_backoff: Duration,
    read_timeout: Duration,
    drain_timeout: Duration,
    max_queue_size: usize,
    max_lag: Duration,
}

impl Builder {
    pub(crate) fn build(self) -> Result<Client, Error> {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let client = Arc::new(self.0.build_async()?);
        Ok(Client { client, host: Arc::new(Host(Some(runtime.expect("a runtime")))) })
    }
}

pub(crate) struct Client {
    client: Arc<AsyncConnectorClient>,
    host: Arc<Host>,
}

/// A runtime that may be dropped with callbacks that are stuck.
struct Host(Option<Runtime>);

macro_rules! callbacks {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {
        $(pub(crate) fn $name(&self, callback: impl Fn($($type),*) + Send + Sync + 'static) -> &Self {
            let callback = Arc::new(callback);
            self.client.$name(move |$($argument),*| {
                let callback = Arc::clone(&callback);
                async move { callback($($argument),*) }
            });
            self
        })*
    };
}

impl Client {
    callbacks! {
        on_actions(batch: ActionsPayload);
        on_summary(summary: SummaryPayload);
        on_event(event: RawEvent);
        on_gap(gap: Gap);
        on_drop(raw: RawEvent, total: u64);
    }

    pub(crate) fn run(&self) -> Result<(), Error> {
        self.run_in_background()?.join()
    }

    pub(crate) fn run_in_background(&self) -> Result<Run, Error> {
        let (client, host) = (Arc::clone(&self.client), Arc::clone(&self.host));
        let (begun, begins) = mpsc::channel();
        let thread = thread::spawn(move || {
            host.block_on(async {
                let mut run = pin!(client.run());
                // It is running when it has been polled.
                match poll_fn(|context| Poll::Ready(run.as_mut().poll(context))).await {
                    // One that is refused did not run; one that was that fast did.
                    Poll::Ready(Err(refusal)) if refusal.url().is_none() => {
                        begun.send(Err(refusal)).expect("it waits");
                        Ok(())
                    }
                    Poll::Ready(result) => {
                        begun.send(Ok(())).expect("it waits");
                        result
                    }
                    Poll::Pending => {
                        begun.send(Ok(())).expect("it waits");
                        run.await
                    }
                }
            })
        });
        begins.recv().expect("the thread's word")?;
        Ok(Run(thread))
    }
}

impl Deref for Client {
    type Target = AsyncConnectorClient;

    fn deref(&self) -> &AsyncConnectorClient {
        &self.client
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.client.stop();
    }
}

#[derive(Debug)]
pub(crate) struct Run(JoinHandle<Result<(), Error>>);

impl Run {
    pub(crate) fn join(self) -> Result<(), Error> {
        self.0.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Host {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.as_ref().expect("it is only taken at the end").block_on(future)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
