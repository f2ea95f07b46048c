//! The observer: a Socket.IO client over raw frames, which loses and reorders nothing.
//!
//! A pump (`websocket`, `polling`) moves text frames over a `link` to the `conversation`, which speaks Engine.IO and
//! Socket.IO and records every event exactly as it came. Events that come too early are `held`.
//!
//! The protocol is written by hand, because the raw frame is the evidence, with its order and its mistakes. A client
//! library shows only what it understood, and repairs or drops what it cannot read.

mod held;
mod link;

mod polling;
mod websocket;

mod conversation;

use std::sync::Arc;

use tokio::sync::mpsc;

use self::conversation::Conversation;
use self::held::Held;
use super::connection::{Connection, Opening};
use super::inbox::Inbox;
use super::options::{OpenOptions, Transport};
use crate::http::browser::Browser;

/// Commands of a tab that may wait for its conversation.
const WAITING: usize = 256;

/// Connects and waits until the socket is ready.
pub(super) async fn connect(
    browser: &Browser,
    options: &OpenOptions,
    inbox: &Arc<Inbox>,
) -> Opening<Connection> {
    let opened = match options.transport {
        Transport::Websocket => websocket::connect(browser, options, &inbox.place).await?,
        Transport::Polling => polling::connect(browser, options, &inbox.place).await?,
    };
    let link = match opened {
        Ok(link) => link,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let part = browser.site().target.socket.clone();
    // What was missed comes before anything newer, and before what comes early.
    let resume = options.resume.filter(|_| part.resume.is_some());
    let mut conversation = Conversation::new(link, part, Arc::clone(inbox));
    let mut held = Held::new(Arc::clone(inbox));
    let (sid, ready) = match conversation.open(resume.map(|_| &mut held)).await? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(Err(refusal)),
    };
    conversation.join(ready, resume, held).await?;
    let (commands, asked) = mpsc::channel(WAITING);
    tokio::spawn(conversation.run(asked));
    Ok(Ok(Connection { commands, sid }))
}
