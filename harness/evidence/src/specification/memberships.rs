//! Who was a member of a group, by the lines until now.

use crate::membership::{Member, Membership};
use crate::name::UserName;
use crate::observation::{Observation, What};
use crate::place::Place;

/// The places that are a member together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who<'a> {
    Tab(&'a Place),
    Session(&'a Place),
    User(&'a UserName),
}

/// One membership. Times are `seq`s.
#[derive(Clone, Debug)]
pub(super) struct Stay<'a> {
    pub(super) who: Who<'a>,
    /// Since when it counts as asked for; a tab that was closed and came back never stopped asking.
    pub(super) asked: u64,
    /// The line that asked for it.
    pub(super) line: u64,
    pub(super) joined: Option<u64>,
    /// Its own end, and the first end of any membership of the same place in this group since.
    pub(super) own: End,
    pub(super) any: End,
    /// The scenario closed its tab.
    closed: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct End {
    pub(super) leaving: bool,
    pub(super) over: Option<u64>,
}

impl<'a> Who<'a> {
    pub(super) fn of(who: Member, place: &'a Place) -> Self {
        match (who, &place.user) {
            (Member::User, Some(user)) => Self::User(user),
            (Member::Tab, _) if place.tab.is_some() => Self::Tab(place),
            _ => Self::Session(place),
        }
    }

    pub(super) fn has(self, place: &Place) -> bool {
        match self {
            Self::Tab(tab) => tab == place || (place.tab.is_none() && same_session(tab, place)),
            Self::Session(session) => same_session(session, place),
            Self::User(user) => place.user.as_ref() == Some(user),
        }
    }
}

impl Stay<'_> {
    pub(super) fn end(&self, per_join: bool) -> End {
        if per_join { self.own } else { self.any }
    }

    fn is_asking(&self) -> bool {
        self.joined.is_none() && self.own.over.is_none()
    }
}

pub(super) fn same_session(one: &Place, other: &Place) -> bool {
    one.user == other.user && one.session == other.session
}

/// Every membership in this group that was not refused.
pub(super) fn stays<'a>(lines: &'a [Observation], group: &str) -> Vec<Stay<'a>> {
    walk(lines, group).0
}

/// The line in which the membership was refused that was asked for in that line.
pub(super) fn refused(lines: &[Observation], group: &str, asked: u64) -> Option<u64> {
    let refused = walk(lines, group).1;
    let own = refused.iter().find(|(line, _)| *line == asked);
    own.map(|(_, refused)| *refused)
}

/// Every membership in this group, and for each that was refused the line that asked and the one that refused.
fn walk<'a>(lines: &'a [Observation], group: &str) -> (Vec<Stay<'a>>, Vec<(u64, u64)>) {
    let (mut all, mut refused): (Vec<Stay<'a>>, _) = (Vec::new(), Vec::new());
    for line in lines {
        let place = &line.place;
        match &line.what {
            What::Member {
                group: name,
                who,
                is,
                closed: false,
            } if name == group => {
                let who = Who::of(*who, place);
                if *is == Membership::Refused {
                    let asking = |stay: &Stay<'_>| is_same(stay.who, who) && stay.is_asking();
                    if let Some(at) = all.iter().position(asking) {
                        refused.push((all.remove(at).line, line.seq));
                    }
                } else {
                    step(&mut all, who, *is, line.seq);
                }
            }
            What::Left { by_server: None } => {
                close(&mut all, line.seq, |who| is_same(who, Who::Tab(place)));
            }
            What::SessionEnded => close(&mut all, line.seq, |who| match who {
                Who::Tab(own) | Who::Session(own) => same_session(own, place),
                Who::User(_) => false,
            }),
            _ => {}
        }
    }
    (all, refused)
}

pub(super) fn is_same(one: Who<'_>, other: Who<'_>) -> bool {
    match (one, other) {
        (Who::Session(one), Who::Session(other)) => same_session(one, other),
        _ => one == other,
    }
}

fn step<'a>(all: &mut Vec<Stay<'a>>, who: Who<'a>, is: Membership, seq: u64) {
    let own = |stay: &&mut Stay<'a>| is_same(stay.who, who);
    let has_asked = all.iter_mut().filter(own).any(|stay| stay.is_asking());
    if is == Membership::Asking || (is == Membership::Joined && !has_asked) {
        let back = all.iter_mut().rfind(own);
        let asked = back
            .filter(|stay| stay.closed)
            .map_or(seq, |stay| stay.asked);
        all.push(Stay {
            who,
            asked,
            line: seq,
            joined: None,
            own: End::default(),
            any: End::default(),
            closed: false,
        });
    }
    match is {
        Membership::Joined => {
            let asking = all.iter_mut().filter(own).find(|stay| stay.is_asking());
            asking.into_iter().for_each(|stay| stay.joined = Some(seq));
        }
        Membership::Leaving => {
            let staying = all.iter_mut().filter(own).find(|stay| !stay.own.leaving);
            staying.into_iter().for_each(|stay| stay.own.leaving = true);
            for stay in all.iter_mut().filter(own) {
                stay.any.leaving |= stay.any.over.is_none();
            }
        }
        Membership::Left | Membership::Lost => {
            let leaving = is == Membership::Left;
            let open = all
                .iter_mut()
                .filter(own)
                .find(|stay| stay.own.over.is_none());
            open.into_iter()
                .for_each(|stay| end(&mut stay.own, seq, leaving));
            for stay in all.iter_mut().filter(own) {
                if stay.any.over.is_none() {
                    end(&mut stay.any, seq, leaving);
                }
            }
        }
        Membership::Asking | Membership::Refused => {}
    }
}

fn end(end: &mut End, seq: u64, leaving: bool) {
    end.leaving |= leaving;
    end.over = end.over.or(Some(seq));
}

fn close(all: &mut [Stay<'_>], seq: u64, is_closed: impl Fn(Who<'_>) -> bool) {
    for stay in all {
        if is_closed(stay.who) && stay.own.over.is_none() {
            end(&mut stay.own, seq, true);
            end(&mut stay.any, seq, true);
            stay.closed = true;
        }
    }
}
