//! What the author of a target file is told, on a small server: the file is right but for one word, and that word is
//! named, with the fix.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::Form;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};
use tokio::net::TcpListener;
use trial::{File, Fits, Plan, Trial};

/// Everything in it is right.
const TARGET: &str = r#"target: a small app
login:
  - get: /login
    keep: {csrf: {form: csrf_token}}
  - post: /login
    form: {csrf_token: "{csrf}", user: "{user}", password: "{password}"}
    granted: {status: 200, lacks: wrong}
    keep: {token: /token}
session: {kept: token}
owner: user
carries: {headers: {Authorization: "Bearer {token}"}}
open:
  - {connect: {auth: {token: "{token}"}}}
  - {await: {event: hello}}
socket:
  protocol: socket.io
  path: /socket.io/
  namespaces: [/]
ambient: [news]
actions:
  note:
    takes: {text: marker}
    do: {post: /notes, json: {text: "{text}"}, granted: {status: 201}}
    id: /id
    yields:
      note: {to: owner, count: 1}
  say:
    do: {emit: [say, "{marker}"], granted: {ack: {/ok: true}}}
    yields: {said: {to: everyone}}
  ask:
    do: {emit: [ask, "{marker}"], granted: none}
    yields: {piece: {to: tab, joined: /text, count: 1+}}
"#;

const PAGE: &str = r#"<form method=post><input type=hidden name=csrf_token value=c><input name=user>
<input name=password type=password></form>"#;

static LOGINS: AtomicU64 = AtomicU64::new(0);

async fn login(Form(asked): Form<Value>) -> Response {
    let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    let user = text("user");
    if text("csrf_token") != "c" {
        return (StatusCode::FORBIDDEN, "no token of the form").into_response();
    }
    if user.is_empty() {
        return (StatusCode::UNPROCESSABLE_ENTITY, "who?").into_response();
    }
    if text("password") != format!("{user}-secret") {
        // As a page that is shown again.
        return Html(format!("{PAGE}\n<p>wrong</p>")).into_response();
    }
    let number = LOGINS.fetch_add(1, Ordering::Relaxed);
    Json(json!({ "token": format!("{user}.{number}") })).into_response()
}

fn user_of(token: &str) -> Option<&str> {
    token.split_once('.').map(|(user, _)| user)
}

async fn notes(
    Extension(io): Extension<SocketIo>,
    headers: HeaderMap,
    Json(asked): Json<Value>,
) -> Response {
    let token = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer "));
    let Some(user) = token.and_then(user_of) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let note = json!({ "text": asked["text"] });
    let _ = io.to(user.to_owned()).emit("note", &note).await;
    (StatusCode::CREATED, Json(json!({ "id": 7 }))).into_response()
}

fn on_connect(io: SocketIo, socket: &SocketRef, auth: &Value) {
    let Some(user) = auth["token"].as_str().and_then(user_of) else {
        let _ = socket.clone().disconnect();
        return;
    };
    socket.join(user.to_owned());
    let _ = socket.emit("hello", &json!({}));
    let _ = socket.emit("news", &json!({}));
    socket.on(
        "say",
        move |Data::<Value>(said), ack: AckSender| async move {
            let _ = io.emit("said", &json!([{ "text": said }])).await;
            let _ = ack.send(&json!({ "ok": true }));
        },
    );
    socket.on(
        "ask",
        |socket: SocketRef, Data::<String>(text)| async move {
            let (first, rest) = text.split_at(5);
            for text in [first, rest] {
                let _ = socket.emit("piece", &json!({ "text": text }));
            }
        },
    );
}

