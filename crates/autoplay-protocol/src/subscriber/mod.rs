//! How a subscriber behaves: when to connect, what an answer means, how long to wait, where to go on.
//!
//! [`Subscriber`] is a state machine without I/O and without a clock. A driver tells it what happened, with the time
//! (`handle_response`, `handle_bytes`, `handle_end`, `handle_failure`, `handle_timeout`), and asks it what to do
//! ([`Subscriber::poll`]). So the same policy is run by a client with sockets, by a test with invented instants, and
//! by random bytes.
//!
//! ```text
//!            poll                        200, text/event-stream
//!   Ready ─────────► Connecting ─────────────────────────────────────► Reading ──► events
//!                     ▲  │   │ 401 403 404: refused                     │   │
//!     poll, when due  │  │   │ 204: no content                          │   │ end, failure,
//!                     │  │   ├──────────────► Finished ◄────────────────┤   │ silence
//!                     │  │   │ any other answer, failure or time-out,   │   │
//!                     │  │   │ and max_retries spent                    │   │
//!                     │  └───┴──────────────► Waiting ◄─────────────────┴───┘
//!                     └──────────────────────────┘     with growing backoff
//! ```
//!
//! What decides:
//!
//! - **Statuses.** 401, 403 and 404 end it at once. 204 ends it without an error. Only a 200 of the type
//!   `text/event-stream` is a stream; with another type it is taken for a proxy's error page and tried again, like
//!   every other status. 429 and 503 are not tried again before their `Retry-After`.
//! - **Backoff.** The pause doubles from `initial_backoff` to `max_backoff`, with 0–10 % on top. It starts over only
//!   when an event or a heartbeat has arrived: a proxy that answers 200 and hangs up gets no hot loop.
//! - **Retries.** A request has succeeded when an event or a heartbeat has arrived; `max_retries` limits how many fail
//!   in a row. A connection lost after that costs nothing of it.
//! - **The place.** The last event id is that of the last finished event, heartbeat or bare `id:`. What a lost
//!   connection left unfinished is discarded, and comes again after the reconnect.
//!
//! # A walk through one reconnect
//!
//! ```
//! use autoplay_protocol::subscriber::{Action, Arrival, Policy, ResponseHead, Subscriber};
//! use std::time::{Duration, Instant};
//!
//! let start = Instant::now();
//! let mut subscriber = Subscriber::new(Policy::default(), 42);
//!
//! // It wants to connect at once, and gives the request ten seconds.
//! let deadline = start + Duration::from_secs(10);
//! assert_eq!(subscriber.poll(start), Action::Connect { deadline });
//!
//! // The driver did, and the answer is a stream. Now 65 s of silence are allowed.
//! let head = ResponseHead { status: 200, content_type: Some("text/event-stream"), retry_after: None };
//! subscriber.handle_response(start, &head);
//! let deadline = start + Duration::from_secs(65);
//! assert_eq!(subscriber.poll(start), Action::Read { deadline: Some(deadline) });
//!
//! // Bytes in, events out, borrowed from the bytes.
//! let bytes = b"id: 7\ndata: {\"type\":\"summary\"}\n\nid: 8\ndata: cut in the mid";
//! let mut arrivals = subscriber.handle_bytes(start, bytes);
//! let Some(Arrival::Event(event)) = arrivals.next() else { panic!("an event is expected") };
//! assert_eq!((event.data, event.id), ("{\"type\":\"summary\"}", "7"));
//! assert_eq!(arrivals.next(), None);
//! drop(arrivals);
//!
//! // The connection breaks: a pause of a second and a little, then again from event 7.
//! subscriber.handle_failure(start, "connection reset");
//! let Action::Wait { until } = subscriber.poll(start) else { panic!("a pause is expected") };
//! assert!(until >= start + Duration::from_secs(1) && until <= start + Duration::from_millis(1_100));
//! assert!(matches!(subscriber.poll(until), Action::Connect { .. }));
//! assert_eq!(subscriber.last_event_id(), "7");
//! ```

mod answer;
mod arrivals;
mod backoff;
mod http_date;
mod machine;
mod notice;
mod policy;
mod retry_after;
#[cfg(test)]
mod tests;

pub use answer::ResponseHead;
pub use arrivals::{Arrival, Arrivals};
pub use backoff::Backoff;
pub use machine::{Action, Subscriber};
pub use notice::{Notice, Outcome, Setback};
pub use policy::Policy;
pub use retry_after::parse_retry_after;
