//! Which socket a system has: those that its scripts open, else the usual places.

use serde_json::{Map, Value};

use crate::bounds::{NAMES, NAMESPACES};
use crate::described::asyncapi::Described;
use crate::found::{Socket, SocketKind, Strangers};
use crate::guess::action;
use crate::guess::address::{bare, path_of};
use crate::guess::payload::literal;
use crate::handshake::{self, EngineIo, Heard};
use crate::look::Look;
use crate::script::tokens::HOLE;
use crate::script::values::Arg;

/// Where Socket.IO is, when nothing says otherwise.
const SOCKET_IO: &str = "/socket.io/";
/// Where raw WebSockets are, when no script says so in words that can be read.
const USUAL: [&str; 4] = ["/ws", "/", "/cable", "/socket/websocket"];
const USUALLY: &str = "a usual path";
/// Sockets of one protocol that are tried.
const MOST: usize = 3;

/// Looks for the socket, the likeliest first.
pub(crate) async fn find(look: &mut Look, described: Option<&Described>) {
    if socket_io(look, described).await {
        return;
    }
    let mut raw = raw_paths(look);
    let is_raw = described.is_some_and(|described| !described.is_socket_io);
    if let Some(path) = described
        .and_then(|described| described.path.clone())
        .filter(|_| is_raw)
    {
        raw.insert(0, (path, Vec::new(), "the AsyncAPI description".to_owned()));
    }
    let streams = stream_paths(look);
    let named: Vec<String> = raw.iter().map(|(path, ..)| path.clone()).collect();
    for (path, subprotocols, from) in raw.into_iter().take(MOST) {
        if websocket(look, &path, subprotocols, &from).await {
            return;
        }
    }
    for (path, from) in streams.into_iter().take(MOST) {
        if stream(look, &path, &from).await {
            return;
        }
    }
    // A script may put the address together as the page runs.
    for path in USUAL
        .iter()
        .filter(|path| named.iter().all(|known| known != *path))
    {
        if websocket(look, path, Vec::new(), USUALLY).await {
            return;
        }
    }
}

/// What scripts say of Socket.IO, or nothing.
struct Named {
    path: String,
    namespaces: Vec<String>,
    auth: Map<String, Value>,
    query: Map<String, Value>,
    /// The script; none where no script opens a socket.
    from: Option<String>,
}

fn named(look: &Look, described: Option<&Described>) -> Named {
    let mut named = Named {
        path: String::new(),
        namespaces: Vec::new(),
        auth: Map::new(),
        query: Map::new(),
        from: None,
    };
    let described = described.filter(|described| described.is_socket_io);
    let mut path = described.and_then(|described| described.path.clone());
    for (page, from, script) in &look.scripts {
        for connect in &script.connects {
            named.from.get_or_insert_with(|| from.clone());
            path = connect.path.clone().or(path);
            if named.auth.is_empty() && named.query.is_empty() {
                named.auth = filled(&connect.auth);
                named.query = filled(&connect.query);
            }
            let url = connect.namespace.as_deref();
            let name = url.and_then(|url| path_of(page, url));
            let name = name.unwrap_or_else(|| "/".to_owned());
            let name = format!("/{}", bare(&name).trim_matches('/'));
            if !name.contains(HOLE) && !named.namespaces.contains(&name) {
                named.namespaces.push(name);
            }
        }
    }
    if named.namespaces.is_empty() {
        named.namespaces.push("/".to_owned());
    }
    named.path = path.unwrap_or_else(|| SOCKET_IO.to_owned());
    if !named.path.ends_with('/') {
        named.path.push('/');
    }
    named
}

async fn socket_io(look: &mut Look, described: Option<&Described>) -> bool {
    let named = named(look, described);
    let Some(is_polling_only) = engine(look, &named).await else {
        return false;
    };
    let path = named.path;
    let mut there = Vec::new();
    for name in named.namespaces.into_iter().take(NAMESPACES) {
        let heard = handshake::namespace(&mut look.visitor, &path, &name, is_polling_only).await;
        let usual = "a guess; which is used?";
        if !heard.is_there {
            let what = named.from.as_deref().unwrap_or(usual);
            let words = words(&heard.strangers);
            let note = format!("The namespace {name} ({what}): {words}.");
            look.found.notes.push(note);
        }
        if heard.is_there || named.from.is_none() {
            there.push(name);
        }
        take(look, heard);
    }
    if there.is_empty() {
        return false;
    }
    let spoken = match is_polling_only {
        true => "It offers polling alone",
        false => "It offers polling and WebSocket",
    };
    let from = named.from.as_deref().unwrap_or("no script names it");
    look.found.socket = Some(Socket {
        kind: SocketKind::SocketIo {
            namespaces: there,
            is_polling_only,
        },
        from: format!("Socket.IO (Engine.IO 4) answers at {path}; {from}. {spoken}."),
        path,
        auth: named.auth,
        query: named.query,
    });
    true
}

