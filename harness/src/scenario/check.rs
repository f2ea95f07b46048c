//! Walks the steps with the model, so that what cannot work is reported before anything runs.

use std::collections::BTreeSet;

use evidence::UserName;

use super::beside;
use super::content::Scenario;
use super::labels::Labels;
use crate::model::state::Model;
use crate::steps::checking::check_all;
use crate::steps::step_trait::count_all;
use reading::node::Node;
use reading::wrong::{Wrong, wrong};

/// Steps that a run may come to when everything is unrolled.
const MAX_STEPS: u64 = 100_000;

/// Checks the scenario that was read from `node`.
pub(super) fn check(scenario: &Scenario, node: &Node) -> Result<(), Wrong> {
    let total = count_all(&scenario.steps);
    if total > MAX_STEPS {
        let alone = scenario
            .steps
            .iter()
            .find(|at| at.step.facts().count > MAX_STEPS);
        let at = match alone {
            Some(at) => Some(at.spots.name()),
            None => node.setting("steps").map(Node::key),
        };
        return wrong(
            at,
            format!("the steps come to {total}, and at most {MAX_STEPS} can be run"),
            "repeat less",
        );
    }
    let mut labels = Labels::default();
    labels.add(&scenario.steps)?;
    let users: BTreeSet<&UserName> = scenario.users.iter().collect();
    let mut model = Model::new(&users);
    check_all(&scenario.steps, &mut model)?;
    beside::check(scenario, node, &labels, &model)
}
