//! Nobody sees what was not meant for them.

mod outsiders;
mod suspicions;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use self::outsiders::Outsiders;
use self::suspicions::Suspicions;
use crate::finding::{Finding, Witness};
use crate::hashing::Map;
use crate::history::Scene;
use crate::judge::{ActionAnswer, Answer, DeclaredAction, Exhibit, Judge, Sight, UserId};
use crate::marker::{FoundMarker, Owners};
use crate::name::UserName;
use crate::observation::{What, bare};
use crate::property::{Cases, Extent, Needs, Property};
use crate::tally::Tally;

/// The property, with its example histories.
pub(super) const PROPERTY: Property = Property {
    name: "no_foreign_events",
    claim: "no session sees, in any byte, what another user made",
    extent: Extent::OnePart,
    needs: Needs::Nothing,
    start: NoForeignEvents::start,
    cases: Cases {
        holds: "amy+ bob+ amy!1 amy<amy1",
        violated: "amy+ bob+ amy!1 bob<amy1",
        undecided: "amy+ amy!1 amy<amy1",
    },
};

/// No place sees, in any byte of a frame or an HTTP answer, a marker that was not meant for it, nor a value of the server
/// that was not, nor an event without a text while no action is open that makes it for this place.
///
/// Where an action's audience is not declared, it is each place of the marker's owner. Then a chance to leak is one
/// frame seen while another user was logged in, or one that leaks. Where audiences are declared, `outsiders` says what a
/// chance is. What rests on an action or a membership that nobody has answered yet is kept in `suspicions`: if it is
/// refused, it was a leak.
///
/// Relies on: a marker names its owner, and no client puts another user's marker into what it sends.
struct NoForeignEvents {
    tally: Tally,
    scene: Scene,
    owners: Owners,
    /// How many sessions each logged-in user has.
    present: Map<UserId, u32>,
    suspicions: Suspicions,
    outsiders: Outsiders,
    /// Chances where nothing is declared.
    undeclared: u64,
    /// Leaks are chances, whoever was there.
    leaked: u64,
    is_declared: bool,
    /// How many of the server's values were not searched for.
    n_unsearched: u64,
    /// The markers that were sent in this history, where it matters.
    sent: BTreeSet<u64>,
    /// How often a marker of somebody else came that was sent before.
    n_earlier: u64,
}

/// The most of them. What is sent after them counts as sent before.
const SENT: usize = 1_000_000;

/// Whose a marker is that no user of the scenario made.
const NOBODY: &str = "nobody in this scenario";

/// What came last was not heard.
fn unheard(why: &str) -> String {
    format!("what came last was not heard: {why}")
}

impl NoForeignEvents {
    fn start(scene: &Scene) -> Box<dyn Judge> {
        Box::new(Self {
            tally: Tally::default(),
            scene: scene.clone(),
            owners: Owners::of(&scene.users),
            present: Map::default(),
            suspicions: Suspicions::default(),
            outsiders: Outsiders::default(),
            undeclared: 0,
            leaked: 0,
            is_declared: false,
            n_unsearched: 0,
            sent: BTreeSet::new(),
            n_earlier: 0,
        })
    }

    fn count_present(&mut self, exhibit: &Exhibit<'_>) {
        let Some(user) = exhibit.user else { return };
        match exhibit.what {
            What::LoggedIn { .. } => *self.present.entry(user).or_default() += 1,
            What::SessionEnded => {
                if let Some(sessions) = self.present.get_mut(&user) {
                    *sessions -= 1;
                    if *sessions == 0 {
                        self.present.remove(&user);
                    }
                }
            }
            _ => {}
        }
    }

    /// What was refused in this line was never a reason to see something.
    fn decide(&mut self, exhibit: &Exhibit<'_>) {
        for (ground, answer) in exhibit.declared.decided() {
            let leaked = match answer {
                Answer::Good => {
                    self.suspicions.stands(*ground);
                    continue;
                }
                Answer::Refused => self.suspicions.falls(*ground),
            };
            self.leaked += leaked.len() as u64;
            for witness in leaked {
                self.tally.witness(|| witness);
            }
            if self.suspicions.is_full() {
                self.tally.doubt(|| {
                    "too much rested on what was refused later: not all of it was kept".to_owned()
                });
            }
        }
    }

    fn leaks(&mut self, witness: impl FnOnce() -> Witness) {
        self.leaked += 1;
        self.tally.witness(witness);
    }

    /// A marker is in the bytes.
    fn found(&mut self, exhibit: &Exhibit<'_>, found: &FoundMarker) {
        let owner = self.owners.owner_of(found);
        let is_own = owner.is_some() && owner == exhibit.place.user.as_ref();
        let Some(action) = exhibit.declared.action(found.key) else {
            if !is_own {
                self.found_undeclared(exhibit, found);
            }
            return;
        };
        let members = &exhibit.declared.members;
        let sight = action.may_see(members, exhibit.event(), exhibit.ids());
        if sight.is_free() {
            return;
        }
        let name = owner.map_or(NOBODY, UserName::as_str).to_owned();
        let says = || {
            let (place, marker, travel) = (exhibit.place, found.marker(), found.travel);
            let why = why_not(action);
            format!("{place} got {marker}{travel}, owned by {name} and {why}")
        };
        self.suspect(exhibit, sight, says);
    }

