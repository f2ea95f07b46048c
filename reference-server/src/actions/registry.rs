//! Actions: what a user started, with its owner from its first moment to its last.
//!
//! `Action` is made by `Actions::start` alone, which takes the owner; every task and child process of
//! an action has its `Voice`, and a voice speaks to its owner only.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures_util::FutureExt as _;
use serde::Serialize;
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;
use utoipa::ToSchema;

use crate::actions::kinds::{self, Kind};
use crate::delivery::log_lines::Line;
use crate::delivery::message::Body;
use crate::delivery::scheduler::{ListThreads, MessageRefused, Scheduler};
use crate::delivery::wire::{self, Present};
use crate::ground::fault::{Fault, Open};
use crate::ground::metrics::Metrics;
use crate::identity::sessions::UserId;

/// Actions a user may have running.
const MAX_RUNNING: usize = 50;
/// Finished actions a user can still read.
const REMEMBERED: usize = 10;

/// 128 random bits: nobody can count other people's actions by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ActionId(Arc<str>);

impl Serialize for ActionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What its owner can read of an action.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Described {
    #[schema(value_type = String)]
    pub(crate) id: ActionId,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) state: &'static str,
    pub(crate) progress: i64,
}

/// Why an action is not started now.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum NotNow {
    #[error("{MAX_RUNNING} actions of yours are running")]
    TooMany,
    #[error("the server is stopping")]
    Stopping,
}

impl NotNow {
    pub(crate) const fn fix(self) -> &'static str {
        match self {
            Self::TooMany => "stop one first",
            Self::Stopping => "start it again in a moment",
        }
    }
}

struct Action {
    id: ActionId,
    kind: &'static str,
    name: String,
    /// Percent, or a status of the contract.
    progress: AtomicI64,
    state: Mutex<&'static str>,
    stop: CancellationToken,
}

impl Action {
    fn describe(&self) -> Described {
        Described {
            id: self.id.clone(),
            kind: self.kind,
            name: self.name.clone(),
            state: *lock(&self.state),
            progress: self.progress.load(Ordering::Relaxed),
        }
    }
}

#[derive(Default)]
struct OfUser {
    running: BTreeMap<ActionId, Arc<Action>>,
    finished: VecDeque<Arc<Action>>,
}

/// Every user's actions, apart.
pub(crate) struct Actions {
    by_user: Mutex<HashMap<UserId, OfUser>>,
    scheduler: Arc<Scheduler>,
    tasks: TaskTracker,
    stop: CancellationToken,
    list: Arc<ListThreads>,
    metrics: Arc<Metrics>,
    fault: Open,
}

impl Actions {
    pub(crate) fn new(
        scheduler: Arc<Scheduler>,
        tasks: TaskTracker,
        stop: CancellationToken,
        metrics: Arc<Metrics>,
        fault: Open,
    ) -> Arc<Self> {
        Arc::new_cyclic(|actions: &Weak<Self>| {
            let actions = actions.clone();
            let list = move |user: &UserId| {
                actions
                    .upgrade()
                    .map_or_else(Vec::new, |actions| actions.running(user))
            };
            Self {
                by_user: Mutex::default(),
                scheduler,
                tasks,
                stop,
                list: Arc::new(list),
                metrics,
                fault,
            }
        })
    }

    /// Starts an action of `owner`. What is started is heard to its end: from the stop on nothing is.
    pub(crate) fn start(self: &Arc<Self>, owner: &UserId, kind: Kind) -> Result<Described, NotNow> {
        // Who waits for the last action waits for this as well.
        let _place = self.tasks.token();
        if self.stop.is_cancelled() {
            return Err(NotNow::Stopping);
        }
        // FAULT ISO18: an action is known by its kind, whoever runs it.
        if self.fault.is(Fault::Iso18) && self.anybody_runs(kind.name()) {
            return Err(NotNow::TooMany);
        }
        let action = Arc::new(Action {
            id: self.new_id(),
            kind: kind.name(),
            name: kind.title(),
            // Known before anybody is told: a list must not depend on who was quicker.
            progress: AtomicI64::new(kind.begins_at()),
            state: Mutex::new("running"),
            stop: self.stop.child_token(),
        });
        {
            let mut by_user = lock(&self.by_user);
            let of_user = by_user.entry(owner.clone()).or_default();
            if of_user.running.len() >= MAX_RUNNING {
                return Err(NotNow::TooMany);
            }
            of_user
                .running
                .insert(action.id.clone(), Arc::clone(&action));
        }
        let voice = Voice {
            owner: owner.clone(),
            action: Arc::clone(&action),
            actions: Arc::clone(self),
            adrift: false,
        };
        let described = action.describe();
        self.metrics.action_started(described.kind);
        self.scheduler.threads_changed(owner, &self.list);
        // What it logs has the id of the request that started it.
        self.tasks.spawn(run(voice, kind).in_current_span());
        Ok(described)
    }

