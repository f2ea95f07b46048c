//! The events that a client sends, and the answers to them.

use std::sync::Arc;

use serde_json::{Value, json};
use socketioxide::extract::AckSender;
use socketioxide::socket::Sid;
use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot;

use super::parts::Sockets;
use crate::actions::kinds::Kind;
use crate::delivery::room::Room;
use crate::delivery::wire;
use crate::ground::fault::Fault;
use crate::identity::sessions::UserId;
use crate::transport::transports::Transport;

/// An event of a client that waits for its answer.
pub(super) struct Asked {
    pub(super) event: String,
    pub(super) data: Value,
    pub(super) ack: AckSender,
}

/// A socket that has joined. The connect handler sends this to the task that answers.
pub(super) struct Joined {
    pub(super) user: UserId,
    pub(super) room: Arc<Room>,
    pub(super) transport: Arc<Transport>,
    pub(super) socket: Sid,
    /// The last number before the socket joined.
    pub(super) ready: u64,
}

/// Answers one client's events in the order in which they came.
pub(super) async fn answer(
    sockets: Sockets,
    joined: oneshot::Receiver<Joined>,
    mut asked: Receiver<Asked>,
) {
    let Ok(joined) = joined.await else { return };
    while let Some(Asked { event, data, ack }) = asked.recv().await {
        if is_over(&sockets, &joined) {
            return;
        }
        let answer = reply(&sockets, &joined, &event, data).await;
        // A client that has disconnected needs no answer.
        let _ = ack.send(&answer);
        if !joined.transport.sends(answer.to_string().len()) {
            joined.transport.cut();
        }
    }
}

/// Whether the session has ended or the transport is cut off. Events that were sent before but are read after that are
/// not executed, because another user may be logged in by now.
fn is_over(sockets: &Sockets, joined: &Joined) -> bool {
    let ended = sockets.sessions.live(joined.transport.session()).is_none();
    // FAULT ISO09: the session is checked only when the socket opens.
    joined.transport.is_cut() || (ended && !sockets.fault.is(Fault::Iso09))
}

async fn reply(sockets: &Sockets, joined: &Joined, event: &str, data: Value) -> Value {
    under_fault(sockets, joined, event, &data);
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
                "this transport has already resumed",
                "open another one if you miss events again",
            ),
            Some(last) => {
                let missed = joined.room.missed(last, joined.ready, &sockets.fault);
                let present = || sockets.registry.present(&joined.user);
                wire::resumed(&missed, present)
            }
            None => wrong(
                "`last_seq` is missing",
                "send {\"last_seq\": n} with the last number you have seen",
            ),
        },
        "start_action" => match Kind::read(data) {
            Ok(kind) => match sockets.launcher.start(&joined.user, kind) {
                Ok(started) => {
                    json!({ "id": started.id, "kind": started.kind, "name": started.name })
                }
                Err(not_now) => wrong(&not_now.to_string(), not_now.fix()),
            },
            Err(refused) => wrong(&refused.error, &refused.fix),
        },
        "stop_action" => {
            let id = data.get("id").and_then(Value::as_str).unwrap_or_default();
            match sockets.registry.stop(&joined.user, id) {
                Some(_) => json!({ "ok": true }),
                None => json!({ "error": "no such action" }),
            }
        }
        _ => {
            sockets.metrics.events_refused.inc();
            tracing::info!(user = %joined.user, "an unknown event was refused");
            json!({ "error": "unknown event" })
        }
    }
}

/// The additional effect of an event, under a fault.
fn under_fault(sockets: &Sockets, joined: &Joined, event: &str, data: &Value) {
    // FAULT ISO10: as in a tutorial, the client names the room that it joins.
    if event == "join" && sockets.fault.is(Fault::Iso10) {
        let named = data.get("room").and_then(Value::as_str).unwrap_or_default();
        sockets.rooms.join_named(&joined.room, joined.socket, named);
    }
    if event == "user_connected" {
        sockets.fault.open_gate();
        if sockets.fault.is(Fault::Iso12) {
            let (rooms, room) = (Arc::clone(&sockets.rooms), Arc::clone(&joined.room));
            let socket = joined.socket;
            tokio::spawn(async move { rooms.join_late(&room, socket).await });
        }
    }
}

pub(super) fn too_many(events: u32) -> Value {
    wrong(
        "too many events",
        &format!("send at most {events} events a second"),
    )
}

fn wrong(error: &str, fix: &str) -> Value {
    json!({ "error": error, "fix": fix })
}
