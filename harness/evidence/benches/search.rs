//! Measures the search for markers: on frames without one, beside the search of before; on frames with one, in each
//! encoding; on frames of nothing but clues. A gigabyte of random frames must contain no marker, or the bench fails.
//!
//! The search of before looked for markers that stand letter by letter, with one pass of memchr for the letter k.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use evidence::{Marker, UserName, traces};
use memchr::memchr2_iter;

/// Bytes of random frames, over all sorts.
const RANDOM: usize = 1 << 30;
const PIECE: usize = 16 << 20;

/// Numbers from a seed (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn of(&mut self, alphabet: &[u8], size: usize) -> Vec<u8> {
        let mut one = || alphabet[(self.next() >> 33) as usize % alphabet.len()];
        (0..size).map(|_| one()).collect()
    }

    fn words(&mut self, size: usize) -> Vec<u8> {
        let words = "the quick brown fox jumps over a lazy dog that was asked to take back its work \
            and now has a size of 33 while others talk about jazz and pizza in Zurich (100%) or make &amp; break";
        let words: Vec<&str> = words.split(' ').collect();
        let mut text = String::new();
        while text.len() < size {
            text += words[(self.next() >> 33) as usize % words.len()];
            text.push(' ');
        }
        text.into_bytes()
    }

    fn json(&mut self, size: usize) -> Vec<u8> {
        let mut text = String::new();
        while text.len() < size {
            let (id, at, user) = (self.next(), self.next() % 100_000, self.next() % 1000);
            text += &format!(
                "42[\"popup\",{{\"info\":\"popups: {at} of 20\",\"state\":-1,\"user\":\"user{user}\",\"id\":\"{id:016x}\",\
                 \"at\":\"2024-11-27T11:59:33.{user}Z\",\"text\":\"caf\\u00e9 \\u003cb\\u003e ok\\n\",\"ask\":null}},{{\"seq\":{at}}}]"
            );
        }
        text.into_bytes()
    }
}

const BASE32: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn frames(random: &mut Random, size: usize) -> [(&'static str, Vec<u8>); 7] {
    let bytes: Vec<u8> = (0..=255).collect();
    [
        ("words", random.words(size)),
        ("json", random.json(size)),
        ("bytes", random.of(&bytes, size)),
        ("base32", random.of(BASE32, size)),
        ("base64", random.of(BASE64, size)),
        ("hex", random.of(b"0123456789abcdef", size)),
        ("digits", random.of(b"0123456789, ", size)),
    ]
}

/// The search of before. Its check of the last letters is left out: none of these frames comes so far.
fn before(bytes: &[u8]) -> usize {
    let candidates = memchr2_iter(b'k', b'K', bytes).filter(|at| {
        let text = at
            .checked_sub(2)
            .and_then(|start| bytes.get(start..start + 27));
        text.is_some_and(|text| {
            text[..3].eq_ignore_ascii_case(b"amk")
                && text
                    .iter()
                    .all(|byte| BASE32.contains(&byte.to_ascii_lowercase()))
        })
    });
    candidates.count()
}

fn without_marker(criterion: &mut Criterion) {
    const SIZE: usize = 1 << 18;
    for (sort, text) in frames(&mut Random(17), SIZE) {
        for size in [100, 1000, SIZE] {
            let mut group = criterion.benchmark_group(format!("search/{sort}"));
            group.sample_size(20);
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(BenchmarkId::new("before", size), |bencher| {
                bencher.iter(|| black_box(&text).chunks(size).map(before).sum::<usize>());
            });
            let now = |frame: &[u8]| Marker::find_all(frame).count();
            group.bench_function(BenchmarkId::new("now", size), |bencher| {
                bencher.iter(|| black_box(&text).chunks(size).map(now).sum::<usize>());
            });
            group.finish();
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    let characters = bytes.chunks(3).flat_map(|three| {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        (0..=three.len()).map(move |i| BASE64[(bits >> (18 - 6 * i) & 63) as usize])
    });
    characters.map(char::from).collect()
}

/// A thousand bytes with one marker in them.
fn with_marker(criterion: &mut Criterion) {
    let marker = Marker::new(&UserName::from("amy"), 7).to_string();
    let each = |write: fn(u8) -> String| -> String { marker.bytes().map(write).collect() };
    let announced = format!(
        "$binary:{}",
        base64(format!("{}{marker}", "x".repeat(699)).as_bytes())
    );
    let forms = [
        ("none", String::new()),
        ("plain", marker.clone()),
        ("percent", each(|byte| format!("%{byte:02x}"))),
        ("HTML", each(|byte| format!("&#{byte};"))),
        ("JSON", each(|byte| format!("\\u{byte:04x}"))),
        ("hex", each(|byte| format!("{byte:02x}"))),
        ("base64", base64(marker.as_bytes())),
        ("UTF-16", each(|byte| format!("{}\0", char::from(byte)))),
        ("numbers", each(|byte| format!("{byte},"))),
        ("announced base64", announced),
    ];
    let mut group = criterion.benchmark_group("search/one marker in 1000 bytes");
    group.sample_size(20);
    for (form, written) in forms {
        let frame = format!("{written:-<1000}");
        let found = Marker::find_all(frame.as_bytes()).count();
        assert_eq!(found, usize::from(form != "none"), "{form}");
        group.bench_function(form, |bencher| {
            bencher.iter(|| Marker::find_all(black_box(frame.as_bytes())).count());
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("search/nothing but clues");
    group.sample_size(10);
    for clue in [
        "z33abcdefg",
        "%7a%33",
        "ejMz",
        "7a33",
        "51,51,",
        "ADMA",
        "eyJ.",
    ] {
        let frame = clue.repeat((1 << 16) / clue.len());
        group.throughput(Throughput::Bytes(frame.len() as u64));
        group.bench_function(clue, |bencher| {
            bencher.iter(|| Marker::find_all(black_box(frame.as_bytes())).count());
        });
    }
    group.finish();
}

/// Searches a gigabyte of random frames. A thousand markers were sent.
fn random() -> Result<(), String> {
    let previews: BTreeSet<String> = (0..1000_u128)
        .map(|number| Marker::new(&UserName::from("amy"), number).as_str()[..10].to_owned())
        .collect();
    let mut random = Random(17);
    let (mut n_bytes, mut n_markers, mut n_previews, mut n_begins) = (0, 0, 0, 0);
    let started = Instant::now();
    while n_bytes < RANDOM {
        for (_, frame) in frames(&mut random, PIECE) {
            n_bytes += frame.len();
            n_markers += Marker::find_all(&frame).count();
            for trace in traces(&frame) {
                n_begins += 1;
                n_previews += usize::from(previews.contains(&trace[..10]));
            }
        }
    }
    println!(
        "search/random: {n_bytes} bytes contain {n_markers} markers, {n_previews} previews of 1000 markers, and \
         {n_begins} beginnings of markers that nobody sent; {:.1} s, their making with it",
        started.elapsed().as_secs_f64()
    );
    match (n_markers, n_previews) {
        (0, 0) => Ok(()),
        _ => Err("random frames contain a marker".to_owned()),
    }
}

criterion_group!(benches, without_marker, with_marker);

fn main() -> Result<(), String> {
    let ended = random();
    benches();
    Criterion::default().configure_from_args().final_summary();
    ended
}
