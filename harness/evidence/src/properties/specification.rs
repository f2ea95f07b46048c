//! What the properties mean, written over a whole history in memory: plain, and as slow as it likes.
//!
//! The properties themselves see one observation after the other. A test gives both the same histories.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::marker::Marker;
use crate::name::{ActionId, UserName};
use crate::observation::{Observation, What};
use crate::place::Place;
use crate::properties::TOO_LATE_MS;
use crate::properties::every_event_delivered::{ABOUT_US, STOPPED};
use crate::verdict::Verdict;

/// A property's name and what it means.
type Specified = (&'static str, fn(&History) -> Finding);

/// Every property of one part, in the order of the registry. `undisturbed` keeps all that it compares anyway.
pub(super) const SPECIFICATION: &[Specified] = &[
    ("no_foreign_events", no_foreign_events),
    ("strangers_refused", strangers_refused),
    ("others_actions_out_of_reach", others_actions_out_of_reach),
    ("every_event_delivered", every_event_delivered),
    ("every_event_once", every_event_once),
    ("events_in_order", events_in_order),
    ("silent_after_session_end", silent_after_session_end),
    ("new_session_at_login", new_session_at_login),
    ("expectations_met", expectations_met),
];

fn finding(chances: u64, witnesses: Vec<Witness>, no_chance: &str) -> Finding {
    let verdict = match (witnesses.is_empty(), chances) {
        (true, 0) => return Finding::undecided(no_chance),
        (true, _) => Verdict::Holds,
        (false, _) => Verdict::Violated,
    };
    Finding {
        verdict,
        chances: chances.max(1),
        reason: String::new(),
        witnesses,
        left_out: 0,
    }
}

/// The same where some chances ended nobody knows how.
fn doubted(chances: u64, witnesses: Vec<Witness>, doubts: &[String], no_chance: &str) -> Finding {
    let Some(first) = doubts.first().filter(|_| witnesses.is_empty()) else {
        return finding(chances, witnesses, no_chance);
    };
    let more = match doubts.len() - 1 {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    Finding {
        chances,
        ..Finding::undecided(format!("{first}{more}"))
    }
}

/// Each marker of a frame once, in the order in which they stand there.
fn unique(frame: &str) -> Vec<Marker> {
    let mut markers = Vec::new();
    for marker in Marker::find_all(frame.as_bytes()) {
        if !markers.contains(&marker) {
            markers.push(marker);
        }
    }
    markers
}

/// What a tab is owed of one event of one action.
struct Owed<'a> {
    due: u64,
    /// Whose it is, which, and when it was confirmed.
    action: (Option<&'a UserName>, &'a ActionId, u64),
    /// It was stopped, and made no more than this as far as can be told.
    stopped: bool,
    /// The server closed the tab since then.
    closed: Option<&'a Observation>,
}

/// A tab that the scenario has left open.
#[derive(Default)]
struct Open<'a> {
    last: Option<u64>,
    /// The server closed it, and it has not joined again.
    closed: Option<&'a Observation>,
}

