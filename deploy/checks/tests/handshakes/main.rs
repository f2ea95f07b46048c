//! What a refused handshake looks like in plain Socket.IO, WebSocket and server-sent events: the check `guests` takes
//! each for a refusal, and a socket that stays open for none.

mod doors;

use std::time::Duration;

use deploy_checks::{Host, Visit, outside};
use evidence::Verdict::{self, Holds, Undecided, Violated};

use self::doors::{Doors, Says};

/// How long an answer may take. A socket that stays open is looked at for a quarter of that.
const PATIENCE: Duration = Duration::from_secs(4);

/// The target file of a server with this socket, and further lines.
fn file(socket: &str, lines: &str) -> String {
    let act = match socket.contains("sse") {
        true => "do: {post: /say, json: [\"{text}\"], granted: {status: 200}}",
        false if socket.contains("websocket") => "do: {send: {type: say, text: \"{text}\"}}",
        false => "do: {emit: [say, \"{text}\"], granted: {ack: true}}",
    };
    let login = match lines.contains("login:") {
        true => "",
        false => "login: {post: /in, form: {user: \"{user}\", password: \"{password}\"}}\n",
    };
    format!(
        "target: doors\n{login}socket: {socket}\n{lines}actions:\n  \
         say: {{takes: {{text: marker}}, {act}, yields: {{said: 1}}}}\nsurfaces: {{actions of mine: none}}\n"
    )
}

async fn check(socket: &str, lines: &str, says: Says, verdict: Verdict, words: &str) {
    let text = file(socket, lines);
    let mut target = targets::parse(&text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
    let port = Doors(says).serve();
    target.base = format!("http://127.0.0.1:{port}").parse().ok();
    let host = Host::with_patience(target, Vec::new(), PATIENCE).expect("a host");
    let mut rows = outside::CHECKS.into_iter();
    let row = rows
        .find(|row| row.check.name == "guests")
        .expect("a check");
    let outcome = row.run(&Visit::new(&host)).await;
    assert_eq!(outcome.verdict, verdict, "{socket}, {says:?}: {outcome:?}");
    assert!(
        outcome.found.concat().contains(words),
        "{socket}, {says:?}: {outcome:?}"
    );
}

const OPENED: &str = "a guest may open a socket: it was opened";

#[tokio::test]
async fn socket_io_says_no_by_a_status_a_packet_a_close_or_an_event() {
    let socket = "{transport: polling}";
    for says in [
        Says::Status,
        Says::Redirect,
        Says::Packet,
        Says::Close,
        Says::Event,
        Says::EventAndClose,
    ] {
        check(socket, "", says, Holds, "").await;
    }
    check(socket, "", Says::Nothing, Violated, OPENED).await;
    check(socket, "", Says::Welcome, Violated, OPENED).await;
    let ready = "open: [{connect: {}}, {await: {event: ready}}]\n";
    check(socket, ready, Says::Event, Holds, "").await;
}

#[tokio::test]
async fn a_websocket_says_no_by_a_status_a_close_or_a_frame() {
    let socket = "{protocol: websocket, path: /ws, frame: {event: /type}}";
    for says in [
        Says::Status,
        Says::Redirect,
        Says::Close,
        Says::Event,
        Says::EventAndClose,
    ] {
        check(socket, "", says, Holds, "").await;
    }
    check(socket, "", Says::Nothing, Violated, OPENED).await;
    check(socket, "", Says::Welcome, Violated, OPENED).await;
}

#[tokio::test]
async fn a_stream_says_no_by_a_status_or_by_its_end() {
    let socket = "{protocol: sse, path: /events}";
    for says in [
        Says::Status,
        Says::Redirect,
        Says::Close,
        Says::EventAndClose,
    ] {
        check(socket, "", says, Holds, "").await;
    }
    check(socket, "", Says::Nothing, Violated, OPENED).await;
    check(
        socket,
        "",
        Says::WelcomeAndClose,
        Undecided,
        "got 1 messages, and was closed",
    )
    .await;
}

#[tokio::test]
async fn where_guests_are_welcome_an_open_socket_is_none_of_our_business() {
    for (lines, words) in [
        ("strangers: welcome\n", "guests are welcome"),
        ("login: none\n", "nobody logs in"),
    ] {
        for socket in [
            "{transport: polling}",
            "{protocol: websocket, path: /ws}",
            "{protocol: sse, path: /events}",
        ] {
            check(socket, lines, Says::Nothing, Undecided, words).await;
        }
    }
}
