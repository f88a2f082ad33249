//! A closer look at the parsers of JSON, and at what large events cost.

use autoplay_benches::inside::{limits, parsers};
use autoplay_benches::payloads::{Recording, SIZES};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn parsers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("json");
    for actions in SIZES {
        let recording = Recording::of(actions, 512 * 1024);
        let texts = recording.texts();
        group.throughput(Throughput::Bytes(texts.iter().map(|text| text.len() as u64).sum()));
        for (name, parse) in parsers::ALL {
            group.bench_with_input(BenchmarkId::new(name, actions), &texts, |bencher, texts| {
                bencher.iter(|| parse(texts));
            });
        }
        group.bench_with_input(BenchmarkId::new(parsers::OUR_CHECK, actions), &texts, |bencher, texts| {
            bencher.iter(|| parsers::our_check(texts));
        });
    }
    group.finish();
}

fn large_event(criterion: &mut Criterion) {
    let pieces = limits::large_event(8 * 1024 * 1024);
    criterion
        .bench_function("an event of 8 MiB in packets", |bencher| bencher.iter(|| limits::decode(&pieces)));
}

criterion_group!(benches, parsers, large_event);
criterion_main!(benches);
