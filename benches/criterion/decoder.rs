//! A closer look at the decoders.

use autoplay_benches::inside::decoders;
use autoplay_benches::payloads::{Recording, SIZES};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn decoders(criterion: &mut Criterion) {
    for actions in SIZES {
        let recording = Recording::of(actions, 512 * 1024);
        for (framing, pieces) in [("read", recording.reads()), ("chunk", recording.events.clone())] {
            let mut group = criterion.benchmark_group(format!("decoder/{framing}"));
            group.throughput(Throughput::Bytes(recording.body.len() as u64));
            for (name, decode) in decoders::ALL {
                group.bench_with_input(BenchmarkId::new(name, actions), &pieces, |bencher, pieces| {
                    bencher.iter(|| decode(pieces));
                });
            }
            group.finish();
        }
    }
}

criterion_group!(benches, decoders);
criterion_main!(benches);
