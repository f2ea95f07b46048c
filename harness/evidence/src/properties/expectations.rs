//! What the scenario itself asks for.

use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::observation::What;

/// Each step that says how it must end, ended so.
pub(super) fn expectations_met(history: &History) -> Finding {
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for seen in &history.observations {
        let What::Expected { claim, met, found } = &seen.what else {
            continue;
        };
        chances += 1;
        if !met {
            witnesses.push(Witness {
                seq: Some(seen.seq),
                says: format!("{}: {claim}: {found}", seen.place),
                frame: String::new(),
                event: None,
            });
        }
    }
    Finding::judge(chances, witnesses, "no step says how it must end")
}
