//! What lies between a conversation and the pump of its transport: frames one way, orders the other, and the end.

use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc;

/// Frames between a pump and its conversation, and orders between them: each waits for room on the other's side.
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

/// How the transport ended, once the frames have: said by the pump before it stops.
#[derive(Clone, Default)]
pub(super) struct Ending(Arc<OnceLock<(EndedBy, String)>>);

/// Whose word an end is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum EndedBy {
    /// A close frame, or an answer with its status.
    Server,
    /// The line broke, and nobody said why.
    Nobody,
    /// More came than the harness reads.
    Harness,
}

impl Ending {
    pub(super) fn say(&self, by: EndedBy, how: String) {
        // The first word is the cause.
        let _ = self.0.set((by, how));
    }

    pub(super) fn how(&self) -> String {
        let how = self.0.get().map(|(_, how)| how.clone());
        how.unwrap_or_else(|| "the transport ended".to_owned())
    }

    pub(super) fn is_by(&self, whose: EndedBy) -> bool {
        self.0.get().is_some_and(|(by, _)| *by == whose)
    }
}
