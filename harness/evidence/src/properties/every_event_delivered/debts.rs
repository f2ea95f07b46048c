//! What each action still owes to each of its owner's tabs.

use std::collections::{BTreeMap, VecDeque};

use super::server_close::{Delay, ServerClose};
use crate::hashing::Map;
use crate::judge::{Exhibit, PlaceId, UserId};
use crate::marker::Marker;
use crate::name::ActionId;
use crate::place::Place;

/// Why a tab that got less of a stopped action than another tab proves nothing.
pub(super) const STOPPED: &str = "its action was stopped after another tab had received more";

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
    paid: Map<PlaceId, u64>,
}

/// What the action with one marker owes.
struct Account {
    marker: Marker,
    /// What came before the confirmation. Only then is it known what is owed.
    early: Vec<(PlaceId, String)>,
    /// `None` until the server has confirmed it.
    confirmed: Option<ConfirmedAction>,
    debts: Vec<Debt>,
}

/// Which action it is, and whose.
struct ConfirmedAction {
    user: Option<UserId>,
    action: ActionId,
    seq: u64,
}

/// What one tab is owed of one event of one action.
pub(super) struct Debt {
    id: PlaceId,
    pub(super) place: Place,
    pub(super) event: String,
    pub(super) due: u64,
    pub(super) came: u64,
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

    /// The server has confirmed it: from now on it owes what it `yields` to each of these tabs.
    pub(super) fn confirm<'a>(
        &mut self,
        exhibit: &Exhibit<'_>,
        (marker, action): (&Marker, &ActionId),
        yields: &BTreeMap<String, u64>,
        tabs: impl Iterator<Item = (PlaceId, Option<&'a ServerClose>)>,
    ) {
        let early = self.accounts.remove(&marker.key());
        let early = early.map(|account| account.early).unwrap_or_default();
        let mut debts = Vec::new();
        for (id, closed) in tabs {
            for (event, due) in yields.iter().filter(|(_, due)| **due > 0) {
                let came = early
                    .iter()
                    .filter(|(place, name)| *place == id && name == event);
                debts.push(Debt {
                    id,
                    place: exhibit.places.name(id).clone(),
                    event: event.clone(),
                    due: *due,
                    came: came.count() as u64,
                    stopped: false,
                    closed: closed.cloned(),
                });
            }
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
        };
        self.keep_unless_paid(marker.key(), account);
    }

    /// An account that is paid no longer needs its marker.
    fn keep_unless_paid(&mut self, key: u64, account: Account) {
        if account.debts.iter().any(|debt| debt.came < debt.due) {
            self.accounts.insert(key, account);
            return;
        }
        for debt in account.debts {
            let paid = self.paid.entry(debt.id).or_default();
            *paid = paid.saturating_add(debt.due);
        }
    }

    /// An event with the marker of this key comes to a tab.
    pub(super) fn receive(&mut self, id: PlaceId, event: &str, key: u64) {
        let Some(account) = self.accounts.get_mut(&key) else {
            return;
        };
        if account.confirmed.is_none() {
            account.early.push((id, event.to_owned()));
            return;
        }
        let mut debts = account.debts.iter_mut();
        let Some(debt) = debts.find(|debt| debt.id == id && debt.event == event) else {
            return;
        };
        debt.came += 1;
        if debt.came == debt.due
            && let Some(account) = self.accounts.remove(&key)
        {
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
        self.accounts.retain(|_, account| {
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

    /// Takes out everything that was due at these places, because it has had time to arrive.
    pub(super) fn settle(&mut self, due: impl Fn(PlaceId) -> bool) -> Settlement {
        let paid = self.paid.extract_if(|id, _| due(*id));
        let paid = paid.fold(0, |sum: u64, (_, due)| sum.saturating_add(due));
        let mut open: Vec<(Marker, Debt)> = Vec::new();
        self.accounts.retain(|_, account| {
            let settled = account.debts.extract_if(.., |debt| due(debt.id));
            open.extend(settled.map(|debt| (account.marker.clone(), debt)));
            account.is_open()
        });
        open.sort_by(|(marker, debt), (other_marker, other)| {
            (&debt.place, marker, &debt.event).cmp(&(&other.place, other_marker, &other.event))
        });
        Settlement { paid, open }
    }
}

impl Account {
    /// Whether it may still owe something.
    const fn is_open(&self) -> bool {
        self.confirmed.is_none() || !self.debts.is_empty()
    }

    /// What one tab got was made, so the others should get it too.
    fn stop(&mut self) {
        let made: Vec<(String, u64)> = { self.debts.iter() }
            .map(|debt| (debt.event.clone(), debt.came))
            .collect();
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

impl Debt {
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
