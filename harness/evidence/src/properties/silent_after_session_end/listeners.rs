//! Who would still hear something after the end of their session, if it had not ended.

use crate::hashing::{Map, Set};
use crate::judge::{Exhibit, GroupId, MemberId, PlaceId, PlaceIds, SessionId};
use crate::membership::{Member, Membership};
use crate::observation::What;
use crate::properties::server_close::FOR_THE_END_US;

/// The open tabs, who is in which group, and the tabs of sessions that have ended.
#[derive(Default)]
pub(super) struct Listeners {
    /// The tabs that the scenario has opened and not closed, and when the server closed them, in microseconds.
    tabs: Map<PlaceId, (PlaceIds, Option<u64>)>,
    /// Who is in which group. When it ended, in microseconds, where the server ended it.
    members: Map<(GroupId, MemberId), Option<u64>>,
    of_ended: Map<SessionId, Vec<Listener>>,
}

/// A tab that was open when its session ended.
struct Listener {
    tab: PlaceIds,
    groups: Set<GroupId>,
}

impl Listeners {
    pub(super) fn see(&mut self, exhibit: &Exhibit<'_>) {
        match exhibit.what {
            What::Joined {
                socketless: false, ..
            } => _ = self.tabs.insert(exhibit.place_id, (exhibit.ids(), None)),
            What::Left { by_server: None } => self.close(exhibit.ids()),
            What::Left { by_server: Some(_) } => {
                if let Some((_, closed)) = self.tabs.get_mut(&exhibit.place_id) {
                    closed.get_or_insert(exhibit.at_us);
                }
            }
            What::Member {
                group,
                who,
                is,
                closed: false,
            } => self.member(exhibit, group, *who, *is),
            What::SessionEnded => self.end_session(exhibit),
            _ => {}
        }
    }

    fn close(&mut self, tab: PlaceIds) {
        self.tabs.remove(&tab.place);
        let member = MemberId::of(Member::Tab, tab);
        self.members.retain(|(_, other), _| *other != member);
        if let Some(listeners) = self.of_ended.get_mut(&tab.session) {
            listeners.retain(|listener| listener.tab.place != tab.place);
            if listeners.is_empty() {
                self.of_ended.remove(&tab.session);
            }
        }
    }

    fn member(&mut self, exhibit: &Exhibit<'_>, group: &str, who: Member, is: Membership) {
        let Some(group) = exhibit.declared.members.known(group) else {
            return;
        };
        let member = (group, MemberId::of(who, exhibit.ids()));
        match is {
            Membership::Joined => _ = self.members.insert(member, None),
            Membership::Leaving | Membership::Left => _ = self.members.remove(&member),
            Membership::Lost => {
                if let Some(lost) = self.members.get_mut(&member) {
                    *lost = Some(exhibit.at_us);
                }
            }
            Membership::Asking | Membership::Refused => {}
        }
    }

    fn end_session(&mut self, exhibit: &Exhibit<'_>) {
        let own = self.tabs.values().filter(|(tab, closed)| {
            tab.session == exhibit.session && is_for_the_end(*closed, exhibit.at_us)
        });
        let listeners = own.map(|(tab, _)| Listener {
            tab: *tab,
            groups: self.groups_of(*tab, exhibit.at_us),
        });
        let listeners: Vec<Listener> = listeners.collect();
        if listeners.is_empty() {
            self.of_ended.remove(&exhibit.session);
        } else {
            self.of_ended.insert(exhibit.session, listeners);
        }
    }

    /// The groups that a tab was in until now, or until the server ended that for the end of the session.
    fn groups_of(&self, tab: PlaceIds, now_us: u64) -> Set<GroupId> {
        let members = self.members.iter();
        let own = members
            .filter(|((_, member), lost)| member.covers(tab) && is_for_the_end(**lost, now_us));
        own.map(|((group, _), _)| *group).collect()
    }

    /// How many sessions that have ended have a tab that would hear this sending.
    pub(super) fn who_would_hear(&self, exhibit: &Exhibit<'_>, key: u64) -> u64 {
        let action = exhibit.declared.action(key);
        let sender = MemberId::of(Member::User, exhibit.ids());
        let hears = |listener: &Listener| match action {
            Some(action) => action.is_for(listener.tab, &|group| listener.groups.contains(&group)),
            None => sender.covers(listener.tab),
        };
        let sessions = self.of_ended.values();
        sessions.filter(|tabs| tabs.iter().any(hears)).count() as u64
    }
}

/// Whether the server has not ended it, or did so for the end of the session that is now.
fn is_for_the_end(ended_us: Option<u64>, now_us: u64) -> bool {
    ended_us.is_none_or(|ended_us| now_us.saturating_sub(ended_us) <= FOR_THE_END_US)
}
