//! Counts the allocations per event of one data line. A program of its own: counting them slows all of them down.

use autoplay_benches::inside::limits::data_in;
use autoplay_benches::payloads::Recording;
use autoplay_protocol::sse::Decoder;

fn main() {
    let recording = Recording::of(1, 1_000_000);
    let mut decoder = Decoder::new();
    let (first, rest) = recording.events.split_at(16);
    // A decoder that has seen some events has its few buffers.
    for event in first {
        data_in(&mut decoder, event);
    }
    let counted = allocation_counter::measure(|| {
        for event in rest {
            data_in(&mut decoder, event);
        }
    });
    println!("{}", counted.count_total as f64 / rest.len() as f64);
}
