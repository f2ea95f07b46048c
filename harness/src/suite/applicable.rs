//! Whether a target gives a scenario any occasion: it is asked before anything is started.

use probe::Target;
use targets::needs::Need;

use crate::report::suite::NotTested;
use crate::scenario::content::Scenario;
use crate::steps::step_trait::all_needs;

/// Why the scenario cannot be tested on this target; none where it can.
pub(super) fn why_not(target: &Target, scenario: &Scenario) -> Option<NotTested> {
    let mut lines = None;
    for need in scenario.all_steps().flat_map(all_needs) {
        match need.of(target) {
            Need::Found(()) => {}
            // What is missing for good comes before what is only not said.
            Need::NotApplicable(word) => return Some(NotTested::NotApplicable(word)),
            Need::NotMentioned(settled_by) => lines = lines.or(Some(settled_by)),
        }
    }
    lines.map(NotTested::NotMentioned)
}
