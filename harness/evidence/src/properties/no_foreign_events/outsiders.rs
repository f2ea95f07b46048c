//! The chances to leak where audiences are declared: somebody outside, who was there.
//!
//! A marker, or a value of the server, had a chance to leak at each tab outside its audience that was open from its
//! sending until the run had settled, in each answer to somebody outside who asked after it was sent, and in each tab that
//! somebody outside opened after it. Where one event of an action is for everybody, outside is who may not get another of
//! its events.

use std::collections::VecDeque;

use crate::hashing::Map;
use crate::judge::{Exhibit, PlaceId, PlaceIds};
use crate::observation::{Secrecy, What};

/// How many sendings a run is asked about when it settles.
const LATEST: usize = 1000;

/// How many of them an answer is asked about. Who is outside is mostly outside the last one.
const ASKED: usize = 100;

/// Who was outside, and what they did.
#[derive(Default)]
pub(super) struct Outsiders {
    /// The open tabs, and the line that opened each.
    tabs: Map<PlaceId, (PlaceIds, u64)>,
    /// What was sent since the run last settled.
    unsettled: VecDeque<Sending>,
    /// What was sent last.
    latest: VecDeque<Sending>,
    chances: u64,
    has_acted: bool,
}

/// Something that was sent to an audience.
#[derive(Clone, Copy)]
struct Sending {
    what: Sent,
    line: u64,
    at_us: u64,
}

#[derive(Clone, Copy)]
enum Sent {
    Action(u64),
    Secret(usize),
}

impl Outsiders {
    pub(super) fn see(&mut self, exhibit: &Exhibit<'_>) {
        match exhibit.what {
            What::Joined {
                socketless: false, ..
            } => {
                // Whoever opens a page asks for all that it shows.
                self.asks(exhibit, exhibit.at_us.saturating_add(1));
                let tab = (exhibit.ids(), exhibit.seq);
                self.tabs.insert(exhibit.place_id, tab);
            }
            What::Left { .. } => _ = self.tabs.remove(&exhibit.place_id),
            What::SessionEnded => self
                .tabs
                .retain(|_, (place, _)| place.session != exhibit.session),
            What::Sent { marker, acting, .. } => self.acts(exhibit, marker.key(), acting.is_some()),
            What::Secret {
                value,
                is: Secrecy::Seen,
                ..
            } => {
                if let Some(number) = exhibit.declared.secrets.number(value) {
                    self.send(exhibit, Sent::Secret(number));
                }
            }
            What::Answered {
                asked_us: Some(asked_us),
                ..
            } => self.asks(exhibit, *asked_us),
            What::Settled {
                unsettled: None, ..
            } if exhibit.user.is_none() => self.settle(exhibit),
            _ => {}
        }
    }

    /// Somebody acts: perhaps somebody outside what was sent before.
    fn acts(&mut self, exhibit: &Exhibit<'_>, key: u64, is_elsewhere: bool) {
        let action = exhibit.declared.action(key);
        let place = match action {
            Some(action) if is_elsewhere => action.acting,
            _ => exhibit.ids(),
        };
        if !self.has_acted {
            self.has_acted = self.is_outside_any(exhibit, place, |_| true);
        }
        if action.is_some_and(|action| !action.is_unmarked) {
            self.send(exhibit, Sent::Action(key));
        }
    }

    fn send(&mut self, exhibit: &Exhibit<'_>, what: Sent) {
        let sending = Sending {
            what,
            line: exhibit.seq,
            at_us: exhibit.at_us,
        };
        for (kept, most) in [(&mut self.unsettled, LATEST), (&mut self.latest, ASKED)] {
            kept.push_back(sending);
            if kept.len() > most {
                kept.pop_front();
            }
        }
    }

    /// An answer to what was asked then.
    fn asks(&mut self, exhibit: &Exhibit<'_>, asked_us: u64) {
        let place = exhibit.ids();
        // An answer is no event: what anybody may see in one is no leak.
        let is_outside = { self.latest.iter().rev() }
            .any(|sending| sending.at_us < asked_us && sending.is_outside_all(exhibit, place));
        if is_outside {
            self.chances = self.chances.saturating_add(1);
            self.has_acted = true;
        }
    }

    /// Whether this place is outside the audience of one of the latest sendings of this sort.
    fn is_outside_any(
        &self,
        exhibit: &Exhibit<'_>,
        place: PlaceIds,
        sort: impl Fn(&Sending) -> bool,
    ) -> bool {
        let mut latest = self.latest.iter().rev();
        latest.any(|sending| sort(sending) && sending.is_outside(exhibit, place))
    }

    fn settle(&mut self, exhibit: &Exhibit<'_>) {
        for sending in std::mem::take(&mut self.unsettled) {
            let open = self.tabs.values();
            let outside = open.filter(|(place, since)| {
                *since < sending.line && sending.is_outside(exhibit, *place)
            });
            self.chances = self.chances.saturating_add(outside.count() as u64);
        }
    }

    pub(super) const fn chances(&self) -> u64 {
        self.chances
    }

    /// Whether somebody outside acted or asked after something was sent.
    pub(super) const fn has_acted(&self) -> bool {
        self.has_acted
    }
}

impl Sending {
    /// Whether a place may see none of its events.
    fn is_outside_all(&self, exhibit: &Exhibit<'_>, place: PlaceIds) -> bool {
        let declared = exhibit.declared;
        let members = &declared.members;
        match self.what {
            Sent::Action(key) => declared
                .action(key)
                .is_some_and(|action| action.may_see(members, None, place).is_never()),
            Sent::Secret(_) => self.is_outside(exhibit, place),
        }
    }

    fn is_outside(&self, exhibit: &Exhibit<'_>, place: PlaceIds) -> bool {
        let declared = exhibit.declared;
        let members = &declared.members;
        match self.what {
            Sent::Action(key) => declared
                .action(key)
                .is_some_and(|action| action.is_foreign_to(members, place)),
            Sent::Secret(number) => declared
                .secrets
                .get(number)
                .is_some_and(|secret| secret.may_see(members, place).is_never()),
        }
    }
}
