//! Socket.IO: a client joins the room of its session, and says a few things of its own.
//!
//! Two of socketioxide's habits shape this file. Async handlers are spawned and can overtake each
//! other, so a handler only sends into its socket's channel, at once, and one task answers in order.
//! Handlers may come later than a client's first event, so they are set before the client is told that
//! it is connected, and `ready` is sent after the join.

use std::fmt;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Event, SocketRef, TryData};
use socketioxide::handler::ConnectHandler;
use socketioxide::socket::Sid;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;
use tracing::Instrument as _;

use crate::actions::kinds::Kind;
use crate::delivery::room::Room;
use crate::delivery::wire;
use crate::ground::fault::Fault;
use crate::http::app::App;
use crate::identity::sessions::{Session, UserId};
use crate::transport::rate::Turn;
use crate::transport::transports::{self, Transport};

/// Events of one client that may wait for an answer; a client that sends more is disconnected.
const WAITING: usize = 256;

/// What the client is told when it may not connect.
#[derive(Debug)]
enum Refused {
    NotLoggedIn,
    SecondSocket,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotLoggedIn => "log in first",
            Self::SecondSocket => "this transport has had its socket: open another transport",
        })
    }
}

/// An event of a client, waiting for its turn.
struct Asked {
    event: String,
    data: Value,
    ack: AckSender,
}

/// Where a joined socket stands; the connect handler sends it to the task that answers.
struct Joined {
    user: UserId,
    room: Arc<Room>,
    transport: Arc<Transport>,
    socket: Sid,
    /// The last number before the socket joined.
    ready: u64,
}

/// The open room, and the way to hand over the place of the join, once.
#[derive(Clone)]
struct Handover(Arc<Room>, Arc<Mutex<Option<oneshot::Sender<Joined>>>>);

pub(crate) fn register(io: &SocketIo, app: &Arc<App>) {
    let for_setup = Arc::clone(app);
    let set_up = move |socket: SocketRef| {
        let app = Arc::clone(&for_setup);
        async move { set_up(&app, &socket).await }
    };
    let app = Arc::clone(app);
    let connected = move |socket: SocketRef| {
        // In this closure and not in the future, which would be spawned: the join comes first.
        join(&app, socket);
        async {}
    };
    io.ns("/", connected.with(set_up));
}

/// Before the client is told that it is connected: the room is open, handlers stand, events wait.
async fn set_up(app: &Arc<App>, socket: &SocketRef) -> Result<(), Refused> {
    let session = session(app, socket).ok_or(Refused::NotLoggedIn)?;
    let user = session.user.ok_or(Refused::NotLoggedIn)?;
    let transport = Transport::of(socket).ok_or(Refused::NotLoggedIn)?;
    if !transport.may_join() {
        return Err(Refused::SecondSocket);
    }
    let transport = Arc::clone(transport);
    let request = transport.request().clone();
    let opening = app.rooms.open(&user, &session.key);
    let room = opening.instrument(request.clone()).await;
    // One that has ended meanwhile may have closed no room, because there was none.
    if app.sessions.live(&session.key).is_none() {
        app.rooms.close(&session.key);
        return Err(Refused::NotLoggedIn);
    }
    let sid = socket.id.to_string();
    app.transports.bind(sid, &transport);
    let (asks, asked) = mpsc::channel(WAITING);
    let events = app.live().settings.events_per_second;
    let refused = app.metrics.events_refused.clone();
    let (joins, joined) = oneshot::channel();
    socket
        .extensions
        .insert(Handover(room, Arc::new(Mutex::new(Some(joins)))));
    socket.on_fallback(
        move |socket: SocketRef,
              Event(event): Event,
              TryData(data): TryData<Value>,
              ack: AckSender| {
            let _request = transport.request().enter();
            match transport.take_turn() {
                Turn::Granted => {}
                Turn::Refused => {
                    refused.inc();
                    // A client that cannot take the answer is disconnected for that.
                    let _ = ack.send(&too_many(events));
                    return std::future::ready(());
                }
                Turn::Deaf => {
                    refused.inc();
                    tracing::warn!("a client sends far too many events and is disconnected");
                    transports::send_away(socket);
                    return std::future::ready(());
                }
            }
            take(
                &asks,
                socket,
                Asked {
                    event,
                    data: data.unwrap_or(Value::Null),
                    ack,
                },
            );
            std::future::ready(())
        },
    );
    tokio::spawn(answer(Arc::clone(app), joined, asked).instrument(request));
    Ok(())
}

fn take(asks: &Sender<Asked>, socket: SocketRef, asked: Asked) {
    if asks.try_send(asked).is_err() {
        tracing::warn!("a client sends faster than it is answered and is disconnected");
        transports::send_away(socket);
    }
}

