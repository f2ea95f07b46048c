//! Visits to a small server: a JSON login with a token, rooms over Socket.IO, and answers that come piece by piece.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use futures_util::stream;
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use walk::{Answer, Browser, OpenWay, Param, Sight, Site, Tab, Whereabouts, Witness};

const TARGET: &str = r#"
target: a small chat
users: {alice: {password: alice-secret}}
login: {post: /login, json: {name: "{user}", secret: "{password}"}, granted: {/token: present},
        refused: {status: 401}, keep: {token: /token}}
logout: {post: /logout, granted: {status: 204}}
session: {kept: token}
carries: {headers: {Authorization: "Bearer {token}"}}
open:
  - {connect: {auth: {token: "{token}", last: "{last:0}"}}}
  - {await: {event: hello}, keep: {me: /id}}
  - {emit: [here, {id: "{me}"}], granted: {ack: {/ok: true}}}
socket:
  protocol: socket.io
  path: /socket.io/
  every: {50ms: {emit: [alive, "{new number}"]}}
  resume: {last: /n, plus: 1}
groups:
  room:
    create: {emit: create, granted: {ack: {/ok: true}}, keep: {code: {ack: /code}}}
    join: {emit: [join, "{code}"], granted: {ack: {/ok: true}}, refused: {ack: {/ok: false}}}
    leave: {emit: [leave, "{code}"], granted: none}
actions:
  say:
    takes: {room: group, text: marker, tone: {value: calm}}
    do: {emit: [say, {code: "{room.code}", text: "{text}", tone: "{tone}"}], granted: {ack: {/id: present}}}
    id: {ack: /id}
    stop: {emit: [unsay, "{id}"], granted: {ack: any}}
    yields: {said: {to: {group: room}, count: 1}}
  ask:
    do: {post: /ask, json: {text: "{marker}"}, granted: {event: start}}
    id: {event: start, at: /id}
    yields: {delta: {to: tab, joined: /text, count: 1+}}
  whisper: {do: {emit: [whisper, "{marker}"], granted: none}}
  shout: {do: {emit: [shout, "{marker}"]}}
  guess: {do: {emit: [guess, "{marker}"], refused: {event: wrong}}}
  dare: {do: {emit: [dare, "{marker}"], refused: {event: wrong}, granted: {after: 300ms}}}
  tell: {do: {post: /tell, json: {text: "{marker}"}}}
  lost: {do: {emit: [lost, "{marker}"], granted: {ack: any}, within: 200ms}}
  again: {do: {emit: [sometimes, "{marker}"], granted: {ack: any}, repeat: {after: 100ms, times: 5}}}
"#;

/// What every visitor saw, in its order.
#[derive(Debug, Default)]
struct Seen(Mutex<Vec<(Whereabouts, String)>>, Notify);

impl Witness for Seen {
    fn see(&self, at: &Whereabouts, sight: &Sight<'_>) {
        let told = match sight {
            Sight::Answered { asked, came, .. } => format!("{asked}: {}", came.told()),
            Sight::Opened { .. } => "opened".to_owned(),
            Sight::Heard { came, .. } => came.told(),
            Sight::Malformed { why, .. } => format!("malformed: {why}"),
            Sight::Closed { close, .. } => format!("closed: {}", close.reason),
            Sight::Told { asked, granted, .. } => format!("told {asked} {granted}"),
            Sight::Member { group, name, is } => format!("{is:?} {group}/{name}"),
            Sight::Silent { raw } => format!("nothing: {raw}"),
        };
        self.0.lock().expect("unpoisoned").push((at.clone(), told));
        self.1.notify_waiters();
    }
}

#[derive(Default)]
struct Chat {
    n_alive: u64,
    n_sometimes: u64,
}

type Shared = Arc<Mutex<Chat>>;

async fn login(Json(asked): Json<Value>) -> Response {
    let name = asked["name"].as_str().unwrap_or_default();
    if asked["secret"] != json!(format!("{name}-secret")) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "wrong" }))).into_response();
    }
    if name == "nobody" {
        return Json(json!({ "welcome": true })).into_response();
    }
    Json(json!({ "token": format!("t-{name}") })).into_response()
}

async fn logout(headers: HeaderMap) -> StatusCode {
    match headers.get("authorization") {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::UNAUTHORIZED,
    }
}

