//! The sockets: who may connect, and who gets an answer.

use std::fmt;
use std::sync::Arc;

use serde_json::json;
use socketioxide::extract::SocketRef;
use socketioxide::handler::ConnectHandler;

use crate::desk::{Desk, Reach, SESSION, cookie};

/// Why somebody may not connect.
struct NotSignedIn;

impl fmt::Display for NotSignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sign in first")
    }
}

// The two kinds of rooms have names that cannot be the same, whatever a user is called.
fn room_of_user(user: &str) -> String {
    format!("user {user}")
}

fn room_of_session(session: &str) -> String {
    format!("session {session}")
}

/// Lets users connect, and nobody else.
pub(crate) fn register(desk: &Arc<Desk>) {
    let for_check = Arc::clone(desk);
    let check = move |socket: SocketRef| {
        let user = for_check.user(&socket.req_parts().headers);
        async move { user.map(|_| ()).ok_or(NotSignedIn) }
    };
    let desk_of_socket = Arc::clone(desk);
    let connected = move |socket: SocketRef| {
        join(&desk_of_socket, &socket);
        async {}
    };
    desk.io.ns("/", connected.with(check));
}

/// The room comes from the session alone: no event names one.
fn join(desk: &Desk, socket: &SocketRef) {
    let headers = &socket.req_parts().headers;
    if let Some(session) = cookie(headers, SESSION) {
        socket.join(room_of_session(&session));
    }
    // Asked after the join: a session that ends from here on takes this socket along.
    if let Some(user) = desk.user(headers) {
        socket.join(room_of_user(&user));
        // Fails only if the socket has gone already.
        let _ = socket.emit("ready", &json!({}));
    } else {
        let _ = socket.clone().disconnect();
    }
}

/// Answers a question on every tab of the user who asked.
pub(crate) async fn answer(desk: &Desk, user: &str, question: u64, text: &str) {
    let answer = json!({"question": question, "text": format!("You asked: {text}")});
    // Fails for sockets that have gone already.
    let _ = match desk.reach {
        Reach::Owner => desk.io.to(room_of_user(user)).emit("answer", &answer).await,
        Reach::Everyone => desk.io.emit("answer", &answer).await,
    };
}

/// Ends the sockets of a session that has ended.
pub(crate) async fn hang_up(desk: &Desk, session: &str) {
    let _ = desk.io.within(room_of_session(session)).disconnect().await;
}
