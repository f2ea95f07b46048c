//! A server inside the test process, with the test's own cadence, and its clients.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reference_server::settings::{Settings, Source};
use reference_server::{Running, Timing};
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Far more than anything here takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Bench {
    pub(super) server: Running,
    pub(super) url: String,
    pub(super) http: reqwest::Client,
    _folder: tempfile::TempDir,
}

impl Bench {
    pub(super) async fn start() -> Self {
        Self::start_with(Timing::default(), "").await
    }

    pub(super) async fn start_with(timing: Timing, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let users = folder.path().join("users");
        let mut add = Command::new(env!("CARGO_BIN_EXE_reference-server"));
        add.args(["user", "add", "--cost", "minimal", "alice", "bob"])
            .env("USERS_FILE", &users)
            .stdin(Stdio::piped());
        let mut child = add.spawn().expect("runs");
        child
            .stdin
            .take()
            .expect("a pipe")
            .write_all(b"password-a\npassword-b\n")
            .expect("written");
        assert!(child.wait().expect("ends").success());
        let file = folder.path().join("settings");
        let text = format!(
            "SECRET_KEY=0123456789abcdef0123456789abcdef\nUSERS_FILE={}\nSESSION_FILE_DIR={}\nEVENTS_PER_SECOND=100000\n{more}",
            users.display(),
            folder.path().join("sessions").display()
        );
        std::fs::write(&file, text).expect("written");
        let settings = Settings::read(&Source::default().read_file(&file).expect("settings"))
            .expect("settings");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let server =
            reference_server::start(settings, timing, listener, None, None).expect("starts");
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self {
            url: format!("http://{}", server.address),
            server,
            http,
            _folder: folder,
        }
    }

    /// Logs in and returns the cookie.
    pub(super) async fn login(&self, user: &str) -> String {
        let password = format!("password-{}", &user[..1]);
        let request = self
            .http
            .post(format!("{}/login", self.url))
            .header(ORIGIN, &self.url)
            .form(&[("user", user), ("password", &password)]);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 303);
        let cookie = answer.headers()[SET_COOKIE].to_str().expect("text");
        cookie.split(';').next().expect("a pair").to_owned()
    }

    pub(super) async fn socket(&self, cookie: &str) -> Socket {
        let url = format!(
            "{}/socket.io/?EIO=4&transport=websocket",
            self.url.replace("http", "ws")
        );
        let mut request = url.into_client_request().expect("a request");
        request
            .headers_mut()
            .insert(COOKIE, cookie.parse().expect("a value"));
        let (mut socket, _) = tokio_tungstenite::connect_async(request)
            .await
            .expect("a socket");
        assert!(next(&mut socket).await.starts_with('0'));
        socket
    }

    /// A socket that is ready.
    pub(super) async fn joined(&self, cookie: &str) -> Socket {
        let mut socket = self.socket(cookie).await;
        send(&mut socket, "40").await;
        while !next(&mut socket).await.starts_with("42[\"ready\"") {}
        socket
    }

    pub(super) async fn start_action(
        &self,
        cookie: &str,
        kind: &str,
        parameters: serde_json::Value,
    ) {
        let body = json!({ "kind": kind, "parameters": parameters }).to_string();
        let request = self
            .http
            .post(format!("{}/api/actions", self.url))
            .header(COOKIE, cookie)
            .header(ORIGIN, &self.url);
        let answer = request
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 201);
    }
}

pub(super) async fn send(socket: &mut Socket, text: &str) {
    socket.send(Message::text(text)).await.expect("sent");
}

/// The next frame that is not a ping. The server sends a ping right after the transport opens.
pub(super) async fn next(socket: &mut Socket) -> String {
    loop {
        let message = timeout(PATIENCE, socket.next())
            .await
            .expect("in time")
            .expect("open")
            .expect("a message");
        let text = message.into_text().expect("text");
        if text.as_str() != "2" {
            return text.as_str().to_owned();
        }
    }
}