/// Debts are judged where the run, or the session, says that what was due had its time.
fn every_event_delivered(history: &History) -> Finding {
    let mut chances = 0;
    let mut witnesses = Vec::new();
    let mut doubts = Vec::new();
    let mut open: BTreeMap<&Place, Open<'_>> = BTreeMap::new();
    let mut owed: BTreeMap<(&Place, &Marker, &str), Owed<'_>> = BTreeMap::new();
    let mut arrived: BTreeMap<(&Place, Marker, &str), u64> = BTreeMap::new();
    for seen in &history.observations {
        match &seen.what {
            What::Joined { last_seq } => {
                let (last, closed) = (*last_seq, None);
                open.insert(&seen.place, Open { last, closed });
            }
            What::Left {
                by_server: Some(_), ..
            } => {
                let Some(tab) = open.get_mut(&seen.place) else {
                    continue;
                };
                tab.closed = Some(seen);
                for ((place, ..), owed) in &mut owed {
                    if *place == &seen.place {
                        owed.closed = Some(seen);
                    }
                }
            }
            What::Left { by_server: None } => {
                open.remove(&seen.place);
                owed.retain(|(place, ..), _| *place != &seen.place);
            }
            What::SessionEnded => {
                open.retain(|place, _| !same_session(place, &seen.place));
                owed.retain(|(place, ..), _| !same_session(place, &seen.place));
            }
            What::Confirmed {
                marker,
                action,
                yields,
                ..
            } => {
                let own = open
                    .iter()
                    .filter(|(place, _)| place.user == seen.place.user);
                for (place, tab) in own {
                    for (event, due) in yields {
                        let (due, closed) = (*due, tab.closed);
                        let debt = Owed {
                            due,
                            action: (seen.place.user.as_ref(), action, seen.seq),
                            stopped: false,
                            closed,
                        };
                        owed.insert((place, marker, event), debt);
                    }
                }
            }
            What::Stopped { action } => {
                let came = |(place, marker, event): &(&Place, &Marker, &str)| {
                    let key = &(*place, (*marker).clone(), *event);
                    arrived.get(key).copied().unwrap_or(0)
                };
                // Whatever is paid at all tabs is over, and no older action of that id is meant in its place.
                let user = seen.place.user.as_ref();
                let of_it = owed
                    .values()
                    .filter(|owed| (owed.action.0, owed.action.1) == (user, action));
                let unpaid = of_it.filter(|one| {
                    let its = owed.iter().filter(|(_, owed)| owed.action == one.action);
                    { its }.any(|(key, owed)| came(key) < owed.due)
                });
                let Some(newest) = unpaid.map(|owed| owed.action).max_by_key(|(.., seq)| *seq)
                else {
                    continue;
                };
                let its = owed.iter().filter(|(_, owed)| owed.action == newest);
                let made: Vec<(&str, u64)> = its
                    .map(|(key, owed)| (key.2, came(key).min(owed.due)))
                    .collect();
                let short: BTreeSet<(&Place, &Marker, &str)> = { owed.iter() }
                    .filter(|(key, owed)| owed.action == newest && came(key) < owed.due)
                    .map(|(key, _)| *key)
                    .collect();
                owed.retain(|key, owed| {
                    if short.contains(key) {
                        let of_it = made.iter().filter(|(other, _)| *other == key.2);
                        let made = of_it.map(|(_, came)| *came).max().unwrap_or(0);
                        (owed.due, owed.stopped) = (owed.due.min(made), true);
                    }
                    owed.due > 0
                });
            }
            What::Received {
                event,
                number,
                frame,
            } => {
                // A frame counts once for each marker, however often it repeats it.
                for marker in Marker::find_all(frame.as_bytes()).collect::<BTreeSet<_>>() {
                    *arrived.entry((&seen.place, marker, event)).or_default() += 1;
                }
                if let (Some(number), Some(tab)) = (number, open.get_mut(&seen.place)) {
                    chances += 1;
                    witnesses.extend(gap(seen, tab.last.as_ref(), *number));
                    tab.last = Some(tab.last.map_or(*number, |last| last.max(*number)));
                }
            }
            What::Settled { unsettled, .. } => {
                let whole = seen.place.user.is_none();
                let due = |place: &Place| whole || same_session(place, &seen.place);
                for (
                    (place, marker, event),
                    Owed {
                        due,
                        stopped,
                        closed,
                        ..
                    },
                ) in owed.extract_if(.., |(place, ..), _| due(place))
                {
                    chances += due;
                    let came = arrived
                        .get(&(place, marker.clone(), event))
                        .copied()
                        .unwrap_or(0);
                    let how = closed.map(|left| match &left.what {
                        What::Left {
                            by_server: Some(how),
                        } => format!("; the server closed the tab: {how}"),
                        _ => String::new(),
                    });
                    let how = how.unwrap_or_default();
                    let says = format!("{place} got {came} of {due} `{event}` of {marker}{how}");
                    let before = history
                        .observations
                        .split(|other| std::ptr::eq(other, seen));
                    let late = closed.and_then(|left| late_about(before.into_iter().next()?, left));
                    let stopped = stopped.then(|| STOPPED.to_owned());
                    match unsettled.as_ref().or(late.as_ref()).or(stopped.as_ref()) {
                        _ if came >= due => {}
                        Some(why) => doubts.push(format!("{says}: {why}")),
                        None => witnesses.push(Witness {
                            seq: None,
                            says,
                            frame: String::new(),
                            event: Some(event.to_owned()),
                        }),
                    }
                }
            }
            _ => {}
        }
    }
    doubted(
        chances,
        witnesses,
        &doubts,
        "nothing was due to an open tab",
    )
}

