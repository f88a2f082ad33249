//! Whatever the bytes and whatever the pieces, the decoder says what the standard says.
#![no_main]

#[path = "../../crates/autoplay-protocol/tests/by_the_book/mod.rs"]
mod by_the_book;

use autoplay_protocol::sse::Decoder;
use by_the_book::{Seen, by_the_book};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|stream: &[u8]| {
    let expected = by_the_book(stream);
    assert_eq!(decode(Decoder::new(), [stream]), expected, "in one piece");
    assert_eq!(decode(Decoder::new(), stream.chunks(1)), expected, "byte by byte");
    assert_eq!(decode(Decoder::new(), pieces(stream)), expected, "in pieces");

    let limited = || Decoder::with_max_event_bytes(stream.len() / 3);
    assert_eq!(decode(limited(), pieces(stream)), decode(limited(), [stream]), "under a limit");
});

fn decode<'a>(mut decoder: Decoder, pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Seen>, String) {
    let mut seen = Vec::new();
    for piece in pieces {
        let mut items = decoder.feed(piece);
        while let Some(item) = items.next() {
            seen.push(item.into());
        }
    }
    (seen, decoder.last_event_id().to_owned())
}

/// Cuts where the bytes themselves say, so that a seed is nothing but a stream. Empty pieces are among them.
fn pieces(stream: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = stream;
    while let Some(first) = rest.first() {
        let (piece, after) = rest.split_at(rest.len().min(usize::from(first % 7) + 1));
        pieces.push(piece);
        if first % 5 == 0 {
            pieces.push(&[]);
        }
        rest = after;
    }
    pieces
}
