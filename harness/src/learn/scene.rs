//! What was sent in a run, who was there, and who got what.

use std::collections::{BTreeMap, BTreeSet};

use evidence::{Doing, Marker, Meant, Observation, Place, Scope, Secrecy, What};
use targets::Target;

use super::groups::{Belongs, Groups};
use super::stands::Stands;

/// The most actions of which it is known who was there. Of a later one nobody is said to have missed anything.
const KNOWN: usize = 10_000;

/// A run, as far as its history has come.
#[derive(Debug, Default)]
pub(super) struct Scene {
    pub(super) groups: Groups,
    sent: Vec<Sent>,
    by_marker: BTreeMap<String, usize>,
    /// By a text of another shape than a marker's.
    by_value: BTreeMap<String, usize>,
    /// The latest action that makes this event without a text.
    unmarked: BTreeMap<String, usize>,
    tabs: BTreeSet<Place>,
    /// How many actions had been sent when the run last settled: who left later missed nothing of them.
    settled: usize,
}

/// An action that was sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) doing: Option<Doing>,
    pub(super) acting: Place,
    pub(super) is_refused: bool,
    /// The line of its confirmation.
    confirmed: Option<u64>,
    /// The tabs that were open from its sending until the run had settled, and how each stood to it.
    there: BTreeMap<Place, Stands>,
    /// Who got which of its events.
    got: BTreeMap<String, BTreeSet<Place>>,
}

impl Scene {
    /// Looks at the next line.
    pub(super) fn see(&mut self, seen: &Observation, target: &Target) {
        let place = &seen.place;
        match &seen.what {
            What::Settled { .. } if place.user.is_none() => self.settled = self.sent.len(),
            What::Joined { .. } => _ = self.tabs.insert(place.clone()),
            What::Left { by_server } => {
                self.leave(place);
                if by_server.is_none() {
                    self.groups.close(place);
                }
            }
            What::SessionEnded => {
                let of_session = |tab: &&Place| tab.session == place.session;
                let ended: Vec<Place> = self.tabs.iter().filter(of_session).cloned().collect();
                for tab in ended {
                    self.leave(&tab);
                    self.groups.close(&tab);
                }
            }
            What::Sent {
                marker,
                events,
                acting,
                doing,
                ..
            } => {
                let acting = acting.as_deref().unwrap_or(place);
                self.send(marker, events, (acting, doing.as_deref()), target);
            }
            What::Confirmed { marker, .. } => {
                if let Some(sent) = self.of_marker(marker) {
                    sent.confirmed.get_or_insert(seen.seq);
                }
            }
            What::Refused {
                marker: Some(marker),
                ..
            } => {
                if let Some(sent) = self.of_marker(marker) {
                    sent.is_refused = true;
                }
            }
            What::Secret {
                value,
                is: Secrecy::Seen,
                ..
            } => {
                // A text of another shape is named right after its action was sent.
                let last = self.sent.len().checked_sub(1);
                let own = last.filter(|last| self.sent[*last].acting.session == place.session);
                if let Some(at) = own {
                    self.by_value.entry(value.clone()).or_insert(at);
                }
            }
            What::Member {
                group,
                who,
                is,
                closed: false,
            } => self.groups.see(group, (place, *who), *is, seen.seq),
            What::Received { event, frame, .. } => self.receive(event, frame, place),
            _ => {}
        }
    }

    fn send(
        &mut self,
        marker: &Marker,
        events: &BTreeMap<String, Meant>,
        (acting, doing): (&Place, Option<&Doing>),
        target: &Target,
    ) {
        let at = self.sent.len();
        let mut sent = Sent {
            doing: doing.cloned(),
            acting: acting.clone(),
            is_refused: false,
            confirmed: None,
            there: BTreeMap::new(),
            got: BTreeMap::new(),
        };
        if at < KNOWN {
            let there = self.tabs.iter();
            let there = there.map(|tab| (tab.clone(), self.stands(tab, &sent, target)));
            sent.there = there.collect();
        }
        self.sent.push(sent);
        self.by_marker.insert(marker.as_str().to_owned(), at);
        for (event, meant) in events {
            if meant.unmarked {
                self.unmarked.insert(event.clone(), at);
            }
        }
    }

    /// A tab that is gone missed nothing.
    fn leave(&mut self, tab: &Place) {
        if self.tabs.remove(tab) {
            let unsettled = self.sent.iter_mut().skip(self.settled);
            unsettled.for_each(|sent| _ = sent.there.remove(tab));
        }
    }

    fn receive(&mut self, event: &str, frame: &str, place: &Place) {
        let markers = Marker::find_all(frame.as_bytes());
        let marked = markers.filter_map(|marker| self.by_marker.get(marker.as_str()).copied());
        let all: Vec<usize> = marked.chain(self.unmarked.get(event).copied()).collect();
        for at in all {
            let got = self.sent[at].got.entry(event.to_owned()).or_default();
            got.insert(place.clone());
        }
    }

    fn of_marker(&mut self, marker: &Marker) -> Option<&mut Sent> {
        let at = self.by_marker.get(marker.as_str())?;
        self.sent.get_mut(*at)
    }

    /// The action of which a finding's words tell: by its marker, by a text of another shape, or by an event without one.
    pub(super) fn told(&self, words: &str, event: Option<&str>) -> Option<usize> {
        let marker = Marker::find_all(words.as_bytes()).next();
        let marked = marker.and_then(|marker| self.by_marker.get(marker.as_str()));
        let quoted = words.split('`').nth(1);
        let at = marked
            .or_else(|| self.by_value.get(quoted?))
            .or_else(|| self.unmarked.get(event?));
        at.copied()
    }

    /// An action by its number.
    pub(super) fn sent(&self, number: usize) -> Option<&Sent> {
        self.sent.get(number)
    }

    /// How a place stands to an action, now.
    pub(super) fn stands(&self, place: &Place, sent: &Sent, target: &Target) -> Stands {
        let near = Stands::of(place, &sent.acting);
        let doing = sent.doing.as_ref();
        let action = doing.and_then(|doing| target.action(&doing.action));
        let (Stands::Other, Some(doing), Some(action)) = (&near, doing, action) else {
            return near;
        };
        if let Some(named) = Stands::named(place, &doing.names, action) {
            return named;
        }
        let groups = doing.names.iter().filter_map(|(name, scope)| match scope {
            Scope::Group(group) => Some((name, self.groups.belongs(group, place))),
            _ => None,
        });
        let mut all = groups.filter_map(|(name, belongs)| match belongs {
            Belongs::Since(line) if sent.confirmed.is_some_and(|at| line >= at) => {
                Some(Stands::Late(name.clone()))
            }
            Belongs::Since(_) => Some(Stands::Member(name.clone())),
            Belongs::Gone => Some(Stands::Gone(name.clone())),
            Belongs::Never => None,
        });
        all.next().unwrap_or(near)
    }

    /// Whether somebody who was there did not get this event of an action, though others got it who stand like this.
    pub(super) fn is_missed(&self, action: &str, event: &str, stands: &Stands) -> bool {
        let of_action = self.sent.iter().filter(|sent| {
            let doing = sent.doing.as_ref();
            sent.confirmed.is_some() && doing.is_some_and(|doing| doing.action == action)
        });
        of_action.into_iter().any(|sent| {
            let got = sent.got.get(event);
            let missed = |place: &Place| got.is_none_or(|got| !got.contains(place));
            let mut there = sent.there.iter();
            there.any(|(place, at)| missed(place) && stands.reaches(at))
        })
    }
}
