//! The judge: reading a history, and each property over it.

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evidence::history::VERSION;
use evidence::{ActionId, History, Marker, Observation, PROPERTIES, Place, Scene, UserName, What};

const USERS: usize = 20;

/// A run of 20 users who each log in, open a tab and start one action after the other, of three events
/// each; about `size` observations.
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
        run.add(user, Some("1"), What::Joined { last_seq: Some(0) });
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
    run.push(nobody, What::Settled);
    History {
        scene: Scene {
            airtight_history: VERSION,
            scenario: "a bench".to_owned(),
            rules: Vec::new(),
            users,
            expect: Vec::new(),
            seed: 0,
            leaks: BTreeMap::new(),
            breaks: BTreeMap::new(),
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
        let sent = What::Sent {
            marker: marker.clone(),
        };
        let confirmed = What::Confirmed {
            marker: marker.clone(),
            action: ActionId::from(format!("action {round}").as_str()),
            yields: BTreeMap::from([("popup".to_owned(), 3)]),
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
            let received = What::Received {
                event: "popup".to_owned(),
                number: Some(number),
                frame,
            };
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
        for property in PROPERTIES {
            group.bench_function(BenchmarkId::new(property.name, size), |bencher| {
                bencher.iter(|| (property.judge)(black_box(&history)));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, judge);
criterion_main!(benches);
