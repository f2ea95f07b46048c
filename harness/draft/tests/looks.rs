//! Looks at small servers, each with one way to log in, to push or to say what it is.

mod served;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use draft::{DraftError, Trial};
use futures_util::stream;
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};

use served::{Counted, has, lacks, look, look_as, serve};

const LOGIN_PAGE: &str =
    "<form method=post action=/login><input type=hidden name=_csrf value=c0ffee0c0ffee0c0>
    <input type=hidden name=next value=''><input name=email><input type=password name=pw></form>";
const SECRET: &str = "s3cret-session-value";

async fn form_login(Form(fields): Form<Vec<(String, String)>>) -> Response {
    let field = |name: &str| {
        fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    if field("_csrf") != Some("c0ffee0c0ffee0c0") {
        return (StatusCode::FORBIDDEN, "csrf").into_response();
    }
    if field("pw") != Some("right") {
        return Html(LOGIN_PAGE).into_response();
    }
    let cookie = format!(
        "sid={SECRET}-{}; HttpOnly",
        field("email").unwrap_or_default()
    );
    ([("set-cookie", cookie)], Redirect::to("/board")).into_response()
}

async fn board(headers: HeaderMap) -> Response {
    let cookie = headers
        .get("cookie")
        .and_then(|cookie| cookie.to_str().ok())
        .unwrap_or_default();
    if !cookie.contains(SECRET) {
        return Redirect::to("/login").into_response();
    }
    Html("<a href=/logout>Log out</a><script src=/socket.io/socket.io.js></script><script src=/app.js></script>").into_response()
}

fn script(text: &'static str) -> axum::routing::MethodRouter<()> {
    get(move || async move { ([("content-type", "text/javascript")], text) })
}

#[tokio::test]
async fn a_form_with_a_hidden_field_is_filled_in() {
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", |_: SocketRef| async {});
    let app = Router::new()
        .route("/", get(|| async { Redirect::to("/board") }))
        .route("/board", get(board))
        .route(
            "/login",
            get(|| async { ([("set-cookie", "lang=en")], Html(LOGIN_PAGE)) }).post(form_login),
        )
        .route(
            "/app.js",
            script("const s = io(); s.emit('note', {text: t.value}, f => f); s.on('note', show);"),
        )
        .layer(layer);
    let url = serve(app).await;
    let draft = look(&url).await.expect("a file");
    has(&draft, "- {get: /login, keep: {csrf: {form: _csrf}}}");
    has(
        &draft,
        r#"form: {_csrf: "{csrf}", next: "", email: "{user}", pw: "{password}"}"#,
    );
    has(&draft, "What counts as yes?");
    has(&draft, "# session: {cookie: lang}  (GET /login sets it)");
    has(&draft, "private page: {get: /, refused: {status: 302}}");
    assert_eq!(draft.trial, Trial::NotTried);
    // What only a user sees is seen by one.
    lacks(&draft, "emit");
    let draft = look_as(&url, &["alice", "bob"], "right")
        .await
        .expect("a file");
    has(&draft, "granted: {status: 303, header: {Location: /board}}");
    has(
        &draft,
        "session: {cookie: sid}  # set by the answer to the login",
    );
    has(&draft, "logout: {get: /logout}  # the page /board");
    has(
        &draft,
        r#"do: {emit: [note, {text: "{marker}"}], granted: {ack: any}}"#,
    );
    has(&draft, "yields: {note: {to: owner}}");
    has(
        &draft,
        "# alice was logged in with these lines, and a tab was opened.",
    );
    has(
        &draft,
        "# bob was logged in with these lines, and a tab was opened.",
    );
    assert_eq!(draft.trial, Trial::Granted);
    // No value of a cookie or a hidden field is written.
    lacks(&draft, SECRET);
    lacks(&draft, "c0ffee");
    lacks(&draft, "right\"");
    let draft = look_as(&url, &["alice"], "wrong").await.expect("a file");
    has(&draft, "the login page came again");
    assert!(
        matches!(draft.trial, Trial::Refused(_)),
        "{:?}",
        draft.trial
    );
}

async fn json_login(Json(asked): Json<Value>) -> Response {
    match asked["password"] == "right" && asked["username"].is_string() {
        true => Json(
            json!({"user": {"id": 1}, "access_token": format!("t-{SECRET}-{}", asked["username"])}),
        )
        .into_response(),
        false => (
            StatusCode::UNAUTHORIZED,
            Json(json!({"error": "wrong name or password"})),
        )
            .into_response(),
    }
}

#[tokio::test]
async fn a_json_login_with_a_token_is_found_in_the_script() {
    let (layer, io) = SocketIo::new_layer();
    io.ns(
        "/",
        |socket: SocketRef, Data(auth): Data<Value>| async move {
            if !auth["token"].is_string() {
                let _ = socket.disconnect();
            }
        },
    );
    let app = Router::new()
        .route("/", get(|| async { Html("<script type=module src=app.js></script>") }))
        .route("/app.js", script("import './api.js'; const socket = io({auth: {token}}); socket.on('note', f);"))
        .route("/api.js", script(
            "async function login(username, password) {
               const r = await fetch(`${API}/api/login`, {method: 'POST', body: JSON.stringify({username, password})});
               token = (await r.json()).access_token; }
             function add(text) { return fetch('/api/notes', {method: 'POST', body: JSON.stringify({text})}); }
             function leave() { return fetch('/api/logout', {method: 'POST'}); }",
        ))
        .route("/api/login", post(json_login))
        .layer(layer);
    let url = serve(app).await;
    let draft = look(&url).await.expect("a file");
    has(&draft, "- post: /api/login");
    has(
        &draft,
        r#"json: {username: "{user}", password: "{password}"}"#,
    );
    has(&draft, "keep: {token: /access_token}");
    has(&draft, "session: {kept: token}");
    has(&draft, r#"open: {connect: {auth: {token: "{token}"}}}"#);
    has(&draft, "logout: {post: /api/logout}");
    has(
        &draft,
        r#"do: {post: /api/notes, json: {text: "{marker}"}}"#,
    );
    has(&draft, "strangers: refused");
    has(&draft, "static file: {get: /app.js}");
    let draft = look_as(&url, &["alice", "bob"], "right")
        .await
        .expect("a file");
    has(&draft, "granted: {status: 200}");
    has(
        &draft,
        "# bob was logged in with these lines, and a tab was opened.",
    );
    lacks(&draft, SECRET);
    let draft = look_as(&url, &["alice"], "wrong").await.expect("a file");
    has(&draft, "wrong name or password");
}

#[tokio::test]
async fn a_login_that_nothing_shows_is_tried_by_its_usual_names() {
    let refuse = || async { (StatusCode::UNAUTHORIZED, "log in") };
    let login = |Json(asked): Json<Value>| async move {
        match asked["user"].is_string() && asked["password"] == "right" {
            true => (
                [("set-cookie", format!("connect.sid={SECRET}; Path=/"))],
                Json(json!({"user": "x"})),
            )
                .into_response(),
            false => (StatusCode::UNAUTHORIZED, Json(json!({"error": "wrong"}))).into_response(),
        }
    };
    let app = Router::new()
        .route("/api/login", post(login).get(refuse))
        .route("/", get(refuse));
    let url = serve(app).await;
    let draft = look(&url).await.expect("a file");
    has(&draft, "- post: /login");
    has(&draft, "no page and no script: this is a usual one");
    let draft = look_as(&url, &["alice"], "right").await.expect("a file");
    has(&draft, "- post: /api/login");
    has(&draft, r#"json: {user: "{user}", password: "{password}"}"#);
    has(&draft, "session: {cookie: connect.sid}");
    assert_eq!(draft.trial, Trial::Granted);
}

#[tokio::test]
async fn without_a_login_strangers_are_welcome() {
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", |socket: SocketRef| async move {
        let _ = socket.emit("hello", &1);
    });
    io.ns("/chat", |_: SocketRef| async {});
    let page = "<form id=f><input id=m><button>Send</button></form><script>
        const chat = io('/chat'), log = io('/missing');
        f.onsubmit = () => chat.emit('chat message', m.value);
        chat.on('chat message', show); chat.on('connect', f);</script>";
    let app = Router::new()
        .route("/", get(move || async move { Html(page) }))
        .layer(layer);
    let draft = look(&serve(app).await).await.expect("a file");
    has(&draft, "login: none");
    has(&draft, "strangers: welcome");
    has(
        &draft,
        "socket: {protocol: socket.io, path: /socket.io/, namespaces: [/chat]}",
    );
    has(
        &draft,
        "The namespace /missing (a script in the page /): Invalid namespace.",
    );
    has(
        &draft,
        r#"do: {emit: [chat message, "{marker}"], granted: none}"#,
    );
    has(&draft, "yields: {chat message: {to: everyone}}");
    has(
        &draft,
        "unknown path: {get: /airtight-no-such-page, status: 404}",
    );
}

