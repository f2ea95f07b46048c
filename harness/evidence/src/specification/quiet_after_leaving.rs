//! Who has left a group hears nothing more of it.

use std::collections::BTreeSet;

use super::findings::{finding, witness};
use super::markers::unique_in;
use super::meant::{Known, Sending};
use super::memberships::{Who, same_session};
use crate::audience::{Audience, Scope};
use crate::finding::Finding;
use crate::history::History;
use crate::membership::Membership;
use crate::observation::{Observation, What};
use crate::place::Place;

/// A place whose leaving was confirmed gets nothing that was sent to the group afterwards.
pub(super) fn quiet_after_leaving(history: &History) -> Finding {
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for (at, line) in history.observations.iter().enumerate() {
        let known = Known(&history.observations[..=at]);
        match &line.what {
            What::Sent { marker, .. } => {
                let sending = known.sending(marker).filter(|sending| !sending.unmarked);
                let Some(sending) = sending else { continue };
                let tabs = open(known.0).into_iter().filter(|tab| {
                    let never = known.may_see(sending, None, tab).is_empty();
                    never && left(known.0, sending, tab).is_some()
                });
                chances += tabs.count() as u64;
            }
            What::Received { event, .. } => {
                for marker in unique_in(known.0) {
                    let Some(sending) = known.sending(&marker) else {
                        continue;
                    };
                    let place = &line.place;
                    let never = known.may_see(sending, Some(event), place).is_empty();
                    if let Some(left) = left(known.0, sending, place).filter(|_| never) {
                        let says = format!(
                            "{place} got {marker}, sent to a group that it has left (#{left})"
                        );
                        witnesses.push(witness(line, says));
                    }
                }
            }
            _ => {}
        }
    }
    let no_chance =
        "nothing was sent to a group after the target had confirmed that an open tab left it";
    finding(chances, witnesses, no_chance)
}

fn open(lines: &[Observation]) -> BTreeSet<&Place> {
    let mut open = BTreeSet::new();
    for line in lines {
        match line.what {
            What::Joined {
                socketless: false, ..
            } => _ = open.insert(&line.place),
            What::Left { .. } => _ = open.remove(&line.place),
            What::SessionEnded => open.retain(|tab| !same_session(tab, &line.place)),
            _ => {}
        }
    }
    open
}

/// In which line a place has left a group of this action, before it was sent, and has not asked to join it since.
fn left(lines: &[Observation], sending: Sending<'_>, place: &Place) -> Option<u64> {
    let own = sending.audiences();
    let groups = own.iter().flat_map(|to| &to.any);
    let groups: BTreeSet<&str> = groups
        .filter_map(|scope| match scope {
            Scope::Group(group) => Some(group.as_str()),
            _ => None,
        })
        .collect();
    let mut last = None;
    for (at, line) in lines.iter().enumerate() {
        let What::Member {
            group,
            who,
            is: Membership::Left | Membership::Lost,
            closed: false,
        } = &line.what
        else {
            continue;
        };
        let who = Who::of(*who, &line.place);
        let back = lines[at + 1..].iter().any(|later| match &later.what {
            What::Member {
                group: other,
                who: again,
                is: Membership::Asking | Membership::Joined | Membership::Left | Membership::Lost,
                closed: false,
            } => other == group && same_member(Who::of(*again, &later.place), who),
            _ => false,
        });
        let before = line.seq < sending.line.seq;
        if before && !back && who.has(place) && groups.contains(group.as_str()) {
            last = Some(line.seq);
        }
    }
    last
}

fn same_member(one: Who<'_>, other: Who<'_>) -> bool {
    match (one, other) {
        (Who::Session(one), Who::Session(other)) => same_session(one, other),
        _ => one == other,
    }
}

impl Sending<'_> {
    fn audiences(&self) -> Vec<Audience> {
        let events = self.events.values().map(|event| event.to.clone());
        events.chain([self.audience()]).collect()
    }
}