    fn new_id(&self) -> ActionId {
        // FAULT COUNTER: one sequence for all, so that each number tells what others do.
        if self.fault.is(Fault::Counter) {
            return ActionId(self.fault.count().to_string().into());
        }
        ActionId(format!("{:032x}", rand::random::<u128>()).into())
    }

    fn anybody_runs(&self, kind: &str) -> bool {
        let by_user = lock(&self.by_user);
        let mut running = by_user
            .values()
            .flat_map(|of_user| of_user.running.values());
        running.any(|action| action.kind == kind)
    }

    /// FAULTS ISO08 and WEB10: whoever has this action.
    pub(crate) fn owner_of(&self, id: &str) -> Option<UserId> {
        let by_user = lock(&self.by_user);
        let mut all = by_user.iter();
        let found = all.find(|(_, of_user)| {
            let mut own = of_user.running.values().chain(&of_user.finished);
            own.any(|action| &*action.id.0 == id)
        });
        found.map(|(owner, _)| owner.clone())
    }

    /// FAULT ISO10: whoever has this name.
    pub(crate) fn owner_named(&self, name: &str) -> Option<UserId> {
        let by_user = lock(&self.by_user);
        by_user
            .keys()
            .find(|user| user.to_string() == name)
            .cloned()
    }

    /// Whose actions are looked through for this one: the caller's.
    fn asked(&self, caller: &UserId, id: &str) -> UserId {
        // FAULT ISO08: the id alone says which.
        let anybody = self.fault.is(Fault::Iso08).then(|| self.owner_of(id));
        anybody.flatten().unwrap_or_else(|| caller.clone())
    }

    /// The owner's actions, the running ones first.
    pub(crate) fn list(&self, owner: &UserId) -> Vec<Described> {
        let by_user = lock(&self.by_user);
        let Some(of_user) = by_user.get(owner) else {
            return Vec::new();
        };
        of_user
            .running
            .values()
            .chain(&of_user.finished)
            .map(|action| action.describe())
            .collect()
    }

    /// One of the owner's actions. Somebody else's is not found, like one that never was.
    pub(crate) fn find(&self, owner: &UserId, id: &str) -> Option<Described> {
        self.list(&self.asked(owner, id))
            .into_iter()
            .find(|action| &*action.id.0 == id)
    }

    /// Stops one of the owner's actions; a finished one is stopped already.
    pub(crate) fn stop(&self, owner: &UserId, id: &str) -> Option<Described> {
        let owner = self.asked(owner, id);
        let by_user = lock(&self.by_user);
        let of_user = by_user.get(&owner)?;
        let mut all = of_user.running.values().chain(&of_user.finished);
        let action = all.find(|action| &*action.id.0 == id)?;
        action.stop.cancel();
        Some(action.describe())
    }

    /// FAULT LOST-ON-CLOSE: what waits for the user is forgotten.
    pub(crate) fn forget_waiting(&self, user: &UserId) {
        self.scheduler.forget(user);
    }

    /// What the owner's page shows now, whatever it has missed.
    pub(crate) fn present(&self, owner: &UserId) -> Present {
        Present {
            threads: wire::threads(&self.running(owner)),
            actions: self.list(owner),
        }
    }

    /// Sends the list of running actions though none has changed.
    pub(crate) fn list_again(&self, owner: &UserId) {
        self.scheduler.threads_changed(owner, &self.list);
    }

    fn running(&self, owner: &UserId) -> Vec<(String, i64)> {
        let by_user = lock(&self.by_user);
        let running = by_user
            .get(owner)
            .into_iter()
            .flat_map(|of_user| of_user.running.values());
        running
            .map(|action| (action.name.clone(), action.progress.load(Ordering::Relaxed)))
            .collect()
    }

    /// Forgets a user who has nothing running, when nobody of that name is there any more.
    pub(crate) fn forget_user(&self, user: &UserId, is_gone: impl FnOnce() -> bool) {
        let mut by_user = lock(&self.by_user);
        let rests = by_user.get(user).is_some_and(|of| of.running.is_empty());
        if rests && is_gone() {
            by_user.remove(user);
        }
    }

