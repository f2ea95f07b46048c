//! A server that speaks Socket.IO over polling, WebSocket and server-sent events, and says one thing to everybody, or to
//! pages of other sites alone.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use openssl::base64::encode_block;
use openssl::sha::sha1;

/// What everybody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// 401 to the handshake.
    Status,
    /// 401, but where the origin begins as its own name does.
    StatusToMost,
    /// The way to the login.
    Redirect,
    /// The packet of Socket.IO that refuses.
    Packet,
    /// The end, right after the opening.
    Close,
    /// That it is not allowed, and nothing more.
    Event,
    EventAndClose,
    /// Something that is no refusal.
    Welcome,
    WelcomeAndClose,
    /// A frame with the user's name in it, if a cookie says who it is.
    Name,
    NameAndClose,
    /// A frame of this name that says nothing, if a cookie says who it is.
    StateAndClose,
    /// The same to everybody.
    TickAndClose,
    /// That the origin is not one of its own.
    Origin,
    Nothing,
}

/// The server.
#[derive(Clone, Copy)]
pub(crate) struct Doors {
    pub(crate) says: Says,
    /// It says so to pages of other sites; its own ones are told nothing.
    pub(crate) only_to_others: bool,
    /// A part of the query without which nobody gets a socket.
    pub(crate) wants: &'static str,
}

/// What waits for a poll of each session.
type Queues = Arc<(Mutex<HashMap<String, Vec<String>>>, Condvar)>;

/// Longer than any test listens.
const LONG: Duration = Duration::from_secs(20);

