//! What `load` prints: the scenario's line, the thresholds, the figures and the verdict.

use std::time::Duration;

use loadtest::{Figures, Sample, Threshold, figures};

use super::four::{entry, suite};
use super::steady::{snapshot, written};
use crate::report::load::{Crowd, Load};

const CROWD: Crowd = Crowd {
    n_users: 20,
    time: Duration::from_secs(10),
    ramp: Duration::from_secs(2),
};

/// Twenty users for ten seconds: 600 requests, of which two failed, and so many deliveries.
fn measured(n_deliveries: u64) -> Figures {
    let mut all = Figures::new(CROWD.time);
    all.all_are_here(CROWD.ramp);
    for number in 0..600 {
        let at = CROWD.ramp + Duration::from_millis(number * 10);
        let took = Duration::from_micros(2_000 + number * 100);
        add(&mut all, "GET /api/actions", at, took, number >= 2);
    }
    for number in 0..n_deliveries {
        let at = CROWD.ramp + Duration::from_millis(number * 10);
        let took = Duration::from_micros(500 * number);
        add(&mut all, figures::DELIVERY, at, took, true);
        all.arrives();
    }
    all
}

fn add(all: &mut Figures, name: &str, at: Duration, took: Duration, granted: bool) {
    all.add(Sample {
        name,
        detail: "",
        by: 0,
        at,
        took,
        behind: Duration::ZERO,
        granted,
    });
}

/// The screen of a load, but for goose's tables.
fn screen(n_deliveries: u64, rules: &[&str], late: Option<u64>, is_stopped: bool) -> String {
    let names = ["GET /api/actions", figures::DELIVERY].map(str::to_owned);
    let read = |rule: &&str| Threshold::parse(rule, &names).expect("a threshold");
    let thresholds: Vec<Threshold> = rules.iter().map(read).collect();
    let late = late.map(Duration::from_millis);
    let load = Load::new(CROWD, &measured(n_deliveries), &thresholds, is_stopped);
    let load = load.but_for(late, late.unwrap_or_default());
    let suite = suite(vec![entry("holds")]).under_load(load);
    written(|out| {
        suite.write_entries(out)?;
        suite.write_end(out)
    })
}

#[test]
fn a_load_says_each_threshold_and_its_figures() {
    let guides = ["rps>50", "error-rate<=1%", "p95<200ms for SIO delivery"];
    snapshot("load-holds", &screen(300, &guides, None, false));
    let missed = ["rps>100", "error-rate<=0%", "max<10ms for GET /api/actions"];
    snapshot("load-violated", &screen(300, &missed, None, false));
    let few = ["p99<200ms for SIO delivery"];
    snapshot("load-undecided", &screen(20, &few, None, false));
}

#[test]
fn a_load_that_the_harness_delayed_accuses_nobody() {
    let missed = ["p50<10ms", "max<10ms", "error-rate<=0%"];
    snapshot("load-late", &screen(300, &missed, Some(1500), false));
    snapshot("load-stopped", &screen(300, &missed, None, true));
}
