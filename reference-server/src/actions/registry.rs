//! The actions of each user: those that run, and the last that have finished.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use thiserror::Error;

use super::action::Action;
use crate::delivery::described::{ActionId, Described};
use crate::delivery::wire::{self, Present};
use crate::ground::fault::{Fault, Open};
use crate::ground::lock::lock;
use crate::identity::sessions::UserId;

/// Actions a user may have running.
const MAX_RUNNING: usize = 50;
/// Finished actions a user can still read.
const REMEMBERED: usize = 10;

/// Why an action is not started now.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum NotNow {
    #[error("{MAX_RUNNING} of your actions are running")]
    TooMany,
    #[error("the server is stopping")]
    Stopping,
}

impl NotNow {
    pub(crate) const fn fix(self) -> &'static str {
        match self {
            Self::TooMany => "stop one first",
            Self::Stopping => "try again in a moment",
        }
    }
}

#[derive(Default)]
struct OfUser {
    running: BTreeMap<ActionId, Arc<Action>>,
    finished: VecDeque<Arc<Action>>,
}

impl OfUser {
    fn all(&self) -> impl Iterator<Item = &Arc<Action>> {
        self.running.values().chain(&self.finished)
    }
}

pub(crate) struct Registry {
    /// Held for moments. The locks of the sessions and of an action's state may be taken while it is held, never the
    /// other way round.
    by_user: Mutex<HashMap<UserId, OfUser>>,
    fault: Open,
}

impl Registry {
    pub(crate) fn new(fault: Open) -> Self {
        Self {
            by_user: Mutex::default(),
            fault,
        }
    }

    /// Adds an action of `owner`, unless too many are running.
    pub(super) fn add(&self, owner: &UserId, action: &Arc<Action>) -> Result<(), NotNow> {
        let mut by_user = lock(&self.by_user);
        let of_user = by_user.entry(owner.clone()).or_default();
        if of_user.running.len() >= MAX_RUNNING {
            return Err(NotNow::TooMany);
        }
        of_user
            .running
            .insert(action.id.clone(), Arc::clone(action));
        Ok(())
    }

    /// Notes that an action has ended, and how.
    pub(super) fn finish(&self, owner: &UserId, action: &Arc<Action>, state: &'static str) {
        action.ends(state);
        let mut by_user = lock(&self.by_user);
        if let Some(of_user) = by_user.get_mut(owner) {
            of_user.running.remove(&action.id);
            of_user.finished.push_front(Arc::clone(action));
            of_user.finished.truncate(REMEMBERED);
        }
    }

    /// Under ISO18: whether any user runs an action of this kind.
    pub(super) fn anybody_runs(&self, kind: &str) -> bool {
        let by_user = lock(&self.by_user);
        let mut running = by_user
            .values()
            .flat_map(|of_user| of_user.running.values());
        running.any(|action| action.kind == kind)
    }

    /// FAULTS ISO08 and WEB10: the user who has this action.
    pub(crate) fn owner_of(&self, id: &str) -> Option<UserId> {
        let by_user = lock(&self.by_user);
        let mut all = by_user.iter();
        let found = all.find(|(_, of_user)| of_user.all().any(|own| own.id.as_str() == id));
        found.map(|(owner, _)| owner.clone())
    }

    /// FAULTS ISO10 and RACE: the user with this name.
    pub(crate) fn owner_named(&self, name: &str) -> Option<UserId> {
        let by_user = lock(&self.by_user);
        by_user.keys().find(|user| user.as_str() == name).cloned()
    }

    /// The user in whose actions this one is looked up: the caller.
    fn asked(&self, caller: &UserId, id: &str) -> UserId {
        // FAULT ISO08: the id alone decides.
        let anybody = self.fault.is(Fault::Iso08).then(|| self.owner_of(id));
        anybody.flatten().unwrap_or_else(|| caller.clone())
    }

    /// The owner's actions, the running ones first.
    pub(crate) fn list(&self, owner: &UserId) -> Vec<Described> {
        let by_user = lock(&self.by_user);
        let Some(of_user) = by_user.get(owner) else {
            return Vec::new();
        };
        of_user.all().map(|action| action.describe()).collect()
    }

    /// One of the owner's actions. Another user's action is not found, like one that never existed.
    pub(crate) fn find(&self, owner: &UserId, id: &str) -> Option<Described> {
        self.list(&self.asked(owner, id))
            .into_iter()
            .find(|action| action.id.as_str() == id)
    }

    /// Stops one of the owner's actions. Stopping a finished action has no effect.
    pub(crate) fn stop(&self, owner: &UserId, id: &str) -> Option<Described> {
        let owner = self.asked(owner, id);
        let by_user = lock(&self.by_user);
        let mut all = by_user.get(&owner)?.all();
        let action = all.find(|action| action.id.as_str() == id)?;
        action.stop.cancel();
        Some(action.describe())
    }

    /// Names and states of the owner's running actions.
    pub(crate) fn running(&self, owner: &UserId) -> Vec<(String, i64)> {
        let by_user = lock(&self.by_user);
        let running = by_user
            .get(owner)
            .into_iter()
            .flat_map(|of_user| of_user.running.values());
        running
            .map(|action| (action.name.clone(), action.progress()))
            .collect()
    }

    /// The current state for the owner's page, whatever events it has missed.
    pub(crate) fn present(&self, owner: &UserId) -> Present {
        Present {
            threads: wire::threads(&self.running(owner)),
            actions: self.list(owner),
        }
    }

    /// Forgets a user who has nothing running, if `is_gone` says that they have no session any more.
    pub(crate) fn forget_user(&self, user: &UserId, is_gone: impl FnOnce() -> bool) {
        let mut by_user = lock(&self.by_user);
        let rests = by_user.get(user).is_some_and(|of| of.running.is_empty());
        if rests && is_gone() {
            by_user.remove(user);
        }
    }

    /// The same for all users. A user with a running action is kept until a later call. `present` is called under the
    /// lock: an action that has finished by then was started by a session that existed before.
    pub(crate) fn forget_gone(&self, present: impl FnOnce() -> HashSet<UserId>) {
        let mut by_user = lock(&self.by_user);
        let present = present();
        by_user.retain(|user, of| !of.running.is_empty() || present.contains(user));
        if by_user.len() < by_user.capacity() / 4 {
            by_user.shrink_to_fit();
        }
    }
}

#[cfg(test)]
impl Registry {
    /// The number of users who are remembered.
    pub(crate) fn count_users(&self) -> usize {
        lock(&self.by_user).len()
    }
}
