//! The claims of the scenario's own steps. A step can end in three ways: as it says, otherwise, or not seen in time.

use crate::finding::{Finding, Witness};
use crate::history::Scene;
use crate::judge::{Exhibit, Judge};
use crate::observation::What;
use crate::property::{Cases, Extent, Needs, Property};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "expectations_met",
    claim: "each step of the scenario ends as the scenario says",
    extent: Extent::OnePart,
    needs: Needs::Nothing,
    start: ExpectationsMet::start,
    cases: Cases {
        holds: "amy+ amy=yes",
        violated: "amy+ amy=yes amy=no",
        undecided: "amy+",
    },
};

/// Each step that says how it must end does end that way.
#[derive(Default)]
struct ExpectationsMet(Tally);

impl ExpectationsMet {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

impl Judge for ExpectationsMet {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        let What::Expected {
            claim,
            met,
            unseen,
            found,
        } = exhibit.what
        else {
            return;
        };
        self.0.chance(1);
        if *met {
            return;
        }
        if *unseen {
            self.0
                .doubt(|| format!("#{}: {}: {claim}: {found}", exhibit.seq, exhibit.place));
        } else {
            self.0.witness(|| Witness {
                seq: Some(exhibit.seq),
                says: format!("{}: {claim}: {found}", exhibit.place),
                frame: String::new(),
                event: None,
            });
        }
    }

    fn end(self: Box<Self>) -> Finding {
        self.0.finding("no step says how it must end")
    }
}

#[cfg(test)]
mod tests {
    use super::PROPERTY;
    use crate::test_histories::check;
    use crate::verdict::Verdict::{Holds, Undecided, Violated};

    /// A missing answer is not a refusal.
    #[test]
    fn a_step_that_was_not_seen_in_time_is_no_violation() {
        let property = &PROPERTY;
        check(property, "amy+ amy=yes amy=yes", Holds, "");
        check(
            property,
            "amy+ amy=yes amy=late",
            Undecided,
            "a step: nothing came",
        );
        check(property, "amy+ amy=late amy=late", Undecided, "and 1 more");
        check(
            property,
            "amy+ amy=late amy=no",
            Violated,
            "#4: amy/desktop/1",
        );
    }

    /// A doubt in one part remains, even if all is well in another.
    #[test]
    fn one_undecided_part_makes_the_whole_undecided() {
        let property = &PROPERTY;
        let late = "|alone amy+ amy=late |alone amy+ amy=yes";
        check(property, late, Undecided, "nothing came");
        let late = "|alone amy+ amy=yes |alone amy+ amy=late";
        check(property, late, Undecided, "nothing came");
        let late = "|alone amy+ amy=late |alone amy+ amy=no";
        check(property, late, Violated, "a step");
    }
}
