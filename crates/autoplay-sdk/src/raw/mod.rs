//! Any stream of server-sent events, as it comes: the layer below the typed payloads.
//!
//! It connects, reconnects, waits and keeps its place by the same rules as [`ConnectorClient`](crate::ConnectorClient),
//! and hands out every event, comment and loss in order. The request may be of any method, with headers and a body.
//!
//! Blocking code has an iterator:
//!
//! ```no_run
//! use autoplay_sdk::raw::{Endpoint, Item};
//!
//! let events = Endpoint::new("https://example.com/ticker")
//!     .method("POST")
//!     .header("Content-Type", "application/json")
//!     .body(r#"{"symbols":["AB","CD"]}"#)
//!     .subscribe_blocking()?;
//! for item in events {
//!     match item? {
//!         Item::Event(event) => println!("{} {}: {}", event.id, event.event, event.data),
//!         Item::Lost(lost) => eprintln!("{lost}; again in {:?}", lost.retry_in),
//!         _ => {}
//!     }
//! }
//! # Ok::<(), autoplay_sdk::Error>(())
//! ```
//!
//! Async code has a stream, which runs on the caller's tokio:
//!
//! ```no_run
//! # async fn example() -> Result<(), autoplay_sdk::Error> {
//! use autoplay_sdk::raw::{Endpoint, Item};
//!
//! let mut events = Endpoint::new("https://example.com/ticker").last_event_id("41").subscribe()?;
//! while let Some(item) = events.next().await {
//!     if let Item::Event(event) = item? {
//!         println!("{} {}: {}", event.id, event.event, event.data);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Both end with `None`: after 204, after [`Handle::stop`], or after the one error that ends a subscription (401, 403,
//! 404, or `max_retries` spent). Everything else is an [`Item::Lost`], and another attempt follows: with the same
//! method, headers and body, so let the request be one that may be repeated. Any other status is such a loss, 400 too:
//! [`Lost::status_code`] tells it, and [`max_retries`](Endpoint::max_retries) sets an end.
//!
//! A server that ends the stream in order is asked again as well. Where an answer is over with its end, as that of a
//! language model is, leave the loop at the first loss, and nothing is asked again:
//!
//! ```no_run
//! # use autoplay_sdk::raw::{Endpoint, Item};
//! # let endpoint = Endpoint::new("https://example.com/answer");
//! for item in endpoint.method("POST").body("why?").subscribe_blocking()? {
//!     match item? {
//!         Item::Event(event) => println!("{}", event.data),
//!         Item::Lost(lost) if lost.is_clean_end() => break,
//!         Item::Lost(lost) => return Err(lost.into()),
//!         _ => {}
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The consumer's pace is the reader's pace. Who takes nothing holds the server back: of what was read, the stream
//! keeps one item, the iterator 256 KiB (but always at least one item). An item is at most
//! [`max_event_bytes`](Endpoint::max_event_bytes) large.

mod blocking;
mod conduct;
mod endpoint;
mod event;
mod events;
mod handle;
mod item;
mod outbox;

pub use blocking::BlockingEvents;
pub use endpoint::Endpoint;
pub use event::RawEvent;
pub use events::Events;
pub use handle::Handle;
pub use item::{Item, Lost};
