//! A connection, as both clients give it and a tab uses it: the commands, and where they are sent.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::error::ProbeError;

/// How long an acknowledgement may take, at the tab and in the library.
pub(super) const ACK: Duration = Duration::from_secs(10);

/// How an opening ended. The inner error is the target's refusal, in its own words.
pub(super) type Opening<T> = Result<Result<T, String>, ProbeError>;

/// The refusal of a socket that the target disconnects before it is ready.
pub(super) const DISCONNECTED: &str = "the socket was disconnected";

/// What a tab asks of its client's task.
#[derive(Debug)]
pub(super) enum Command {
    Emit {
        event: String,
        arguments: Vec<Value>,
        reply: oneshot::Sender<Acknowledged>,
    },
    Close,
    Cut,
    Stall(bool),
}

/// An acknowledgement's arguments, and the packet as it came.
#[derive(Debug)]
pub(super) struct Acknowledged {
    pub(super) arguments: Vec<Value>,
    pub(super) frame: String,
}

impl Acknowledged {
    /// The first argument, by which a target says yes or no; null where there is none.
    pub(super) fn answer(&self) -> &Value {
        self.arguments.first().unwrap_or(&Value::Null)
    }
}

/// A connection that is ready.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) sid: String,
}
