//! A closed group lets in its members alone.

use crate::finding::Finding;
use crate::history::Scene;
use crate::judge::{Exhibit, Judge};
use crate::membership::Membership;
use crate::observation::What;
use crate::property::{Cases, Extent, Needs, Property};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "admitted_by_membership",
    claim: "a closed group refuses who is not a member",
    extent: Extent::OnePart,
    needs: Needs::Declared,
    start: AdmittedByMembership::start,
    cases: Cases {
        holds: "amy+ bob+ bob@red:closed? bob@red:closed!",
        violated: "amy+ bob+ bob@red:closed? bob@red:closed+",
        undecided: "amy+ bob+ bob@red:closed? amy@red+",
    },
};

/// A group that is closed to a place refuses it when it asks to join.
///
/// Relies on: the recorder says of each answer whether the group was closed to who asked. A join that nobody answered is
/// no chance.
#[derive(Default)]
struct AdmittedByMembership(Tally);

impl AdmittedByMembership {
    fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }
}

impl Judge for AdmittedByMembership {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        let What::Member {
            group,
            is,
            closed: true,
            ..
        } = exhibit.what
        else {
            return;
        };
        match is {
            Membership::Refused => self.0.chance(1),
            Membership::Joined => {
                self.0.chance(1);
                let says = || {
                    format!(
                        "{} was let into `{group}`, which is closed to it",
                        exhibit.place
                    )
                };
                self.0.witness(|| exhibit.witness(says()));
            }
            _ => {}
        }
    }

    fn end(self: Box<Self>) -> Finding {
        self.0
            .finding("nobody was answered who asked to join a group that is closed to them")
    }
}
