//! The claims of the scenario's own steps.

use super::findings::doubted;
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::observation::What;

/// Each step that says how it must end does end that way.
pub(super) fn expectations_met(history: &History) -> Finding {
    let mut chances = 0;
    let mut witnesses = Vec::new();
    let mut doubts = Vec::new();
    for observation in &history.observations {
        let What::Expected {
            claim,
            met,
            unseen,
            found,
        } = &observation.what
        else {
            continue;
        };
        chances += 1;
        if *unseen && !met {
            doubts.push(format!(
                "#{}: {}: {claim}: {found}",
                observation.seq, observation.place
            ));
        } else if !met {
            witnesses.push(Witness {
                seq: Some(observation.seq),
                says: format!("{}: {claim}: {found}", observation.place),
                frame: String::new(),
                event: None,
            });
        }
    }
    doubted(chances, witnesses, &doubts, "no step says how it must end")
}