/// Whether Engine.IO offers polls alone; nothing where it is not spoken.
async fn engine(look: &mut Look, named: &Named) -> Option<bool> {
    let path = &named.path;
    let answer = match look.visitor.get(&handshake::poll(path)).await {
        Ok(answer) => answer,
        Err(why) => {
            if named.from.is_some() {
                look.found
                    .notes
                    .push(format!("{path} was not seen: {why}."));
            }
            return None;
        }
    };
    match handshake::of_poll(&answer) {
        EngineIo::Four { has_websocket } => Some(!has_websocket),
        EngineIo::Other(words) => {
            let note = format!("{path}: {words}. It cannot be tested.");
            look.found.notes.push(note);
            None
        }
        // A server may speak WebSocket alone.
        EngineIo::None(_) => named.from.is_some().then_some(false),
    }
}

fn words(strangers: &Strangers) -> &str {
    match strangers {
        Strangers::Welcome(words) | Strangers::Refused(words) | Strangers::Unknown(words) => words,
    }
}

/// What was heard: whether strangers are let in anywhere, and what comes by itself.
fn take(look: &mut Look, heard: Heard) {
    let is_better = match (&look.found.strangers, &heard.strangers) {
        (None | Some(Strangers::Unknown(_)), _) => true,
        (Some(Strangers::Refused(_)), Strangers::Welcome(_)) => true,
        (Some(_), _) => false,
    };
    if is_better {
        look.found.strangers = Some(heard.strangers);
    }
    look.found.heard.extend(heard.events);
    look.found.heard.truncate(NAMES);
}

/// What a page gives when it connects.
fn filled(entries: &[(String, Arg)]) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in entries {
        let plain = name.to_ascii_lowercase();
        let value = match value {
            _ if plain.contains("token") || plain == "jwt" || plain == "authorization" => {
                Value::from("{token}")
            }
            _ if plain.contains("user") || plain == "name" || plain == "nick" => {
                Value::from("{user}")
            }
            Arg::Text(text) if !text.contains(HOLE) => Value::from(literal(text)),
            Arg::Literal(text) => serde_json::from_str(text).unwrap_or_default(),
            _ => continue,
        };
        map.insert(literal(name), value);
    }
    map
}

/// Raw WebSockets that scripts open: a path, subprotocols, and where it was seen.
fn raw_paths(look: &Look) -> Vec<(String, Vec<String>, String)> {
    let mut all: Vec<(String, Vec<String>, String)> = Vec::new();
    for (page, from, script) in &look.scripts {
        for (url, subprotocols) in &script.sockets {
            if let Some(path) = path_of(page, url)
                && all.iter().all(|(known, _, _)| *known != path)
            {
                all.push((path, subprotocols.clone(), from.clone()));
            }
        }
    }
    all
}

fn stream_paths(look: &Look) -> Vec<(String, String)> {
    let all = look.scripts.iter().flat_map(|(page, from, script)| {
        let paths = script.streams.iter().filter_map(|url| path_of(page, url));
        paths.map(|path| (path, from.clone()))
    });
    all.collect()
}

/// A path in whose holes a page puts something.
fn tried(path: &str) -> (String, &'static str) {
    match path.contains(HOLE) {
        true => (
            path.replace(HOLE, "lobby"),
            " The page puts a value where `lobby` stands.",
        ),
        false => (path.to_owned(), ""),
    }
}

async fn websocket(look: &mut Look, path: &str, subprotocols: Vec<String>, from: &str) -> bool {
    let (path, hole) = tried(path);
    let heard = handshake::websocket(&mut look.visitor, &path, &subprotocols).await;
    if !heard.is_there {
        if from != USUALLY {
            look.found.notes.push(format!(
                "The WebSocket {path} of {from}: {}.",
                words(&heard.strangers)
            ));
        }
        return false;
    }
    let sends = look
        .scripts
        .iter()
        .flat_map(|(_, from, script)| script.sends.iter().map(move |frame| (from, frame)));
    let mut names = sends.filter_map(|(from, frame)| action::of_frame(frame, from)?.1);
    let event = names
        .next()
        .or_else(|| heard.frames.iter().find_map(|frame| name_of(frame)));
    let chosen = heard
        .subprotocol
        .as_ref()
        .map(|name| format!(" It chose the subprotocol {name}."));
    look.found.socket = Some(Socket {
        kind: SocketKind::WebSocket {
            subprotocols,
            event,
        },
        from: format!(
            "A raw WebSocket answers at {path}; {from}.{hole}{}",
            chosen.unwrap_or_default()
        ),
        path,
        auth: Map::new(),
        query: Map::new(),
    });
    take(look, heard);
    true
}

/// Where the name stands in a frame that came.
fn name_of(frame: &str) -> Option<String> {
    let value: Value = serde_json::from_str(frame).ok()?;
    let keys = ["type", "event", "action", "kind", "op", "method"];
    let key = keys
        .iter()
        .find(|key| value.get(**key).is_some_and(Value::is_string))?;
    Some(format!("/{key}"))
}

async fn stream(look: &mut Look, path: &str, from: &str) -> bool {
    let (path, hole) = tried(path);
    let heard = handshake::stream(&mut look.visitor, &path).await;
    if !heard.is_there {
        look.found.notes.push(format!(
            "The stream {path} of {from}: {}.",
            words(&heard.strangers)
        ));
        return false;
    }
    look.found.socket = Some(Socket {
        kind: SocketKind::Sse,
        from: format!("Server-sent events come at {path}; {from}.{hole}"),
        path,
        auth: Map::new(),
        query: Map::new(),
    });
    take(look, heard);
    true
}
