//! Nothing comes twice.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::{finding, witness};
use super::markers::unique;
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::marker::Marker;
use crate::observation::{Observation, What};
use crate::place::Place;

/// No tab gets a number of its session's sequence twice, nor more events of an action than the action makes.
pub(super) fn every_event_once(history: &History) -> Finding {
    let mut walk = Walk::default();
    for observation in &history.observations {
        walk.see(observation);
    }
    let no_chance = "no received event had a number, or came from an action that says exactly how many it makes";
    finding(walk.chances, walk.witnesses, no_chance)
}

#[derive(Default)]
struct Walk<'a> {
    chances: u64,
    witnesses: Vec<Witness>,
    numbers: BTreeSet<(&'a Place, u64)>,
    sent: BTreeMap<&'a Marker, &'a Place>,
    exactly: BTreeMap<&'a Marker, BTreeMap<&'a str, u64>>,
    joined: BTreeSet<&'a Place>,
    /// How many came over the tab's current connection, and the line of the last one.
    came: BTreeMap<(&'a str, &'a Place, Marker), (u64, u64)>,
}

impl<'a> Walk<'a> {
    fn see(&mut self, observation: &'a Observation) {
        let place = &observation.place;
        match &observation.what {
            What::Joined { .. } => {
                let again = !self.joined.insert(place);
                self.came
                    .retain(|(_, other, _), _| !again || *other != place);
            }
            What::Left { .. } | What::Refused { .. } => {
                self.joined.remove(place);
                self.came.retain(|(_, other, _), _| *other != place);
            }
            What::Sent { marker } => {
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
                self.confirmed(marker, exact.collect());
            }
            What::Received {
                event,
                number,
                frame,
            } => self.received(observation, event, *number, frame),
            _ => {}
        }
    }

    /// What came before the confirmation counts.
    fn confirmed(&mut self, marker: &'a Marker, exact: BTreeMap<&'a str, u64>) {
        for ((event, place, other), (count, last)) in &self.came {
            let Some(due) = exact.get(event).filter(|_| other == marker) else {
                continue;
            };
            self.chances += count;
            if count > due {
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
        observation: &'a Observation,
        event: &'a str,
        number: Option<u64>,
        frame: &str,
    ) {
        let place = &observation.place;
        if let Some(number) = number {
            self.chances += 1;
            if !self.numbers.insert((place, number)) {
                let says = format!("{place} got number {number} again");
                self.witnesses.push(witness(observation, says));
                return;
            }
        }
        for marker in unique(frame) {
            let of = self.sent.get(&marker);
            if of.is_none_or(|owner| owner.user != place.user) {
                continue;
            }
            let exact = self.exactly.get(&marker).map(|exact| exact.get(event));
            let counted = self.came.entry((event, place, marker.clone())).or_default();
            *counted = (counted.0 + 1, observation.seq);
            let Some(Some(due)) = exact else { continue };
            self.chances += 1;
            let (count, _) = *counted;
            if count > *due {
                let says = format!("{place} got {count} `{event}` of {marker}, which makes {due}");
                self.witnesses.push(witness(observation, says));
            }
        }
    }
}