#[tokio::test]
async fn a_raw_socket_is_found_where_the_script_opens_it() {
    let page = "<script>const ws = new WebSocket((location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + '/live/' + room, ['v1.chat']);
        ws.send(JSON.stringify({type: 'say', room, text: input.value}));</script>";
    let url = served::serve_socket(page, "/live/", "v1.chat", "{\"type\": \"hello\"}").await;
    let draft = look(&url).await.expect("a file");
    has(&draft, "socket: {protocol: websocket, path: /live/");
    has(&draft, "subprotocols: [v1.chat]");
    has(&draft, "It chose the subprotocol v1.chat.");
    has(&draft, "frame: {event: /type}");
    has(
        &draft,
        r#"do: {send: {type: say, room: "{room}", text: "{marker}"}, granted: none}"#,
    );
    has(&draft, "strangers: welcome");
}

#[tokio::test]
async fn server_sent_events_are_found() {
    let events = || async {
        let first =
            stream::iter(["event: note\ndata: {}\n\n".to_owned()].map(Ok::<_, std::io::Error>));
        let never = stream::pending();
        let pieces = futures_util::StreamExt::chain(first, never);
        (
            [("content-type", "text/event-stream")],
            Body::from_stream(pieces),
        )
    };
    let page = "<form method=post action=/notes><textarea name=text></textarea></form>
        <script>new EventSource('/events').addEventListener('note', f)</script>";
    let app = Router::new()
        .route("/", get(move || async move { Html(page) }))
        .route("/events", get(events));
    let draft = look(&serve(app).await).await.expect("a file");
    has(&draft, "socket: {protocol: sse, path: /events}");
    has(&draft, r#"do: {post: /notes, form: {text: "{marker}"}}"#);
    has(&draft, "yields: {note: {to: everyone}}");
}

fn openapi() -> Value {
    json!({"openapi": "3.1.0", "paths": {
        "/auth/token": {"post": {
            "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/In"}}}},
            "responses": {"200": {"content": {"application/json": {"schema": {"properties": {"access_token": {}, "token_type": {}}}}}}}}},
        "/rooms/{room_id}/messages": {
            "get": {"security": [{"bearer": []}]},
            "post": {"requestBody": {"content": {"application/json": {"schema": {"properties": {"body": {"type": "string"}, "n": {"type": "integer"}}}}}}}},
        "/me": {"get": {"security": [{"bearer": []}]}},
        "/health": {"get": {}},
    }, "components": {"schemas": {"In": {"required": ["username", "password"], "properties": {
        "grant_type": {"type": "string"}, "username": {"type": "string"}, "password": {"type": "string"}}}}}})
}

