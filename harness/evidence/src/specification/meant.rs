//! What was meant for whom, by the lines until now.

use std::collections::BTreeMap;

use super::memberships::{Stay, Who, refused, stays};
use crate::audience::{Audience, Later, Meant, Scope};
use crate::judge::{are_two_users, is_unguessable, mixed};
use crate::marker::Marker;
use crate::membership::Member;
use crate::observation::{OTHERWISE, Observation, Secrecy, What};
use crate::place::Place;

/// The least letters of a value that is searched for.
const SHORTEST: usize = 8;

/// The lines until now, with the one that is looked at.
#[derive(Clone, Copy)]
pub(super) struct Known<'a>(pub(super) &'a [Observation]);

/// The sending of an action whose audience is declared.
#[derive(Clone, Copy)]
pub(super) struct Sending<'a> {
    pub(super) line: &'a Observation,
    pub(super) marker: &'a Marker,
    to: Option<&'a Audience>,
    pub(super) events: &'a BTreeMap<String, Meant>,
    pub(super) unmarked: bool,
    pub(super) acting: &'a Place,
}

/// How an action was answered.
#[derive(Clone, Copy)]
pub(super) enum Answered<'a> {
    Not,
    Confirmed(&'a Observation),
    Refused(u64),
    Unanswered,
}

/// What may still be refused: an action, or the membership in a group that was asked for in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    Action(Marker),
    Membership(String, u64),
}

/// Why a place may see something. It may not if there is no reason.
pub(super) type Reasons = Vec<Vec<Ground>>;

/// What a place must get: how many times, and for which groups, if not anyway.
pub(super) type Claim = (u64, Vec<String>);

