//! What is there after some steps of a schedule: users with adversarial names, their sessions, tabs and actions.
//!
//! It keeps only what decides whether a step is possible, so that a schedule stays possible when steps are taken
//! out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evidence::UserName;

use super::offer::{DueAt, Kind, Offer};
use super::users::{Group, Users};
use crate::language::names::{ActionName, BrowserName, TabName, Who};

/// What the devices of a user are called.
const DEVICES: [&str; N_DEVICES] = ["desktop", "phone"];
/// Devices of a user. Each user is logged in on the first from the start.
pub(super) const N_DEVICES: usize = 2;

/// A session: its user, and the user's device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SessionAt {
    pub(super) user: usize,
    pub(super) device: usize,
}

/// A tab: its session, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TabAt {
    pub(super) session: SessionAt,
    pub(super) tab: usize,
}

/// An action, by its number in the schedule.
pub(super) type Number = usize;

/// A group in which users meet, by its number in the schedule.
pub(super) type Meeting = usize;

/// Whether a tab reads what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listening {
    Open,
    Stalled,
    Away,
}

/// How an action ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    ByItself,
    WhenStopped,
}

/// An action that was started.
#[derive(Clone, Debug)]
struct RunningAction {
    by: SessionAt,
    kind: Arc<Kind>,
    ends: Ends,
    /// A tab has waited for all that it makes.
    is_over: bool,
    /// The tabs that were there before it: they get everything that it makes.
    before: BTreeSet<TabAt>,
}

/// What is there after some steps.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// Which group of users.
    pub(super) group: usize,
    pub(super) names: Group,
    /// Whether the schedule may restart the server.
    restarts: bool,
    /// Whether a meeting is made before anybody joins it.
    makes_meetings: bool,
    /// Sessions that are logged in.
    sessions: BTreeSet<SessionAt>,
    /// Sessions that are over. They cannot be logged in again: a new login would have another name.
    ended: BTreeSet<SessionAt>,
    tabs: BTreeMap<TabAt, Listening>,
    /// Tab names that were used: the server's numbers start again at each opening.
    used: BTreeSet<TabAt>,
    actions: BTreeMap<Number, RunningAction>,
    /// Every number that was ever given to an action.
    numbers: BTreeSet<Number>,
    /// Meetings that a tab has made.
    meetings: BTreeSet<Meeting>,
    /// Which tab is in which meeting, and which ever was: nobody joins twice.
    members: BTreeSet<(TabAt, Meeting)>,
    were_members: BTreeSet<(TabAt, Meeting)>,
}

/// The session that a user has from the start.
pub(super) const fn first_session(user: usize) -> SessionAt {
    SessionAt { user, device: 0 }
}

/// The tab that a user has from the start.
pub(super) const fn first_tab(user: usize) -> TabAt {
    acting(first_session(user))
}

/// The tab of a session that starts its actions.
pub(super) const fn acting(session: SessionAt) -> TabAt {
    TabAt { session, tab: 0 }
}

/// Somebody who is not logged in, with a tab that may try to open.
pub(super) fn stranger() -> TabName {
    let browser = BrowserName {
        who: Who::Stranger,
        device: DEVICES[0].to_owned(),
    };
    tab_of(browser, 0)
}

/// The first tab of each user.
pub(super) fn everyone() -> TabName {
    let browser = BrowserName {
        who: Who::Everyone,
        device: DEVICES[0].to_owned(),
    };
    tab_of(browser, 0)
}

fn tab_of(browser: BrowserName, tab: usize) -> TabName {
    let tab = (tab + 1).to_string();
    TabName { browser, tab }
}

impl State {
    /// How a schedule begins: each user is logged in, and has one tab.
    pub(super) fn new(group: usize, offer: &Offer, restarts: bool) -> Self {
        let names = offer.users.group(group);
        let tabs = (0..names.len()).map(first_tab);
        Self {
            group,
            restarts,
            makes_meetings: offer.makes_meetings,
            sessions: (0..names.len()).map(first_session).collect(),
            ended: BTreeSet::new(),
            tabs: tabs.clone().map(|at| (at, Listening::Open)).collect(),
            used: tabs.collect(),
            actions: BTreeMap::new(),
            numbers: BTreeSet::new(),
            meetings: BTreeSet::new(),
            members: BTreeSet::new(),
            were_members: BTreeSet::new(),
            names,
        }
    }

    /// The same for the users of another group.
    pub(super) fn with_users(self, group: usize, users: &Users) -> Self {
        Self {
            group,
            names: users.group(group),
            ..self
        }
    }

    /// How many users take part.
    pub(super) fn n_users(&self) -> usize {
        self.names.len()
    }

    /// Whether there is such a user.
    pub(super) fn has_user(&self, user: usize) -> bool {
        user < self.names.len()
    }

