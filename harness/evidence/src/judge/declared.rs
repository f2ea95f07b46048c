//! What was meant for whom: the actions whose audience is declared, the memberships, and the values of the server.
//!
//! All judges share it. It has seen the line that they are shown.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use super::action::{ActionAnswer, DeclaredAction, MeantEvent, Yields};
use super::ids::{PlaceId, PlaceIds, Places, UserId};
use super::members::{Answer, MemberId, Members};
use super::reach::Reach;
use super::recent::Recent;
use super::secrets::Secrets;
use super::sight::{Ground, Sight};
use crate::audience::{Audience, Meant};
use crate::hashing::{Map, Set};
use crate::marker::Marker;
use crate::membership::Membership;
use crate::name::UserName;
use crate::observation::{Observation, What};

/// How many actions without a text one event's name may have at once. With more, events of this name are not judged.
const UNMARKED: usize = 1000;

/// Everything that is declared.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) members: Members,
    pub(crate) secrets: Secrets,
    actions: Recent<DeclaredAction>,
    is_any: bool,
    /// Users of whom an action is no longer known.
    forgotten: Set<Option<UserId>>,
    /// For an event without a text, the actions that may have made it since the run last settled.
    unmarked: BTreeMap<String, Unmarked>,
    settles: bool,
    /// The line in which each tab was last opened, and each member last asked to join a group.
    opened: Map<PlaceId, u64>,
    asked: Map<MemberId, u64>,
    /// What was decided in this line.
    decided: Vec<(Ground, Answer)>,
}

/// The open actions of an event without a text.
#[derive(Debug, Default)]
struct Unmarked {
    keys: VecDeque<u64>,
    is_crowded: bool,
}

impl Declared {
    /// Looks at the next line.
    pub(crate) fn see(&mut self, seen: &Observation, place: PlaceIds, places: &mut Places) {
        self.secrets.begin();
        if !self.decided.is_empty() {
            self.decided.clear();
        }
        if std::mem::take(&mut self.settles) {
            let unmarked = self.unmarked.values_mut();
            unmarked.for_each(|unmarked| *unmarked = Unmarked::default());
        }
        // Most lines are deliveries, which declare nothing.
        if !matches!(seen.what, What::Received { .. } | What::Answered { .. }) {
            self.learn(seen, place, places);
        }
    }

    fn learn(&mut self, seen: &Observation, place: PlaceIds, places: &mut Places) {
        match &seen.what {
            What::Joined { .. } => _ = self.opened.insert(place.place, seen.seq),
            What::Member {
                who,
                is: Membership::Asking,
                ..
            } => _ = self.asked.insert(MemberId::of(*who, place), seen.seq),
            _ => {}
        }
        match &seen.what {
            What::Sent {
                to: None, events, ..
            } if events.is_empty() => {}
            What::Sent {
                marker,
                to,
                events,
                unmarked,
                acting,
                ..
            } => {
                let acting = acting.as_ref().map_or(place, |acting| places.ids(acting));
                let of_sender = || Reach::of_sender(place);
                let action = DeclaredAction {
                    marker: marker.clone(),
                    user: place.user,
                    acting,
                    sent: seen.seq,
                    answer: ActionAnswer::Open,
                    is_unmarked: *unmarked,
                    to: to
                        .as_ref()
                        .map_or_else(of_sender, |to| Reach::of(to, places, &mut self.members)),
                    events: self.meant(events, places),
                };
                self.sent(action);
            }
            What::Confirmed {
                marker,
                yields,
                exact,
                ..
            } => {
                let yields = || Yields {
                    due: yields.clone(),
                    exact: exact.clone(),
                };
                self.answered(marker, |open| {
                    open.then(|| ActionAnswer::Confirmed(seen.seq, yields()))
                });
            }
            What::Unanswered { marker } => {
                self.answered(marker, |open| open.then_some(ActionAnswer::Unanswered));
            }
            What::Refused {
                marker: Some(marker),
                ..
            } => self.answered(marker, |_| Some(ActionAnswer::Refused)),
            What::Settled {
                unsettled: None, ..
            } => self.settles = place.user.is_none(),
            What::Secret { value, to, is } => {
                self.is_any = true;
                let reach = Reach::of(to, places, &mut self.members);
                self.secrets.see(value, reach, *is, seen.seq, &seen.place);
            }
            what => {
                let decided = &mut self.decided;
                self.members
                    .see(place, seen.seq, what, &mut |line, answer| {
                        decided.push((Ground::Membership(line), answer));
                    });
            }
        }
    }

