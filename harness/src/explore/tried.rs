//! Counts what an exploration has tried.

use std::collections::BTreeMap;

/// What the search tried. Runs that shrink or confirm a counterexample are not counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Explored {
    /// Schedules that were run to their end.
    pub(crate) cases: u64,
    /// How often each situation happened in them.
    pub(crate) steps: BTreeMap<&'static str, u64>,
    /// Events that clients received in them.
    pub(crate) deliveries: u64,
    /// How often something could have leaked in them.
    pub(crate) chances: u64,
    /// Schedules that could not start: there was no server, or the harness could not write.
    pub(crate) not_run: NotTried,
    /// Schedules that stopped before their last step.
    pub(crate) not_played: NotTried,
}

/// Schedules that were not tried.
#[derive(Clone, Debug, Default)]
pub(crate) struct NotTried {
    pub(crate) schedules: u64,
    /// Why the first of them was not tried.
    pub(crate) first: Option<String>,
}

impl NotTried {
    pub(super) fn add(&mut self, schedules: usize, why: &str) {
        self.schedules += schedules as u64;
        self.first.get_or_insert_with(|| why.to_owned());
    }
}

impl Explored {
    /// Schedules that were not tried, for either reason.
    pub(crate) const fn n_not_tried(&self) -> u64 {
        self.not_run.schedules + self.not_played.schedules
    }
}