#[tokio::test]
async fn a_description_says_what_there_is() {
    let text = openapi().to_string();
    let app = Router::new().route(
        "/openapi.json",
        get(move || async move { ([("content-type", "application/json")], text) }),
    );
    let draft = look(&serve(app).await).await.expect("a file");
    has(&draft, "- post: /auth/token");
    has(
        &draft,
        r#"form: {username: "{user}", password: "{password}"}"#,
    );
    has(&draft, "keep: {token: /access_token}");
    has(
        &draft,
        r#"do: {post: "/rooms/{room}/messages", json: {body: "{marker}", n: 1}}"#,
    );
    has(&draft, "takes: {room: {value: lobby}}");
    has(
        &draft,
        "private page: {get: /me, refused: {status: 401}}  # /openapi.json",
    );
    has(&draft, "health: {get: /health}");
}

#[tokio::test]
async fn an_asyncapi_file_gives_events() {
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", |_: SocketRef| async {});
    let url = serve(Router::new().layer(layer)).await;
    let mut wish = served::wish(&url);
    wish.asyncapi = Some(
        "asyncapi: 2.6.0\nservers: {main: {url: 'ws://x.test/socket.io', protocol: socket.io}}\nchannels:\n  /:\n    publish:\n      message: {oneOf: [{name: say, payload: {type: object, properties: {text: {type: string}}}}]}\n    subscribe:\n      message: {name: said}\n"
            .to_owned(),
    );
    let draft = draft::draft(&wish).await.expect("a file");
    targets::parse(&draft.text).expect("a target");
    has(
        &draft,
        r#"do: {emit: [say, {text: "{marker}"}], granted: none}"#,
    );
    has(&draft, "yields: {said: {to: everyone}}");
    wish.asyncapi = Some("a: b".to_owned());
    assert!(matches!(
        draft::draft(&wish).await,
        Err(DraftError::Description("AsyncAPI"))
    ));
    wish.asyncapi = None;
    wish.openapi = Some("[".to_owned());
    assert!(matches!(
        draft::draft(&wish).await,
        Err(DraftError::Description("OpenAPI"))
    ));
}

#[tokio::test]
async fn an_older_engine_is_named() {
    let app = Router::new().route(
        "/socket.io/",
        get(|| async { "96:0{\"sid\":\"x\",\"upgrades\":[]}2:40" }),
    );
    let draft = look(&serve(app).await).await.expect("a file");
    has(&draft, "the target speaks Engine.IO 3 (Socket.IO 2)");
}