async fn ask(Json(asked): Json<Value>) -> Response {
    let text = asked["text"].as_str().unwrap_or_default().to_owned();
    let (first, rest) = text.split_at(text.len() / 2);
    let pieces = [
        "event: start\ndata: {\"id\": 12}\n\n".to_owned(),
        format!("event: delta\ndata: {{\"text\": \"{first}\"}}\n\n"),
        format!("event: delta\ndata: {{\"text\": \"{rest}\"}}\n\n"),
    ];
    let pieces = stream::iter(pieces.map(Ok::<_, std::io::Error>));
    let headers = [("content-type", "text/event-stream")];
    (headers, Body::from_stream(pieces)).into_response()
}

async fn tell() -> Response {
    // The last line has no end.
    let headers = [("content-type", "application/x-ndjson")];
    (headers, "{\"line\": 1}\n{\"line\": 2}").into_response()
}

async fn alive(State(chat): State<Shared>) -> Json<u64> {
    Json(chat.lock().expect("unpoisoned").n_alive)
}

fn on_connect(chat: &Shared, socket: &SocketRef, auth: &Value) {
    let Some(user) = auth["token"]
        .as_str()
        .and_then(|token| token.strip_prefix("t-"))
    else {
        let _ = socket.clone().disconnect();
        return;
    };
    let hello = json!({ "id": format!("id of {user}"), "n": 7, "had": auth["last"] });
    let _ = socket.emit("hello", &hello);
    socket.on("here", |Data::<Value>(_), ack: AckSender| async move {
        let _ = ack.send(&json!({ "ok": true }));
    });
    let counted = Arc::clone(chat);
    socket.on("alive", move |Data::<Value>(_)| {
        counted.lock().expect("unpoisoned").n_alive += 1;
        std::future::ready(())
    });
    socket.on("create", |socket: SocketRef, ack: AckSender| async move {
        socket.join("c0de");
        let _ = ack.send(&json!({ "ok": true, "code": "c0de" }));
    });
    socket.on(
        "join",
        |socket: SocketRef, Data::<String>(code), ack: AckSender| async move {
            let is_it = code == "c0de";
            if is_it {
                socket.join("c0de");
            }
            let _ = ack.send(&json!({ "ok": is_it }));
        },
    );
    socket.on(
        "leave",
        |socket: SocketRef, Data::<String>(code)| async move {
            socket.leave(code);
        },
    );
    socket.on(
        "say",
        |socket: SocketRef, Data::<Value>(said), ack: AckSender| async move {
            let _ = socket.within("c0de").emit("said", &said).await;
            let _ = ack.send(&json!({ "id": 7 }));
        },
    );
    socket.on("unsay", |Data::<u64>(id), ack: AckSender| async move {
        let _ = ack.send(&json!({ "stopped": id }));
    });
    // Something comes by itself before the answer, or in place of one.
    socket.on("guess", |socket: SocketRef| async move {
        let _ = socket.emit("news", &json!({}));
        let _ = socket.emit("wrong", &json!({}));
    });
    socket.on("dare", |socket: SocketRef| async move {
        let _ = socket.emit("news", &json!({}));
    });
    socket.on("lost", |Data::<Value>(_)| async move {});
    let counted = Arc::clone(chat);
    socket.on("sometimes", move |Data::<Value>(_), ack: AckSender| {
        let mut chat = counted.lock().expect("unpoisoned");
        chat.n_sometimes += 1;
        if chat.n_sometimes >= 3 {
            let _ = ack.send(&json!(null));
        }
        std::future::ready(())
    });
}

/// Starts the server, and gives a site and what its visitors see.
async fn site() -> (Arc<Site>, Arc<Seen>) {
    let chat = Shared::default();
    let (layer, io) = SocketIo::new_layer();
    let shared = Arc::clone(&chat);
    io.ns("/", move |socket: SocketRef, Data::<Value>(auth)| {
        on_connect(&shared, &socket, &auth);
        std::future::ready(())
    });
    let app = Router::new()
        .route("/login", post(login))
        .route("/logout", post(logout))
        .route("/ask", post(ask))
        .route("/tell", post(tell))
        .route("/alive", axum::routing::get(alive))
        .layer(layer)
        .with_state(chat);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let target = targets::read("small.yaml", TARGET).expect("a target");
    let base = base.parse().expect("a URL");
    let site = Site::new(target, base, Box::new(reqwest::Client::builder)).expect("a site");
    (site, Arc::default())
}

