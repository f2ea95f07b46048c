//! The scheduler's tick: one user's waiting messages are ordered, numbered, written and sent.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use reference_server::bench::Tick;

fn tick(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let user = runtime.block_on(Tick::new()).expect("a user");
    let mut group = criterion.benchmark_group("tick");
    for count in [1_usize, 30, 1000] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter_batched(
                || user.fill(count),
                |()| runtime.block_on(black_box(&user).tick()),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, tick);
criterion_main!(benches);
