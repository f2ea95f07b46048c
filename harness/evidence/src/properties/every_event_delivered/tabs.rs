//! The tabs that the scenario has left open, whatever the server did to them.

use std::collections::BTreeMap;

use super::debts::Due;
use crate::hashing::Map;
use crate::judge::{Exhibit, MemberId, PlaceId, PlaceIds, SessionId, UserId};
use crate::properties::server_close::{Delay, ServerClose};

/// The tabs that the scenario has left open.
#[derive(Default)]
pub(super) struct OpenTabs {
    tabs: Map<PlaceId, OpenTab>,
    of_user: Map<UserId, Vec<PlaceId>>,
    /// The session of each place. It stays after the tab was closed, until the session ends.
    sessions: Map<PlaceId, SessionId>,
}

struct OpenTab {
    ids: PlaceIds,
    user: Option<UserId>,
    /// The line from which on it was open, as far as the scenario goes.
    since: u64,
    /// It has no socket: nothing comes to it but what its own action is answered.
    socketless: bool,
    /// The highest number that it got, or that the server named when it joined.
    last: Option<u64>,
    /// How the server closed it, until it joins again.
    closed: Option<ServerClose>,
}

impl OpenTabs {
    /// A tab is ready, for the first time or again; `last` is the last number given before it. Returns whether the
    /// scenario had not left it open before, so that it gets what has a history.
    pub(super) fn join(
        &mut self,
        exhibit: &Exhibit<'_>,
        last: Option<u64>,
        socketless: bool,
    ) -> bool {
        self.sessions.insert(exhibit.place_id, exhibit.session);
        let before = self.tabs.get(&exhibit.place_id);
        let before = before.filter(|before| before.socketless == socketless);
        let is_new = before.is_none() && !socketless;
        let tab = OpenTab {
            ids: exhibit.ids(),
            user: exhibit.user,
            since: before.map_or(exhibit.seq, |before| before.since),
            socketless,
            last,
            closed: None,
        };
        if self.tabs.insert(exhibit.place_id, tab).is_none()
            && let Some(user) = exhibit.user
        {
            self.of_user.entry(user).or_default().push(exhibit.place_id);
        }
        is_new
    }

    /// The scenario closes it.
    pub(super) fn close(&mut self, id: PlaceId) {
        if let Some(tab) = self.tabs.remove(&id)
            && let Some(own) = tab.user.and_then(|user| self.of_user.get_mut(&user))
        {
            own.retain(|other| *other != id);
        }
    }

    /// The server closes it. Returns whether it was open.
    pub(super) fn close_by_server(&mut self, id: PlaceId, close: &ServerClose) -> bool {
        let Some(tab) = self.tabs.get_mut(&id) else {
            return false;
        };
        tab.closed = Some(close.clone());
        true
    }

    pub(super) fn hear_of(&mut self, delay: Delay) {
        let closed = self.tabs.values_mut().filter_map(|tab| tab.closed.as_mut());
        closed.for_each(|close| close.hear_of(delay));
    }

    /// Closes all tabs of a session that ends, and returns all its places.
    pub(super) fn end_session(&mut self, session: SessionId) -> Vec<PlaceId> {
        let own = self.sessions.extract_if(|_, other| *other == session);
        let own: Vec<PlaceId> = own.map(|(id, _)| id).collect();
        own.iter().for_each(|id| self.close(*id));
        own
    }

    /// What each open tab of a user is owed, where no audience is declared.
    pub(super) fn due_to_owner<'a>(
        &'a self,
        user: Option<UserId>,
        yields: &'a BTreeMap<String, u64>,
    ) -> impl Iterator<Item = Due<'a>> {
        let own = user.and_then(|user| self.of_user.get(&user));
        let own = own.into_iter().flatten();
        let tabs = own.filter_map(|id| self.tabs.get(id));
        let tabs = tabs.filter(|tab| !tab.socketless);
        tabs.flat_map(|tab| {
            yields.iter().map(|(event, count)| Due {
                tab: tab.ids,
                event,
                count: *count,
                groups: Vec::new(),
                is_unmarked: false,
                closed: tab.closed.clone(),
            })
        })
    }

    /// The tabs that are open since before this line, in any order. Those without a socket are none, but for the one
    /// that acts.
    pub(super) fn since_before(
        &self,
        line: u64,
        acting: PlaceId,
    ) -> impl Iterator<Item = (PlaceIds, Option<&ServerClose>)> {
        let tabs = self.tabs.values().filter(move |tab| {
            let hears = !tab.socketless || tab.ids.place == acting;
            hears && tab.since < line
        });
        tabs.map(|tab| (tab.ids, tab.closed.as_ref()))
    }

    /// The open tabs of a member, with their sockets.
    pub(super) fn of_member(
        &self,
        member: MemberId,
    ) -> impl Iterator<Item = (PlaceIds, Option<&ServerClose>)> {
        let own = self.tabs.values();
        let tabs = own.filter(move |tab| !tab.socketless && member.covers(tab.ids));
        tabs.map(|tab| (tab.ids, tab.closed.as_ref()))
    }

    /// An open tab gets this number. Returns the highest number before it, if any; `None` if the tab is not open.
    pub(super) fn number(&mut self, id: PlaceId, number: u64) -> Option<Option<u64>> {
        let tab = self.tabs.get_mut(&id)?;
        let last = tab.last;
        tab.last = Some(last.map_or(number, |last| last.max(number)));
        Some(last)
    }
}