/// Whether the harness was late about the time of a close: told last before it, or first after it.
fn late_about(history: &[Observation], left: &Observation) -> Option<String> {
    let at = history.iter().position(|other| std::ptr::eq(other, left))?;
    let late = |seen: &Observation| match seen.what {
        What::Late { by_ms, .. } if by_ms >= TOO_LATE_MS => Some((seen.at_us, by_ms)),
        _ => None,
    };
    let before = history[..at].iter().rev().find_map(late);
    let before = before.filter(|(at_us, _)| left.at_us <= at_us + ABOUT_US);
    let mut after = history[at..].iter().filter_map(late);
    let after = after.find(|(at_us, by_ms)| left.at_us + ABOUT_US + by_ms * 1000 >= *at_us);
    let (_, by_ms) = before.or(after)?;
    Some(format!("the harness itself was late by {by_ms} ms"))
}

fn gap(seen: &Observation, last: Option<&u64>, number: u64) -> Option<Witness> {
    let last = last
        .copied()
        .filter(|last| number > last.saturating_add(1))?;
    Some(witness(
        seen,
        format!("{} got number {number} right after {last}", seen.place),
    ))
}

fn same_session(one: &Place, other: &Place) -> bool {
    one.user == other.user && one.session == other.session
}

/// No tab gets one number of its session's sequence twice, nor more events of an action than it makes.
fn every_event_once(history: &History) -> Finding {
    let mut chances = 0;
    let mut witnesses = Vec::new();
    let mut numbers: BTreeSet<(&Place, u64)> = BTreeSet::new();
    let mut sent: BTreeMap<&Marker, &Place> = BTreeMap::new();
    let mut exactly: BTreeMap<&Marker, BTreeMap<&str, u64>> = BTreeMap::new();
    let mut joined: BTreeSet<&Place> = BTreeSet::new();
    // How many came in the tab's connection, and where the last of them stands.
    let mut came: BTreeMap<(&str, &Place, Marker), (u64, u64)> = BTreeMap::new();
    for seen in &history.observations {
        match &seen.what {
            What::Joined { .. } => {
                let again = !joined.insert(&seen.place);
                came.retain(|(_, place, _), _| !again || *place != &seen.place);
            }
            What::Left { .. } | What::Refused { .. } => {
                joined.remove(&seen.place);
                came.retain(|(_, place, _), _| *place != &seen.place);
            }
            What::Sent { marker } => {
                sent.insert(marker, &seen.place);
            }
            What::Confirmed {
                marker,
                yields,
                exact,
                ..
            } => {
                let exact = yields.iter().filter(|(event, _)| exact.contains(*event));
                let exact: BTreeMap<&str, u64> =
                    exact.map(|(event, due)| (event.as_str(), *due)).collect();
                for ((event, place, other), (count, last)) in &came {
                    let Some(due) = exact.get(event).filter(|_| other == marker) else {
                        continue;
                    };
                    chances += count;
                    if count > due {
                        witnesses.push(Witness {
                            seq: Some(*last),
                            says: format!(
                                "{place} got {count} `{event}` of {marker}, which makes {due}"
                            ),
                            frame: String::new(),
                            event: Some((*event).to_owned()),
                        });
                    }
                }
                exactly.insert(marker, exact);
            }
            What::Received {
                event,
                number,
                frame,
            } => {
                if let Some(number) = number {
                    chances += 1;
                    if !numbers.insert((&seen.place, *number)) {
                        let says = format!("{} got number {number} again", seen.place);
                        witnesses.push(witness(seen, says));
                        continue;
                    }
                }
                for marker in unique(frame) {
                    let of = sent.get(&marker);
                    if of.is_none_or(|place| place.user != seen.place.user) {
                        continue;
                    }
                    let due = exactly.get(&marker).map(|exact| exact.get(event.as_str()));
                    let counted = came
                        .entry((event, &seen.place, marker.clone()))
                        .or_default();
                    *counted = (counted.0 + 1, seen.seq);
                    let Some(Some(due)) = due else { continue };
                    chances += 1;
                    if counted.0 > *due {
                        let (place, count) = (&seen.place, counted.0);
                        let says =
                            format!("{place} got {count} `{event}` of {marker}, which makes {due}");
                        witnesses.push(witness(seen, says));
                    }
                }
            }
            _ => {}
        }
    }
    let no_chance =
        "no event was received that has a number, or a marker of which exactly so many are due";
    finding(chances, witnesses, no_chance)
}

