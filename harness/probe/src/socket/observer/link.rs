//! The link between a conversation and the pump of its transport: frames one way, orders the other way, and how it
//! ended.

use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc;

use crate::socket::closing::Closing;

/// Frames that may wait for the conversation, and orders that may wait for the pump. A full channel makes its sender
/// wait.
const WAITING: usize = 256;

/// What the conversation asks of the pump.
pub(super) enum Order {
    Text(String),
    /// Says goodbye and closes.
    Close,
    Stall(bool),
}

/// The conversation's end of a transport.
pub(super) struct Link {
    pub(super) frames: mpsc::Receiver<String>,
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) ending: Ending,
}

/// The pump's end.
pub(super) struct PumpEnd {
    pub(super) to_conversation: mpsc::Sender<String>,
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) ending: Ending,
}

/// Both ends of a new link.
pub(super) fn pair() -> (Link, PumpEnd) {
    let (to_conversation, frames) = mpsc::channel(WAITING);
    let (to_pump, orders) = mpsc::channel(WAITING);
    let ending = Ending::default();
    let link = Link {
        frames,
        orders: to_pump,
        ending: ending.clone(),
    };
    let pump = PumpEnd {
        to_conversation,
        orders,
        ending,
    };
    (link, pump)
}

/// How the transport ended. The pump says it before it stops, so it is known once the frames have ended.
#[derive(Clone, Default)]
pub(super) struct Ending(Arc<OnceLock<(EndedBy, Closing)>>);

/// Who ended the connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum EndedBy {
    /// The server, by a close frame or an answer with a status.
    Server,
    /// The connection broke, and nobody said why.
    Nobody,
    /// The harness, because more came than it reads.
    Harness,
}

impl Ending {
    pub(super) fn say(&self, by: EndedBy, how: Closing) {
        // Only the first cause counts.
        let _ = self.0.set((by, how));
    }

    pub(super) fn how(&self) -> Closing {
        let how = self.0.get().map(|(_, how)| how.clone());
        how.unwrap_or_else(|| Closing::from("the transport ended".to_owned()))
    }

    pub(super) fn is_by(&self, whose: EndedBy) -> bool {
        self.0.get().is_some_and(|(by, _)| *by == whose)
    }
}