impl Doors {
    /// Serves until the test ends, at this port.
    pub(crate) fn serve(self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let queues = Queues::default();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let queues = Arc::clone(&queues);
                thread::spawn(move || self.one(stream, &queues));
            }
        });
        port
    }

    fn one(self, mut stream: TcpStream, queues: &Queues) {
        let Some((head, body)) = request(&mut stream) else {
            return;
        };
        let address = head.split(' ').nth(1).unwrap_or_default();
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        if path == "/in" {
            let user = body.split('&').find_map(|pair| pair.strip_prefix("user="));
            let cookie = format!("set-cookie: sid={}\r\n", user.unwrap_or_default());
            return answer(&mut stream, "200 OK", &cookie, "{\"ticket\": \"x1\"}");
        }
        if !["/socket.io/", "/ws", "/events"].contains(&path) {
            return answer(&mut stream, "404 Not Found", "", "");
        }
        let header = |wanted: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then_some(value))
        };
        let own = format!("http://{}", header("host").unwrap_or_default());
        let is_own = header("origin").is_some_and(|origin| match self.says {
            Says::StatusToMost => origin.starts_with("http://127.0.0.1"),
            _ => origin == own,
        });
        if !query.contains(self.wants) {
            return answer(&mut stream, "401 Unauthorized", "", "no ticket");
        }
        if self.only_to_others && is_own {
            let own = Self {
                says: Says::Nothing,
                ..self
            };
            return match path {
                "/ws" => own.websocket(&mut stream, &head, ""),
                "/events" => own.events(&mut stream),
                _ => own.poll(&mut stream, query, &body, queues),
            };
        }
        let user = header("cookie").and_then(|cookie| cookie.strip_prefix("sid="));
        match self.says {
            Says::Status | Says::StatusToMost => {
                return answer(&mut stream, "401 Unauthorized", "", "log in");
            }
            Says::Redirect => return answer(&mut stream, "302 Found", "location: /in\r\n", ""),
            _ => {}
        }
        match path {
            "/ws" => self.websocket(&mut stream, &head, user.unwrap_or_default()),
            "/events" => self.events(&mut stream),
            _ => self.poll(&mut stream, query, &body, queues),
        }
    }

    /// The words that come first, and whether the end follows.
    fn words(self, user: &str) -> (Option<(&'static str, String)>, bool) {
        let says = |name: &'static str, text: &str| Some((name, text.to_owned()));
        let no = says("unauthorized", "log in first");
        let welcome = says("hello", "nice to see you");
        let of_user = |words| if user.is_empty() { None } else { words };
        match self.says {
            Says::Origin => (says("error", "the origin is not ours"), false),
            Says::Name => (of_user(says("hello", user)), false),
            Says::NameAndClose => (of_user(says("hello", user)), true),
            Says::StateAndClose => (of_user(says("state", "1")), true),
            Says::TickAndClose => (says("state", "1"), true),
            Says::Event => (no, false),
            Says::EventAndClose => (no, true),
            Says::Welcome => (welcome, false),
            Says::WelcomeAndClose => (welcome, true),
            Says::Close => (None, true),
            _ => (None, false),
        }
    }

    fn poll(self, stream: &mut TcpStream, query: &str, body: &str, queues: &Queues) {
        let sid = query.split('&').find_map(|pair| pair.strip_prefix("sid="));
        let Some(sid) = sid else {
            let sid = format!("{:016x}", rand::random::<u64>());
            let opened = format!(
                "0{{\"sid\":\"{sid}\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}}"
            );
            return answer(stream, "200 OK", "", &opened);
        };
        let (all, bell) = &**queues;
        let mut all = all.lock().expect("a lock");
        if body == "40" {
            let queue = all.entry(sid.to_owned()).or_default();
            queue.extend(self.packets());
            bell.notify_all();
        }
        if !body.is_empty() {
            // Whoever goes needs no answer to the poll that waits.
            if body
                .split('\u{1e}')
                .any(|packet| packet == "1" || packet == "41")
            {
                all.entry(sid.to_owned()).or_default().push("1".to_owned());
                bell.notify_all();
            }
            return answer(stream, "200 OK", "", "ok");
        }
        let is_empty =
            |all: &mut HashMap<String, Vec<String>>| all.get(sid).is_none_or(Vec::is_empty);
        let (mut all, _) = bell
            .wait_timeout_while(all, LONG, is_empty)
            .expect("a lock");
        let packets = all.remove(sid).unwrap_or_default();
        drop(all);
        answer(stream, "200 OK", "", &packets.join("\u{1e}"));
    }

    fn packets(self) -> Vec<String> {
        if self.says == Says::Packet {
            return vec!["44{\"message\":\"not authorized\"}".to_owned()];
        }
        let (words, ends) = self.words("");
        let mut packets = vec!["40{\"sid\":\"a-socket\"}".to_owned()];
        packets.extend(words.map(|(name, text)| format!("42[\"{name}\",\"{text}\"]")));
        packets.extend(ends.then(|| "41".to_owned()));
        packets
    }

    fn websocket(self, stream: &mut TcpStream, head: &str, user: &str) {
        let key = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("sec-websocket-key")
                .then_some(value)
        });
        let key = format!(
            "{}258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
            key.unwrap_or_default()
        );
        let accept = encode_block(&sha1(key.as_bytes()));
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
        );
        send(stream, head.as_bytes());
        let (words, ends) = self.words(user);
        if let Some((name, text)) = words {
            let text = format!("{{\"type\":\"{name}\",\"text\":\"{text}\"}}");
            let length = u8::try_from(text.len()).expect("a short text");
            send(stream, &[&[0x81, length], text.as_bytes()].concat());
        }
        if ends {
            // The code 1008, without a reason.
            send(stream, &[0x88, 2, 0x03, 0xf0]);
        } else {
            // The client says one thing only, its goodbye.
            let mut part = [0; 1024];
            if let Ok(1..) = stream.read(&mut part) {
                send(stream, &[0x88, 0]);
            }
        }
        wait_for_end(stream);
    }

    fn events(self, stream: &mut TcpStream) {
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
        send(stream, head.as_bytes());
        let (words, ends) = self.words("");
        if let Some((name, text)) = words {
            send(
                stream,
                format!("event: {name}\ndata: {text}\n\n").as_bytes(),
            );
        }
        if !ends {
            wait_for_end(stream);
        }
    }
}

/// Waits until the client has gone.
fn wait_for_end(stream: &mut TcpStream) {
    let mut part = [0; 1024];
    while let Ok(1..) = stream.read(&mut part) {}
}

fn send(stream: &mut TcpStream, bytes: &[u8]) {
    // The client may be gone; that does not matter here.
    let _ = stream.write_all(bytes);
}

fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &str) {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    );
    send(stream, text.as_bytes());
}

/// The head and the body of a request.
fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let line = line.to_lowercase();
                line.strip_prefix("content-length: ")?.parse().ok()
            });
            if body.len() >= length.unwrap_or(0) {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&part[..n]),
        }
    }
}
