//! A client connects to Socket.IO and joins the room of its session.
//!
//! Two properties of socketioxide shape this file. Async handlers are spawned and can overtake each
//! other. So a handler only sends into its socket's channel, without waiting, and one task answers in order.
//! Handlers that are set after the connect can miss a client's first event. So they are set before the client learns
//! that it is connected, and `ready` is sent after the join.

use std::fmt;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Event, SocketRef, TryData};
use socketioxide::handler::ConnectHandler;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::client_events::{Joined, answer};
use super::intake::Intake;
use super::parts::Sockets;
use crate::delivery::room::Room;
use crate::ground::fault::Fault;
use crate::ground::lock::lock;
use crate::identity::sessions::Session;
use crate::transport::transports::{self, Transport};

/// Events of one client that may wait for an answer. A client that sends more is disconnected.
const WAITING: usize = 256;

/// Why a client may not connect.
#[derive(Debug)]
enum ConnectRefused {
    NotLoggedIn,
    SecondSocket,
}

impl fmt::Display for ConnectRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotLoggedIn => "log in first",
            Self::SecondSocket => {
                "this transport has already had its socket: open another transport"
            }
        })
    }
}

/// The open room, and the channel that takes the `Joined`, once.
#[derive(Clone)]
// The library clones what a socket carries, so the sender is shared. It is locked for a moment, to be taken once.
struct Handover(Arc<Room>, Arc<Mutex<Option<oneshot::Sender<Joined>>>>);

pub(crate) fn register(io: &SocketIo, sockets: &Sockets) {
    let for_setup = sockets.clone();
    let set_up = move |socket: SocketRef| {
        let sockets = for_setup.clone();
        async move { set_up(&sockets, &socket).await }
    };
    let sockets = sockets.clone();
    let connected = move |socket: SocketRef| {
        // Not inside the future, because that is spawned: the join must come first.
        join(&sockets, socket);
        async {}
    };
    io.ns("/", connected.with(set_up));
}

/// Runs before the client learns that it is connected. Afterwards the room is open, the handlers are set, and events
/// wait in a channel.
async fn set_up(sockets: &Sockets, socket: &SocketRef) -> Result<(), ConnectRefused> {
    let session = session(sockets, socket).ok_or(ConnectRefused::NotLoggedIn)?;
    let user = session.user.ok_or(ConnectRefused::NotLoggedIn)?;
    let transport = Transport::of(socket).ok_or(ConnectRefused::NotLoggedIn)?;
    if !transport.may_join() {
        return Err(ConnectRefused::SecondSocket);
    }
    let transport = Arc::clone(transport);
    let request = transport.request().clone();
    let opening = sockets.rooms.open(&user, &session.key);
    let room = opening.instrument(request.clone()).await;
    // If the session has ended in the meantime, its end may have found no room to close.
    if sockets.sessions.live(&session.key).is_none() {
        sockets.rooms.close(&session.key);
        return Err(ConnectRefused::NotLoggedIn);
    }
    let sid = socket.id.to_string();
    sockets.transports.bind(sid, &transport);
    let (asks, asked) = mpsc::channel(WAITING);
    let (joins, joined) = oneshot::channel();
    socket
        .extensions
        .insert(Handover(room, Arc::new(Mutex::new(Some(joins)))));
    let intake = Intake {
        transport,
        asks,
        events_per_second: sockets.live.now().settings.events_per_second,
        refused: sockets.metrics.events_refused.clone(),
    };
    socket.on_fallback(
        move |socket: SocketRef,
              Event(event): Event,
              TryData(data): TryData<Value>,
              ack: AckSender| {
            intake.take(socket, event, data.unwrap_or(Value::Null), ack);
            std::future::ready(())
        },
    );
    tokio::spawn(answer(sockets.clone(), joined, asked).instrument(request));
    Ok(())
}

fn join(sockets: &Sockets, socket: SocketRef) {
    let handover = socket.extensions.remove::<Handover>();
    let found =
        session(sockets, &socket).and_then(|session| Some((session.user.clone()?, session.key)));
    let transport = Transport::of(&socket).cloned();
    let (Some((user, key)), Some(handover), Some(transport)) = (found, handover, transport) else {
        transports::send_away(socket);
        return;
    };
    let request = transport.request().clone();
    let _request = request.enter();
    let sid = socket.id;
    let Handover(room, joins) = handover;
    let ready = sockets.rooms.join(&room, socket.clone());
    let (leaving, leaving_room, leaving_user) = (sockets.clone(), Arc::clone(&room), user.clone());
    socket.on_disconnect(move |_: SocketRef| {
        leaving.rooms.leave(&leaving_room, sid);
        // FAULT LOST-ON-CLOSE: waiting messages belong to the tab that closes.
        if leaving.fault.is(Fault::LostOnClose) {
            leaving.scheduler.forget(&leaving_user);
        }
        leaving.transports.release(&sid.to_string());
        async {}
    });
    // The session may have ended, or the client disconnected, before the handler above was set.
    if !socket.connected() {
        sockets.rooms.leave(&room, sid);
        sockets.transports.release(&sid.to_string());
    } else if sockets.sessions.live(&key).is_none() {
        sockets.rooms.close(&key);
    }
    // Actions ended with the process that ran them, so the list of running actions has changed.
    if room.take_restored() {
        sockets.scheduler.threads_changed(&user);
    }
    let sender = lock(&joins).take();
    if let Some(sender) = sender {
        // An error means that the answering task has ended.
        let _ = sender.send(Joined {
            user,
            room,
            transport,
            socket: sid,
            ready,
        });
    }
}

/// The session of the request that opened the transport, if it is still valid.
fn session(sockets: &Sockets, socket: &SocketRef) -> Option<Session> {
    let opened = Transport::of(socket)?;
    sockets
        .sessions
        .live(opened.session())
        .filter(|session| session.user.is_some())
}