    /// The same for all users; what runs on is looked at again when it has ended. Who is there is asked under the
    /// lock: an action that has finished by then was started by a session that was there before.
    pub(crate) fn forget_gone(&self, present: impl FnOnce() -> HashSet<UserId>) {
        let mut by_user = lock(&self.by_user);
        let present = present();
        by_user.retain(|user, of| !of.running.is_empty() || present.contains(user));
        if by_user.len() < by_user.capacity() / 4 {
            by_user.shrink_to_fit();
        }
    }

    fn finish(&self, owner: &UserId, action: &Arc<Action>, state: &'static str) {
        *lock(&action.state) = state;
        self.metrics.action_ended(state);
        let mut by_user = lock(&self.by_user);
        if let Some(of_user) = by_user.get_mut(owner) {
            of_user.running.remove(&action.id);
            of_user.finished.push_front(Arc::clone(action));
            of_user.finished.truncate(REMEMBERED);
        }
    }
}

#[cfg(test)]
impl Actions {
    /// Of how many users something is remembered.
    pub(crate) fn count_users(&self) -> usize {
        lock(&self.by_user).len()
    }
}

/// Runs an action to its result; what it panics with stays here.
async fn run(mut voice: Voice, kind: Kind) {
    // FAULT RACE: the owner is looked up where the last request left it.
    if voice.actions.fault.is(Fault::Race) {
        voice.owner = voice.actions.fault.acting(&voice.owner).await;
    }
    let stop = voice.action.stop.clone();
    let work = AssertUnwindSafe(kinds::run(&voice, &kind)).catch_unwind();
    let (state, category, text) = tokio::select! {
        biased;
        () = stop.cancelled() => ("stopped", "warning", "was stopped".to_owned()),
        ended = work => match ended {
            Ok(Ok(text)) => ("done", "success", text),
            Ok(Err(text)) => ("failed", "error", text),
            Err(_) => ("failed", "error", "failed inside the server".to_owned()),
        },
    };
    if state == "done" {
        voice.action.progress.store(100, Ordering::Relaxed);
    }
    voice.actions.finish(&voice.owner, &voice.action, state);
    let text = format!("{} {text}", voice.action.name);
    // FAULT ISO07: whose it was stood in the list of running actions.
    voice.adrift = voice.actions.fault.is(Fault::Iso07);
    // The title is bounded, so the result always fits.
    let _ = voice.say(Body::Result { category, text });
    voice
        .actions
        .scheduler
        .threads_changed(&voice.owner, &voice.actions.list);
}

/// An action's way to speak: it reaches the action's owner and nobody else.
#[derive(Clone)]
pub(crate) struct Voice {
    owner: UserId,
    action: Arc<Action>,
    actions: Arc<Actions>,
    /// Under a fault: it has lost its owner.
    adrift: bool,
}

impl Voice {
    /// The voice of a task that the action spawns.
    pub(crate) fn of_task(&self) -> Self {
        // FAULT ISO13: the owner stands in the request's context, which the task does not have.
        Self {
            adrift: self.actions.fault.is(Fault::Iso13),
            ..self.clone()
        }
    }

    /// Queues a message for the owner.
    pub(crate) fn say(&self, body: Body) -> Result<(), MessageRefused> {
        let (scheduler, list) = (&self.actions.scheduler, &self.actions.list);
        if self.adrift {
            return scheduler.queue_for_all(&self.action.id, &body, list);
        }
        self.actions
            .scheduler
            .queue(&self.owner, &self.action.id, body, &self.actions.list)
    }

    /// Writes a line to the owner's log.
    pub(crate) fn log(&self, file_line: &'static str, message: String) {
        let line = Line::new("INFO", file_line, message);
        self.actions
            .scheduler
            .log(&self.owner, line, &self.actions.list);
    }

    /// Sets the state that the list of running actions shows.
    pub(crate) fn progress(&self, percent: i64) {
        self.action.progress.store(percent, Ordering::Relaxed);
        self.actions
            .scheduler
            .threads_changed(&self.owner, &self.actions.list);
    }

    pub(crate) fn name(&self) -> &str {
        &self.action.name
    }

    /// What a child process is told of whom it works for.
    pub(crate) fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("ACTION_OWNER", self.owner.to_string()),
            ("ACTION_ID", self.action.id.to_string()),
        ]
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