    fn meant(
        &mut self,
        events: &BTreeMap<String, Meant>,
        places: &mut Places,
    ) -> BTreeMap<String, MeantEvent> {
        let mut reach = |to: &Audience| Reach::of(to, places, &mut self.members);
        let events = events.iter().map(|(event, meant)| {
            let meant = MeantEvent {
                to: reach(&meant.to),
                later: meant.history,
                per_join: meant.per_join,
                is_unmarked: meant.unmarked,
            };
            (event.clone(), meant)
        });
        events.collect()
    }

    fn sent(&mut self, action: DeclaredAction) {
        self.is_any = true;
        let key = action.marker.key();
        for event in action.events.keys() {
            if action.is_unmarked(event) {
                let unmarked = self.unmarked.entry(event.clone()).or_default();
                unmarked.keys.push_back(key);
                if unmarked.keys.len() > UNMARKED {
                    unmarked.keys.pop_front();
                    unmarked.is_crowded = true;
                }
            }
        }
        if let Some(oldest) = self.actions.insert(action.user, key, action) {
            self.forgotten.insert(oldest.user);
            let ground = Ground::Action(oldest.marker.key());
            self.decided.push((ground, Answer::Good));
        }
    }

    /// An action is answered, if it was not confirmed or refused before. `answer` is told whether it was still open.
    fn answered(&mut self, marker: &Marker, answer: impl FnOnce(bool) -> Option<ActionAnswer>) {
        let Some(action) = self.actions.get_mut(marker.key()) else {
            return;
        };
        let open = action.answer == ActionAnswer::Open;
        if !open && action.answer != ActionAnswer::Unanswered {
            return;
        }
        let Some(answer) = answer(open) else { return };
        let decided = match answer {
            ActionAnswer::Refused => Answer::Refused,
            _ => Answer::Good,
        };
        action.answer = answer;
        self.decided.push((Ground::Action(marker.key()), decided));
    }

    /// Whether a tab was opened, or a member of it asked to join a group, after this line.
    pub(crate) fn joined_since(&self, place: PlaceIds, line: u64) -> bool {
        let asked = self.asked.iter().filter(|(member, _)| member.covers(place));
        let opened = self.opened.get(&place.place);
        opened
            .into_iter()
            .chain(asked.map(|(_, asked)| asked))
            .any(|last| *last > line)
    }

    /// Whether anything was declared.
    pub(crate) const fn is_any(&self) -> bool {
        self.is_any
    }

    /// What was decided in this line.
    pub(crate) fn decided(&self) -> &[(Ground, Answer)] {
        &self.decided
    }

    /// The action with the marker of this key, if its audience is declared.
    pub(crate) fn action(&self, key: u64) -> Option<&DeclaredAction> {
        self.actions.get(key)
    }

    /// Whether an action of this user is no longer known.
    pub(crate) fn has_forgotten_of(&self, user: Option<&UserName>, places: &Places) -> bool {
        !self.forgotten.is_empty()
            && user.is_some_and(|user| self.forgotten.contains(&places.known_user(user)))
    }

    /// Whether an action has said that an event of this name carries no marker.
    pub(crate) fn is_unmarked(&self, event: &str) -> bool {
        self.unmarked.contains_key(event)
    }

    /// The actions that may have made an event of this name without a marker, if they are all known.
    pub(crate) fn unmarked(&self, event: &str) -> Option<impl Iterator<Item = &DeclaredAction>> {
        let unmarked = self.unmarked.get(event)?;
        let keys = (!unmarked.is_crowded).then_some(unmarked.keys.iter())?;
        let known = keys.filter_map(|key| self.actions.get(*key));
        Some(known.filter(|action| action.answer != ActionAnswer::Refused))
    }

    /// Why this place may see an event of this name without a marker; `None` if that is not judged.
    pub(crate) fn may_see_unmarked(&self, event: &str, place: PlaceIds) -> Option<Sight> {
        let mut sight = Sight::default();
        for action in self.unmarked(event)? {
            sight.or(action.may_get(&self.members, event, place));
        }
        Some(sight)
    }
}
