//! A small chat without a login: rooms that are made and joined, whispers, tabs that are closed when they are idle, and
//! answers that never come.

use std::time::Duration;

use axum::Router;
use axum::routing::post;
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};
use tokio::net::TcpListener;
use trial::{File, Fits, Plan, Trial};

const TARGET: &str = r#"target: a small chat
login: none
owner: tab
open: {connect: {auth: {user: "{user}", idle: false}}}
socket: {protocol: socket.io, path: /socket.io/}
groups:
  room:
    create: {emit: create, granted: {ack: {/ok: true}}, keep: {code: {ack: /code}}}
    join: {emit: [join, "{code}"], granted: {ack: {/ok: true}}}
actions:
  say:
    takes: {room: group, text: marker}
    do: {emit: [say, "{room.code}", "{text}"], granted: {ack: {/ok: true}}}
    yields: {said: {to: {group: room}}}
  whisper:
    takes: {to: user, text: marker}
    do: {emit: [whisper, "{to}", "{text}"], granted: none}
    yields: {whispered: {to: {user: to}}}
"#;

fn on_connect(io: SocketIo, socket: &SocketRef, auth: &Value) {
    let user = auth["user"].as_str().unwrap_or_default().to_owned();
    // A user is at one place at a time: a new one ends the one before.
    if auth["alone"] == json!(true) {
        let (io, socket) = (io.clone(), socket.clone());
        tokio::spawn(async move {
            let _ = io.within(user.clone()).disconnect().await;
            socket.join(user);
        });
    } else {
        socket.join(user);
    }
    if auth["idle"] == json!(true) {
        let socket = socket.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let _ = socket.disconnect();
        });
    }
    // A server that trips over what it is sent.
    socket.on("stumble", |socket: SocketRef| async move {
        let _ = socket.disconnect();
    });
    socket.on("create", |ack: AckSender| async move {
        let _ = ack.send(&json!({ "ok": true, "code": "c0de" }));
    });
    socket.on(
        "join",
        |socket: SocketRef, Data::<String>(code), ack: AckSender| async move {
            socket.join(code);
            let _ = ack.send(&json!({ "ok": true }));
        },
    );
    socket.on(
        "say",
        |socket: SocketRef, Data::<(String, String)>((room, text)), ack: AckSender| async move {
            let _ = socket
                .within(room)
                .emit("said", &json!({ "text": text }))
                .await;
            let _ = ack.send(&json!({ "ok": true }));
        },
    );
    socket.on(
        "whisper",
        move |Data::<(String, String)>((to, text))| async move {
            let _ = io.to(to).emit("whispered", &json!({ "text": text })).await;
        },
    );
}

async fn tried(text: &str) -> Trial {
    let (layer, io) = SocketIo::new_layer();
    let known = io.clone();
    io.ns("/", move |socket: SocketRef, Data::<Value>(auth)| {
        on_connect(known.clone(), &socket, &auth);
        std::future::ready(())
    });
    let hang = post(std::future::pending::<()>);
    let app = Router::new().route("/hang", hang).layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let base = base.parse().expect("a URL");
    let plan = Plan {
        file: File::new("mine.yaml", text),
        target: targets::read("mine.yaml", text).expect("a target"),
        way: trial::way(&base, None, None).expect("a way"),
        base,
        users: ["alice", "bob"]
            .map(|user| (user.to_owned(), String::new()))
            .into(),
        idle: Duration::from_millis(1000),
        patience: Duration::from_millis(1500),
    };
    trial::run(plan).await.expect("somebody is there")
}

async fn check(from: &str, to: &str, fits: Fits, words: &[&str]) {
    let text = TARGET.replacen(from, to, 1);
    assert_ne!(text, TARGET, "{from}");
    let trial = tried(&text).await;
    let all: Vec<String> = trial
        .diagnostics()
        .iter()
        .map(ToString::to_string)
        .collect();
    let (all, told) = (all.join("\n"), trial::told(&trial));
    for word in words {
        assert!(all.contains(word), "{word:?} is not in\n{all}\n{told}");
    }
    assert_eq!(trial.fits(), fits, "{all}\n{told}");
}

