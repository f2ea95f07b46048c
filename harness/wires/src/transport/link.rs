//! The link between a pump and the conversation: what came one way, orders the other way.
//!
//! What came and was not yet taken is bounded by its bytes, for the whole wire: the pump reads no more until there is
//! room. It goes on taking orders in the meantime, so nobody waits for somebody who waits for him.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::bounds::LONGEST;
use crate::frame::Frame;
use crate::incoming::{Ending, Incoming};
use crate::outgoing::Emission;

/// Orders that may wait for the pump. A full channel makes its sender wait.
const WAITING: usize = 256;

/// Bytes that one permit stands for. A frame takes one at least, so that small ones are bounded as well.
const UNIT: usize = 1024;

/// What came.
#[derive(Debug)]
pub(crate) enum Came {
    Frame(Frame),
    /// What needs no session to be understood.
    Said(Incoming),
    /// The same, and nothing follows.
    Last(Incoming),
    End(Ending),
}

/// What is asked of a pump.
#[derive(Debug)]
pub(crate) enum Order {
    Send(Vec<Frame>),
    /// Of a library only, which writes its packets itself.
    Emit(Emission),
    /// The answer to an event with this number; of a library only, too.
    Answer(u64, Vec<Value>),
    /// Sends these, says goodbye, and reads on until the server has heard it.
    Close(Vec<Frame>),
    Stall(bool),
}

/// Room for what came, given back when it is taken.
pub(crate) type Room = Option<OwnedSemaphorePermit>;

/// The conversation's end.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) came: mpsc::UnboundedReceiver<(Came, Room)>,
    pub(crate) orders: mpsc::Sender<Order>,
}

/// The pump's end.
#[derive(Debug)]
pub(crate) struct PumpEnd {
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) out: Out,
}

/// Where a pump puts what came.
#[derive(Debug)]
pub(super) struct Out {
    came: mpsc::UnboundedSender<(Came, Room)>,
    room: Arc<Semaphore>,
    /// What waits for room.
    waiting: VecDeque<(usize, Came)>,
}

/// Both ends of a new link.
pub(crate) fn pair() -> (Link, PumpEnd) {
    // Bounded by the room that each takes, and not by their number.
    let (to_conversation, came) = mpsc::unbounded_channel();
    let (to_pump, orders) = mpsc::channel(WAITING);
    let out = Out {
        came: to_conversation,
        room: Arc::new(Semaphore::new(LONGEST / UNIT)),
        waiting: VecDeque::new(),
    };
    let pump = PumpEnd { orders, out };
    let link = Link {
        came,
        orders: to_pump,
    };
    (link, pump)
}

impl Out {
    /// Lines up a frame.
    pub(super) fn take(&mut self, frame: Frame) {
        self.waiting.push_back((frame.size(), Came::Frame(frame)));
    }

    /// Lines up what was understood already; `size` in bytes.
    pub(super) fn take_said(&mut self, size: usize, said: Incoming) {
        self.waiting.push_back((size, Came::Said(said)));
    }

    /// Whether something waits for room.
    pub(super) fn is_behind(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Hands over the first that waits, when there is room. May be dropped at any time, and nothing is lost.
    pub(super) async fn deliver(&mut self) {
        let Some((size, _)) = self.waiting.front() else {
            return;
        };
        let units = (size / UNIT + 1).min(LONGEST / UNIT);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(units).await;
        if let Some((_, came)) = self.waiting.pop_front() {
            // Whoever hears nothing any more has dropped the orders as well.
            let _ = self.came.send((came, room.ok()));
        }
    }

    /// Hands over what takes no room worth counting: one of a kind.
    pub(super) fn say(&self, came: Came) {
        let _ = self.came.send((came, None));
    }

    /// Hands over what is left, and then how it ended.
    pub(super) async fn end(&mut self, ending: Ending) {
        self.finish(Came::End(ending)).await;
    }

    /// Hands over what is left, and then the last.
    pub(super) async fn finish(&mut self, last: Came) {
        while self.is_behind() {
            self.deliver().await;
        }
        self.say(last);
    }
}
