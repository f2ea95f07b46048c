//! Everything that is due arrives.

mod left_behind;

use std::collections::BTreeMap;

use super::findings::{doubted, witness};
use super::markers::{seen_in, unique_in};
use super::meant::{Known, Sending};
use super::memberships::{Who, same_session};
use crate::audience::{Later, Scope};
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::marker::Marker;
use crate::membership::Membership;
use crate::name::{ActionId, UserName};
use crate::observation::{Observation, What};
use crate::place::Place;

/// From this many milliseconds on, a late harness cannot prove that a server did not close a socket for its silence.
const TOO_LATE_MS: u64 = 1000;

/// A close this many microseconds before or after a delay of the harness may be caused by it.
const ABOUT_US: u64 = 1_000_000;

/// Why a text that came in part is no proof of a loss.
const CUT: &str =
    "only its beginning came, and nobody knows whether that is all that was meant to come";

const STOPPED: &str = "its action was stopped after another tab had received more";

/// Debts are judged when the run, or the session, says that everything due has had time to arrive.
pub(super) fn every_event_delivered(history: &History) -> Finding {
    let mut walk = Walk::default();
    for at in 0..history.observations.len() {
        walk.see(Known(&history.observations[..=at]));
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
    owed: Vec<Owed<'a>>,
    /// When the first tab had all of an event, of those that have left since.
    paid: BTreeMap<(&'a Marker, &'a str), u64>,
    /// Actions that were confirmed, by when they were sent: somebody who joins later may be owed them too.
    past: BTreeMap<u64, (&'a Marker, Action<'a>, &'a BTreeMap<String, u64>)>,
}

/// Whose action it is, which, and when it was confirmed.
type Action<'a> = (Option<&'a UserName>, &'a ActionId, u64);

/// What a tab is owed of one event of one action.
struct Owed<'a> {
    place: &'a Place,
    marker: &'a Marker,
    event: &'a str,
    due: u64,
    /// The groups for which it is owed, if not anyway.
    groups: Vec<String>,
    /// It carries no marker.
    unmarked: bool,
    /// It is owed to a tab that joined later.
    again: bool,
    /// Since which line what came counts.
    since: u64,
    action: Action<'a>,
    /// It was stopped, and as far as is known it made no more than `due`.
    stopped: bool,
    /// The server closed the tab since then.
    closed: Option<&'a Observation>,
}

/// A tab that the scenario has left open.
#[derive(Default)]
struct OpenTab<'a> {
    /// The line in which the scenario opened it.
    since: u64,
    /// It has no socket.
    socketless: bool,
    last: Option<u64>,
    /// The server closed it, and it has not joined again.
    closed: Option<&'a Observation>,
}

impl<'a> Walk<'a> {
    fn see(&mut self, known: Known<'a>) {
        let Some(line) = known.0.last() else { return };
        let place = &line.place;
        match &line.what {
            What::Joined {
                last_seq,
                socketless,
            } => self.joined(known, line, (*last_seq, *socketless)),
            What::Left { by_server: Some(_) } => self.closed_by_server(line),
            What::Left { by_server: None } => {
                self.left_behind(known, |owed| owed.place == place);
                self.keep_paid(known, |owed| owed.place == place);
                self.open.remove(place);
                self.owed.retain(|owed| owed.place != place);
            }
            What::SessionEnded => {
                let open: Vec<&Place> = self.open.keys().copied().collect();
                let leaves =
                    |owed: &Owed<'a>| same_session(owed.place, place) && open.contains(&owed.place);
                self.left_behind(known, leaves);
                self.keep_paid(known, leaves);
                self.open.retain(|other, _| !same_session(other, place));
                self.owed.retain(|owed| !same_session(owed.place, place));
            }
            What::Member {
                group,
                who,
                is,
                closed: false,
            } => self.member(known, group, Who::of(*who, place), *is),
            What::Confirmed {
                marker,
                action,
                yields,
                ..
            } => {
                let action = (place.user.as_ref(), action, line.seq);
                self.confirmed(known, marker, action, yields);
            }
            What::Stopped { action } => self.stopped(known, place.user.as_ref(), action),
            What::Received {
                number: Some(number),
                order: None,
                ..
            } => {
                if let Some(tab) = self.open.get_mut(place) {
                    self.chances += 1;
                    self.witnesses.extend(gap(line, tab.last.as_ref(), *number));
                    tab.last = Some(tab.last.map_or(*number, |last| last.max(*number)));
                }
            }
            What::Settled { unsettled, .. } => self.settled(known, place, unsettled.as_ref()),
            _ => {}
        }
    }

