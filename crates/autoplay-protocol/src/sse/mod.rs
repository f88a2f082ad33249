//! Server-sent events as the WHATWG HTML standard defines them (§9.2.5 and §9.2.6), without I/O.
//!
//! [`Decoder`] turns the bytes of a response body, in whatever pieces they arrive, into [`Item`]s;
//! [`write_event`], [`write_comment`] and [`write_retry`] make the bytes.
//!
//! ```
//! use autoplay_protocol::sse::{Decoder, Item};
//!
//! let mut decoder = Decoder::new();
//! let mut seen = Vec::new();
//! for chunk in [&b"id: 7\nda"[..], b"ta: hello\n", b"\n"] {
//!     let mut items = decoder.feed(chunk);
//!     while let Some(item) = items.next() {
//!         if let Item::Event(event) = item {
//!             seen.push(format!("{} {} {}", event.event, event.id, event.data));
//!         }
//!     }
//! }
//! assert_eq!(seen, ["message 7 hello"]);
//! assert_eq!(decoder.last_event_id(), "7");
//! ```
//!
//! How the parts divide the work:
//!
//! ```text
//! chunk ──► lines    cuts at CR, LF, CRLF; skips the byte order mark; carries an unfinished line over
//!             │
//!             ▼
//!           field    which field a line sets, and where its value begins
//!             │
//!             ▼
//!           block    gathers the lines up to a blank one: data, name, id; watches the size
//!             │
//!             ▼
//!           decoder  what the caller sees: items that borrow from the chunk
//! ```

mod block;
mod decoder;
mod encoder;
mod field;
mod item;
mod lines;

pub use decoder::{DEFAULT_MAX_EVENT_BYTES, Decoder, Items};
pub use encoder::{write_comment, write_event, write_retry};
pub use item::{Event, Item};