fn browser(site: &Arc<Site>, seen: &Arc<Seen>, user: &str, password: &str) -> Browser {
    let witness: Arc<dyn Witness> = Arc::<Seen>::clone(seen);
    Browser::new(site, "desktop", Some((user, password)), &witness)
}

async fn tab_of(site: &Arc<Site>, seen: &Arc<Seen>, user: &str) -> Tab {
    let browser = browser(site, seen, user, &format!("{user}-secret"));
    let told = browser.login().await.expect("an answer");
    assert_eq!(told.answer, Answer::Yes);
    let (tab, told) = browser.open("1", &OpenWay::default()).await.expect("opens");
    assert_eq!(told.answer, Answer::Yes, "{:?}", told.came);
    tab
}

/// What this user's tab saw, with this text in it.
fn saw(seen: &Seen, user: &str, text: &str) -> usize {
    let all = seen.0.lock().expect("unpoisoned");
    let here = all
        .iter()
        .filter(|(at, _)| at.user.as_deref() == Some(user) && at.tab.is_some());
    here.filter(|(_, told)| told.contains(text)).count()
}

/// Waits until something is so, for five seconds at most. It looks again after whatever is seen.
async fn until(seen: &Seen, what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        loop {
            let next = seen.1.notified();
            tokio::pin!(next);
            next.as_mut().enable();
            if is_so() {
                return;
            }
            next.await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(5), waiting).await;
    waited.unwrap_or_else(|_| panic!("never: {what}"));
}

async fn act(tab: &Tab, name: &str, given: &BTreeMap<String, Param>) -> walk::Act {
    let target = &tab.browser().site().target;
    let action = target.action(name).expect("an action");
    tab.act(name, action, None, given, "marker0fthis")
        .await
        .expect("an answer")
}

#[tokio::test]
async fn a_login_is_granted_refused_or_without_an_identity() {
    let (site, seen) = site().await;
    let wrong = browser(&site, &seen, "alice", "x")
        .login()
        .await
        .expect("an answer");
    let Answer::No(why) = &wrong.answer else {
        panic!("{wrong:?}")
    };
    assert!(why.contains("status 401") && why.contains("wrong"), "{why}");
    // The yes has no token: nobody knows who that is, and no later step may say `{token}`.
    let nameless = browser(&site, &seen, "nobody", "nobody-secret")
        .login()
        .await;
    let nameless = nameless.expect("an answer");
    assert!(
        matches!(nameless.answer, Answer::Unknown(_)),
        "{nameless:?}"
    );
    let right = browser(&site, &seen, "alice", "alice-secret");
    assert_eq!(right.login().await.expect("an answer").answer, Answer::Yes);
    assert_eq!(right.whereabouts().user.as_deref(), Some("alice"));
    assert_eq!(right.identity().as_deref(), Some("t-alice"));
    assert_eq!(right.logout().await.expect("an answer").answer, Answer::Yes);
    assert_eq!(right.whereabouts().user, None);
    assert_eq!(right.login().await.expect("an answer").answer, Answer::Yes);
    assert_eq!(right.whereabouts().session, "desktop-2");
}

#[tokio::test]
async fn members_hear_what_is_said_in_their_room() {
    let (site, seen) = site().await;
    let (alice, bob) = (
        tab_of(&site, &seen, "alice").await,
        tab_of(&site, &seen, "bob").await,
    );
    let carol = tab_of(&site, &seen, "carol").await;
    let (room, told) = alice.create("room", "red").await.expect("an answer");
    assert_eq!(told.answer, Answer::Yes);
    let (joined, told) = bob
        .join("room", "red", Some(&room))
        .await
        .expect("an answer");
    assert_eq!(told.answer, Answer::Yes);
    // Who does not know the code cannot even ask.
    assert!(carol.join("room", "red", None).await.is_err());
    let given = BTreeMap::from([("room".to_owned(), Param::Group(room))]);
    let said = act(&alice, "say", &given).await;
    assert_eq!(
        (said.told.answer, said.id.clone()),
        (Answer::Yes, Some(json!(7)))
    );
    until(&seen, "bob hears it", || {
        saw(&seen, "bob", "marker0fthis") == 1
    })
    .await;
    assert_eq!(saw(&seen, "bob", "calm"), 1);
    assert_eq!(saw(&seen, "carol", "marker0fthis"), 0);
    let action = site.target.action("say").expect("an action");
    let said = act(&alice, "say", &given).await;
    let stopped = alice.stop(action, None, &said).await.expect("an answer");
    assert_eq!(stopped.answer, Answer::Yes);
    assert_eq!(bob.leave(&joined).await.expect("sent").answer, Answer::Sent);
}