async fn serve() -> String {
    let (layer, io) = SocketIo::new_layer();
    let known = io.clone();
    io.ns("/", move |socket: SocketRef, Data::<Value>(auth)| {
        on_connect(known.clone(), &socket, &auth);
        std::future::ready(())
    });
    let app = Router::new()
        .route("/login", get(|| async { Html(PAGE) }).post(login))
        .route("/notes", post(notes))
        .layer(layer)
        .layer(Extension(io));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

async fn tried(text: &str) -> Trial {
    let base = serve().await.parse().expect("a URL");
    let target = targets::read("mine.yaml", text).expect("a target");
    let users = ["alice", "bob"].map(|user| (user.to_owned(), format!("{user}-secret")));
    let plan = Plan {
        file: File::new("mine.yaml", text),
        target,
        way: trial::way(&base, None, None).expect("a way"),
        base,
        users: users.into(),
        idle: Duration::from_millis(200),
        patience: Duration::from_millis(1500),
    };
    trial::run(plan).await.expect("somebody is there")
}

/// With this change, the first thing to mend is told in these words.
async fn check(from: &str, to: &str, words: &[&str]) {
    let text = TARGET.replacen(from, to, 1);
    assert_ne!(text, TARGET, "{from}");
    let trial = tried(&text).await;
    let all = trial.diagnostics();
    let first = all
        .first()
        .unwrap_or_else(|| panic!("nothing to mend: {}", trial::told(&trial)));
    let first = first.to_string();
    for word in words {
        assert!(
            first.contains(word),
            "{word:?} is not in\n{first}\n{}",
            trial::told(&trial)
        );
    }
    assert_eq!(trial.fits(), Fits::No);
    assert!(
        !trial::told(&trial).contains("-secret"),
        "{}",
        trial::told(&trial)
    );
}

#[tokio::test]
async fn a_file_that_fits_needs_nothing() {
    let trial = tried(TARGET).await;
    let all: Vec<String> = trial
        .diagnostics()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(all, Vec::<String>::new(), "{}", trial::told(&trial));
    assert_eq!(trial.fits(), Fits::Yes);
    assert!(trial.guesses.is_empty(), "{:?}", trial.guesses);
    let told = trial::told(&trial);
    for line in [
        "with a wrong password: refused, status 200",
        "alice/desktop/2: open",
        "all tabs stayed open",
        "`note` of alice to alice/desktop/1, alice/desktop/2, alice/phone/1, its marker at /text",
        "`said` of bob to everybody, its marker at /*/text",
        "`piece` of alice to alice/desktop/1, its marker in pieces at /text",
        "id 7",
    ] {
        assert!(told.contains(line), "{line:?} is not in\n{told}");
    }
    assert!(trial::verdict(&trial).starts_with("fits"));
}

#[tokio::test]
async fn a_password_in_the_file_is_not_taken_for_the_wrong_one() {
    let users = "users: {alice: {password: alice-secret}, bob: {password: bob-secret}}\n";
    let trial = tried(&format!("{TARGET}{users}")).await;
    assert_eq!(trial.fits(), Fits::Yes, "{}", trial::told(&trial));
}

#[tokio::test]
async fn a_login_field_that_the_page_has_not_is_named() {
    check(
        "user: \"{user}\"",
        "usr: \"{user}\"",
        &[
            "the login is refused: status 422",
            "no form of the page has a field `usr`",
            "mine.yaml:6:",
            "write `user`",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_csrf_name_that_the_page_has_not_is_named() {
    check(
        "{form: csrf_token}",
        "{form: csrf_tokn}",
        &[
            "`csrf` is kept from form field csrf_tokn, and nothing stands there",
            "mine.yaml:4:25",
            "write `csrf_token`",
        ],
    )
    .await;
    check(
        "form: {csrf_token: \"{csrf}\", ",
        "form: {",
        &[
            "the login is refused: status 403",
            "the page's form has `csrf_token` too",
            "mine.yaml:6:5",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_socket_path_that_leads_nowhere_is_named() {
    check(
        "path: /socket.io/",
        "path: /ws/",
        &[
            "no socket is at this path: status 404",
            "mine.yaml:17:9",
            "write `path: /socket.io/`",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_namespace_that_is_refused_is_named() {
    check(
        "namespaces: [/]",
        "namespaces: [/chat]",
        &[
            "the namespace `/chat` is refused",
            "mine.yaml:18:16",
            "take the namespace",
        ],
    )
    .await;
}

#[tokio::test]
async fn an_event_that_never_comes_is_named() {
    check(
        "note: {to: owner",
        "notes: {to: owner",
        &[
            "`notes` never came after `note`",
            "mine.yaml:26:7",
            "write `note`, which came",
        ],
    )
    .await;
    check(
        "{event: hello}",
        "{event: helo}",
        &[
            "`helo` did not come: no such event came within",
            "mine.yaml:14:21",
            "write `hello`, which came",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_marker_that_comes_where_it_was_not_declared_is_named() {
    check(
        "{to: everyone}",
        "{to: user}",
        &[
            "`said` of alice/desktop/1 came to bob/desktop/1",
            "mine.yaml:29:25",
            "write `to: everyone` if they may see it",
        ],
    )
    .await;
    check(
        "yields: {said: {to: everyone}}",
        "can: [several]",
        &["`said` of alice/desktop/1 came to bob/desktop/1"],
    )
    .await;
}

#[tokio::test]
async fn an_id_that_is_nowhere_is_named() {
    check(
        "id: /id",
        "id: /note/id",
        &[
            "the action `note` has no id: nothing stands at /note/id",
            "mine.yaml:24:9",
            "write `/id`",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_number_that_is_nowhere_is_named() {
    check(
        "note: {to: owner, count: 1}",
        "note: {to: owner, count: 1, number: /n}",
        &[
            "`/n` is not in any `note` that came",
            "mine.yaml:26:35",
            "leave `number` out",
        ],
    )
    .await;
    check(
        "  namespaces: [/]\n",
        "  namespaces: [/]\n  queued_at: {at: /time, unit: ms}\n",
        &[
            "`/time` is not in any event that came",
            "leave `queued_at` out",
        ],
    )
    .await;
}

#[tokio::test]
async fn what_no_event_and_no_list_has_is_left_open() {
    let secrets = "secrets: [{event: note, at: /hand/*, to: tab}]\n";
    let trial = tried(&format!("{TARGET}{secrets}")).await;
    assert_eq!(trial.fits(), Fits::Unknown);
    assert_eq!(said(&trial), ["`/hand/*` is not in any `note` that came"]);
    let surfaces = "surfaces: {actions of mine: {get: /login, list: /notes/*}}\n";
    let trial = tried(&format!("{TARGET}{surfaces}")).await;
    assert_eq!(
        said(&trial),
        [
            "nothing stands in the `list` of the actions of mine, though actions were done",
            "the actions of mine is granted to a stranger",
        ]
    );
}

fn said(trial: &Trial) -> Vec<&str> {
    let findings = trial.findings.iter();
    findings.map(|finding| finding.what.as_str()).collect()
}

#[tokio::test]
async fn a_grant_of_a_refused_login_is_named() {
    // The token is kept of whatever comes: the page that is shown again is taken for a yes.
    check(
        "granted: {status: 200, lacks: wrong}\n    keep: {token: /token}",
        "granted: {status: 200}\n    keep: {token: {match: '(.)'}}",
        &[
            "a login with a wrong password is granted: status 200",
            "mine.yaml:7:5",
            "write `granted: {/token: present}`",
        ],
    )
    .await;
    check(
        "granted: {status: 200, lacks: wrong}",
        "granted: {status: 200}",
        &[
            "a login with a wrong password is not known as refused",
            "mine.yaml:7:5",
        ],
    )
    .await;
}

#[tokio::test]
async fn whose_events_are_is_named() {
    check(
        "owner: user",
        "owner: tab",
        &[
            "`note` came to every session of the user, and `owner` is `tab`",
            "mine.yaml:10:1",
            "write `owner: user`",
        ],
    )
    .await;
}

#[tokio::test]
async fn pieces_and_counts_are_named() {
    check(
        ", joined: /text, count: 1+",
        "",
        &[
            "it comes in pieces",
            "mine.yaml:32:14",
            "write `joined: /text`",
        ],
    )
    .await;
    check(
        "count: 1}",
        "count: 2}",
        &[
            "`note` came 1 time to",
            "and `count` is 2",
            "write `count: 1`",
        ],
    )
    .await;
}

#[tokio::test]
async fn what_the_file_could_say_is_guessed() {
    let text = TARGET
        .replace("ambient: [news]\n", "")
        .replace(", granted: {ack: {/ok: true}}", "");
    let trial = tried(&text).await;
    let guesses: Vec<String> = { trial.guesses.iter() }
        .map(|guess| format!("{} {}", trial.place(guess), guess.says))
        .collect();
    assert_eq!(
        guesses,
        [
            "mine.yaml:27:9 granted: {ack: {/ok: true}}",
            "mine.yaml ambient: [news]"
        ]
    );
}
