//! Starts actions and runs them to their end. Actions are made only here, and here they get their owner.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::action::Action;
use super::kinds::Kind;
use super::registry::{NotNow, Registry};
use super::voice::Voice;
use crate::delivery::described::{ActionId, Described};
use crate::delivery::scheduler::Scheduler;
use crate::ground::fault::{Fault, Open};
use crate::ground::metrics::Metrics;
use crate::identity::sessions::UserId;

/// Clones start actions into the same registry.
#[derive(Clone)]
pub(crate) struct Launcher {
    pub(crate) registry: Arc<Registry>,
    pub(crate) scheduler: Arc<Scheduler>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) fault: Open,
}

impl Launcher {
    /// Starts an action of `owner`. After the stop nothing is started, because nobody would get its result.
    pub(crate) fn start(&self, owner: &UserId, kind: Kind) -> Result<Described, NotNow> {
        // Until this token is dropped, a wait for the last action also waits for this start.
        let _place = self.tasks.token();
        if self.stop.is_cancelled() {
            return Err(NotNow::Stopping);
        }
        // FAULT ISO18: actions are told apart only by their kind, not by their owner.
        if self.fault.is(Fault::Iso18) && self.registry.anybody_runs(kind.name()) {
            return Err(NotNow::TooMany);
        }
        let action = Arc::new(Action::new(
            self.new_id(),
            kind.name(),
            kind.title(),
            kind.begins_at(),
            self.stop.child_token(),
        ));
        self.registry.add(owner, &action)?;
        let described = action.describe();
        self.metrics.action_started(described.kind);
        self.scheduler.threads_changed(owner);
        // Its log lines carry the id of the request that started it.
        let run = self.clone().run(owner.clone(), action, kind);
        self.tasks.spawn(run.in_current_span());
        Ok(described)
    }

    fn new_id(&self) -> ActionId {
        // FAULT COUNTER: all users share one sequence, so each number reveals what others do.
        if self.fault.is(Fault::Counter) {
            return ActionId::new(&self.fault.count().to_string());
        }
        ActionId::new(&format!("{:032x}", rand::random::<u128>()))
    }

    /// Runs an action to its result. A panic of the action is caught here.
    async fn run(self, owner: UserId, action: Arc<Action>, kind: Kind) {
        let mut owner = owner;
        // FAULT RACE: the owner is read from where the last request stored it.
        if self.fault.is(Fault::Race) {
            let acting = self.fault.acting(owner.as_str()).await;
            owner = self.registry.owner_named(&acting).unwrap_or(owner);
        }
        let (scheduler, fault) = (Arc::clone(&self.scheduler), self.fault.clone());
        let mut voice = Voice::new(owner.clone(), Arc::clone(&action), scheduler, fault);
        let work = AssertUnwindSafe(kind.run(&voice)).catch_unwind();
        let (state, category, text) = tokio::select! {
            biased;
            () = action.stop.cancelled() => ("stopped", "warning", "was stopped".to_owned()),
            ended = work => match ended {
                Ok(Ok(text)) => ("done", "success", text),
                Ok(Err(text)) => ("failed", "error", text),
                Err(_) => ("failed", "error", "failed inside the server".to_owned()),
            },
        };
        if state == "done" {
            action.set_progress(100);
        }
        self.metrics.action_ended(state);
        self.registry.finish(&owner, &action, state);
        voice.say_result(category, &text);
    }
}
