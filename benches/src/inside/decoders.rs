//! Decoders of server-sent events. Each gives the number of bytes of data that it found, which must be the same.

use std::convert::Infallible;

use autoplay_protocol::sse::{Decoder, Item};
use bytes::Bytes;
use eventsource_stream::Eventsource;
use futures::executor::block_on;
use futures::{Stream, StreamExt, stream};
use memchr::memchr_iter;
use sse_stream::SseByteStream;
use sseer::EventStream;

/// A decoder, by its name and what it does with the pieces of a body.
pub type Contestant = (&'static str, fn(&[Bytes]) -> usize);

/// Not a decoder, but what none can do without: finding the ends of the lines.
pub const LINE_SPLIT: &str = "memchr line split";

/// Ours.
pub const OURS: &str = "autoplay-protocol";

/// All of them, the bare split first, then ours.
pub const ALL: [Contestant; 5] = [
    (LINE_SPLIT, split),
    (OURS, ours),
    ("sseer", sseer),
    ("sse-stream", sse_stream),
    ("eventsource-stream", eventsource_stream),
];

/// The bytes of data, by nothing but the ends of the lines. Pieces have to end where lines do, or it finds less.
fn split(pieces: &[Bytes]) -> usize {
    let mut bytes = 0;
    for piece in pieces {
        let mut start = 0;
        for end in memchr_iter(b'\n', piece) {
            let line = &piece[start..end];
            if line.first() == Some(&b'd') {
                bytes += line.len() - "data: ".len();
            }
            start = end + 1;
        }
    }
    bytes
}

fn ours(pieces: &[Bytes]) -> usize {
    let mut decoder = Decoder::new();
    let mut bytes = 0;
    for piece in pieces {
        let mut items = decoder.feed(piece);
        while let Some(item) = items.next() {
            if let Item::Event(event) = item {
                bytes += event.data.len();
            }
        }
    }
    bytes
}

fn sseer(pieces: &[Bytes]) -> usize {
    let mut events = EventStream::new(body(pieces));
    let mut bytes = 0;
    block_on(async {
        while let Some(event) = events.next().await {
            bytes += event.map_or(0, |event| event.data.len());
        }
    });
    bytes
}

fn sse_stream(pieces: &[Bytes]) -> usize {
    let mut events = SseByteStream::new(body(pieces));
    let mut bytes = 0;
    block_on(async {
        while let Some(event) = events.next().await {
            bytes += event.ok().and_then(|event| event.data).map_or(0, |data| data.len());
        }
    });
    bytes
}

fn eventsource_stream(pieces: &[Bytes]) -> usize {
    let mut events = body(pieces).eventsource();
    let mut bytes = 0;
    block_on(async {
        while let Some(event) = events.next().await {
            bytes += event.map_or(0, |event| event.data.len());
        }
    });
    bytes
}

/// The pieces as an HTTP library would hand them out. They share the body's memory: nothing is copied.
fn body(pieces: &[Bytes]) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin {
    stream::iter(pieces.iter().cloned().map(Ok))
}

#[cfg(test)]
mod tests {
    use super::{ALL, LINE_SPLIT};
    use crate::payloads::Recording;

    #[test]
    fn all_of_them_find_the_same() {
        let recording = Recording::of(5, 400_000);
        let expected = recording.json.iter().map(String::len).sum::<usize>();
        for (name, decode) in ALL {
            assert_eq!(decode(&recording.events), expected, "{name}, event by event");
            if name != LINE_SPLIT {
                assert_eq!(decode(&recording.reads()), expected, "{name}, read by read");
            }
        }
    }
}
