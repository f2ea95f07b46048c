//! A session that has ended hears nothing more.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::finding;
use super::markers::unique_in;
use super::meant::{self, Known};
use super::memberships::{Who, is_same};
use crate::audience::Scope;
use crate::finding::{Finding, Witness};
use crate::history::History;
use crate::marker::Marker;
use crate::membership::{Member, Membership};
use crate::name::UserName;
use crate::observation::{Observation, What};
use crate::place::Place;

/// How long before the confirmed end of a session the server may end a membership for it, in microseconds.
const FOR_THE_END_US: u64 = 5_000_000;

/// A session that has ended gets nothing that was made after the server confirmed its end.
///
/// Relies on cause, not on clocks: a marker first sent after the confirmation cannot have been on its
/// way before it. What was on its way already may still arrive and is no violation.
pub(super) fn silent_after_session_end(history: &History) -> Finding {
    let mut ended: BTreeMap<(Option<&UserName>, &str), u64> = BTreeMap::new();
    let mut sent: BTreeMap<&Marker, u64> = BTreeMap::new();
    let mut chances = 0;
    let mut witnesses = Vec::new();
    for (at, observation) in history.observations.iter().enumerate() {
        match &observation.what {
            What::SessionEnded => {
                ended.insert(session(&observation.place), observation.seq);
            }
            What::Sent { marker, .. } => {
                sent.insert(marker, observation.seq);
                let known = &history.observations[..=at];
                let would_hear = ended.values().filter(|end| would_hear(known, **end));
                chances += would_hear.count() as u64;
            }
            What::Received { event, frame, .. } => {
                let Some(end) = ended.get(&session(&observation.place)) else {
                    continue;
                };
                for marker in unique_in(&history.observations[..=at]) {
                    if sent.get(&marker).is_some_and(|sent| sent > end) {
                        witnesses.push(Witness {
                            seq: Some(observation.seq),
                            says: format!(
                                "{} got {marker}, sent after the session's end (#{end})",
                                observation.place
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
    finding(
        chances,
        witnesses,
        "nothing was sent after a session's end that its open tabs would have got before it",
    )
}

/// Whether a tab that was open at the end of a session would have got what is sent in the last line.
fn would_hear(lines: &[Observation], end: u64) -> bool {
    let Some(ending) = lines.iter().find(|line| line.seq == end) else {
        return false;
    };
    let own = lines.iter().filter(|line| {
        let joins = matches!(
            line.what,
            What::Joined {
                socketless: false,
                ..
            }
        );
        joins && line.seq < end && session(&line.place) == session(&ending.place)
    });
    let closed = |joined: &&Observation| {
        let later = lines.iter().filter(|line| line.seq > joined.seq);
        let mut later = later.filter(|line| line.place == joined.place);
        later.any(|line| matches!(line.what, What::Left { by_server: None }))
    };
    // For the session's end the server may have closed it a little before.
    let deaf = |joined: &&Observation| {
        let until = lines
            .iter()
            .filter(|line| line.seq < end && line.seq > joined.seq);
        let mut own = until.filter(|line| line.place == joined.place);
        own.any(|line| {
            let is_closed = matches!(line.what, What::Left { by_server: Some(_) });
            is_closed && line.at_us + FOR_THE_END_US < ending.at_us
        })
    };
    let open = own.filter(|joined| !closed(joined) && !deaf(joined));
    let tabs: BTreeSet<&Place> = open.map(|joined| &joined.place).collect();
    tabs.into_iter().any(|tab| is_for(lines, tab, ending))
}

/// Whether what is sent in the last line is for a tab, whose session has ended.
fn is_for(lines: &[Observation], tab: &Place, ending: &Observation) -> bool {
    let known = Known(lines);
    let Some(line) = lines.last() else {
        return false;
    };
    let What::Sent { marker, to, .. } = &line.what else {
        return false;
    };
    let Some(sending) = known.sending(marker) else {
        return Who::of(Member::User, &line.place).has(tab);
    };
    let has = |scope: &Scope| match scope {
        Scope::Group(group) => was_in(lines, group, tab, ending),
        scope => meant::has(scope, tab),
    };
    let events = sending.events.values().filter(|event| !event.unmarked);
    let to = to.as_ref().filter(|_| sending.events.is_empty());
    let mut meant = events.map(|event| &event.to).chain(to);
    !sending.unmarked && meant.any(|to| to.any.iter().any(has) && !to.but.iter().any(has))
}

/// Whether a tab was in a group until its session ended, or until the server ended that for the session's end.
fn was_in(lines: &[Observation], group: &str, tab: &Place, ending: &Observation) -> bool {
    let mut inside: Vec<(Who<'_>, Option<u64>)> = Vec::new();
    for line in lines.iter().filter(|line| line.seq < ending.seq) {
        if matches!(line.what, What::Left { by_server: None }) {
            inside.retain(|(who, _)| !is_same(*who, Who::of(Member::Tab, &line.place)));
        }
        let What::Member {
            group: name,
            who,
            is,
            closed: false,
        } = &line.what
        else {
            continue;
        };
        if name != group {
            continue;
        }
        let who = Who::of(*who, &line.place);
        match is {
            Membership::Joined => {
                inside.retain(|(other, _)| !is_same(*other, who));
                inside.push((who, None));
            }
            Membership::Leaving | Membership::Left => {
                inside.retain(|(other, _)| !is_same(*other, who));
            }
            Membership::Lost => {
                let own = inside.iter_mut().filter(|(other, _)| is_same(*other, who));
                own.for_each(|(_, lost)| *lost = Some(line.at_us));
            }
            Membership::Asking | Membership::Refused => {}
        }
    }
    let is_in_time = |lost: Option<u64>| lost.is_none_or(|at| ending.at_us <= at + FOR_THE_END_US);
    { inside.into_iter() }.any(|(who, lost)| who.has(tab) && is_in_time(lost))
}

fn session(place: &Place) -> (Option<&UserName>, &str) {
    (place.user.as_ref(), &place.session)
}