#[tokio::test]
async fn where_nobody_answers_there_is_no_file() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    drop(listener);
    let failed = look(&url).await.expect_err("nobody");
    assert!(matches!(failed, DraftError::NoAnswer(_)), "{failed}");
    assert!(matches!(
        look("ftp://x.test/").await,
        Err(DraftError::Address)
    ));
}

#[tokio::test]
async fn where_nothing_is_found_the_file_asks_for_everything() {
    let counted = Counted::default();
    let app = Router::new().fallback(|State(counted): State<Counted>| async move {
        counted.add();
        (StatusCode::NOT_FOUND, "no")
    });
    let url = serve(app.with_state(counted.clone())).await;
    let draft = look(&url).await.expect("a file");
    assert!(!draft.is_something);
    has(&draft, "login: none");
    has(&draft, "actions: {}");
    has(&draft, "# socket: {protocol: socket.io, path: /socket.io/}");
    assert!(counted.n() <= 30, "{} requests", counted.n());
    assert_eq!(counted.n(), draft.asked.len());
}

#[tokio::test]
async fn a_page_without_an_end_is_read_for_a_while() {
    let endless = || async {
        let pieces = stream::iter(std::iter::repeat_with(|| {
            Ok::<_, std::io::Error>("<p>".repeat(1000))
        }));
        ([("content-type", "text/html")], Body::from_stream(pieces))
    };
    let app = Router::new().fallback(endless);
    let started = Instant::now();
    let draft = look(&serve(app).await).await.expect("a file");
    has(&draft, "login: none");
    assert!(
        started.elapsed() < Duration::from_secs(25),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_circle_of_redirects_has_an_end() {
    let counted = Counted::default();
    let app = Router::new().fallback(|State(counted): State<Counted>| async move {
        counted.add();
        Redirect::to("/again")
    });
    let url = serve(app.with_state(counted.clone())).await;
    let draft = look(&url).await.expect("a file");
    has(&draft, "redirects more than 5 times");
    assert!(counted.n() <= 30, "{} requests", counted.n());
    let away = Router::new().fallback(|| async { Redirect::to("http://elsewhere.test/") });
    let draft = look(&serve(away).await).await.expect("a file");
    has(&draft, "it leads to another address, which is not asked");
}

#[tokio::test]
async fn whatever_things_are_called_the_file_is_accepted() {
    let names = Arc::new(
        "<form method=post><input name='a{b}: c'><input name='#' type=hidden value='{x'><input type=password name='p: {'></form>
        <script>const s = io(); s.emit('a: {b}', {'c{': x, '- ': 1, '': y}); s.emit('#'); s.emit('none', text);
        s.on('{', f); s.emit('user', {id, user, password: p, marker}); s.emit('\\n', z); fetch('/a{b}/' + x, {method: 'post', body: 1});
        fetch('/x y', {method: 'post'}); s.emit('*', {to, text}); s.emit('socket', a.b(c).d, ...e);</script>"
            .to_owned(),
    );
    let (layer, _) = SocketIo::new_layer();
    let app = Router::new()
        .route(
            "/",
            get(move || async move { Html(names.as_str().to_owned()) }),
        )
        .layer(layer);
    let draft = look(&serve(app).await).await.expect("a file");
    has(&draft, "a{{b}}: c");
}

#[tokio::test]
async fn a_token_goes_with_the_socket_where_it_is_refused_without() {
    let (layer, io) = SocketIo::new_layer();
    io.ns(
        "/",
        |socket: SocketRef, Data(auth): Data<Value>| async move {
            if !auth["token"].is_string() {
                let _ = socket.disconnect();
            }
        },
    );
    let login = |Json(asked): Json<Value>| async move {
        match asked["password"] == "right" {
            true => {
                Json(json!({"data": {"token": format!("t-{}", asked["username"])}})).into_response()
            }
            false => StatusCode::UNAUTHORIZED.into_response(),
        }
    };
    let app = Router::new().route("/login", post(login)).layer(layer);
    let url = serve(app).await;
    let draft = look_as(&url, &["alice", "bob"], "right")
        .await
        .expect("a file");
    has(&draft, "keep: {token: /data/token}");
    has(&draft, r#"open: {connect: {auth: {token: "{token}"}}}"#);
    has(&draft, "That the token goes with it is a guess.");
    has(
        &draft,
        "# bob was logged in with these lines, and a tab was opened.",
    );
    // A server that gives everybody the same has no sessions.
    let draft = look_as(&url, &["alice", "alice"], "right")
        .await
        .expect("a file");
    has(&draft, "Two logins got the same value");
}