    /// Another user than this one: the `further`-th after it.
    pub(super) fn another(&self, user: usize, further: usize) -> usize {
        let others = self.names.len().saturating_sub(1).max(1);
        (user + 1 + further % others) % self.names.len()
    }

    /// What a meeting is called: on a running system it is new in each run.
    pub(super) fn meeting(&self, meeting: Meeting) -> String {
        format!("{{run}}x{}x{meeting}", self.group)
    }

    /// Whether a tab can go to a meeting. It is in one at a time: a target may take whoever joins another out of the first.
    /// What was made and was left by all is not gone to: the target may have ended it.
    pub(super) fn may_meet(&self, at: TabAt, meeting: Meeting) -> bool {
        let was_there = self.were_members.contains(&(at, meeting));
        let is_free = self.meeting_of(at).is_none();
        let is_left = self.is_made(meeting) && self.members_of(meeting).next().is_none();
        let is_over = self.makes_meetings && is_left;
        self.listening(at) == Some(Listening::Open) && is_free && !was_there && !is_over
    }

    /// The tabs that are in a meeting.
    pub(super) fn members_of(&self, meeting: Meeting) -> impl Iterator<Item = TabAt> + '_ {
        let members = { self.members.iter() }.filter(move |(_, of)| *of == meeting);
        members.map(|(at, _)| *at)
    }

    /// Whether somebody has made it.
    pub(super) fn is_made(&self, meeting: Meeting) -> bool {
        self.meetings.contains(&meeting)
    }

    pub(super) fn meet(&mut self, at: TabAt, meeting: Meeting) {
        self.meetings.insert(meeting);
        self.members.insert((at, meeting));
        self.were_members.insert((at, meeting));
    }

    /// Whether a tab is in a meeting.
    pub(super) fn is_member(&self, at: TabAt, meeting: Meeting) -> bool {
        self.members.contains(&(at, meeting))
    }

    pub(super) fn leave(&mut self, at: TabAt, meeting: Meeting) {
        self.members.remove(&(at, meeting));
    }

    /// A meeting in which a tab is.
    pub(super) fn meeting_of(&self, at: TabAt) -> Option<Meeting> {
        let mut own = self.members.iter().filter(|(tab, _)| *tab == at);
        own.next().map(|(_, meeting)| *meeting)
    }

    pub(super) fn browser(&self, session: SessionAt) -> BrowserName {
        BrowserName {
            who: Who::User(UserName::from(self.names[session.user].as_str())),
            device: DEVICES[session.device].to_owned(),
        }
    }

    pub(super) fn tab(&self, at: TabAt) -> TabName {
        tab_of(self.browser(at.session), at.tab)
    }

    /// An action that was started.
    pub(super) fn action(&self, number: Number) -> ActionName {
        ActionName {
            user: UserName::from(self.names[self.owner(number).unwrap_or_default()].as_str()),
            label: label(number),
        }
    }

    /// Whose action this is.
    pub(super) fn owner(&self, number: Number) -> Option<usize> {
        self.actions.get(&number).map(|action| action.by.user)
    }

    /// The newest action of a user that can be read.
    pub(super) fn newest_to_read(&self, user: usize) -> Option<Number> {
        let mut own = self.actions.iter().rev();
        let found = own.find(|(_, action)| action.by.user == user && action.kind.has_read);
        found.map(|(number, _)| *number)
    }

    /// The action of this number if it is of such an owner and kind, and else the newest that is: so that whatever number
    /// was drawn, there is one as soon as there can be.
    pub(super) fn such_an_action(
        &self,
        number: Number,
        is_such: impl Fn(usize, &Kind) -> bool,
    ) -> Option<Number> {
        let drawn = self.actions.get_key_value(&number);
        let mut all = drawn.into_iter().chain(self.actions.iter().rev());
        let found = all.find(|(_, action)| is_such(action.by.user, &action.kind));
        found.map(|(number, _)| *number)
    }

    /// Whether a user may start an action of this kind now.
    pub(super) fn may_start(&self, session: SessionAt, number: Number, kind: &Kind) -> bool {
        let mut running = self.actions.values();
        let is_crowded = running.any(|other| {
            other.by.user == session.user && other.kind.name == kind.name && !other.is_over
        });
        let is_new = !self.numbers.contains(&number);
        // Only a tab that is there has a socket, and what it has kept.
        let can_act = !kind.needs_tab || self.listening(acting(session)) == Some(Listening::Open);
        let has_group = kind.groups.is_empty() || self.meeting_of(acting(session)).is_some();
        let can_act = can_act && has_group;
        self.is_logged_in(session) && can_act && is_new && !(kind.is_crowd && is_crowded)
    }

    pub(super) fn is_logged_in(&self, session: SessionAt) -> bool {
        self.sessions.contains(&session)
    }

    /// Whether there was a session, and is none now.
    pub(super) fn has_ended(&self, session: SessionAt) -> bool {
        self.ended.contains(&session)
    }

    /// Whether a tab is there, and how.
    pub(super) fn listening(&self, at: TabAt) -> Option<Listening> {
        self.tabs.get(&at).copied()
    }

    /// The tabs of a session that hear what comes.
    pub(super) fn open_tabs(&self, session: SessionAt) -> impl Iterator<Item = TabAt> + '_ {
        let tabs = { self.tabs.iter() }.filter(move |(at, _)| at.session == session);
        let open = tabs.filter(|(_, listening)| **listening == Listening::Open);
        open.map(|(at, _)| *at)
    }

    /// The tabs that read nothing now.
    pub(super) fn stalled(&self) -> impl Iterator<Item = TabAt> + '_ {
        let tabs = self.tabs.iter();
        let stalled = tabs.filter(|(_, listening)| **listening == Listening::Stalled);
        stalled.map(|(at, _)| *at)
    }

    /// The tabs of users whose actions still run: they stop what they have begun.
    pub(super) fn running(&self) -> impl Iterator<Item = TabAt> + '_ {
        let runs = |user: usize| {
            let mut own = self.actions.values();
            own.any(|action| {
                action.by.user == user && action.kind.has_stop && action.ends == Ends::WhenStopped
            })
        };
        let there = |user: &usize| {
            self.is_logged_in(first_session(*user))
                && self.listening(first_tab(*user)) == Some(Listening::Open)
        };
        let users = 0..self.names.len();
        users
            .filter(move |user| runs(*user) && there(user))
            .map(first_tab)
    }

    /// Whether a tab can open there: in a session, or in a new one of a user who has another.
    pub(super) fn may_open(&self, at: TabAt) -> bool {
        let mut sessions = self.sessions.iter();
        let has_another = sessions.any(|session| session.user == at.session.user);
        let may_have_a_session =
            self.is_logged_in(at.session) || (has_another && !self.has_ended(at.session));
        may_have_a_session && !self.used.contains(&at)
    }

    /// Whether this tab gets everything that the action makes, up to its last event.
    pub(super) fn is_due(&self, at: TabAt, number: Number) -> bool {
        self.actions.get(&number).is_some_and(|action| {
            let is_meant = action.kind.due.is_some_and(|due| match due {
                DueAt::Tab => at == acting(action.by),
                DueAt::Session => at.session == action.by,
                DueAt::User => at.session.user == action.by.user,
            });
            is_meant && action.ends == Ends::ByItself && action.before.contains(&at)
        })
    }

    /// Whether the server may be restarted. A tab that reads nothing does not see that the server has gone. Where the
    /// target does not keep what is not yet there, that goes with it.
    pub(super) fn may_restart(&self, is_kept: bool) -> bool {
        let mut actions = self.actions.values();
        let has_unfinished = actions.any(|action| !action.is_over);
        self.restarts && self.stalled().next().is_none() && (is_kept || !has_unfinished)
    }

    pub(super) fn log_in(&mut self, session: SessionAt) {
        self.sessions.insert(session);
    }

    /// The session is over, and its tabs with it.
    pub(super) fn end(&mut self, session: SessionAt) {
        self.sessions.remove(&session);
        self.ended.insert(session);
        self.tabs.retain(|at, _| at.session != session);
        self.members.retain(|(at, _)| at.session != session);
    }

    pub(super) fn open(&mut self, at: TabAt) {
        self.sessions.insert(at.session);
        self.set(at, Listening::Open);
        self.used.insert(at);
    }

    pub(super) fn set(&mut self, at: TabAt, listening: Listening) {
        if listening == Listening::Away {
            // Whether it is a member when it comes back, the target says.
            self.members.retain(|(tab, _)| *tab != at);
        }
        self.tabs.insert(at, listening);
    }

    pub(super) fn start(&mut self, number: Number, by: SessionAt, kind: &Arc<Kind>, ends: Ends) {
        let before = self.tabs.keys().copied().collect();
        let action = RunningAction {
            by,
            kind: Arc::clone(kind),
            ends,
            is_over: false,
            before,
        };
        self.actions.insert(number, action);
        self.numbers.insert(number);
    }

    /// A tab has waited for everything that the action makes.
    pub(super) fn is_over(&mut self, number: Number) {
        if let Some(action) = self.actions.get_mut(&number) {
            action.is_over = true;
        }
    }

    /// The server numbers anew, so that no tab is the same as before; its actions have ended.
    pub(super) fn restart(&mut self) {
        self.tabs.clear();
        self.actions.clear();
        self.members.clear();
    }
}

/// What an action is called in the scenario.
pub(super) fn label(number: Number) -> String {
    format!("s{number}")
}
