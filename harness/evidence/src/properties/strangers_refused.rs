//! Somebody without a session gets nothing.

use crate::finding::{Finding, Witness};
use crate::history::Scene;
use crate::judge::{Exhibit, Judge};
use crate::observation::{COMMENT, What};
use crate::property::{Cases, Extent, Needs, Property};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "strangers_refused",
    claim: "nobody without a session gets a socket, an event or an answer",
    extent: Extent::OnePart,
    needs: Needs::Nothing,
    start: StrangersRefused::start,
    cases: Cases {
        holds: "?-",
        violated: "?+",
        undecided: "amy+",
    },
};

/// Nobody without a session gets a socket, an event, or the answer to a request that needs a login.
///
/// Relies on: what strangers ask for needs a login; the recorder says whether it was granted.
#[derive(Default)]
struct StrangersRefused(Tally);

impl StrangersRefused {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

impl Judge for StrangersRefused {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        if exhibit.user.is_some() {
            return;
        }
        let got = match exhibit.what {
            What::Answered {
                is_public: true, ..
            } => return,
            // The refusal itself is written down where the opening ended.
            What::Received { says_no: true, .. } => return,
            What::Received { event, .. } if event == COMMENT => return,
            What::Refused { .. } | What::Answered { granted: false, .. } => {
                self.0.chance(1);
                return;
            }
            What::Joined {
                socketless: false, ..
            } => "a socket".to_owned(),
            What::Received { event, .. } => format!("event `{event}`"),
            What::Answered { asked, .. } => format!("an answer to `{asked}`"),
            _ => return,
        };
        self.0.chance(1);
        let says = || format!("{} got {got}", exhibit.place);
        self.0.witness(|| Witness {
            event: None,
            ..exhibit.witness(says())
        });
    }

    fn end(self: Box<Self>) -> Finding {
        self.0.finding("no stranger tried")
    }
}

#[cfg(test)]
mod tests {
    use super::PROPERTY;
    use crate::test_histories::{check, history};
    use crate::verdict::Verdict::{Holds, Undecided, Violated};

    #[test]
    fn an_event_that_says_no_is_nothing_that_a_stranger_got() {
        let property = &PROPERTY;
        check(property, "amy+ ?<\"go\":no ?-", Holds, "");
        check(property, "amy+ ?<\"go\":no", Undecided, "no stranger tried");
        check(
            property,
            "amy+ ?<\"go\":no ?<amy1",
            Violated,
            "event `result`",
        );
        // What keeps a stream open is nothing that anybody gets.
        check(property, "amy+ ?<\"beat\":(comment) ?-", Holds, "");
    }

    #[test]
    fn an_answer_to_a_stranger_is_reported() {
        let property = &PROPERTY;
        let says = "stranger/desktop/1 got event `result`";
        check(property, "amy+ ?<amy1", Violated, says);
        // That anything came is the leak, whatever the event.
        let found = property.judge(&history("amy+ ?<amy1"));
        assert_eq!(found.witnesses[0].event, None);
    }
}
