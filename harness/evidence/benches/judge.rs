//! Measures the judge: reading a history, judging it by each property, and by all at once. Also measures the memory
//! that ten million events take; more than 200 MB fail the bench.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use evidence::history::VERSION;
use evidence::{
    ActionId, History, Judging, Marker, Observation, PROPERTIES, Place, Scene, UserName, What,
};

/// The most bytes that ten million events may take, in addition to what the bench itself takes.
const MOST: u64 = 200_000_000;
const EVENTS: u64 = 10_000_000;

const USERS: usize = 1000;

/// A run of about `size` observations: 1,000 users each log in, open a tab and start one action after the other,
/// each of three events.
fn history(size: usize) -> History {
    let users: Vec<UserName> = (0..USERS)
        .map(|n| UserName::from(format!("user{n}").as_str()))
        .collect();
    let mut run = Run::default();
    for user in &users {
        let after = format!("id of {user}");
        run.add(
            user,
            None,
            What::LoggedIn {
                before: None,
                after,
            },
        );
        run.add(user, Some("1"), What::joined(Some(0)));
    }
    for round in 0.. {
        if run.observations.len() >= size {
            break;
        }
        let user = &users[round % USERS];
        run.action(user, round);
    }
    let nobody = Place {
        user: None,
        session: "the run".to_owned(),
        tab: None,
    };
    run.push(nobody, What::settled());
    History {
        scene: Scene {
            airtight_history: VERSION,
            scenario: "a bench".to_owned(),
            users,
            ..Scene::default()
        },
        observations: run.observations,
        cut_short: false,
    }
}

#[derive(Default)]
struct Run {
    observations: Vec<Observation>,
    numbers: BTreeMap<UserName, u64>,
}

impl Run {
    fn push(&mut self, place: Place, what: What) {
        let seq = self.observations.len() as u64 + 1;
        self.observations.push(Observation {
            seq,
            at_us: seq * 100,
            place,
            what,
        });
    }

    fn add(&mut self, user: &UserName, tab: Option<&str>, what: What) {
        let place = Place {
            user: Some(user.clone()),
            session: "desktop".to_owned(),
            tab: tab.map(str::to_owned),
        };
        self.push(place, what);
    }

    fn action(&mut self, user: &UserName, round: usize) {
        let marker = Marker::new(user, round as u128);
        let sent = What::sent(marker.clone());
        let confirmed = What::Confirmed {
            marker: marker.clone(),
            action: ActionId::from(format!("action {round}").as_str()),
            yields: BTreeMap::from([("popup".to_owned(), 3)]),
            exact: BTreeSet::new(),
        };
        self.add(user, None, sent);
        self.add(user, None, confirmed);
        for _ in 0..3 {
            let number = self.numbers.entry(user.clone()).or_default();
            *number += 1;
            let number = *number;
            let frame = format!(
                "42[\"popup\",{{\"info\":\"popups: {marker} popup 1\"}},{{\"seq\":{number}}}]"
            );
            let received = What::received("popup".to_owned(), Some(number), frame);
            self.add(user, Some("1"), received);
        }
    }
}

fn written(history: &History) -> String {
    let header = serde_json::to_string(&history.scene);
    let lines = history.observations.iter().map(serde_json::to_string);
    std::iter::once(header)
        .chain(lines)
        .map(|line| line.expect("plain data") + "\n")
        .collect()
}

fn judge(criterion: &mut Criterion) {
    for size in [10_000, 100_000] {
        let history = history(size);
        let text = written(&history);
        let mut group = criterion.benchmark_group("judge");
        group.sample_size(10);
        group.throughput(Throughput::Elements(history.observations.len() as u64));
        group.bench_function(BenchmarkId::new("read", size), |bencher| {
            bencher.iter(|| History::parse(black_box(&text)).expect("a history"));
        });
        group.bench_function(BenchmarkId::new("all properties", size), |bencher| {
            bencher.iter(|| all(black_box(&history)));
        });
        for property in PROPERTIES {
            group.bench_function(BenchmarkId::new(property.name, size), |bencher| {
                bencher.iter(|| property.judge(black_box(&history)));
            });
        }
        group.finish();
    }
}

/// Events that carry no marker, and so nothing to decode: their frames have about so many bytes.
fn judge_without_marker(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("judge/no marker");
    group.sample_size(20);
    for size in [100, 1000, 10_000] {
        let mut history = history(0);
        let end = history.observations.pop();
        let mut run = Run {
            observations: history.observations,
            numbers: BTreeMap::new(),
        };
        // So many that the logins of before do not count.
        for number in 0..10_000_000 / size.min(1000) {
            let user = &history.scene.users[number % USERS];
            let item = format!("{{\"id\":\"{number:08x}\",\"text\":\"take the next job back\"}},");
            let frame = format!("42[\"list\",[{}null]]", item.repeat(size / item.len()));
            let received = What::received("list".to_owned(), None, frame);
            run.add(user, Some("1"), received);
        }
        run.push(
            Place::nobody("the run"),
            end.map_or_else(What::settled, |end| end.what),
        );
        history.observations = run.observations;
        group.bench_function(BenchmarkId::new("all properties", size), |bencher| {
            bencher.iter(|| all(black_box(&history)));
        });
    }
    group.finish();
}

fn all(history: &History) -> usize {
    let mut judging = Judging::start(&history.scene, PROPERTIES);
    history
        .observations
        .iter()
        .for_each(|seen| judging.see(seen));
    judging.end().len()
}

/// Judges ten million events that are made as they are judged, and says how much memory that took.
fn memory() -> Result<(), String> {
    let few = history(0);
    let before = peak().ok_or("this system does not say what a process takes")?;
    let started = Instant::now();
    let mut judging = Judging::start(&few.scene, PROPERTIES);
    let mut run = Run::default();
    let mut n_events = 0;
    let users = &few.scene.users;
    few.observations[..few.observations.len() - 1]
        .iter()
        .for_each(|seen| judging.see(seen));
    for round in 0.. {
        run.action(&users[round % USERS], round);
        run.observations.iter().for_each(|seen| judging.see(seen));
        n_events += run.observations.len() as u64;
        run.observations.clear();
        if n_events >= EVENTS {
            break;
        }
    }
    let found = judging.end();
    let took = started.elapsed();
    let grown = peak().unwrap_or(u64::MAX).saturating_sub(before);
    println!(
        "judge/memory: {n_events} events of {USERS} users through {} properties took {} MB and {:.1} s, their making with it",
        found.len(),
        grown / 1_000_000,
        took.as_secs_f64()
    );
    if grown > MOST {
        return Err(format!("{grown} bytes are more than {MOST}"));
    }
    Ok(())
}

/// The most memory that this process has taken so far, in bytes.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

criterion_group!(benches, judge, judge_without_marker);

fn main() -> Result<(), String> {
    // The memory comes first, because a peak does not go down again.
    let ended = memory();
    benches();
    Criterion::default().configure_from_args().final_summary();
    ended
}
