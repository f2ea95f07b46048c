//! What each action still owes to each of its owner's tabs.

use std::collections::{BTreeMap, VecDeque};

use super::histories::{Confirmation, PastAction};
use crate::hashing::Map;
use crate::judge::{Exhibit, GroupId, MemberId, PlaceId, PlaceIds, SessionId, UserId};
use crate::marker::Marker;
use crate::name::ActionId;
use crate::place::Place;
use crate::properties::server_close::{Delay, ServerClose};

/// Why a tab that got less of a stopped action than another tab proves nothing.
pub(super) const STOPPED: &str = "its action was stopped after another tab had received more";

/// How long after another tab has got all of an event a tab must stay without it for its leaving to excuse nothing, in
/// microseconds.
const LONG_US: u64 = 5_000_000;

/// How many requests a user may have on their way at once.
pub(super) const UNCONFIRMED: usize = 1000;

/// Everything that is owed.
#[derive(Default)]
pub(super) struct Debts {
    /// By marker: from its sending until all that it owes has come or is no longer due.
    accounts: Map<u64, Account>,
    /// The markers of each user's latest requests.
    asked: Map<Option<UserId>, VecDeque<u64>>,
    /// How many events have come that are not settled yet.
    paid: Map<PlaceId, (SessionId, u64)>,
    /// How many events without a marker came since they were last settled: they pay whichever action makes them.
    unmarked: Map<(PlaceId, String), (SessionId, u64)>,
}

/// What a tab is owed of one event.
pub(super) struct Due<'a> {
    pub(super) tab: PlaceIds,
    pub(super) event: &'a str,
    pub(super) count: u64,
    /// The groups that it is owed for, as long as the tab is a member of one of them. Empty if it is owed anyway.
    pub(super) groups: Vec<GroupId>,
    pub(super) is_unmarked: bool,
    pub(super) closed: Option<ServerClose>,
}

/// What the action with one marker owes.
struct Account {
    marker: Marker,
    /// What came before the confirmation. Only then is it known what is owed.
    early: Vec<(PlaceId, String)>,
    /// `None` until the server has confirmed it.
    confirmed: Option<ConfirmedAction>,
    debts: Vec<Debt>,
    /// When the first tab had all of an event, of those that have left since, in microseconds.
    paid_us: BTreeMap<String, u64>,
}

/// Which action it is, and whose.
struct ConfirmedAction {
    user: Option<UserId>,
    action: ActionId,
    seq: u64,
}

/// What one tab is owed of one event of one action.
pub(super) struct Debt {
    pub(super) id: PlaceId,
    ids: PlaceIds,
    groups: Vec<GroupId>,
    is_unmarked: bool,
    /// It is owed to a tab that joined later.
    is_again: bool,
    pub(super) place: Place,
    pub(super) event: String,
    pub(super) due: u64,
    pub(super) came: u64,
    /// When the last of it came, in microseconds.
    paid_us: Option<u64>,
    /// The action was stopped, and as far as is known it made no more than `due`.
    stopped: bool,
    /// How the server last closed the tab since this became due.
    closed: Option<ServerClose>,
}

/// What was settled at some places.
pub(super) struct Settlement {
    /// How many events of fully paid actions were due.
    pub(super) paid: u64,
    /// The debts of the others, sorted.
    pub(super) open: Vec<(Marker, Debt)>,
}

impl Debts {
    /// A request with this marker is sent.
    pub(super) fn send(&mut self, user: Option<UserId>, marker: &Marker) {
        self.accounts.entry(marker.key()).or_insert(Account {
            marker: marker.clone(),
            early: Vec::new(),
            confirmed: None,
            debts: Vec::new(),
            paid_us: BTreeMap::new(),
        });
        let asked = self.asked.entry(user).or_default();
        asked.push_back(marker.key());
        // A refused request is never confirmed, so without a bound it would stay for ever.
        if asked.len() > UNCONFIRMED
            && let Some(oldest) = asked.pop_front()
            && self
                .accounts
                .get(&oldest)
                .is_some_and(|account| account.confirmed.is_none())
        {
            self.accounts.remove(&oldest);
        }
    }

    /// Nobody knows whether it was ever made.
    pub(super) fn forget(&mut self, marker: &Marker) {
        self.accounts.remove(&marker.key());
    }