impl<'a> Known<'a> {
    pub(super) fn sendings(self) -> impl Iterator<Item = Sending<'a>> {
        self.0.iter().filter_map(|line| match &line.what {
            What::Sent {
                marker,
                to,
                events,
                unmarked,
                acting,
                ..
            } if to.is_some() || !events.is_empty() => Some(Sending {
                line,
                marker,
                to: to.as_ref(),
                events,
                unmarked: *unmarked,
                acting: acting.as_deref().unwrap_or(&line.place),
            }),
            _ => None,
        })
    }

    /// The declared action with this marker.
    pub(super) fn sending(self, marker: &Marker) -> Option<Sending<'a>> {
        self.sendings().find(|sending| sending.marker == marker)
    }

    /// Whether anything was declared.
    pub(super) fn is_any(self) -> bool {
        let mut lines = self.0.iter();
        self.sendings().next().is_some()
            || lines.any(|line| matches!(line.what, What::Secret { .. }))
    }

    pub(super) fn answer(self, sending: Sending<'a>) -> Answered<'a> {
        let mut answer = Answered::Not;
        for line in self.0.iter().filter(|line| line.seq > sending.line.seq) {
            answer = match (answer, &line.what) {
                (Answered::Not, What::Confirmed { marker, .. }) if marker == sending.marker => {
                    Answered::Confirmed(line)
                }
                (Answered::Not, What::Unanswered { marker }) if marker == sending.marker => {
                    Answered::Unanswered
                }
                (
                    Answered::Not | Answered::Unanswered,
                    What::Refused {
                        marker: Some(marker),
                        ..
                    },
                ) if marker == sending.marker => Answered::Refused(line.seq),
                (answer, _) => answer,
            };
        }
        answer
    }

    fn confirmed(self, sending: Sending<'a>) -> Option<u64> {
        match self.answer(sending) {
            Answered::Confirmed(line) => Some(line.seq),
            _ => None,
        }
    }

    /// Why a place may see an action's marker, in this event or in something else. What carries no marker frees none.
    pub(super) fn may_see(
        self,
        sending: Sending<'a>,
        event: Option<&str>,
        place: &Place,
    ) -> Reasons {
        let marked = |meant: &&Meant| !meant.unmarked;
        let acts = Who::of(Member::Tab, sending.acting).has(place);
        let event = match event.and_then(|event| event.strip_suffix(OTHERWISE)) {
            Some(own) if !acts => Some(own),
            _ => event,
        };
        let event = event.and_then(|event| sending.events.get(event));
        let others = sending.events.values().filter(marked);
        self.reasons(sending, event.filter(marked), place, others)
    }

    /// Why a place may get an event of an action that carries no marker.
    pub(super) fn may_get(self, sending: Sending<'a>, event: &str, place: &Place) -> Reasons {
        let others = sending.events.values();
        self.reasons(sending, sending.events.get(event), place, others)
    }

    fn reasons(
        self,
        sending: Sending<'a>,
        event: Option<&Meant>,
        place: &Place,
        others: impl Iterator<Item = &'a Meant>,
    ) -> Reasons {
        let acts = Who::of(Member::Tab, sending.acting).has(place);
        if let Answered::Refused(_) = self.answer(sending) {
            return if acts { vec![Vec::new()] } else { Vec::new() };
        }
        let sent = sending.line.seq;
        let of_event = |meant: &Meant| {
            let until = match meant.history {
                Later::None => self.confirmed(sending),
                _ => None,
            };
            self.may(&meant.to, place, meant.per_join, (sent, until))
        };
        let mut reasons = match event {
            Some(meant) => of_event(meant),
            None if acts => vec![Vec::new()],
            None => {
                let to = sending.audience();
                let own = self.may(&to, place, false, (sent, self.confirmed(sending)));
                own.into_iter().chain(others.flat_map(of_event)).collect()
            }
        };
        if let (Answered::Not, false) = (self.answer(sending), acts) {
            let ground = Ground::Action(sending.marker.clone());
            reasons
                .iter_mut()
                .for_each(|reason| reason.push(ground.clone()));
        }
        reasons
    }

    fn may(
        self,
        to: &Audience,
        place: &Place,
        per_join: bool,
        (sent, until): (u64, Option<u64>),
    ) -> Reasons {
        let surely = |scope: &Scope| match scope {
            Scope::Group(group) => self.firm(group, place, per_join, sent, false) > 0,
            scope => has(scope, place),
        };
        if to.but.iter().any(surely) {
            return Vec::new();
        }
        let mut reasons = Vec::new();
        for scope in &to.any {
            if let Scope::Group(group) = scope {
                for stay in self.meeting(group, place, per_join, (sent, until)) {
                    reasons.push(match (stay.joined, stay.own.over) {
                        (None, None) => vec![Ground::Membership(group.clone(), stay.line)],
                        _ => Vec::new(),
                    });
                }
            } else if has(scope, place) {
                reasons.push(Vec::new());
            }
        }
        reasons
    }

    /// The memberships of a place that overlap the time of a sending.
    fn meeting(
        self,
        group: &str,
        place: &Place,
        per_join: bool,
        (sent, until): (u64, Option<u64>),
    ) -> Vec<Stay<'a>> {
        let mut own = stays(self.0, group);
        own.retain(|stay| {
            stay.who.has(place)
                && until.is_none_or(|until| stay.asked < until)
                && stay.end(per_join).over.is_none_or(|over| over > sent)
        });
        own
    }

    /// How many memberships of a place were confirmed, and not left.
    pub(super) fn firm(
        self,
        group: &str,
        place: &Place,
        per_join: bool,
        sent: u64,
        later: bool,
    ) -> u64 {
        let own = stays(self.0, group).into_iter().filter(|stay| {
            let end = stay.end(per_join);
            let joined = stay.joined.is_some_and(|joined| later || joined < sent);
            let is_member = joined && !end.leaving && end.over.is_none_or(|over| over > sent);
            is_member && stay.who.has(place)
        });
        own.count() as u64
    }

    /// What a place must get of an action's event.
    pub(super) fn must_see(
        self,
        sending: Sending<'a>,
        event: &str,
        place: &Place,
        later: bool,
    ) -> Claim {
        let (to, per_join) = match sending.events.get(event) {
            Some(meant) => (meant.to.clone(), meant.per_join),
            None => (sending.audience(), false),
        };
        let sent = sending.line.seq;
        let perhaps = |scope: &Scope| match scope {
            Scope::Group(group) => !self
                .meeting(group, place, per_join, (sent, None))
                .is_empty(),
            scope => has(scope, place),
        };
        if to.but.iter().any(perhaps) {
            return (0, Vec::new());
        }
        let (mut times, mut groups, mut anyway) = (0, Vec::new(), false);
        for scope in &to.any {
            if let Scope::Group(group) = scope {
                let firm = self.firm(group, place, per_join, sent, later);
                if firm > 0 {
                    times += firm;
                    groups.push(group.clone());
                }
            } else {
                anyway |= has(scope, place);
            }
        }
        if anyway {
            times = times.max(1);
            groups.clear();
        }
        (if per_join { times } else { times.min(1) }, groups)
    }

    /// The most times that an event, which comes once, may come to a place.
    pub(super) fn most(self, sending: Sending<'a>, event: &str, place: &Place) -> u64 {
        let Some(meant) = sending.events.get(event).filter(|meant| meant.per_join) else {
            return 1;
        };
        let until = match meant.history {
            Later::None => self.confirmed(sending),
            _ => None,
        };
        let sending = (sending.line.seq, until);
        let times = meant.to.any.iter().map(|scope| match scope {
            Scope::Group(group) => self.meeting(group, place, true, sending).len() as u64,
            scope => u64::from(has(scope, place)),
        });
        times.sum::<u64>().max(1)
    }

    /// Whether an action has said before that an event of this name has no marker.
    pub(super) fn is_unmarked(self, event: &str) -> bool {
        self.sendings().any(|sending| sending.is_unmarked(event))
    }

    /// The actions that may have made such an event since the run last settled before this line.
    pub(super) fn unmarked(self, event: &str) -> Vec<Sending<'a>> {
        let before = &self.0[..self.0.len() - 1];
        let settled = before.iter().rposition(is_settled);
        let since = settled.map_or(0, |at| before[at].seq);
        let open = self.sendings().filter(|sending| {
            let refused = matches!(self.answer(*sending), Answered::Refused(_));
            sending.line.seq > since && sending.is_unmarked(event) && !refused
        });
        open.collect()
    }

    /// Whom a value of the server is meant for, and the line in which it was first seen; `None` if it is not searched
    /// for.
    pub(super) fn secret(self, value: &str) -> Option<(&'a Audience, &'a Observation)> {
        if value.chars().count() < SHORTEST {
            return None;
        }
        let lines = self.0.iter().filter_map(|line| match &line.what {
            What::Secret { value: own, to, is } if own == value => Some((line, to, *is)),
            _ => None,
        });
        let lines: Vec<_> = lines.collect();
        let (line, to, _) = *lines.first()?;
        let is_its = |(other, own, is): &(&Observation, &Audience, Secrecy)| {
            let keeps = is_unguessable(value) && are_two_users(&line.place, &other.place);
            *is == Secrecy::Seen && (*own == to || keeps)
        };
        lines.iter().all(is_its).then_some((to, line))
    }

    /// Every value that was seen, by when, each once.
    pub(super) fn secrets(self) -> Vec<&'a str> {
        let mut values: Vec<&str> = Vec::new();
        for line in self.0 {
            if let What::Secret { value, .. } = &line.what
                && !values.contains(&value.as_str())
            {
                values.push(value);
            }
        }
        values
    }

    /// How many values are not searched for.
    pub(super) fn left_out(self) -> usize {
        let values = self.secrets().into_iter();
        let left_out = values.filter(|value| {
            let seen = self.seen(value);
            let is_short = value.chars().count() < SHORTEST && !seen.is_empty();
            is_short || self.second(&seen, value).is_some()
        });
        left_out.count()
    }

    /// Where a value was seen before it was free, and for whom: once it is free nothing is left out for it.
    fn seen(self, value: &str) -> Vec<(&'a Observation, &'a Audience)> {
        let of_it = self.0.iter().filter_map(|line| match &line.what {
            What::Secret { value: own, to, is } if own == value => Some((line, to, *is)),
            _ => None,
        });
        of_it
            .take_while(|(.., is)| *is == Secrecy::Seen)
            .map(|(line, to, _)| (line, to))
            .collect()
    }

    /// Where a value came for somebody else than at first, if it is no longer searched for after that.
    fn second(
        self,
        seen: &[(&'a Observation, &'a Audience)],
        value: &str,
    ) -> Option<&'a Observation> {
        let (first, to) = seen.first()?;
        let other = seen.iter().find(|(line, other)| {
            let keeps = is_unguessable(value) && are_two_users(&first.place, &line.place);
            other != to && !keeps
        });
        other.map(|(line, _)| *line)
    }

    /// Why nobody can tell whose the value of the last line is.
    pub(super) fn mixed(self) -> Option<String> {
        let line = self.0.last()?;
        let What::Secret { value, .. } = &line.what else {
            return None;
        };
        let seen = self.seen(value);
        let (first, _) = *seen.first()?;
        let is_news = self.second(&seen, value)?.seq == line.seq;
        let is_long = value.chars().count() >= SHORTEST;
        (is_news && is_long && are_two_users(&first.place, &line.place))
            .then(|| mixed(value, (&first.place, first.seq), (&line.place, line.seq)))
    }

    /// Why a place may see a value of the server.
    pub(super) fn may_see_secret(self, value: &str, place: &Place) -> Option<Reasons> {
        let (to, line) = self.secret(value)?;
        Some(self.may(to, place, false, (line.seq, None)))
    }

    /// Whether a tab was opened after this line, or a member of it asked to join a group.
    pub(super) fn joined_since(self, place: &Place, line: u64) -> bool {
        let later = self.0.iter().filter(|other| other.seq > line);
        let mut later = later.filter(|other| match &other.what {
            What::Joined { .. } => other.place == *place,
            What::Member {
                who,
                is: crate::Membership::Asking,
                ..
            } => Who::of(*who, &other.place).has(place),
            _ => false,
        });
        later.next().is_some()
    }
}