#[tokio::test]
async fn a_streamed_answer_is_heard_piece_by_piece() {
    let (site, seen) = site().await;
    let alice = tab_of(&site, &seen, "alice").await;
    let asked = act(&alice, "ask", &BTreeMap::new()).await;
    assert_eq!(
        (asked.told.answer, asked.id),
        (Answer::Yes, Some(json!(12)))
    );
    until(&seen, "both pieces", || {
        saw(&seen, "alice", "event `delta`") == 2
    })
    .await;
}

#[tokio::test]
async fn what_nobody_answers_is_sent_asked_or_unknown() {
    let (site, seen) = site().await;
    let alice = tab_of(&site, &seen, "alice").await;
    let nothing = BTreeMap::new();
    assert_eq!(
        act(&alice, "whisper", &nothing).await.told.answer,
        Answer::Sent
    );
    assert_eq!(
        act(&alice, "shout", &nothing).await.told.answer,
        Answer::Asked
    );
    let lost = act(&alice, "lost", &nothing).await.told;
    assert!(matches!(lost.answer, Answer::Unknown(_)), "{lost:?}");
    assert!(lost.at.line() > 0);
    // The third try is answered.
    assert_eq!(
        act(&alice, "again", &nothing).await.told.answer,
        Answer::Yes
    );
}

#[tokio::test]
async fn what_comes_by_itself_answers_nobody() {
    let (site, seen) = site().await;
    let alice = tab_of(&site, &seen, "alice").await;
    let nothing = BTreeMap::new();
    let guess = act(&alice, "guess", &nothing).await.told;
    assert!(matches!(guess.answer, Answer::No(_)), "{guess:?}");
    assert_eq!(act(&alice, "dare", &nothing).await.told.answer, Answer::Yes);
}

#[tokio::test]
async fn who_comes_back_says_what_it_had_last() {
    let (site, seen) = site().await;
    let alice = tab_of(&site, &seen, "alice").await;
    until(&seen, "nothing yet", || {
        saw(&seen, "alice", "\"had\":0") == 1
    })
    .await;
    alice.cut().await.expect("our own client");
    let told = alice.come_back(&OpenWay::default()).await.expect("answers");
    assert_eq!(told.answer, Answer::Yes);
    until(&seen, "one more than 7", || {
        saw(&seen, "alice", "\"had\":8") == 1
    })
    .await;
}

#[tokio::test]
async fn the_last_line_of_an_answer_needs_no_end() {
    let (site, seen) = site().await;
    let alice = tab_of(&site, &seen, "alice").await;
    assert_eq!(
        act(&alice, "tell", &BTreeMap::new()).await.told.answer,
        Answer::Yes
    );
    // Nothing names them: they are the answer.
    until(&seen, "both lines", || {
        saw(&seen, "alice", "event `answer`, `{\"line\"") == 2
    })
    .await;
}

#[tokio::test]
async fn a_tab_sends_signs_of_life_until_it_is_gone() {
    let (site, seen) = site().await;
    let alice = tab_of(&site, &seen, "alice").await;
    let http = reqwest::Client::new();
    let url = site.base.join("/alive").expect("a path");
    let count = async || -> u64 {
        let answer = http.get(url.clone()).send().await.expect("answers");
        answer
            .text()
            .await
            .expect("text")
            .parse()
            .expect("a number")
    };
    let waiting = async { while count().await < 3 {} };
    tokio::time::timeout(Duration::from_secs(5), waiting)
        .await
        .expect("signs of life");
    alice.close().await;
    assert!(alice.whereabouts().tab.is_some());
    assert_eq!(
        saw(&seen, "alice", "closed"),
        0,
        "the server closed nothing"
    );
}

#[tokio::test]
async fn a_socket_that_is_refused_says_why() {
    let (site, seen) = site().await;
    // Nobody has logged in: there is no token to show, and the server closes a socket without one.
    let stranger = browser(&site, &seen, "alice", "alice-secret");
    let opened = stranger.open("1", &OpenWay::default()).await;
    let (_, told) = opened.expect("answers");
    assert!(
        matches!(&told.answer, Answer::No(why) if why.contains("close")),
        "{told:?}"
    );
}
