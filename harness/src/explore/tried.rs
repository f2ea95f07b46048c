//! What an exploration has tried, counted.

use std::collections::BTreeMap;

/// What the search tried. Runs that only shrink or confirm a counterexample are not in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Explored {
    /// Schedules of which every step happened.
    pub(crate) cases: u64,
    pub(crate) steps: BTreeMap<&'static str, u64>,
    pub(crate) deliveries: u64,
    pub(crate) chances: u64,
    /// Schedules that never began: the server did not start, or the harness could not write.
    pub(crate) not_run: NotTried,
    /// Schedules that an error ended before their last step.
    pub(crate) not_played: NotTried,
}

/// Schedules that were not tried.
#[derive(Clone, Debug, Default)]
pub(crate) struct NotTried {
    pub(crate) schedules: u64,
    /// Why the first of them was not.
    pub(crate) first: Option<String>,
}

impl NotTried {
    pub(super) fn add(&mut self, schedules: usize, why: &str) {
        self.schedules += schedules as u64;
        self.first.get_or_insert_with(|| why.to_owned());
    }
}

impl Explored {
    /// Schedules that were not tried, for whatever reason.
    pub(crate) const fn n_not_tried(&self) -> u64 {
        self.not_run.schedules + self.not_played.schedules
    }
}
