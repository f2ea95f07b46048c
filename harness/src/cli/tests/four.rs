//! Runs of scenarios that ended in each of the four ways, with fixed times.

use std::time::Duration;

use probe::ClientKind;

use super::steady::history;
use crate::history::recheck;
use crate::report::history::Report;
use crate::report::suite::{Entry, Suite};

/// Why a scenario stopped. Errors with a place and a fix are held by other tests.
pub(super) const STOPPED: &str = "the server ended: exit status: 1";

/// What the history with this name shows.
pub(super) fn judged(name: &str) -> Report {
    recheck::judge(&history(name), &[]).expect("a history")
}

/// A scenario whose run left the history with this name.
pub(super) fn entry(name: &str) -> Entry {
    ended(name, ClientKind::Own, None)
}

fn ended(name: &str, client: ClientKind, error: Option<&str>) -> Entry {
    Entry::new(
        format!("scenarios/isolation/{name}.yaml").into(),
        client,
        history(name),
        Duration::from_millis(1234),
        judged(name),
        error.map(str::to_owned),
    )
}

/// A scenario that could not be run.
pub(super) fn not_run() -> Entry {
    let path = "scenarios/isolation/not-run.yaml".into();
    Entry::failed(path, ClientKind::Own, STOPPED.to_owned())
}

/// A scenario that was violated before it stopped.
pub(super) fn stopped() -> Entry {
    ended("violated", ClientKind::RustSocketio, Some(STOPPED))
}

/// A run of these scenarios.
pub(super) fn suite(entries: Vec<Entry>) -> Suite {
    Suite::new(
        "the reference server".to_owned(),
        7,
        "airtight-history/7".into(),
        Duration::from_millis(24_680),
        entries,
    )
}

/// A run in which each of the four outcomes is.
pub(super) fn four() -> Suite {
    suite(vec![
        entry("holds"),
        entry("violated"),
        entry("undecided"),
        not_run(),
    ])
}
