//! What the scenario itself asks for.

use crate::finding::{Finding, Tally, Witness};
use crate::history::Scene;
use crate::judging::{Judge, Seen};
use crate::observation::What;

/// Each step that says how it must end, ended so.
#[derive(Default)]
pub(super) struct ExpectationsMet(Tally);

impl ExpectationsMet {
    pub(super) fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

impl Judge for ExpectationsMet {
    fn see(&mut self, seen: &Seen<'_>) {
        let What::Expected { claim, met, found } = seen.what else {
            return;
        };
        self.0.chance(1);
        if !met {
            self.0.witness(|| Witness {
                seq: Some(seen.seq),
                says: format!("{}: {claim}: {found}", seen.place),
                frame: String::new(),
                event: None,
            });
        }
    }

    fn end(self: Box<Self>) -> Finding {
        self.0.finding("no step says how it must end")
    }
}