    fn joined(
        &mut self,
        known: Known<'a>,
        line: &'a Observation,
        (last, socketless): (Option<u64>, bool),
    ) {
        let before = self.open.get(&line.place);
        let before = before.filter(|before| before.socketless == socketless);
        let since = before.map_or(line.seq, |before| before.since);
        let is_new = before.is_none() && !socketless;
        let tab = OpenTab {
            since,
            socketless,
            last,
            closed: None,
        };
        self.open.insert(&line.place, tab);
        if is_new {
            self.owe_again(known, &[&line.place], None);
        }
    }

    fn closed_by_server(&mut self, line: &'a Observation) {
        let Some(tab) = self.open.get_mut(&line.place) else {
            return;
        };
        tab.closed = Some(line);
        for owed in &mut self.owed {
            if owed.place == &line.place {
                owed.closed = Some(line);
            }
        }
    }

    fn member(&mut self, known: Known<'a>, group: &str, who: Who<'a>, is: Membership) {
        match is {
            Membership::Leaving | Membership::Left => {
                self.left_behind(known, |owed| owed.groups == [group] && who.has(owed.place));
                let mut owed = std::mem::take(&mut self.owed);
                owed.retain_mut(|owed| {
                    let leaves = owed.groups.iter().any(|own| own == group)
                        && who.has(owed.place)
                        && came(known, owed) < owed.due;
                    if leaves {
                        owed.groups.retain(|own| own != group);
                    }
                    !leaves || !owed.groups.is_empty()
                });
                self.owed = owed;
            }
            Membership::Joined => {
                let now = known.0.last().map_or(0, |line| line.seq);
                let open = self.open.iter().filter(|(_, tab)| !tab.socketless);
                let tabs = open.map(|(place, _)| *place).filter(|tab| who.has(tab));
                // Who was a member before is none later.
                let tabs = tabs.filter(|tab| known.firm(group, tab, true, now, true) == 1);
                self.owe_again(known, &tabs.collect::<Vec<_>>(), Some(group));
            }
            _ => {}
        }
    }

    fn confirmed(
        &mut self,
        known: Known<'a>,
        marker: &'a Marker,
        action: Action<'a>,
        yields: &'a BTreeMap<String, u64>,
    ) {
        // A second confirmation takes the place of the first.
        self.owed.retain(|owed| owed.marker != marker);
        let sending = known.sending(marker);
        if let Some(sending) = sending {
            self.past.insert(sending.line.seq, (marker, action, yields));
        }
        for (place, tab) in &self.open {
            for (event, due) in yields {
                let acts = sending.is_some_and(|sending| sending.acting == *place);
                if tab.socketless && !acts {
                    continue;
                }
                let (times, groups, unmarked) = match sending {
                    None if action.0.is_some() && place.user.as_ref() == action.0 => {
                        (1, Vec::new(), false)
                    }
                    None => continue,
                    Some(sending) => {
                        let later = must_again(sending, event);
                        let in_time = later || tab.since < sending.line.seq;
                        let named = sending.events.contains_key(event);
                        if !in_time || (sending.unmarked && !named) {
                            continue;
                        }
                        let (times, groups) = known.must_see(sending, event, place, later);
                        (times, groups, sending.is_unmarked(event))
                    }
                };
                self.owed.push(Owed {
                    place,
                    marker,
                    event,
                    due: due * times,
                    groups,
                    unmarked,
                    again: false,
                    since: 0,
                    action,
                    stopped: false,
                    closed: tab.closed,
                });
            }
        }
        self.owed.retain(|owed| owed.due > 0);
    }

