//! What must not grow: the time for a large event.

use autoplay_protocol::sse::{Decoder, Item};
use bytes::Bytes;

/// What fits into a packet of Ethernet.
const PACKET: usize = 1460;

/// One event of so many bytes, in packets.
#[must_use]
pub fn large_event(bytes: usize) -> Vec<Bytes> {
    let mut body = b"data: ".to_vec();
    body.resize(body.len() + bytes, b'x');
    body.extend_from_slice(b"\n\n");
    let body = Bytes::from(body);
    (0..body.len()).step_by(PACKET).map(|at| body.slice(at..body.len().min(at + PACKET))).collect()
}

/// The bytes of data that came out.
pub fn decode(pieces: &[Bytes]) -> usize {
    let mut decoder = Decoder::new();
    pieces.iter().map(|piece| data_in(&mut decoder, piece)).sum()
}

/// The bytes of data that one more piece completes.
pub fn data_in(decoder: &mut Decoder, piece: &[u8]) -> usize {
    let mut items = decoder.feed(piece);
    let mut bytes = 0;
    while let Some(item) = items.next() {
        if let Item::Event(event) = item {
            bytes += event.data.len();
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{decode, large_event};

    #[test]
    fn a_large_event_comes_out_whole() {
        assert_eq!(decode(&large_event(1_000_000)), 1_000_000);
    }
}
