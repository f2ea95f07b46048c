//! Everything that is due arrives.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::{doubted, witness};
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::marker::Marker;
use crate::name::{ActionId, UserName};
use crate::observation::{Observation, What};
use crate::place::Place;

/// From this many milliseconds on, a late harness cannot prove that a server did not close a socket for its silence.
const TOO_LATE_MS: u64 = 1000;

/// A close this many microseconds before or after a delay of the harness may be caused by it.
const ABOUT_US: u64 = 1_000_000;

const STOPPED: &str = "its action was stopped after another tab had received more";

/// Debts are judged when the run, or the session, says that everything due has had time to arrive.
pub(super) fn every_event_delivered(history: &History) -> Finding {
    let mut walk = Walk::default();
    for (index, observation) in history.observations.iter().enumerate() {
        walk.see(&history.observations[..index], observation);
    }
    doubted(
        walk.chances,
        walk.witnesses,
        &walk.doubts,
        "nothing was due to an open tab",
    )
}

#[derive(Default)]
struct Walk<'a> {
    chances: u64,
    witnesses: Vec<Witness>,
    doubts: Vec<String>,
    open: BTreeMap<&'a Place, OpenTab<'a>>,
    owed: BTreeMap<Key<'a>, Owed<'a>>,
    arrived: BTreeMap<(&'a Place, Marker, &'a str), u64>,
}

/// Which tab is owed what event of which marker.
type Key<'a> = (&'a Place, &'a Marker, &'a str);

/// Whose action it is, which, and when it was confirmed.
type Action<'a> = (Option<&'a UserName>, &'a ActionId, u64);

/// What a tab is owed of one event of one action.
struct Owed<'a> {
    due: u64,
    action: Action<'a>,
    /// It was stopped, and as far as is known it made no more than `due`.
    stopped: bool,
    /// The server closed the tab since then.
    closed: Option<&'a Observation>,
}

/// A tab that the scenario has left open.
#[derive(Default)]
struct OpenTab<'a> {
    last: Option<u64>,
    /// The server closed it, and it has not joined again.
    closed: Option<&'a Observation>,
}

impl<'a> Walk<'a> {
    fn see(&mut self, before: &[Observation], observation: &'a Observation) {
        let place = &observation.place;
        match &observation.what {
            What::Joined { last_seq } => {
                let (last, closed) = (*last_seq, None);
                self.open.insert(place, OpenTab { last, closed });
            }
            What::Left { by_server: Some(_) } => self.closed_by_server(observation),
            What::Left { by_server: None } => {
                self.open.remove(place);
                self.owed.retain(|(other, ..), _| *other != place);
            }
            What::SessionEnded => {
                self.open.retain(|other, _| !same_session(other, place));
                self.owed
                    .retain(|(other, ..), _| !same_session(other, place));
            }
            What::Confirmed {
                marker,
                action,
                yields,
                ..
            } => self.confirmed(observation, marker, action, yields),
            What::Stopped { action } => self.stopped(place.user.as_ref(), action),
            What::Received {
                event,
                number,
                frame,
            } => {
                // A frame counts once for each marker, however often it repeats it.
                for marker in Marker::find_all(frame.as_bytes()).collect::<BTreeSet<_>>() {
                    *self.arrived.entry((place, marker, event)).or_default() += 1;
                }
                if let (Some(number), Some(tab)) = (number, self.open.get_mut(place)) {
                    self.chances += 1;
                    self.witnesses
                        .extend(gap(observation, tab.last.as_ref(), *number));
                    tab.last = Some(tab.last.map_or(*number, |last| last.max(*number)));
                }
            }
            What::Settled { unsettled, .. } => self.settled(before, place, unsettled.as_ref()),
            _ => {}
        }
    }

    fn closed_by_server(&mut self, observation: &'a Observation) {
        let Some(tab) = self.open.get_mut(&observation.place) else {
            return;
        };
        tab.closed = Some(observation);
        for ((place, ..), owed) in &mut self.owed {
            if *place == &observation.place {
                owed.closed = Some(observation);
            }
        }
    }

    fn confirmed(
        &mut self,
        observation: &'a Observation,
        marker: &'a Marker,
        action: &'a ActionId,
        yields: &'a BTreeMap<String, u64>,
    ) {
        let user = observation.place.user.as_ref();
        let own = self.open.iter();
        for (place, tab) in own.filter(|(place, _)| place.user.as_ref() == user) {
            for (event, due) in yields {
                let owed = Owed {
                    due: *due,
                    action: (user, action, observation.seq),
                    stopped: false,
                    closed: tab.closed,
                };
                self.owed.insert((place, marker, event), owed);
            }
        }
    }

