//! What travels between an Autoplay connector and its subscribers, and how a subscriber behaves.
//!
//! A connector turns what browsers send into readable user actions and streams them as server-sent events. This
//! crate is the part that both ends share: the format of the stream, the payloads in it, and the rules by which a
//! subscriber connects, waits and goes on where it was. It opens no socket, reads no clock and needs no runtime; time
//! and bytes are arguments, so that the same code runs under tokio, on a thread of its own, and in a test that never
//! sleeps.
//!
//! Most programs want the client built on it, `autoplay-sdk`. Use this crate to write another client or server, to
//! read a recorded stream, or to make payloads of your own.
//!
//! # From bytes to actions
//!
//! ```
//! use autoplay_protocol::payload::Payload;
//! use autoplay_protocol::sse::{Decoder, Item};
//!
//! let body = concat!(
//!     "retry: 1000\n",
//!     "event: heartbeat\nid: 1-5f3a-40\ndata:\n\n",
//!     "id: 1-5f3a-41\n",
//!     r#"data: {"type":"actions","product_id":"taskboat","session_id":"s1","count":1,"actions":[{"index":0,"#,
//!     r#""type":"click","description":"User clicked Export CSV button on the billing page","#,
//!     r#""canonical_url":"https://taskboat.test/billing"}]}"#,
//!     "\n\n",
//! );
//!
//! // The pieces in which a body arrives do not matter: here they are of 16 bytes.
//! let mut decoder = Decoder::new();
//! let mut texts = Vec::new();
//! for chunk in body.as_bytes().chunks(16) {
//!     let mut items = decoder.feed(chunk);
//!     while let Some(item) = items.next() {
//!         let Item::Event(event) = item else { continue };
//!         if event.event == "heartbeat" {
//!             continue;
//!         }
//!         let (payload, corrections) = Payload::read(event.data, event.event)?;
//!         assert!(corrections.is_empty());
//!         match payload {
//!             Payload::Actions(batch) => texts.push(batch.to_text()),
//!             Payload::Summary(summary) => texts.push(summary.to_text()),
//!             Payload::Gap(_) | Payload::Other { .. } => {}
//!         }
//!     }
//! }
//!
//! assert_eq!(
//!     texts,
//!     ["Session s1 — 1 actions\n\
//!       [0] click: User clicked Export CSV button on the billing page — https://taskboat.test/billing"]
//! );
//! assert_eq!(decoder.last_event_id(), "1-5f3a-41");
//! # Ok::<(), autoplay_protocol::payload::Malformed>(())
//! ```
//!
//! And back, as a connector does it:
//!
//! ```
//! use autoplay_protocol::payload::SummaryPayload;
//! use autoplay_protocol::sse::write_event;
//!
//! let summary = SummaryPayload { summary: "Visited 3 pages.".to_owned(), replaces: 20, ..Default::default() };
//! let mut body = Vec::new();
//! write_event(&mut body, None, Some("1-5f3a-42"), &summary.to_json());
//! assert!(body.ends_with(b"\n\n"));
//! ```
//!
//! # Where what is
//!
//! | module | what is in it |
//! |---|---|
//! | [`payload`] | batches of actions, summaries, gaps: read leniently, written exactly, shown as text |
//! | [`sse`] | the decoder and encoder of server-sent events, complete by the standard |
//! | [`subscriber`] | when to connect, what an answer means, how long to wait, where to go on |
//! | [`json`] | the JSON reader below the payloads, and a value for JSON of unknown shape |
//!
//! What they have in common: nothing a peer sends makes them panic, overflow the stack, or take more than linear time;
//! and no error shows what was received, which is somebody's private data.

pub mod json;
pub mod payload;
pub mod sse;
pub mod subscriber;
