//! Subscribes to an Autoplay connector and calls your code with what users are doing right now.
//!
//! A connector turns what browsers send into readable UI actions and streams them as server-sent events. This crate
//! is the other end: it connects, stays connected, keeps its place in the stream, and calls a function of yours with
//! each batch of actions and each summary.
//!
//! ```no_run
//! use autoplay_sdk::ConnectorClient;
//!
//! let client = ConnectorClient::new("https://example.com/stream/my-product", "uk_live_...")?;
//! client
//!     .on_actions(|batch| println!("{}", batch.to_text()))
//!     .on_summary(|summary| println!("{}", summary.to_text()));
//! client.run()?;
//! # Ok::<(), autoplay_sdk::Error>(())
//! ```
//!
//! `url` is the full URL of a product's stream, as the connector gave it when the product was registered
//! (`autoplay product add` prints it), and the token is the product's API key.
//!
//! [`run`](ConnectorClient::run) blocks; [`run_in_background`](ConnectorClient::run_in_background) gives a handle whose
//! [`join`](BackgroundRun::join) has the result. [`stop`](ConnectorClient::stop) ends either, from any thread; a
//! [`Stopper`] does it from a callback, or from a handler of Ctrl-C (with the crate ctrlc:
//! `ctrlc::set_handler(move || stopper.stop())`):
//!
//! ```no_run
//! # let client = autoplay_sdk::ConnectorClient::new("https://example.com/stream/my-product", "")?;
//! let stopper = client.stopper();
//! client.on_actions(move |batch| {
//!     println!("{}", batch.to_text());
//!     stopper.stop();
//! });
//! client.run_in_background()?.join()?;
//! # Ok::<(), autoplay_sdk::Error>(())
//! ```
//!
//! # What is delivered
//!
//! - Events come in order, one at a time, each once, as long as the callbacks keep up. With several [`workers`] those of
//!   one session do.
//! - After a lost connection the client goes on after the last event it has got (`Last-Event-ID`): nothing is missing
//!   and nothing comes twice. Where the connector can't go on from there, it says so, and [`on_gap`] is called.
//! - The queue is full at [`max_queue_size`] events or [`max_queue_bytes`]. While the callbacks would get through it
//!   within [`max_lag`], the reader waits for room. If they lag more, the next event is dropped: it is counted
//!   ([`dropped_count`]) and handed to [`on_drop`]. With [`Overflow::Block`] the reader always waits, and nothing is
//!   dropped.
//! - An event keeps its place in the queue until its callback begins. Types of events that no callback is registered for
//!   take none. [`on_event`] gets every type that is no batch, summary or gap, as it came.
//! - A malformed or oversized event costs itself: it is logged with size and position, counted, and the next one is
//!   delivered. So does an event whose callback panics.
//! - After a stop, callbacks in hand finish and what is queued is still delivered, for at most [`drain_timeout`]. What
//!   is left then comes again when the same client is run again: a run begins after the last event that is settled,
//!   which means that its callback has returned (or panicked), or that it was dropped, malformed or not wanted.
//!
//! The place in the stream is kept in memory: a new process begins live. With a [`checkpoint`] it is kept in a file, and a
//! new process goes on where the last one was, even a killed one: every event at least once, in order.
//!
//! ```no_run
//! # fn store(_: &autoplay_sdk::ActionsPayload) {}
//! let client = autoplay_sdk::ConnectorClient::builder("https://example.com/stream/my-product")
//!     .checkpoint("place.json")
//!     .workers(4)
//!     .build()?;
//! client.on_actions(|batch| store(&batch));
//! client.run()?;
//! # Ok::<(), autoplay_sdk::Error>(())
//! ```
//!
//! What happens when callbacks are slow, connections are lost and processes killed is set side by side in the guide
//! `docs/client.md` of the repository.
//!
//! # Where a stream begins
//!
//! With what happens next, unless the client has a place to go on from. To begin in the past, add `?since=` to the URL:
//!
//! | URL | begins |
//! |---|---|
//! | `…/stream/my-product?since=earliest` | with the oldest event there is |
//! | `…/stream/my-product?since=1795516034` | with the events of that time, in Unix seconds (a fraction is allowed) |
//! | `…/stream/my-product?since=1-5f3a-41` | after the event of that id, as [`RawEvent::id`] and [`Stats::last_event_id`] show it |
//!
//! It only counts for the first connection: from then on the client goes on after what it has got. With a checkpoint it
//! counts as long as there is no file; as it is part of the URL to which the file belongs, leave it there in later runs.
//!
//! # Connecting again
//!
//! A lost connection is made again after 1 s, then 2 s, and so on to 30 s, with up to 10 % on top; the count starts
//! over when an event or a heartbeat has arrived. `retry:` and `Retry-After` from the server are honoured. Silence of
//! 65 s is a lost connection. 401, 403 and 404 end the run at once, with an error; 204 ends it without one; every other
//! answer that is no stream is tried again. Redirects are followed, but the token goes to no other origin.
//!
//! # Threads
//!
//! | thread | does |
//! |---|---|
//! | `autoplay-reader` | reads the stream, on a small runtime of its own; waits for callbacks only where the queue is full |
//! | `autoplay-worker`, one for each of `workers` | runs `on_actions`, `on_summary`, `on_gap` and `on_event`, one at a time |
//! | `autoplay-drops` | runs `on_drop`, so that it is heard when the worker is stuck |
//! | `autoplay-status` | runs `on_connect` and `on_disconnect`, by turns; the events of a connection wait for its `on_connect` |
//! | `autoplay-place` | writes the checkpoint, if there is one |
//!
//! They live as long as a run. A callback that is stuck when `drain_timeout` is over is left on its thread. Callbacks
//! can be registered and replaced at any time from any thread; the next event sees it. A process that is forked needs a
//! client of its own: in the child this one only says so.
//!
//! # Async
//!
//! [`AsyncConnectorClient`] is the same client on your tokio, with futures for callbacks:
//!
//! ```no_run
//! # async fn store(_: autoplay_sdk::ActionsPayload) {}
//! # async fn example() -> Result<(), autoplay_sdk::Error> {
//! use autoplay_sdk::AsyncConnectorClient;
//!
//! let client = AsyncConnectorClient::new("https://example.com/stream/my-product", "uk_live_...")?;
//! client.on_actions(|batch| async move { store(batch).await });
//!
//! // Ctrl-C: callbacks in hand end, and what is queued is still delivered.
//! let stopper = client.stopper();
//! tokio::spawn(async move {
//!     if tokio::signal::ctrl_c().await.is_ok() {
//!         stopper.stop();
//!     }
//! });
//! client.run().await
//! # }
//! ```
//!
//! All that this page says holds for it too, but for this:
//!
//! - Callbacks of different sessions run concurrently, each as a task; those of one session (of one user, where there is
//!   none) at most [`session_concurrency`] at a time. They begin in order.
//! - An event keeps its place in the queue until its callback has ended, so the bounds hold for what is in hand as well.
//! - It has no threads of its own, but for the one that writes a checkpoint. It reads while [`run`](AsyncConnectorClient::run)
//!   is awaited. To drop that future ends everything at once and leaves no task behind.
//! - A callback that is stuck when `drain_timeout` is over is cancelled where it waits.
//!
//! Those who would rather ask than be called take the events as a stream. Its pace is the reader's, so nothing is dropped:
//!
//! ```no_run
//! # async fn example(client: autoplay_sdk::AsyncConnectorClient) -> Result<(), autoplay_sdk::Error> {
//! let mut events = client.events()?;
//! while let Some(event) = events.next().await {
//!     if let autoplay_sdk::Event::Actions(batch) = event? {
//!         println!("{}", batch.to_text());
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Settings
//!
//! [`ConnectorClient::builder`] takes them; [`Builder`] explains each. [`ConnectorClient::from_env`] takes URL and token
//! from the environment (`AUTOPLAY_STREAM_URL`, `AUTOPLAY_APP_UNKEY_TOKEN`).
//!
//! | setting | default | range |
//! |---|---|---|
//! | `token` | the environment variable `AUTOPLAY_APP_UNKEY_TOKEN`, else none | no control characters |
//! | `max_queue_size` | 500 events | at least 1 |
//! | `max_queue_bytes` | 64 MiB | at least 1 |
//! | `overflow` | [`Overflow::Drop`]; [`Overflow::Block`] with a checkpoint | |
//! | `max_lag` | 1 s | |
//! | `workers` | 1 | 1 to 1,024 |
//! | `session_concurrency` (async) | 4 | at least 1 |
//! | `checkpoint` | none | the path of a file |
//! | `connect_timeout` | 10 s | above 0 |
//! | `initial_backoff` | 1 s | above 0 |
//! | `max_backoff` | 30 s | at least `initial_backoff` |
//! | `max_retries` | none: without end | |
//! | `read_timeout` | 65 s | above 0, or `None` |
//! | `drain_timeout` | 10 s | |
//! | `max_event_bytes` | 16 MiB | at least 1 KiB |
//! | `ca_file` | none: the system's roots | a file in PEM |
//! | `proxy` | what the environment says | a URL with http, https, socks5 or socks5h |
//!
//! The proxy variables `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are respected, unless `proxy` is given.
//! TLS trusts the system's roots, or built-in ones where the system has none, or those of `ca_file` and no others.
//!
//! # Errors, and seeing what goes on
//!
//! There is one [`Error`]; its [`kind`](Error::kind) and its predicates say what happened, its message what to do.
//! [`ConnectorClient::stats`] counts everything that happens. Logs go to [`tracing`]. None of them ever shows a token or
//! a payload.
//!
//! A server that can't be reached is no error: the client tries again without end, and says so in the log. So a program
//! should show the log, with `tracing_subscriber::fmt::init()` say, or set [`max_retries`](Builder::max_retries), and it
//! can ask [`wait_until_connected`](ConnectorClient::wait_until_connected).
//!
//! # Tests of your own code
//!
//! Payloads are plain structs, to be made with what matters and `..Default::default()`:
//!
//! ```
//! use autoplay_sdk::{ActionsPayload, RawEvent, SlimAction};
//!
//! let action = SlimAction { kind: "click".to_owned(), ..Default::default() };
//! let batch = ActionsPayload { count: 1, actions: vec![action], ..Default::default() };
//! let event = RawEvent::new("message", &batch.to_json(), "1-5f3a-41");
//! # assert!(event.data.contains("click"));
//! ```
//!
//! A field that connectors send and this version does not know is in `extra`. Fields are only added to the structs with
//! a version that may break (0.2 after 0.1), so code that names all of them is fine, too.
//!
//! A [`RawEvent`] that was put aside, in [`on_drop`] say, is read again by [`Payload::read`].
//!
//! # Below the payloads
//!
//! The module [`raw`] hands out what any endpoint of server-sent events says, event by event, with the same reconnect
//! behaviour; [`http`] sends single requests; [`json`] is what `extra` is made of. The crate `autoplay-protocol` below has
//! no I/O, for those who write a client or a connector of their own; nothing of it is needed beside this one. The module
//! [`embedding`] is for whoever puts the client into another language.
//!
//! [`checkpoint`]: Builder::checkpoint
//! [`max_lag`]: Builder::max_lag
//! [`max_queue_bytes`]: Builder::max_queue_bytes
//! [`on_event`]: ConnectorClient::on_event
//! [`on_gap`]: ConnectorClient::on_gap
//! [`workers`]: Builder::workers
//! [`session_concurrency`]: Builder::session_concurrency
//! [`on_drop`]: ConnectorClient::on_drop
//! [`dropped_count`]: ConnectorClient::dropped_count
//! [`max_queue_size`]: Builder::max_queue_size
//! [`drain_timeout`]: Builder::drain_timeout

mod address;
mod async_client;
mod backlog;
mod blanks;
mod builder;
mod callbacks;
mod checkpoint;
mod client;
mod connection;
mod counters;
mod deliver;
mod driver;
mod drops;
pub mod embedding;
mod error;
mod findings;
pub mod http;
mod intake;
mod lifecycle;
mod network;
mod notices;
mod panics;
mod place;
mod process;
mod queue;
mod queued;
pub mod raw;
mod redirect;
mod run;
mod secret;
mod settings;
mod shared;
mod stop;
mod stopper;
mod sync;
mod throttle;
mod tls;
mod transport;
mod warnings;
mod workers;

pub use async_client::{AsyncConnectorClient, AsyncRun, Event, EventStream};
#[doc(inline)]
pub use autoplay_protocol::json;
pub use autoplay_protocol::payload::{
    ActionsPayload, Corrections, Gap, Malformed, NothingToMerge, Payload, SlimAction, SummaryPayload,
};
pub use builder::Builder;
pub use client::{BackgroundRun, ConnectorClient};
pub use counters::Stats;
pub use error::{Error, ErrorKind};
pub use raw::RawEvent;
pub use settings::Overflow;
pub use stopper::Stopper;

/// The README's snippet is compiled with the examples of this documentation.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