impl Sending<'_> {
    /// Whom it is meant for where no event says.
    pub(super) fn audience(&self) -> Audience {
        let place = &self.line.place;
        let of_sender = place
            .user
            .clone()
            .map_or_else(|| Scope::Session(place.clone()), Scope::User);
        self.to.cloned().unwrap_or_else(|| Audience::of(of_sender))
    }

    pub(super) fn is_unmarked(&self, event: &str) -> bool {
        let own = self.events.get(event);
        own.is_some_and(|own| self.unmarked || own.unmarked)
    }

    pub(super) fn has_history(&self, event: &str) -> bool {
        let own = self.events.get(event);
        own.is_some_and(|own| own.history != Later::None)
    }
}

/// Whether the whole run has settled in this line.
pub(super) fn is_settled(line: &Observation) -> bool {
    let settled = matches!(
        line.what,
        What::Settled {
            unsettled: None,
            ..
        }
    );
    settled && line.place.user.is_none()
}

/// Whether a place is in a scope, other than by being a member of a group.
pub(super) fn has(scope: &Scope, place: &Place) -> bool {
    match scope {
        Scope::Tab(tab) => Who::of(Member::Tab, tab).has(place),
        Scope::Session(session) => Who::of(Member::Session, session).has(place),
        Scope::User(user) => Who::User(user).has(place),
        Scope::Group(_) => false,
        Scope::Everyone => place.user.is_some(),
        Scope::Anybody => true,
    }
}

/// The line in which none of these reasons is left, if there is such a line.
pub(super) fn fallen(history: &[Observation], reasons: &Reasons) -> Option<u64> {
    let known = Known(history);
    let falls = |ground: &Ground| match ground {
        Ground::Membership(group, line) => refused(history, group, *line),
        Ground::Action(marker) => {
            let sending = known.sending(marker)?;
            // If nobody answered it, it may have happened, whatever is said later.
            let Answered::Refused(refused) = known.answer(sending) else {
                return None;
            };
            let mut before = history.iter().filter(|line| line.seq < refused);
            let unanswered = before.any(
                |line| matches!(&line.what, What::Unanswered { marker: own } if own == marker),
            );
            (!unanswered).then_some(refused)
        }
    };
    let mut last = 0;
    for reason in reasons {
        let first = reason.iter().filter_map(falls).min()?;
        last = last.max(first);
    }
    Some(last)
}
