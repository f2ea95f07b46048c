//! The conversation between a wire and its transport: it hears frames with a session where there is one, answers what
//! the protocol answers by itself, and hands over the rest.
//!
//! It never waits for a pump, because the pump may be waiting for it: an answer to a ping is skipped where there is no
//! room for it, and an order is taken only once the pump has room for what follows.

use serde_json::Value;
use tokio::sync::mpsc;

use crate::frame::Frame;
use crate::incoming::{Ending, Incoming};
use crate::outgoing::Emission;
use crate::session::{After, Session};
use crate::transport::{Came, Link, Order, Room};

/// What a wire asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    Send(Vec<Frame>),
    /// An event, where a library speaks.
    Emit(Emission),
    /// The answer to an event of this number, where a library speaks.
    Answer(u64, Vec<Value>),
    /// Asks for a namespace with these frames.
    Connect(String, Vec<Frame>),
    /// Leaves a namespace with these frames.
    Leave(String, Vec<Frame>),
    Stall(bool),
    Close,
}

/// What is handed over, with the room that it takes until somebody takes it.
pub(crate) type HandedOver = (Incoming, Room);

/// One conversation.
pub(crate) struct Conversation {
    pub(crate) link: Link,
    /// None where frames are taken as they come, or a library speaks.
    pub(crate) session: Option<Session>,
    pub(crate) heard: mpsc::UnboundedSender<HandedOver>,
}

impl Conversation {
    /// Speaks until the transport ends, or nobody listens any more.
    pub(crate) async fn run(mut self, mut asked: mpsc::Receiver<Asked>) {
        // Once the goodbye is on its way, or only the listener is left, nothing is asked any more.
        let (mut is_closing, mut is_silent) = (false, false);
        let orders = self.link.orders.clone();
        loop {
            tokio::select! {
                came = self.link.came.recv() => match came {
                    Some((Came::Frame(frame), room)) => {
                        if self.hear(frame, room, is_closing) {
                            return self.hang_up();
                        }
                    }
                    Some((Came::Said(said), room)) => self.hand_over(said, room),
                    Some((Came::Last(said), room)) => return self.hand_over(said, room),
                    Some((Came::End(ending), _)) => return self.end(ending, is_closing),
                    None => return self.give_up(),
                },
                (room, asked) = next(&orders, &mut asked), if !is_closing && !is_silent => {
                    match (room, asked) {
                        (Some(room), Some(asked)) => {
                            let order = order(&mut self.session, asked);
                            is_closing = matches!(order, Order::Close(_));
                            room.send(order);
                        }
                        // The transport's end is on its way, or only the listener is left.
                        (None, _) | (_, None) => is_silent = true,
                    }
                }
                () = self.heard.closed() => return,
            }
        }
    }

    /// Closes the transport of a session that is over. Nobody waits for that.
    fn hang_up(&self) {
        let _ = self.link.orders.try_send(Order::Close(Vec::new()));
    }

    /// Takes one frame. Gives whether it was the last.
    fn hear(&mut self, frame: Frame, room: Room, is_closing: bool) -> bool {
        let Some(session) = &mut self.session else {
            self.hand_over(Incoming::Frame(frame), room);
            return false;
        };
        let heard = session.hear(frame);
        if !heard.answers.is_empty() {
            // One pong is enough for many pings. At the opening, which has no other answer, there is room.
            let _ = self.link.orders.try_send(Order::Send(heard.answers));
        }
        let mut room = room;
        for said in heard.said {
            self.hand_over(said, room.take());
        }
        match heard.after {
            After::GoesOn => return false,
            After::Over => {}
            After::Ends(ending) => self.end(ending, is_closing),
        }
        true
    }

    /// Says how it ended, unless this side asked for it.
    fn end(&mut self, ending: Ending, is_closing: bool) {
        self.give_up();
        if !is_closing {
            self.hand_over(Incoming::Closed(ending), None);
        }
    }

    /// Hands over what waits for attachments that cannot come any more.
    fn give_up(&mut self) {
        if let Some(rest) = self.session.as_mut().and_then(Session::rest) {
            self.hand_over(rest, None);
        }
    }

    fn hand_over(&self, said: Incoming, room: Room) {
        // Whoever listens no more is noticed by the loop.
        let _ = self.heard.send((said, room));
    }
}

/// The order for what is asked. The session has to know its namespaces.
fn order(session: &mut Option<Session>, asked: Asked) -> Order {
    match (asked, session) {
        (Asked::Connect(namespace, frames), Some(session)) => {
            session.asks(namespace);
            Order::Send(frames)
        }
        (Asked::Leave(namespace, frames), Some(session)) => {
            session.leaves(&namespace);
            Order::Send(frames)
        }
        (Asked::Send(frames) | Asked::Connect(_, frames) | Asked::Leave(_, frames), _) => {
            Order::Send(frames)
        }
        (Asked::Emit(emission), _) => Order::Emit(emission),
        (Asked::Answer(id, arguments), _) => Order::Answer(id, arguments),
        (Asked::Stall(is_stalled), _) => Order::Stall(is_stalled),
        (Asked::Close, Some(session)) => Order::Close(session.goodbye()),
        (Asked::Close, None) => Order::Close(Vec::new()),
    }
}

/// The next that is asked for, once the pump has room for it. If the pump has stopped, it is taken and lost.
async fn next<'a>(
    orders: &'a mpsc::Sender<Order>,
    asked: &mut mpsc::Receiver<Asked>,
) -> (Option<mpsc::Permit<'a, Order>>, Option<Asked>) {
    let room = orders.reserve().await.ok();
    (room, asked.recv().await)
}