#[tokio::test]
async fn who_is_in_a_room_hears_it_and_nobody_else_must() {
    let trial = tried(TARGET).await;
    let told = trial::told(&trial);
    let all: Vec<String> = trial
        .diagnostics()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(all, Vec::<String>::new(), "{told}");
    for line in [
        "alice/desktop/1 makes it: granted",
        "`said` of alice to alice/desktop/1, bob/desktop/1, its marker at /text",
        "`whispered` of bob to alice/desktop/1, alice/desktop/2, alice/phone/1, its marker at /text",
    ] {
        assert!(told.contains(line), "{line:?} is not in\n{told}");
    }
}

#[tokio::test]
async fn an_audience_that_is_too_small_is_named() {
    let of_user = "{to: user, text: marker}\n    do: {emit: [whisper, \"{to}\", \"{text}\"], granted: none}\n    yields: {whispered: {to: {user: to}}}";
    let of_tab = of_user.replace("user", "tab");
    check(
        of_user,
        &of_tab,
        Fits::No,
        &[
            "`whispered` of bob/desktop/1 came to alice/desktop/2, alice/phone/1",
            "mine.yaml:18:30",
        ],
    )
    .await;
}

#[tokio::test]
async fn an_audience_that_is_too_large_is_named() {
    check(
        "{to: {group: room}}",
        "{to: everyone}",
        Fits::No,
        &[
            "`said` did not come to alice/desktop/2, alice/phone/1, which `to` says may see it",
            "mine.yaml:14:25",
            "write `to: {group: room}`",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_tab_that_is_closed_when_idle_needs_a_sign_of_life() {
    check(
        "idle: false",
        "idle: true",
        Fits::No,
        &[
            "an idle tab is closed by the target after",
            "mine.yaml:5:1",
            "every: {1s:",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_room_that_nobody_can_join_is_named() {
    check(
        "granted: {ack: {/ok: true}}, keep",
        "granted: {ack: {/fine: true}}, keep",
        Fits::No,
        &[
            "the create of a `room`",
            "there is no `/fine` in the acknowledgement",
            "mine.yaml:8:37",
        ],
    )
    .await;
}

#[tokio::test]
async fn an_answer_that_never_comes_is_undecided() {
    let whisper = "do: {emit: [whisper, \"{to}\", \"{text}\"], granted: none}\n    yields: {whispered: {to: {user: to}}}";
    check(
        whisper,
        "do: {post: /hang, json: {text: \"{text}\"}}",
        Fits::Unknown,
        &[
            "the action `whisper`: no answer to POST /hang: nothing came within 1 s",
            "mine.yaml:17:5",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_tab_that_is_closed_for_what_was_sent_is_named() {
    check(
        "{emit: [whisper, \"{to}\", \"{text}\"], granted: none}",
        "{emit: [stumble, \"{to}\", \"{text}\"], refused: {ack: any}}",
        Fits::No,
        &[
            "the target closed a tab while `whisper` was done",
            "mine.yaml:17:5",
        ],
    )
    .await;
}

#[tokio::test]
async fn silence_after_what_nothing_grants_is_no_yes() {
    check(
        "{emit: [whisper, \"{to}\", \"{text}\"], granted: none}",
        "{emit: [whispr, \"{to}\", \"{text}\"]}",
        Fits::Unknown,
        &[
            "`whispered` never came, and nothing says whether the target took `whisper`",
            "mine.yaml:18:14",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_tab_that_a_newer_one_closes_shows_that_there_is_one_place() {
    let alone = "idle: false, alone: true}}}";
    let words = [
        "was closed when its user opened another tab",
        "without: [second place]",
    ];
    check("idle: false}}}", alone, Fits::No, &words).await;
}

#[tokio::test]
async fn a_join_that_nothing_confirms_is_named() {
    let granted = "{emit: [join, \"{code}\"], granted: {ack: {/ok: true}}}";
    let none = "{emit: [join, \"{code}\"], granted: none}";
    let words = [
        "nothing says that the join of a `room` was granted",
        "{after: 1s}",
    ];
    check(granted, none, Fits::Unknown, &words).await;
}

#[tokio::test]
async fn a_file_without_actions_is_not_known_to_fit() {
    let (before, _) = TARGET.split_once("actions:").expect("actions");
    let trial = tried(&format!("{before}actions: {{}}\n")).await;
    assert_eq!(trial.fits(), Fits::Unknown, "{}", trial::told(&trial));
}
