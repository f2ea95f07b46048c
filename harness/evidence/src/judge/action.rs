//! An action whose audience is declared, and how it was answered.

use std::collections::{BTreeMap, BTreeSet};

use super::ids::{PlaceIds, UserId};
use super::members::{GroupId, MemberId, Members, Sending};
use super::reach::{Claim, Reach};
use super::sight::{Ground, Sight};
use crate::audience::Later;
use crate::marker::Marker;
use crate::membership::Member;
use crate::observation::OTHERWISE;

/// An action whose audience is declared.
#[derive(Debug)]
pub(crate) struct DeclaredAction {
    pub(crate) marker: Marker,
    /// The user who sent it.
    pub(crate) user: Option<UserId>,
    /// The place that acts.
    pub(crate) acting: PlaceIds,
    /// The line of its sending.
    pub(crate) sent: u64,
    pub(crate) answer: ActionAnswer,
    /// The marker stands in none of its texts.
    pub(crate) is_unmarked: bool,
    /// Whom it is meant for where no event says.
    pub(crate) to: Reach,
    pub(crate) events: BTreeMap<String, MeantEvent>,
}

/// How an action was answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ActionAnswer {
    /// Not yet.
    Open,
    /// In this line.
    Confirmed(u64, Yields),
    Refused,
    /// Nobody knows whether it happened.
    Unanswered,
}

/// How many of each event come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Yields {
    pub(crate) due: BTreeMap<String, u64>,
    pub(crate) exact: BTreeSet<String>,
}

/// An event of an action, and whom it is meant for.
#[derive(Debug)]
pub(crate) struct MeantEvent {
    pub(crate) to: Reach,
    pub(crate) later: Later,
    pub(crate) per_join: bool,
    pub(crate) is_unmarked: bool,
}

impl DeclaredAction {
    fn acts_at(&self, place: PlaceIds) -> bool {
        MemberId::of(Member::Tab, self.acting).covers(place)
    }

    fn sending(&self, later: Later) -> Sending {
        let confirmed = match (&self.answer, later) {
            (ActionAnswer::Confirmed(line, _), Later::None) => Some(*line),
            _ => None,
        };
        Sending {
            sent: self.sent,
            confirmed,
        }
    }

    /// Why this place may see its marker: in an event of this name, or in anything else.
    ///
    /// Events that carry no marker free none: who may get them may not see what they do not show.
    pub(crate) fn may_see(&self, members: &Members, event: Option<&str>, place: PlaceIds) -> Sight {
        let marked = || self.events.values().filter(|event| !event.is_unmarked);
        // What is not as `where` says is for nobody else.
        let event = match event.and_then(|event| event.strip_suffix(OTHERWISE)) {
            Some(own) if !self.acts_at(place) => Some(own),
            _ => event,
        };
        let event = event.and_then(|event| self.events.get(event));
        self.may(
            members,
            event.filter(|event| !event.is_unmarked),
            place,
            marked,
        )
    }

    /// Why this place may get an event of this name that carries no marker.
    pub(crate) fn may_get(&self, members: &Members, event: &str, place: PlaceIds) -> Sight {
        self.may(members, self.events.get(event), place, || {
            self.events.values()
        })
    }

    /// Whether this place would see its marker only by a leak. Where an event is for everybody, that is who may not see
    /// another of its events: what is private beside it can still leak.
    pub(crate) fn is_foreign_to(&self, members: &Members, place: PlaceIds) -> bool {
        let mut marked = self.events.iter().filter(|(_, event)| !event.is_unmarked);
        self.may_see(members, None, place).is_never()
            || (marked.clone().any(|(_, event)| event.to.is_for_all())
                && marked.any(|(name, _)| self.may_see(members, Some(name), place).is_never()))
    }

    fn may<'a, E: Iterator<Item = &'a MeantEvent>>(
        &'a self,
        members: &Members,
        event: Option<&'a MeantEvent>,
        place: PlaceIds,
        others: impl FnOnce() -> E,
    ) -> Sight {
        let acts = self.acts_at(place);
        if self.answer == ActionAnswer::Refused {
            return if acts {
                Sight::free()
            } else {
                Sight::default()
            };
        }
        let of_event = |event: &MeantEvent| {
            let sending = self.sending(event.later);
            event.to.may(members, place, event.per_join, sending)
        };
        let mut sight = match event {
            Some(event) => of_event(event),
            None if acts => Sight::free(),
            None => {
                let mut sight = self
                    .to
                    .may(members, place, false, self.sending(Later::None));
                others().for_each(|event| sight.or(of_event(event)));
                sight
            }
        };
        if self.answer == ActionAnswer::Open && !acts {
            sight.rests_on(Ground::Action(self.marker.key()));
        }
        sight
    }

    /// What this place must get of an event of this name; `later` if the place joined after it was sent.
    pub(crate) fn must_see(
        &self,
        members: &Members,
        event: &str,
        place: PlaceIds,
        later: bool,
    ) -> Claim {
        match self.events.get(event) {
            Some(event) => event
                .to
                .must(members, place, event.per_join, self.sent, later),
            None => self.to.must(members, place, false, self.sent, later),
        }
    }

    /// The most times that an event of this name, which comes once, may come to this place.
    pub(crate) fn most(&self, members: &Members, event: &str, place: PlaceIds) -> u64 {
        self.events.get(event).map_or(1, |event| {
            let sending = self.sending(event.later);
            event.to.most(members, place, event.per_join, sending)
        })
    }

    /// Whether one of its texts is for this place, which is in these groups. Where it has events, `to` is for what is
    /// none of them, and nobody knows whether there is any.
    pub(crate) fn is_for(&self, place: PlaceIds, is_in: &impl Fn(GroupId) -> bool) -> bool {
        let events = self.events.values().filter(|event| !event.is_unmarked);
        let events = events.map(|event| &event.to);
        let to = Some(&self.to).filter(|_| self.events.is_empty());
        let mut meant = events.chain(to);
        !self.is_unmarked && meant.any(|reach| reach.is_for(place, is_in))
    }

    /// Whether somebody who joins later gets an event of this name too.
    pub(crate) fn has_history(&self, event: &str) -> bool {
        let event = self.events.get(event);
        event.is_some_and(|event| event.later != Later::None)
    }

    /// Whether an event of this name carries no marker.
    pub(crate) fn is_unmarked(&self, event: &str) -> bool {
        let own = self.events.get(event);
        self.is_unmarked || own.is_some_and(|event| event.is_unmarked)
    }

    /// The groups that it is meant for, in any of its events.
    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupId> {
        let events = self.events.values().flat_map(|event| event.to.groups());
        self.to.groups().chain(events)
    }
}