    fn came(&self, (place, marker, event): &Key<'a>) -> u64 {
        let key = &(*place, (*marker).clone(), *event);
        self.arrived.get(key).copied().unwrap_or(0)
    }

    fn stopped(&mut self, user: Option<&UserName>, action: &ActionId) {
        let Some(newest) = self.newest_unpaid(user, action) else {
            return;
        };
        let its = self.owed.iter().filter(|(_, owed)| owed.action == newest);
        let its: Vec<(Key<'a>, u64, u64)> = its
            .map(|(key, owed)| (*key, self.came(key), owed.due))
            .collect();
        // What one tab got was made, so the others should get it too.
        let made = |event: &str| {
            let of_it = its.iter().filter(|((.., other), ..)| *other == event);
            of_it.map(|(_, came, due)| *came.min(due)).max()
        };
        for (key, came, due) in &its {
            if came < due
                && let Some(owed) = self.owed.get_mut(key)
            {
                owed.due = (*due).min(made(key.2).unwrap_or(0));
                owed.stopped = true;
            }
        }
        self.owed.retain(|_, owed| owed.due > 0);
    }

    /// The newest action with this id that still owes something.
    fn newest_unpaid(&self, user: Option<&UserName>, action: &ActionId) -> Option<Action<'a>> {
        let unpaid = self.owed.iter().filter(|(key, owed)| {
            (owed.action.0, owed.action.1) == (user, action) && self.came(key) < owed.due
        });
        unpaid
            .map(|(_, owed)| owed.action)
            .max_by_key(|(.., seq)| *seq)
    }

    fn settled(&mut self, before: &[Observation], place: &Place, unsettled: Option<&String>) {
        let whole = place.user.is_none();
        let due = |other: &Place| whole || same_session(other, place);
        let settled = self.owed.extract_if(.., |(other, ..), _| due(other));
        for (key, owed) in settled.collect::<Vec<_>>() {
            self.chances += owed.due;
            let came = self.came(&key);
            if came >= owed.due {
                continue;
            }
            let (place, marker, event) = key;
            let how = owed.closed.map(|left| match &left.what {
                What::Left {
                    by_server: Some(how),
                } => format!("; the server closed the tab: {how}"),
                _ => String::new(),
            });
            let how = how.unwrap_or_default();
            let due = owed.due;
            let says = format!("{place} got {came} of {due} `{event}` of {marker}{how}");
            let late = owed.closed.and_then(|left| late_about(before, left));
            let stopped = owed.stopped.then(|| STOPPED.to_owned());
            match unsettled.cloned().or(late).or(stopped) {
                Some(why) => self.doubts.push(format!("{says}: {why}")),
                None => self.witnesses.push(Witness {
                    seq: None,
                    says,
                    frame: String::new(),
                    event: Some(event.to_owned()),
                }),
            }
        }
    }
}

/// How late the harness was around the time of a close: the last delay before it, or else the first after it.
fn late_about(history: &[Observation], left: &Observation) -> Option<String> {
    let at = history.iter().position(|other| std::ptr::eq(other, left))?;
    let late = |observation: &Observation| match observation.what {
        What::Late { by_ms, .. } if by_ms >= TOO_LATE_MS => Some((observation.at_us, by_ms)),
        _ => None,
    };
    let before = history[..at].iter().rev().find_map(late);
    let before = before.filter(|(at_us, _)| left.at_us <= at_us + ABOUT_US);
    let mut after = history[at..].iter().filter_map(late);
    let after = after.find(|(at_us, by_ms)| left.at_us + ABOUT_US + by_ms * 1000 >= *at_us);
    let (_, by_ms) = before.or(after)?;
    Some(format!("the harness itself was late by {by_ms} ms"))
}

fn gap(observation: &Observation, last: Option<&u64>, number: u64) -> Option<Witness> {
    let last = last
        .copied()
        .filter(|last| number > last.saturating_add(1))?;
    Some(witness(
        observation,
        format!(
            "{} got number {number} right after {last}",
            observation.place
        ),
    ))
}

fn same_session(one: &Place, other: &Place) -> bool {
    one.user == other.user && one.session == other.session
}