    /// These tabs open, or join `group`: they must get what has a history.
    fn owe_again(&mut self, known: Known<'a>, tabs: &[&'a Place], group: Option<&str>) {
        for (marker, action, yields) in self.past.values() {
            let Some(sending) = known.sending(marker) else {
                continue;
            };
            for place in tabs {
                for (event, due) in *yields {
                    if !must_again(sending, event) {
                        continue;
                    }
                    let (times, groups) = known.must_see(sending, event, place, true);
                    if group.is_some_and(|group| !groups.iter().any(|own| own == group)) {
                        continue;
                    }
                    let still_owed = self.owed.iter().any(|owed| {
                        let same =
                            (owed.place, owed.marker, owed.event) == (*place, *marker, event);
                        same && came(known, owed) < owed.due
                    });
                    if still_owed || due * times == 0 {
                        continue;
                    }
                    self.owed.push(Owed {
                        place,
                        marker,
                        event,
                        due: due * times,
                        groups,
                        unmarked: sending.is_unmarked(event),
                        again: true,
                        since: asked_again(known, sending, event, place),
                        action: *action,
                        stopped: false,
                        closed: self.open.get(place).and_then(|tab| tab.closed),
                    });
                }
            }
        }
    }

    fn stopped(&mut self, known: Known<'a>, user: Option<&UserName>, action: &ActionId) {
        self.past
            .retain(|_, (_, (other, own, _), _)| (*other, *own) != (user, action));
        let unpaid = self.owed.iter().filter(|owed| {
            (owed.action.0, owed.action.1) == (user, action) && came(known, owed) < owed.due
        });
        let newest = unpaid.map(|owed| owed.action).max_by_key(|(.., seq)| *seq);
        let Some(newest) = newest else { return };
        // Whether it would have come again, nobody knows.
        self.owed
            .retain(|owed| owed.action != newest || !owed.again || came(known, owed) >= owed.due);
        let its = self.owed.iter();
        let its = its.filter(|owed| owed.action == newest && !owed.again);
        let its: Vec<(String, u64)> = its
            .map(|owed| (owed.event.to_owned(), came(known, owed).min(owed.due)))
            .collect();
        // What one tab got was made, so the others should get it too.
        let made = |event: &str| {
            let of_it = its.iter().filter(|(other, _)| other == event);
            of_it.map(|(_, came)| *came).max().unwrap_or(0)
        };
        for owed in &mut self.owed {
            if owed.action == newest && came(known, owed) < owed.due {
                owed.due = owed.due.min(made(owed.event));
                owed.stopped = true;
            }
        }
        self.owed.retain(|owed| owed.due > 0);
    }

    fn settled(&mut self, known: Known<'a>, place: &Place, unsettled: Option<&String>) {
        let before = &known.0[..known.0.len() - 1];
        let whole = place.user.is_none();
        let due = |owed: &mut Owed<'a>| whole || same_session(owed.place, place);
        let mut settled: Vec<Owed<'a>> = self.owed.extract_if(.., due).collect();
        // What has no marker pays the oldest action first.
        settled.sort_by_key(|owed| owed.action.2);
        let mut pool: BTreeMap<(&Place, &str), u64> = BTreeMap::new();
        let mut results = Vec::new();
        for owed in &settled {
            let came = if owed.unmarked {
                let start = || came_unmarked(before, owed.place, owed.event);
                let left = pool.entry((owed.place, owed.event)).or_insert_with(start);
                let came = owed.due.min(*left);
                *left -= came;
                came
            } else {
                came(known, owed)
            };
            results.push((owed, came));
        }
        results.sort_by_key(|(owed, _)| (owed.place, owed.marker, owed.event));
        for (owed, came) in results {
            let (due, event) = (owed.due, owed.event);
            self.chances += due;
            if came >= due {
                continue;
            }
            let how = owed.closed.map(|left| match &left.what {
                What::Left {
                    by_server: Some(how),
                } => format!("; the server closed the tab: {how}"),
                _ => String::new(),
            });
            let how = how.unwrap_or_default();
            let (place, marker) = (owed.place, owed.marker);
            let says = format!("{place} got {came} of {due} `{event}` of {marker}{how}");
            let late = owed.closed.and_then(|left| late_about(before, left));
            let stopped = owed.stopped.then(|| STOPPED.to_owned());
            let cut = is_cut(before, owed).then(|| CUT.to_owned());
            match unsettled.cloned().or(late).or(stopped).or(cut) {
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

/// Whether somebody who joins later must get this event too.
fn must_again(sending: Sending<'_>, event: &str) -> bool {
    let meant = sending.events.get(event);
    meant.is_some_and(|meant| meant.history == Later::Must)
}

/// How many of it came, at most what is due. A frame counts once for each marker, however often it repeats it. Of what
/// has no marker nobody knows before it is settled.
fn came(known: Known<'_>, owed: &Owed<'_>) -> u64 {
    if owed.unmarked {
        return 0;
    }
    let lines = known.0.iter().enumerate();
    let came = lines.filter(|(at, line)| {
        let is_event = matches!(&line.what, What::Received { event, .. } if event == owed.event);
        line.seq > owed.since
            && line.place == *owed.place
            && is_event
            && is_seen(&known.0[..=*at], owed.marker, true)
    });
    (came.count() as u64).min(owed.due)
}

/// Whether the beginning of it came, and not all after that.
fn is_cut(before: &[Observation], owed: &Owed<'_>) -> bool {
    let last = before.iter().enumerate().rfind(|(at, line)| {
        let is_event = matches!(&line.what, What::Received { event, .. } if event == owed.event);
        let lines = &before[..=*at];
        let is_here = line.place == *owed.place && is_event;
        is_here
            && [false, true]
                .into_iter()
                .any(|whole| is_seen(lines, owed.marker, whole))
    });
    last.is_some_and(|(at, _)| is_seen(&before[..=at], owed.marker, false))
}

/// Whether the last of these lines shows this marker: whole, or its beginning.
fn is_seen(lines: &[Observation], marker: &Marker, whole: bool) -> bool {
    let mut seen = seen_in(lines).into_iter();
    seen.any(|seen| seen.marker == *marker && seen.is_whole() == whole)
}

/// How many of these events came to a place without a marker since they were settled last.
fn came_unmarked(before: &[Observation], place: &Place, event: &str) -> u64 {
    let ends = before.iter().rposition(|line| match &line.what {
        What::Settled { .. } => line.place.user.is_none() || same_session(&line.place, place),
        What::Left { by_server: None } => line.place == *place,
        What::SessionEnded => same_session(&line.place, place),
        _ => false,
    });
    let since = ends.map_or(0, |at| at + 1);
    let came = (since..before.len()).filter(|at| {
        let (line, known) = (&before[*at], Known(&before[..=*at]));
        let is_event = matches!(&line.what, What::Received { event: own, .. } if own == event);
        line.place == *place
            && is_event
            && known.is_unmarked(event)
            && unique_in(known.0).is_empty()
    });
    came.count() as u64
}

/// The last line in which a tab was closed, or a member of it asked to join a group that the event is meant for.
fn asked_again(known: Known<'_>, sending: Sending<'_>, event: &str, place: &Place) -> u64 {
    let groups = sending.events.get(event).map(|meant| &meant.to.any);
    let is_meant =
        |group: &String| groups.is_some_and(|groups| groups.contains(&Scope::Group(group.clone())));
    let again = known.0.iter().rfind(|line| match &line.what {
        What::Left { .. } => line.place == *place,
        What::SessionEnded => same_session(&line.place, place),
        What::Member {
            group,
            who,
            is: Membership::Asking,
            closed: false,
        } => is_meant(group) && Who::of(*who, &line.place).has(place),
        _ => false,
    });
    again.map_or(0, |line| line.seq)
}

/// How late the harness was around the time of a close: the last delay before it, or else the first after it.
pub(super) fn late_about(history: &[Observation], left: &Observation) -> Option<String> {
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
