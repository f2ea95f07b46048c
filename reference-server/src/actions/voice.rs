//! The way an action sends messages: they reach the action's owner and nobody else. Every task of an action has a
//! voice.

use std::sync::Arc;

use super::action::Action;
use crate::delivery::log_lines::Line;
use crate::delivery::message::{Body, MessageRefused};
use crate::delivery::scheduler::Scheduler;
use crate::ground::fault::{Fault, Open};
use crate::identity::sessions::UserId;

#[derive(Clone)]
pub(crate) struct Voice {
    owner: UserId,
    action: Arc<Action>,
    scheduler: Arc<Scheduler>,
    fault: Open,
    /// Under a fault: the voice has lost its owner.
    adrift: bool,
}

impl Voice {
    pub(super) const fn new(
        owner: UserId,
        action: Arc<Action>,
        scheduler: Arc<Scheduler>,
        fault: Open,
    ) -> Self {
        Self {
            owner,
            action,
            scheduler,
            fault,
            adrift: false,
        }
    }

    /// The voice for a task that the action spawns.
    pub(super) fn of_task(&self) -> Self {
        // FAULT ISO13: the owner is in the request's context, which the task does not have.
        Self {
            adrift: self.fault.is(Fault::Iso13),
            ..self.clone()
        }
    }

    /// Queues a message for the owner.
    pub(super) fn say(&self, body: Body) -> Result<(), MessageRefused> {
        if self.adrift {
            return self.scheduler.queue_for_all(&self.action.id, &body);
        }
        self.scheduler.queue(&self.owner, &self.action.id, body)
    }

    /// The same, for a kind that fails with the text of the refusal.
    pub(super) fn tell(&self, body: Body) -> Result<(), String> {
        self.say(body)
            .map_err(|refused| format!("was refused: {refused}"))
    }

    /// Sends the result, as the action's last message.
    pub(super) fn say_result(&mut self, category: &'static str, text: &str) {
        let text = format!("{} {text}", self.action.name);
        // FAULT ISO07: the owner was looked up in the list of running actions, which no longer has it.
        self.adrift = self.fault.is(Fault::Iso07);
        // The title is bounded, so the result always fits.
        let _ = self.say(Body::Result { category, text });
        self.scheduler.threads_changed(&self.owner);
    }

    /// Writes a line to the owner's log.
    pub(super) fn log(&self, file_line: &'static str, message: String) {
        let line = Line::new("INFO", file_line, message);
        self.scheduler.log(&self.owner, line);
    }

    /// Sets the progress that the list of running actions shows.
    pub(super) fn progress(&self, percent: i64) {
        self.action.set_progress(percent);
        self.scheduler.threads_changed(&self.owner);
    }

    pub(super) fn name(&self) -> &str {
        &self.action.name
    }

    /// The environment that tells a child process its owner and its action.
    pub(super) fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("ACTION_OWNER", self.owner.to_string()),
            ("ACTION_ID", self.action.id.to_string()),
        ]
    }
}
