//! Nothing comes twice.

use std::collections::{BTreeMap, BTreeSet};

use super::events_in_order::is_replay;
use super::findings::{finding, witness};
use super::markers::seen_in;
use super::meant::{Answered, Known, is_settled};
use super::memberships::Who;
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::marker::Marker;
use crate::membership::Membership;
use crate::observation::{Observation, What, bare};
use crate::place::Place;
use crate::verdict::Verdict;

/// No tab gets a number of its sequence twice, nor more events of an action than the action makes.
pub(super) fn every_event_once(history: &History) -> Finding {
    let mut walk = Walk::new(&history.scene.ambient);
    for at in 0..history.observations.len() {
        walk.see(Known(&history.observations[..=at]));
    }
    let no_chance = "no received event had a number, or came from an action that says exactly how many it makes";
    let finding = finding(walk.chances, walk.witnesses, no_chance);
    let unnumbered = finding.verdict == Verdict::Holds && !walk.is_numbered;
    let note = if unnumbered {
        "unnumbered: judged by markers only".to_owned()
    } else {
        String::new()
    };
    Finding { note, ..finding }
}

struct Walk<'a> {
    ambient: &'a BTreeSet<String>,
    chances: u64,
    is_numbered: bool,
    witnesses: Vec<Witness>,
    numbers: BTreeSet<(&'a Place, Option<&'a String>, u64)>,
    sent: BTreeMap<&'a Marker, &'a Place>,
    exactly: BTreeMap<&'a Marker, BTreeMap<&'a str, u64>>,
    joined: BTreeSet<&'a Place>,
    /// How many came over the tab's current connection, and the line of the last one.
    came: BTreeMap<(&'a str, &'a Place, Marker), (u64, u64)>,
    /// How many came without a marker since the run last settled, and the line of the last one.
    unmarked: BTreeMap<(&'a Place, &'a str), (u64, u64)>,
}

impl<'a> Walk<'a> {
    fn new(ambient: &'a BTreeSet<String>) -> Self {
        Self {
            ambient,
            chances: 0,
            is_numbered: false,
            witnesses: Vec::new(),
            numbers: BTreeSet::new(),
            sent: BTreeMap::new(),
            exactly: BTreeMap::new(),
            joined: BTreeSet::new(),
            came: BTreeMap::new(),
            unmarked: BTreeMap::new(),
        }
    }

    fn see(&mut self, known: Known<'a>) {
        let Some(line) = known.0.last() else { return };
        let place = &line.place;
        match &line.what {
            What::Joined { .. } if self.joined.insert(place) => {}
            What::Joined { .. } => self.begin(place),
            What::Left { .. } | What::Refused { marker: None, .. } => {
                self.joined.remove(place);
                self.begin(place);
            }
            What::Member {
                who,
                is: Membership::Asking,
                ..
            } => {
                let who = Who::of(*who, place);
                // Only a place that was seen to open or close has a connection to begin anew.
                let has_connection = |place: &Place| {
                    known.0.iter().any(|line| {
                        let what = &line.what;
                        let is_one = matches!(
                            what,
                            What::Joined { .. }
                                | What::Left { .. }
                                | What::Refused { marker: None, .. }
                        );
                        is_one && line.place == *place
                    })
                };
                self.numbers.retain(|(other, order, _)| {
                    order.is_none() || !has_connection(other) || !who.has(other)
                });
                self.came.retain(|(event, other, marker), _| {
                    let sending = known.sending(marker);
                    let again = sending.is_some_and(|sending| sending.has_history(event));
                    !again || !has_connection(other) || !who.has(other)
                });
            }
            What::Sent { marker, .. } => {
                self.sent.insert(marker, place);
            }
            What::Confirmed {
                marker,
                yields,
                exact,
                ..
            } => {
                let exact = yields.iter().filter(|(event, _)| exact.contains(*event));
                let exact = exact.map(|(event, due)| (event.as_str(), *due));
                self.confirmed(known, marker, exact.collect());
            }
            What::Received {
                event,
                number,
                order,
                ..
            } => self.received(known, line, event, (*number, order.as_ref())),
            _ if is_settled(line) => self.settled(known),
            _ => {}
        }
    }