fn join(app: &Arc<App>, socket: SocketRef) {
    let handover = socket.extensions.remove::<Handover>();
    let found =
        session(app, &socket).and_then(|session| Some((session.user.clone()?, session.key)));
    let transport = Transport::of(&socket).cloned();
    let (Some((user, key)), Some(handover), Some(transport)) = (found, handover, transport) else {
        transports::send_away(socket);
        return;
    };
    let request = transport.request().clone();
    let _request = request.enter();
    let sid = socket.id;
    let Handover(room, joins) = handover;
    let ready = app.rooms.join(&room, socket.clone());
    let (leaving, leaving_room, leaving_user) = (Arc::clone(app), Arc::clone(&room), user.clone());
    socket.on_disconnect(move |_: SocketRef| {
        leaving.rooms.leave(&leaving_room, sid);
        // FAULT LOST-ON-CLOSE: what waits belongs to the tab that is there.
        if leaving.fault.is(Fault::LostOnClose) {
            leaving.actions.forget_waiting(&leaving_user);
        }
        leaving.transports.release(&sid.to_string());
        async {}
    });
    // The session may have ended, or the client gone, before the handler above stood.
    if !socket.connected() {
        app.rooms.leave(&room, sid);
        app.transports.release(&sid.to_string());
    } else if app.sessions.live(&key).is_none() {
        app.rooms.close(&key);
    }
    // What ran has ended with the process that ran it.
    if room.take_restored() {
        app.actions.list_again(&user);
    }
    let sender = joins.lock().ok().and_then(|mut sender| sender.take());
    if let Some(sender) = sender {
        // The task that answers lives as long as its channel.
        let _ = sender.send(Joined {
            user,
            room,
            transport,
            socket: sid,
            ready,
        });
    }
}

/// The session of the request that opened the transport, if it still lives.
fn session(app: &Arc<App>, socket: &SocketRef) -> Option<Session> {
    let opened = Transport::of(socket)?;
    app.sessions
        .live(opened.session())
        .filter(|session| session.user.is_some())
}

/// Answers one client's events in the order in which they came.
async fn answer(app: Arc<App>, joined: oneshot::Receiver<Joined>, mut asked: Receiver<Asked>) {
    let Ok(joined) = joined.await else { return };
    while let Some(Asked { event, data, ack }) = asked.recv().await {
        if is_over(&app, &joined) {
            return;
        }
        let answer = reply(&app, &joined, &event, data).await;
        // A client that is gone needs no answer.
        let _ = ack.send(&answer);
        if !joined.transport.sends(answer.to_string().len()) {
            joined.transport.cut();
        }
    }
}

/// What was said before the end and is read after it is not done: its speaker may be somebody else now.
fn is_over(app: &App, joined: &Joined) -> bool {
    let ended = app.sessions.live(joined.transport.session()).is_none();
    // FAULT ISO09: the session was looked at when the socket was opened.
    joined.transport.is_cut() || (ended && !app.fault.is(Fault::Iso09))
}

async fn reply(app: &Arc<App>, joined: &Joined, event: &str, data: Value) -> Value {
    under_fault(app, joined, event, &data);
    match event {
        "user_connected" => json!({}),
        "live_logs" => match data.get("on").and_then(Value::as_bool) {
            Some(on) => {
                joined.room.set_live_logs(on).await;
                json!({ "on": on })
            }
            None => wrong("`on` is missing", "send {\"on\": true} or {\"on\": false}"),
        },
        "resume" => match data.get("last_seq").and_then(Value::as_u64) {
            Some(_) if !joined.transport.may_resume() => wrong(
                "this transport has resumed already",
                "open another one when events are missing again",
            ),
            Some(last) => {
                let missed = joined.room.missed(last, joined.ready, &app.fault);
                let present = || app.actions.present(&joined.user);
                wire::resumed(&missed, present)
            }
            None => wrong(
                "`last_seq` is missing",
                "send {\"last_seq\": n} with the last number you have seen",
            ),
        },
        "start_action" => match Kind::read(data) {
            Ok(kind) => match app.actions.start(&joined.user, kind) {
                Ok(started) => {
                    json!({ "id": started.id, "kind": started.kind, "name": started.name })
                }
                Err(not_now) => wrong(&not_now.to_string(), not_now.fix()),
            },
            Err(refused) => wrong(&refused.error, &refused.fix),
        },
        "stop_action" => {
            let id = data.get("id").and_then(Value::as_str).unwrap_or_default();
            match app.actions.stop(&joined.user, id) {
                Some(_) => json!({ "ok": true }),
                None => json!({ "error": "no such action" }),
            }
        }
        _ => {
            app.metrics.events_refused.inc();
            tracing::info!(user = %joined.user, "an unknown event was refused");
            json!({ "error": "unknown event" })
        }
    }
}

/// What an event does besides, under a fault.
fn under_fault(app: &Arc<App>, joined: &Joined, event: &str, data: &Value) {
    // FAULT ISO10: as in a tutorial, the client says where it wants to be.
    if event == "join" && app.fault.is(Fault::Iso10) {
        let named = data.get("room").and_then(Value::as_str).unwrap_or_default();
        app.rooms.join_named(&joined.room, joined.socket, named);
    }
    if event == "user_connected" {
        app.fault.open_gate();
        if app.fault.is(Fault::Iso12) {
            let (app, room, socket) = (Arc::clone(app), Arc::clone(&joined.room), joined.socket);
            tokio::spawn(async move { app.rooms.join_late(&room, socket).await });
        }
    }
}

fn too_many(events: u32) -> Value {
    wrong(
        "too many events",
        &format!("send at most {events} events a second"),
    )
}

fn wrong(error: &str, fix: &str) -> Value {
    json!({ "error": error, "fix": fix })
}
