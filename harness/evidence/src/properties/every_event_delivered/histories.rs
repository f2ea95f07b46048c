//! Actions that somebody who joins later must get too.

use std::collections::{BTreeMap, VecDeque};

use crate::audience::Later;
use crate::hashing::Map;
use crate::judge::{DeclaredAction, GroupId, MemberId, PlaceId, PlaceIds, SessionId, UserId};
use crate::marker::Marker;
use crate::name::ActionId;

/// How many such actions are known. Of older ones nobody who joins is owed anything.
const KEPT: usize = 1000;

/// The latest actions that must come again, by marker.
#[derive(Default)]
pub(super) struct Histories {
    actions: Map<u64, PastAction>,
    latest: VecDeque<u64>,
}

/// An action that must come again.
pub(super) struct PastAction {
    pub(super) marker: Marker,
    pub(super) user: Option<UserId>,
    /// Which of its events must come again.
    events: Vec<String>,
    pub(super) confirmed: Option<Confirmation>,
    arrivals: Vec<Arrivals>,
}

/// What is known of an action when it is confirmed.
pub(super) struct Confirmation {
    pub(super) action: ActionId,
    /// The line.
    pub(super) seq: u64,
    /// How many of each event come.
    pub(super) yields: Vec<(String, u64)>,
}

/// What came to a tab since it was opened, or since it asked to join.
struct Arrivals {
    tab: PlaceIds,
    event: String,
    count: u64,
}

impl Histories {
    pub(super) fn is_empty(&self) -> bool {
        self.latest.is_empty()
    }

    /// An action is sent; what somebody who joins later gets of it too is known from here on.
    pub(super) fn send(&mut self, marker: &Marker, declared: &DeclaredAction) {
        let again = declared.events.iter();
        let again = again.filter(|(_, event)| event.later == Later::Must);
        let events: Vec<String> = again.map(|(name, _)| name.clone()).collect();
        if events.is_empty() {
            return;
        }
        let past = PastAction {
            marker: marker.clone(),
            user: declared.user,
            events,
            confirmed: None,
            arrivals: Vec::new(),
        };
        if self.actions.insert(marker.key(), past).is_none() {
            self.latest.push_back(marker.key());
        }
        if self.latest.len() > KEPT
            && let Some(oldest) = self.latest.pop_front()
        {
            self.actions.remove(&oldest);
        }
    }

    /// An action is confirmed.
    pub(super) fn confirm(
        &mut self,
        marker: &Marker,
        (action, seq): (&ActionId, u64),
        yields: &BTreeMap<String, u64>,
    ) {
        if let Some(past) = self.actions.get_mut(&marker.key()) {
            let yields = yields.iter();
            let again = yields.filter(|(event, _)| past.events.contains(*event));
            past.confirmed = Some(Confirmation {
                action: action.clone(),
                seq,
                yields: again.map(|(event, due)| (event.clone(), *due)).collect(),
            });
        }
    }

    /// The actions that are confirmed, by when they were sent.
    pub(super) fn all(&self) -> impl Iterator<Item = (&PastAction, &Confirmation)> {
        let past = self.latest.iter().filter_map(|key| self.actions.get(key));
        past.filter_map(|past| Some((past, past.confirmed.as_ref()?)))
    }

    pub(super) fn receive(&mut self, tab: PlaceIds, event: &str, key: u64) {
        let Some(past) = self.actions.get_mut(&key) else {
            return;
        };
        if !past.events.iter().any(|name| name == event) {
            return;
        }
        let mut known = past.arrivals.iter_mut();
        match known.find(|known| known.tab.place == tab.place && known.event == event) {
            Some(known) => known.count += 1,
            None => past.arrivals.push(Arrivals {
                tab,
                event: event.to_owned(),
                count: 1,
            }),
        }
    }

    /// A tab is closed: what comes to it next comes again.
    pub(super) fn close(&mut self, tab: PlaceId) {
        for past in self.actions.values_mut() {
            past.arrivals.retain(|arrivals| arrivals.tab.place != tab);
        }
    }

    /// All tabs of a session are closed.
    pub(super) fn end_session(&mut self, session: SessionId) {
        for past in self.actions.values_mut() {
            past.arrivals
                .retain(|arrivals| arrivals.tab.session != session);
        }
    }

    /// A member asks to join a group: what comes to it next of the group comes again.
    pub(super) fn ask<'a>(
        &mut self,
        member: MemberId,
        group: GroupId,
        declared: impl Fn(u64) -> Option<&'a DeclaredAction>,
    ) {
        for (key, past) in &mut self.actions {
            past.arrivals.retain(|arrivals| {
                let action = declared(*key);
                let to = action.and_then(|action| action.events.get(&arrivals.event));
                let is_of_group = to.is_some_and(|event| event.to.groups().any(|own| own == group));
                !is_of_group || !member.covers(arrivals.tab)
            });
        }
    }

    /// It was stopped: nobody knows what it would have made.
    pub(super) fn stop(&mut self, user: Option<UserId>, action: &ActionId) {
        self.actions
            .retain(|_, past| past.user != user || !past.is_of(action));
        let actions = &self.actions;
        self.latest.retain(|key| actions.contains_key(key));
    }
}

impl PastAction {
    fn is_of(&self, action: &ActionId) -> bool {
        let confirmed = self.confirmed.as_ref();
        confirmed.is_some_and(|confirmed| confirmed.action == *action)
    }

    /// How many of an event came to a tab.
    pub(super) fn came(&self, tab: PlaceId, event: &str) -> u64 {
        let mut arrivals = self.arrivals.iter();
        let own = arrivals.find(|own| own.tab.place == tab && own.event == event);
        own.map_or(0, |own| own.count)
    }
}