    /// The server has confirmed it: from now on it owes this.
    pub(super) fn confirm<'a>(
        &mut self,
        exhibit: &Exhibit<'_>,
        (marker, action): (&Marker, &ActionId),
        due: impl Iterator<Item = Due<'a>>,
    ) {
        let early = self.accounts.remove(&marker.key());
        let early = early.map(|account| account.early).unwrap_or_default();
        let mut debts = Vec::new();
        for due in due.filter(|due| due.count > 0) {
            let came = early
                .iter()
                .filter(|(place, name)| *place == due.tab.place && name == due.event);
            let came = came.count() as u64;
            debts.push(Debt::new(exhibit, due, came));
        }
        let account = Account {
            marker: marker.clone(),
            early: Vec::new(),
            confirmed: Some(ConfirmedAction {
                user: exhibit.user,
                action: action.clone(),
                seq: exhibit.seq,
            }),
            debts,
            paid_us: BTreeMap::new(),
        };
        self.keep_unless_paid(marker.key(), account);
    }

    /// An action of before owes this too, unless it still owes it. What came to the tab of late counts.
    pub(super) fn owe(
        &mut self,
        exhibit: &Exhibit<'_>,
        (past, confirmed): (&PastAction, &Confirmation),
        due: Due<'_>,
    ) {
        if due.count == 0 {
            return;
        }
        let key = past.marker.key();
        let mut account = self.accounts.remove(&key).unwrap_or_else(|| Account {
            marker: past.marker.clone(),
            early: Vec::new(),
            confirmed: Some(ConfirmedAction {
                user: past.user,
                action: confirmed.action.clone(),
                seq: confirmed.seq,
            }),
            debts: Vec::new(),
            paid_us: BTreeMap::new(),
        });
        let of_it = |debt: &Debt| debt.id == due.tab.place && debt.event == due.event;
        if !account
            .debts
            .iter()
            .any(|debt| of_it(debt) && debt.came < debt.due)
        {
            let came = past.came(due.tab.place, due.event);
            let debt = Debt::new(exhibit, due, came);
            account.debts.push(Debt {
                is_again: true,
                ..debt
            });
        }
        self.keep_unless_paid(key, account);
    }

    /// An account that is paid no longer needs its marker.
    fn keep_unless_paid(&mut self, key: u64, account: Account) {
        if account.debts.iter().any(|debt| debt.came < debt.due) {
            self.accounts.insert(key, account);
            return;
        }
        for debt in account.debts {
            let new = (debt.ids.session, 0);
            let (_, paid) = self.paid.entry(debt.id).or_insert(new);
            *paid = paid.saturating_add(debt.due);
        }
    }

    /// An event with the marker of this key comes to a tab.
    pub(super) fn receive(&mut self, now_us: u64, id: PlaceId, event: &str, key: u64) {
        let Some(account) = self.accounts.get_mut(&key) else {
            return;
        };
        if account.confirmed.is_none() {
            account.early.push((id, event.to_owned()));
            return;
        }
        let mut debts = account.debts.iter_mut();
        let open = debts.find(|debt| {
            let is_marked = !debt.is_unmarked && debt.came < debt.due;
            is_marked && debt.id == id && debt.event == event
        });
        let Some(debt) = open else {
            return;
        };
        debt.came += 1;
        if debt.came < debt.due {
            return;
        }
        debt.paid_us = Some(now_us);
        if let Some(account) = self.accounts.remove(&key) {
            self.keep_unless_paid(key, account);
        }
    }

    /// What these debts are that a tab leaves behind, where another tab got the same long before: a tab that stays would
    /// have lost it. In words, sorted.
    pub(super) fn left_behind(&self, now_us: u64, leaves: impl Fn(&Debt) -> bool) -> Vec<String> {
        let mut found = Vec::new();
        for account in self.accounts.values() {
            for debt in account.debts.iter().filter(|debt| leaves(debt)) {
                let Some(waited_us) = account.waited(debt, now_us) else {
                    continue;
                };
                if waited_us >= LONG_US {
                    let order = (&debt.place, &account.marker, &debt.event);
                    let says = debt.says(&account.marker);
                    found.push((order, format!("{says}: {}", too_late(waited_us))));
                }
            }
        }
        found.sort_by_key(|(order, _)| *order);
        found.into_iter().map(|(_, says)| says).collect()
    }

    /// What is owed to a tab.
    pub(super) fn is_of(id: PlaceId) -> impl Fn(&Debt) -> bool {
        move |debt| debt.id == id
    }

    /// What is owed to a member of this group alone.
    pub(super) fn is_for(member: MemberId, group: GroupId) -> impl Fn(&Debt) -> bool {
        move |debt| debt.groups == [group] && member.covers(debt.ids)
    }

    /// An event without a marker comes to a tab.
    pub(super) fn receive_unmarked(&mut self, tab: PlaceIds, event: &str) {
        let name = (tab.place, event.to_owned());
        self.unmarked.entry(name).or_insert((tab.session, 0)).1 += 1;
    }

    /// A session ends: what came to it without a marker pays for nothing more.
    pub(super) fn end_session(&mut self, session: SessionId) {
        self.unmarked.retain(|_, (other, _)| *other != session);
    }

    /// This member leaves the group: what is not paid is no longer owed to it.
    pub(super) fn leave(&mut self, member: MemberId, group: GroupId) {
        let leaves = |debt: &Debt| {
            debt.groups.contains(&group) && member.covers(debt.ids) && debt.came < debt.due
        };
        let own = self.accounts.iter();
        let own = own.filter(|(_, account)| account.debts.iter().any(leaves));
        let keys: Vec<u64> = own.map(|(key, _)| *key).collect();
        for key in keys {
            let Some(mut account) = self.accounts.remove(&key) else {
                continue;
            };
            account.debts.retain_mut(|debt| {
                if !leaves(debt) {
                    return true;
                }
                debt.groups.retain(|other| *other != group);
                !debt.groups.is_empty()
            });
            self.keep_unless_paid(key, account);
        }
    }

    /// A stopped action owes only what it has made; the rest may never be made.
    pub(super) fn stop(&mut self, user: Option<UserId>, action: &ActionId) {
        // If a target counts each user's actions from 1, or restarts, several actions have one id: the newest is meant.
        let own = self.accounts.iter_mut().filter_map(|(key, account)| {
            let confirmed = account.confirmed.as_ref()?;
            let of_it = confirmed.user == user && confirmed.action == *action;
            of_it.then_some((confirmed.seq, *key, account))
        });
        let Some((_, key, account)) = own.max_by_key(|(seq, ..)| *seq) else {
            return;
        };
        account.stop();
        if let Some(account) = self.accounts.remove(&key) {
            self.keep_unless_paid(key, account);
        }
    }

    /// The scenario has closed this tab: nothing is owed to it.
    pub(super) fn close(&mut self, id: PlaceId) {
        self.paid.remove(&id);
        self.unmarked.retain(|(other, _), _| *other != id);
        self.accounts.retain(|_, account| {
            account.keep_paid(id);
            account.debts.retain(|debt| debt.id != id);
            account.is_open()
        });
    }

    /// The server has closed this tab: it still owes what it owed, because the scenario left the tab open.
    pub(super) fn close_by_server(&mut self, id: PlaceId, close: &ServerClose) {
        let debts = self.accounts.values_mut();
        for debt in debts.flat_map(|account| &mut account.debts) {
            if debt.id == id {
                debt.closed = Some(close.clone());
            }
        }
    }

    pub(super) fn hear_of(&mut self, delay: Delay) {
        let debts = self.accounts.values_mut();
        let debts = debts.flat_map(|account| &mut account.debts);
        let closed = debts.filter_map(|debt| debt.closed.as_mut());
        closed.for_each(|close| close.hear_of(delay));
    }

    /// Takes out everything that was due to this session, or to everybody, because it has had time to arrive.
    pub(super) fn settle(&mut self, session: Option<SessionId>) -> Settlement {
        let due = |own: SessionId| session.is_none_or(|session| session == own);
        let paid = self.paid.extract_if(|_, (session, _)| due(*session));
        let paid = paid.fold(0, |sum: u64, (_, (_, due))| sum.saturating_add(due));
        let mut open: Vec<(u64, Marker, Debt)> = Vec::new();
        self.accounts.retain(|_, account| {
            let settled = account.debts.extract_if(.., |debt| due(debt.ids.session));
            let line = account.confirmed.as_ref().map_or(0, |action| action.seq);
            open.extend(settled.map(|debt| (line, account.marker.clone(), debt)));
            account.is_open()
        });
        // What has no marker pays the oldest action first.
        open.sort_by_key(|(line, ..)| *line);
        for (_, _, debt) in open.iter_mut().filter(|(.., debt)| debt.is_unmarked) {
            let name = (debt.id, debt.event.clone());
            if let Some((_, came)) = self.unmarked.get_mut(&name) {
                debt.came = debt.due.min(*came);
                *came -= debt.came;
            }
        }
        self.unmarked.retain(|_, (session, _)| !due(*session));
        open.sort_by(|(_, marker, debt), (_, other_marker, other)| {
            (&debt.place, marker, &debt.event).cmp(&(&other.place, other_marker, &other.event))
        });
        let open = open.into_iter().map(|(_, marker, debt)| (marker, debt));
        Settlement {
            paid,
            open: open.collect(),
        }
    }
}