/// In each tab the numbers rise.
fn events_in_order(history: &History) -> Finding {
    let mut highest: BTreeMap<&Place, u64> = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for (seen, number) in numbered(history) {
        let Some(before) = highest.insert(&seen.place, number) else {
            continue;
        };
        chances += 1;
        if number < before {
            witnesses.push(witness(
                seen,
                format!("{} got number {number} after {before}", seen.place),
            ));
            highest.insert(&seen.place, before);
        }
    }
    finding(chances, witnesses, "no tab received two numbered events")
}

fn numbered(history: &History) -> impl Iterator<Item = (&Observation, u64)> {
    history
        .observations
        .iter()
        .filter_map(|seen| match seen.what {
            What::Received {
                number: Some(number),
                ..
            } => Some((seen, number)),
            _ => None,
        })
}

fn witness(seen: &Observation, says: String) -> Witness {
    let (event, frame) = match &seen.what {
        What::Received { event, frame, .. } => (Some(event.clone()), frame.clone()),
        _ => (None, String::new()),
    };
    Witness {
        seq: Some(seen.seq),
        says,
        frame,
        event,
    }
}

/// No session sees, in any byte of a frame or an HTTP answer, a marker that is not its user's.
///
/// Relies on: a marker names its owner, and no client puts another user's marker into what it sends.
/// A chance to leak is one frame seen while another user was logged in, or one that leaks.
fn no_foreign_events(history: &History) -> Finding {
    if history.scene.users.len() < 2 {
        return Finding::undecided("isolation needs two users");
    }
    let owners = history.owners();
    let mut present = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    let mut doubts = Vec::new();
    for seen in &history.observations {
        count_present(&mut present, seen);
        if let What::Settled {
            unheard: Some(why), ..
        } = &seen.what
        {
            doubts.push(format!("what came last was not heard: {why}"));
        }
        let (frame, event) = match &seen.what {
            What::Received { frame, event, .. } => (frame, Some(event)),
            What::Answered { frame, .. } => (frame, None),
            What::Refused { reason }
            | What::Left {
                by_server: Some(reason),
            } => (reason, None),
            _ => continue,
        };
        let others = present
            .keys()
            .any(|user| Some(user) != seen.place.user.as_ref());
        let mut foreign = unique(frame);
        foreign.retain(|marker| {
            let owner = owners.owner(marker);
            owner.is_none() || owner != seen.place.user.as_ref()
        });
        chances += u64::from(others || !foreign.is_empty());
        for marker in foreign {
            let owner = owners.owner(&marker);
            let owner = owner.map_or("nobody in this scenario", UserName::as_str);
            witnesses.push(Witness {
                seq: Some(seen.seq),
                says: format!("{} got {marker}, owned by {owner}", seen.place),
                frame: frame.clone(),
                event: event.cloned(),
            });
        }
    }
    doubted(
        chances,
        witnesses,
        &doubts,
        "nothing was received while another user was there",
    )
}

fn count_present(present: &mut BTreeMap<UserName, u32>, seen: &Observation) {
    let Some(user) = &seen.place.user else { return };
    match seen.what {
        What::LoggedIn { .. } => *present.entry(user.clone()).or_default() += 1,
        What::SessionEnded => {
            if let Some(sessions) = present.get_mut(user) {
                *sessions -= 1;
            }
            present.retain(|_, sessions| *sessions > 0);
        }
        _ => {}
    }
}

/// Nobody without a session gets a socket, an event, or the answer to a request that needs a login.
///
/// Relies on: what strangers ask for needs a login; the recorder says whether it was granted.
fn strangers_refused(history: &History) -> Finding {
    let strangers = history
        .observations
        .iter()
        .filter(|seen| seen.place.user.is_none());
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for seen in strangers {
        let (got, frame) = match &seen.what {
            What::Refused { .. } | What::Answered { granted: false, .. } => {
                chances += 1;
                continue;
            }
            What::Joined { .. } => ("a socket".to_owned(), ""),
            What::Received { event, frame, .. } => (format!("event `{event}`"), frame.as_str()),
            What::Answered { asked, frame, .. } => {
                (format!("an answer to `{asked}`"), frame.as_str())
            }
            _ => continue,
        };
        chances += 1;
        witnesses.push(Witness {
            seq: Some(seen.seq),
            says: format!("{} got {got}", seen.place),
            frame: frame.to_owned(),
            event: None,
        });
    }
    finding(chances, witnesses, "no stranger tried")
}