    /// A marker of somebody else, whose audience is not declared.
    fn found_undeclared(&mut self, exhibit: &Exhibit<'_>, found: &FoundMarker) {
        let owner = self.owners.owner_of(found);
        let name = owner.map_or(NOBODY, UserName::as_str).to_owned();
        let place = exhibit.place;
        if exhibit.declared.has_forgotten_of(owner, exhibit.places) {
            let seq = exhibit.seq;
            self.tally.doubt(|| {
                format!(
                    "#{seq}: {place} got a marker of {name}, older than their last 1,000 actions"
                )
            });
            return;
        }
        let (marker, travel) = (found.marker(), found.travel);
        let says = || format!("{place} got {marker}{travel}, owned by {name}");
        if self.scene.shares && !self.sent.contains(&found.key) && !found.is_private() {
            self.n_earlier += 1;
            return;
        }
        self.leaks(|| exhibit.witness(says()));
    }

    /// Something was seen that is not surely meant for this place.
    fn suspect(&mut self, exhibit: &Exhibit<'_>, sight: Sight, says: impl FnOnce() -> String) {
        if sight.is_never() {
            self.leaks(|| exhibit.witness(says()));
        } else {
            self.suspicions.hold(sight, || exhibit.witness(says()));
        }
    }

    /// A value of the server is in the bytes.
    fn found_secret(&mut self, exhibit: &Exhibit<'_>, number: usize) {
        let Some(secret) = exhibit.declared.secrets.get(number) else {
            return;
        };
        let is_a_name = self
            .scene
            .users
            .iter()
            .any(|user| user.as_str() == secret.value);
        let is_public = exhibit
            .event()
            .is_some_and(|event| self.scene.public.contains(event));
        if is_a_name && is_public {
            return;
        }
        let sight = secret.may_see(&exhibit.declared.members, exhibit.ids());
        if sight.is_free() {
            return;
        }
        let says = || {
            let (place, value) = (&secret.place, &secret.value);
            format!(
                "{} got `{value}`, a value of {place} since #{}",
                exhibit.place, secret.seen
            )
        };
        self.suspect(exhibit, sight, says);
    }

    /// An event without a marker, which an action without a text may have made.
    fn unmarked(&mut self, exhibit: &Exhibit<'_>, event: &str) {
        if self.scene.ambient.contains(bare(event)) {
            return;
        }
        let Some(sight) = exhibit.declared.may_see_unmarked(event, exhibit.ids()) else {
            return;
        };
        if sight.is_free() {
            return;
        }
        let says = || {
            let place = exhibit.place;
            format!(
                "{place} got `{event}` without a text, while no action was open that makes it for this place"
            )
        };
        self.suspect(exhibit, sight, says);
    }

    fn look(&mut self, exhibit: &Exhibit<'_>) {
        if exhibit.what.target_text().is_none() {
            return;
        }
        let leaked = self.leaked;
        for found in exhibit.markers {
            self.found(exhibit, found);
        }
        for number in exhibit.secrets {
            self.found_secret(exhibit, *number);
        }
        for pointer in exhibit.what.never() {
            let says = || format!("{} got `{pointer}`, which is for nobody", exhibit.place);
            self.leaks(|| exhibit.witness(says()));
        }
        if exhibit.declared.is_any()
            && exhibit.markers.is_empty()
            && let Some(event) = exhibit.event()
        {
            self.unmarked(exhibit, event);
        }
        let own = exhibit
            .user
            .is_some_and(|user| self.present.contains_key(&user));
        let others = self.present.len() > usize::from(own);
        self.undeclared += u64::from(others || self.leaked > leaked);
    }
}

/// Why an action was not meant for a place.
fn why_not(action: &DeclaredAction) -> &'static str {
    match action.answer {
        ActionAnswer::Refused => "refused",
        _ => "not meant for it",
    }
}

impl Judge for NoForeignEvents {
    fn see(&mut self, exhibit: &Exhibit<'_>) {
        self.count_present(exhibit);
        if let What::Settled {
            unheard: Some(why), ..
        } = exhibit.what
        {
            self.tally.doubt(|| unheard(why));
        }
        if let Some(why) = exhibit.declared.secrets.mixed() {
            self.tally.doubt(|| why.to_owned());
        }
        self.decide(exhibit);
        if let What::Sent { marker, .. } = exhibit.what
            && self.scene.shares
            && self.sent.len() < SENT
        {
            self.sent.insert(marker.key());
        }
        self.look(exhibit);
        self.outsiders.see(exhibit);
        self.is_declared |= exhibit.declared.is_any() || !exhibit.what.never().is_empty();
        self.n_unsearched = exhibit.declared.secrets.left_out();
    }

    fn end(mut self: Box<Self>) -> Finding {
        let unsearched = match self.n_unsearched {
            0 => None,
            n => Some(format!(
                "values of the server that were not searched for, because they are short, recur or are too many: {n}"
            )),
        };
        let earlier = match self.n_earlier {
            0 => None,
            n => Some(format!(
                "texts of others from before this scenario, which may have been meant for anybody: {n}"
            )),
        };
        let notes: Vec<String> = unsearched.into_iter().chain(earlier).collect();
        let (note, finding) = (notes.join("; "), self.finding());
        Finding { note, ..finding }
    }
}

impl NoForeignEvents {
    fn finding(&mut self) -> Finding {
        let mut tally = std::mem::take(&mut self.tally);
        if !self.is_declared {
            if self.scene.users.len() < 2 {
                return Finding::undecided("isolation needs two users");
            }
            tally.chance(self.undeclared);
            return tally.finding("nothing was received while another user was there");
        }
        let chances = self.outsiders.chances().saturating_add(self.leaked);
        tally.chance(chances);
        if chances > 0 && self.leaked == 0 && !self.outsiders.has_acted() {
            tally.doubt(|| "nobody outside an audience acted or asked for anything after the sending: many leaks come only in the answer to that".to_owned());
        }
        tally.finding(
            "no place outside an audience was open from the sending until the run had settled",
        )
    }
}