    /// A new connection of a tab begins.
    fn begin(&mut self, place: &Place) {
        self.came.retain(|(_, other, _), _| *other != place);
        self.numbers
            .retain(|(other, order, _)| order.is_none() || *other != place);
    }

    /// What came before the confirmation counts.
    fn confirmed(&mut self, known: Known<'a>, marker: &'a Marker, exact: BTreeMap<&'a str, u64>) {
        for ((event, place, other), (count, last)) in &self.came {
            let Some(due) = exact.get(event).filter(|_| other == marker) else {
                continue;
            };
            let due = due * most(known, marker, event, place);
            self.chances += count;
            if *count > due {
                self.witnesses.push(Witness {
                    seq: Some(*last),
                    says: format!("{place} got {count} `{event}` of {marker}, which makes {due}"),
                    frame: String::new(),
                    event: Some((*event).to_owned()),
                });
            }
        }
        self.exactly.insert(marker, exact);
    }

    fn received(
        &mut self,
        known: Known<'a>,
        line: &'a Observation,
        event: &'a str,
        (number, order): (Option<u64>, Option<&'a String>),
    ) {
        let place = &line.place;
        if let Some(number) = number.filter(|_| order.is_none() || !is_replay(known)) {
            self.chances += 1;
            self.is_numbered = true;
            if !self.numbers.insert((place, order, number)) {
                let says = format!("{place} got number {number} again");
                self.witnesses.push(witness(line, says));
                return;
            }
        }
        let markers = seen_in(known.0);
        for seen in markers.iter().filter(|seen| seen.is_whole()) {
            let marker = &seen.marker;
            let is_meant = match (known.sending(marker), self.sent.get(marker)) {
                (Some(sending), _) => !known.may_see(sending, Some(event), place).is_empty(),
                (None, Some(owner)) => owner.user == place.user,
                (None, None) => false,
            };
            if !is_meant {
                continue;
            }
            let exact = self.exactly.get(marker).map(|exact| exact.get(event));
            let counted = self.came.entry((event, place, marker.clone())).or_default();
            *counted = (counted.0 + 1, line.seq);
            let Some(Some(due)) = exact else { continue };
            let due = *due * most(known, marker, event, place);
            self.chances += 1;
            let (count, _) = *counted;
            if count > due {
                let says = format!("{place} got {count} `{event}` of {marker}, which makes {due}");
                self.witnesses.push(witness(line, says));
            }
        }
        if markers.is_empty() && known.is_unmarked(event) && !self.ambient.contains(bare(event)) {
            let came = self.unmarked.entry((place, event)).or_default();
            *came = (came.0 + 1, line.seq);
        }
    }

    fn settled(&mut self, known: Known<'a>) {
        for ((place, event), (came, last)) in std::mem::take(&mut self.unmarked) {
            let Some(due) = due(known, place, event) else {
                continue;
            };
            self.chances += came;
            if came > due {
                self.witnesses.push(Witness {
                    seq: Some(last),
                    says: format!(
                        "{place} got {came} `{event}` without a text, of which all actions make {due}"
                    ),
                    frame: String::new(),
                    event: Some(event.to_owned()),
                });
            }
        }
    }
}

/// How often more than once an action's event may come to a place.
fn most(known: Known<'_>, marker: &Marker, event: &str, place: &Place) -> u64 {
    let sending = known.sending(marker);
    sending.map_or(1, |sending| known.most(sending, event, place))
}

/// How many events of this name all open actions make for a place, if that is known.
fn due(known: Known<'_>, place: &Place, event: &str) -> Option<u64> {
    let mut open = known.unmarked(event);
    open.retain(|sending| !known.may_get(*sending, event, place).is_empty());
    let each = open.iter().map(|sending| {
        let Answered::Confirmed(line) = known.answer(*sending) else {
            return None;
        };
        let What::Confirmed { yields, exact, .. } = &line.what else {
            return None;
        };
        let own = yields.get(event).copied();
        let is_known = own.is_none() || exact.contains(event);
        is_known.then(|| own.unwrap_or(0) * known.most(*sending, event, place))
    });
    let each: Option<Vec<u64>> = each.collect();
    each.filter(|each| !each.is_empty())
        .map(|each| each.iter().sum())
}
