//! Walks the steps with the model, so that what cannot work is reported before anything runs.

use std::collections::BTreeSet;

use evidence::UserName;

use super::beside;
use super::content::Scenario;
use super::labels::Labels;
use crate::language::wrong::{Wrong, wrong};
use crate::model::state::Model;
use crate::steps::checking::check_all;
use crate::steps::step::count_all;

/// Steps that a run may come to when everything is unrolled.
const MAX_STEPS: u64 = 100_000;

pub(super) fn check(scenario: &Scenario) -> Result<(), Wrong> {
    let line = scenario.steps.first().map_or(1, |at| at.line);
    let total = count_all(&scenario.steps);
    if total > MAX_STEPS {
        return wrong(
            line,
            format!("the steps come to {total}, and {MAX_STEPS} are the most"),
            "repeat less",
        );
    }
    let mut labels = Labels::default();
    labels.add(&scenario.steps)?;
    let users: BTreeSet<&UserName> = scenario.users.iter().collect();
    let mut model = Model::new(&users);
    check_all(&scenario.steps, &mut model)?;
    beside::check(scenario, &labels, &model)
}