impl Account {
    /// Whether it may still owe something.
    const fn is_open(&self) -> bool {
        self.confirmed.is_none() || !self.debts.is_empty()
    }

    /// Keeps when a tab that leaves had got all of an event.
    fn keep_paid(&mut self, id: PlaceId) {
        let own = self
            .debts
            .iter()
            .filter(|debt| debt.id == id && debt.is_firm());
        for (event, paid_us) in own.filter_map(|debt| Some((&debt.event, debt.paid_us?))) {
            match self.paid_us.get_mut(event) {
                Some(first) => *first = paid_us.min(*first),
                None => _ = self.paid_us.insert(event.clone(), paid_us),
            }
        }
    }

    /// How long another tab has had all of what this debt still lacks.
    fn waited(&self, debt: &Debt, now_us: u64) -> Option<u64> {
        if debt.came >= debt.due || !debt.is_firm() {
            return None;
        }
        let others = self
            .debts
            .iter()
            .filter(|other| other.event == debt.event && other.id != debt.id && other.is_firm());
        let gone = self.paid_us.get(&debt.event).copied();
        let paid = others.filter_map(|other| other.paid_us);
        let first_us = paid.chain(gone).min()?;
        Some(now_us.saturating_sub(first_us))
    }

    /// What one tab got was made, so the others should get it too. Whether it would have come again, nobody knows.
    fn stop(&mut self) {
        self.debts
            .retain(|debt| !debt.is_again || debt.came >= debt.due);
        let first = self.debts.iter().filter(|debt| !debt.is_again);
        let made: Vec<(String, u64)> = first.map(|debt| (debt.event.clone(), debt.came)).collect();
        for debt in &mut self.debts {
            let of_it = made.iter().filter(|(event, _)| *event == debt.event);
            let made = of_it.map(|(_, came)| *came).max().unwrap_or(0);
            if debt.came < debt.due {
                debt.due = debt.due.min(made);
                debt.stopped = true;
            }
        }
        self.debts.retain(|debt| debt.due > 0);
    }
}