/// A request for an action by its id is granted to its owner alone.
fn others_actions_out_of_reach(history: &History) -> Finding {
    let mut owners_of: BTreeMap<&ActionId, Vec<&UserName>> = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for seen in &history.observations {
        match (&seen.what, &seen.place.user) {
            (What::Confirmed { action, .. }, Some(user)) => {
                owners_of.entry(action).or_default().push(user);
            }
            (
                What::Answered {
                    asked,
                    action: Some(action),
                    granted,
                    frame,
                },
                user,
            ) => {
                let Some(owners) = owners_of.get(action) else {
                    continue;
                };
                if owners.iter().any(|owner| Some(*owner) == user.as_ref()) {
                    continue;
                }
                let owner = owners[0];
                chances += 1;
                if *granted {
                    witnesses.push(Witness {
                        seq: Some(seen.seq),
                        says: format!("{} was granted `{asked}`, an action of {owner}", seen.place),
                        frame: frame.clone(),
                        event: None,
                    });
                }
            }
            _ => {}
        }
    }
    finding(chances, witnesses, "nobody asked for another user's action")
}

/// A session that has ended gets nothing that was made after the server confirmed its end.
///
/// Relies on cause, not on clocks: a marker first sent after the confirmation cannot have been on its
/// way before it. What was on its way already may still arrive and is no violation.
fn silent_after_session_end(history: &History) -> Finding {
    let mut ended: BTreeMap<(Option<&UserName>, &str), u64> = BTreeMap::new();
    let mut sent: BTreeMap<&Marker, u64> = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for seen in &history.observations {
        match &seen.what {
            What::SessionEnded => {
                ended.insert(session(&seen.place), seen.seq);
            }
            What::Sent { marker } => {
                sent.insert(marker, seen.seq);
                chances += ended.len() as u64;
            }
            What::Received { event, frame, .. } => {
                let Some(end) = ended.get(&session(&seen.place)) else {
                    continue;
                };
                for marker in Marker::find_all(frame.as_bytes()).collect::<BTreeSet<_>>() {
                    if sent.get(&marker).is_some_and(|sent| sent > end) {
                        witnesses.push(Witness {
                            seq: Some(seen.seq),
                            says: format!(
                                "{} got {marker}, sent after the session's end (#{end})",
                                seen.place
                            ),
                            frame: frame.clone(),
                            event: Some(event.clone()),
                        });
                    }
                }
            }
            _ => {}
        }
    }
    finding(chances, witnesses, "nothing was sent after a session's end")
}

fn session(place: &Place) -> (Option<&UserName>, &str) {
    (place.user.as_ref(), &place.session)
}

/// A login gives a session id that no browser has shown before.
fn new_session_at_login(history: &History) -> Finding {
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for seen in &history.observations {
        let What::LoggedIn { before, after } = &seen.what else {
            continue;
        };
        shown.extend(before.as_deref());
        chances += 1;
        if !shown.insert(after) {
            witnesses.push(Witness {
                seq: Some(seen.seq),
                says: format!("{} logged in and kept the session id {after}", seen.place),
                frame: String::new(),
                event: None,
            });
        }
    }
    finding(chances, witnesses, "nobody logged in")
}

/// Each step that says how it must end, ended so.
fn expectations_met(history: &History) -> Finding {
    let mut chances = 0;
    let mut witnesses = Vec::new();
    let mut doubts = Vec::new();
    for seen in &history.observations {
        let What::Expected {
            claim,
            met,
            unseen,
            found,
        } = &seen.what
        else {
            continue;
        };
        chances += 1;
        if *unseen && !met {
            doubts.push(format!("#{}: {}: {claim}: {found}", seen.seq, seen.place));
        } else if !met {
            witnesses.push(Witness {
                seq: Some(seen.seq),
                says: format!("{}: {claim}: {found}", seen.place),
                frame: String::new(),
                event: None,
            });
        }
    }
    doubted(chances, witnesses, &doubts, "no step says how it must end")
}