/// Why a tab that left without something is no proof that nothing was lost.
pub(super) fn too_late(waited_us: u64) -> String {
    let seconds = waited_us / 1_000_000;
    format!("it left {seconds} s after another tab had got all of it")
}

impl Debt {
    fn new(exhibit: &Exhibit<'_>, due: Due<'_>, came: u64) -> Self {
        Self {
            id: due.tab.place,
            ids: due.tab,
            groups: due.groups,
            is_unmarked: due.is_unmarked,
            is_again: false,
            place: exhibit.places.name(due.tab.place).clone(),
            event: due.event.to_owned(),
            due: due.count,
            // What has no marker is counted when it is settled.
            came: if due.is_unmarked { 0 } else { came },
            paid_us: (came >= due.count).then_some(exhibit.at_us),
            stopped: false,
            closed: due.closed,
        }
    }

    /// Whether nothing excuses that it does not come.
    const fn is_firm(&self) -> bool {
        let is_excused = self.stopped || self.closed.is_some();
        !self.is_again && !self.is_unmarked && !is_excused
    }

    /// Whether it is owed to one of these tabs.
    pub(super) fn is_of_any(&self, tabs: &[PlaceId]) -> bool {
        tabs.contains(&self.id)
    }

    /// The debt in words.
    pub(super) fn says(&self, marker: &Marker) -> String {
        let Self {
            place,
            event,
            due,
            came,
            closed,
            ..
        } = self;
        let how = closed.as_ref().map_or_else(String::new, |close| {
            format!("; the server closed the tab: {}", close.how)
        });
        format!("{place} got {came} of {due} `{event}` of {marker}{how}")
    }

    /// Why a missing event proves no loss.
    pub(super) fn excuse(&self) -> Option<String> {
        let late = self.closed.as_ref().and_then(ServerClose::excuse);
        late.or_else(|| self.stopped.then(|| STOPPED.to_owned()))
    }
}
