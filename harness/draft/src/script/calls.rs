//! What a script asks of its server: sockets that it opens, events that it sends and hears, requests.

use super::tokens::{HOLE, Token, tokens};
use super::values::{Arg, arguments};
use crate::bounds::{NAME, NAMES};

/// Tokens that the arguments of one call may have.
const CALL: usize = 2000;

/// What a script asks.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Sockets of Socket.IO.
    pub(crate) connects: Vec<Connect>,
    /// Events of Socket.IO that are sent.
    pub(crate) emits: Vec<Emit>,
    /// Events that are heard.
    pub(crate) heard: Vec<String>,
    /// Raw WebSockets: the address, and what is asked for.
    pub(crate) sockets: Vec<(String, Vec<String>)>,
    /// Streams of server-sent events.
    pub(crate) streams: Vec<String>,
    /// Frames that are sent.
    pub(crate) sends: Vec<Arg>,
    /// Requests that change something.
    pub(crate) requests: Vec<Asked>,
    /// Further scripts that it takes in.
    pub(crate) imports: Vec<String>,
    /// Names of tokens in it.
    pub(crate) tokens: Vec<String>,
}

impl Script {
    /// Whether it opens a socket or a stream.
    pub(crate) fn opens(&self) -> bool {
        !(self.connects.is_empty() && self.sockets.is_empty() && self.streams.is_empty())
    }
}

/// A socket of Socket.IO.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Connect {
    pub(crate) namespace: Option<String>,
    pub(crate) path: Option<String>,
    /// Names in what it authenticates by.
    pub(crate) auth: Vec<(String, Arg)>,
    /// Names in its query.
    pub(crate) query: Vec<(String, Arg)>,
}

/// An event that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Emit {
    pub(crate) event: String,
    pub(crate) arguments: Vec<Arg>,
    /// An acknowledgement is asked for.
    pub(crate) is_acknowledged: bool,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// In small letters.
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) body: Option<Arg>,
    /// Names of headers.
    pub(crate) headers: Vec<(String, Arg)>,
}

/// Events of the client libraries themselves.
const OWN: [&str; 17] = [
    "connect",
    "connection",
    "disconnect",
    "disconnecting",
    "connect_error",
    "connect_timeout",
    "error",
    "reconnect",
    "reconnecting",
    "reconnect_attempt",
    "reconnect_error",
    "reconnect_failed",
    "ping",
    "pong",
    "open",
    "close",
    "packet",
];

/// Events of a page.
const OF_A_PAGE: [&str; 22] = [
    "click",
    "change",
    "submit",
    "input",
    "keyup",
    "keydown",
    "keypress",
    "load",
    "ready",
    "mousedown",
    "mouseup",
    "mouseover",
    "mouseenter",
    "mouseleave",
    "focus",
    "blur",
    "resize",
    "scroll",
    "touchstart",
    "shown.bs.modal",
    "hidden.bs.modal",
    "dblclick",
];

/// Objects whose `emit` and `on` go to no server.
const NO_SOCKETS: [&str; 14] = [
    "this", "self", "super", "emitter", "bus", "events", "process", "window", "document", "body",
    "eventBus", "router", "editor", "$",
];

const TOKENS: [&str; 8] = [
    "token",
    "access_token",
    "accessToken",
    "jwt",
    "authToken",
    "auth_token",
    "id_token",
    "idToken",
];

/// Reads a script.
pub(crate) fn read(text: &str) -> Script {
    let tokens = tokens(text);
    let mut script = Script::default();
    let sockets = socket_names(&tokens);
    for (index, token) in tokens.iter().enumerate() {
        let Some(name) = token.name() else { continue };
        let before = index.checked_sub(1).map(|before| &tokens[before]);
        // `answer.token` and `const {token} = …`, and not a variable that is called so.
        let is_part = before.is_some_and(|before| before.is('.') || before.is('{'));
        if is_part && TOKENS.contains(&name) {
            add(&mut script.tokens, name);
        }
        if matches!(name, "from" | "import") {
            // `import("./x.js")` has a bracket between.
            let texts = tokens[index + 1..].iter().take(2);
            let text = texts.filter_map(Token::text).next();
            script
                .imports
                .extend(text.filter(|text| text.contains('/')).map(str::to_owned));
            continue;
        }
        let Some(inside) = call(&tokens, index) else {
            continue;
        };
        if before.and_then(Token::name) == Some("function") {
            continue;
        }
        let is_method = before.is_some_and(|before| before.is('.'));
        let is_new = before.and_then(Token::name) == Some("new");
        let owner = is_method.then(|| owner(&tokens, index)).flatten();
        let call = Call {
            name,
            owner,
            is_method,
            is_new,
            sockets: &sockets,
        };
        call.read(&arguments(&inside[..inside.len().min(CALL)]), &mut script);
    }
    script.imports.truncate(NAMES);
    script
}

/// What stands behind the bracket of a call, as also in `(0, a.io)("/x")`.
fn call(tokens: &[Token], index: usize) -> Option<&[Token]> {
    let rest = &tokens[index + 1..];
    match rest {
        [Token::Sign('('), inside @ ..] => Some(inside),
        [Token::Sign(')'), Token::Sign('('), inside @ ..] if tokens[index].name() == Some("io") => {
            Some(inside)
        }
        _ => None,
    }
}

/// The name before the dot.
fn owner(tokens: &[Token], index: usize) -> Option<&str> {
    let mut before = tokens[..index.checked_sub(1)?].iter().rev();
    match before.next()? {
        Token::Sign('?' | '!') => before.next()?.name(),
        token => token.name(),
    }
}

/// Variables that hold a socket of Socket.IO.
fn socket_names(tokens: &[Token]) -> Vec<&str> {
    let mut names = Vec::new();
    for window in tokens.windows(4) {
        if let [
            Token::Name(name),
            Token::Sign('='),
            Token::Name(io),
            Token::Sign('(' | '.'),
        ] = window
            && matches!(io.as_str(), "io" | "socketIOClient" | "socketio")
        {
            names.push(name.as_str());
        }
    }
    names
}

struct Call<'a> {
    name: &'a str,
    owner: Option<&'a str>,
    is_method: bool,
    is_new: bool,
    sockets: &'a [&'a str],
}

impl Call<'_> {
    fn read(&self, arguments: &[Arg], script: &mut Script) {
        let first = arguments.first().and_then(Arg::joined);
        match (self.name, first) {
            ("WebSocket" | "ReconnectingWebSocket", Some(url)) if self.is_new => {
                script
                    .sockets
                    .push((url.to_owned(), subprotocols(arguments.get(1))));
            }
            ("EventSource", Some(url)) if self.is_new => script.streams.push(url.to_owned()),
            ("io" | "socketIOClient", _) => script.connects.push(connect(arguments)),
            ("connect", _) if matches!(self.owner, Some("io" | "socketio")) => {
                script.connects.push(connect(arguments));
            }
            ("emit" | "emitWithAck", Some(event)) if self.is_socket() => {
                self.emit(event, arguments, script);
            }
            ("on" | "once" | "addEventListener", Some(event))
                if self.is_heard(event, arguments) =>
            {
                add(&mut script.heard, event);
            }
            ("send", _) => {
                if let Some(frame @ Arg::Object(_)) = arguments.first() {
                    script.sends.push(frame.clone());
                }
            }
            ("fetch", Some(url)) => script.requests.extend(fetched(url, arguments.get(1))),
            ("post" | "put" | "patch" | "delete", Some(url))
                if self.is_method && url.contains('/') =>
            {
                let body = arguments.get(1).cloned();
                let body = body.map(|body| body.get("json").cloned().unwrap_or(body));
                script.requests.push(Asked {
                    method: self.name.to_owned(),
                    url: url.to_owned(),
                    body: body.filter(|body| *body != Arg::Function),
                    headers: Vec::new(),
                });
            }
            ("ajax" | "axios" | "request", _) => script.requests.extend(ajax(arguments.first())),
            _ => {}
        }
        script.requests.truncate(NAMES);
        script.emits.truncate(NAMES);
        script.connects.truncate(NAMES);
        script.sockets.truncate(NAMES);
        script.streams.truncate(NAMES);
        script.sends.truncate(NAMES);
    }

    /// Whether what is called is probably a socket.
    fn is_socket(&self) -> bool {
        if !self.is_method {
            return false;
        }
        match self.owner {
            // `socket.timeout(5000).emit`
            None | Some("volatile") => true,
            Some(owner) if self.sockets.contains(&owner) => true,
            Some(owner) if owner.to_ascii_lowercase().contains("socket") => true,
            Some(owner) => self.sockets.is_empty() && !NO_SOCKETS.contains(&owner),
        }
    }

    fn is_heard(&self, event: &str, arguments: &[Arg]) -> bool {
        let has_function = matches!(arguments.get(1), Some(Arg::Function | Arg::Named(_)));
        let is_of_a_page =
            self.name == "addEventListener" && matches!(event, "message" | "error" | "open");
        self.is_socket()
            && self.owner.is_some()
            && has_function
            && !is_of_a_page
            && !OWN.contains(&event)
            && !OF_A_PAGE.contains(&event)
    }

    fn emit(&self, event: &str, arguments: &[Arg], script: &mut Script) {
        if event.contains(HOLE) || event.len() > NAME || OWN.contains(&event) {
            return;
        }
        let rest = arguments.get(1..).unwrap_or_default();
        let is_asked = matches!(rest.last(), Some(Arg::Function));
        let emit = Emit {
            event: event.to_owned(),
            arguments: rest[..rest.len() - usize::from(is_asked)].to_vec(),
            is_acknowledged: is_asked || self.name == "emitWithAck",
        };
        if !script.emits.iter().any(|known| known.event == emit.event) {
            script.emits.push(emit);
        }
    }
}

fn add(names: &mut Vec<String>, name: &str) {
    let fits = !name.contains(HOLE) && name.len() <= NAME && names.len() < NAMES;
    if fits && !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

fn connect(arguments: &[Arg]) -> Connect {
    let url = arguments.first().and_then(Arg::joined);
    let options = arguments.iter().find(|arg| matches!(arg, Arg::Object(_)));
    let entries = |name: &str| match options.and_then(|options| options.get(name)) {
        Some(Arg::Object(entries)) => entries.clone(),
        _ => Vec::new(),
    };
    let path = options
        .and_then(|options| options.get("path"))
        .and_then(Arg::joined);
    Connect {
        namespace: url.map(str::to_owned),
        path: path
            .filter(|path| path.starts_with('/') && !path.contains(HOLE))
            .map(str::to_owned),
        auth: entries("auth"),
        query: entries("query"),
    }
}

fn subprotocols(arg: Option<&Arg>) -> Vec<String> {
    let one = |arg: &Arg| match arg {
        Arg::Text(text) if !text.contains(HOLE) => Some(text.clone()),
        _ => None,
    };
    match arg {
        Some(Arg::List(items)) => items.iter().filter_map(one).collect(),
        Some(arg) => one(arg).into_iter().collect(),
        None => Vec::new(),
    }
}

fn fetched(url: &str, options: Option<&Arg>) -> Option<Asked> {
    let options = options?;
    let method = options
        .get("method")
        .and_then(Arg::joined)?
        .to_ascii_lowercase();
    asked(method, url, options.get("body").cloned(), options)
}

fn ajax(options: Option<&Arg>) -> Option<Asked> {
    let options = options?;
    let method = options.get("method").or_else(|| options.get("type"));
    let method = method.and_then(Arg::joined)?.to_ascii_lowercase();
    let url = options.get("url").and_then(Arg::joined)?;
    let body = options.get("data").cloned();
    let is_json = options.get("contentType").is_some() || options.get("headers").is_some();
    // jQuery sends an object as a form.
    let body = match body {
        Some(Arg::Object(entries)) if !is_json && options.get("type").is_some() => {
            Some(Arg::Form(entries))
        }
        body => body,
    };
    asked(method, url, body, options)
}

fn asked(method: String, url: &str, body: Option<Arg>, options: &Arg) -> Option<Asked> {
    let headers = match options.get("headers") {
        Some(Arg::Object(headers)) => headers.clone(),
        _ => Vec::new(),
    };
    ["post", "put", "patch", "delete"]
        .contains(&method.as_str())
        .then(|| Asked {
            method,
            url: url.to_owned(),
            body,
            headers,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_and_their_events_are_found() {
        let script = read(
            r#"import { io } from "/vendor/socket.io.esm.js";
            const chat = io("/chat", {path: "/ws/socket.io", auth: {token}});
            chat.emit("join", room, (reply) => {});
            chat.timeout(500).emit("say", {room, text: input.value});
            chat.on("said", show); chat.on("connect", f => {});
            $(".button").on("click", () => {}); other.emit("no"); this.emit("no");"#,
        );
        assert_eq!(script.connects.len(), 1);
        assert_eq!(script.connects[0].namespace.as_deref(), Some("/chat"));
        assert_eq!(script.connects[0].path.as_deref(), Some("/ws/socket.io"));
        assert_eq!(script.connects[0].auth[0].0, "token");
        let emits: Vec<_> = script
            .emits
            .iter()
            .map(|emit| {
                (
                    emit.event.as_str(),
                    emit.arguments.len(),
                    emit.is_acknowledged,
                )
            })
            .collect();
        assert_eq!(emits, [("join", 1, true), ("say", 1, false)]);
        assert_eq!(script.heard, ["said"]);
        assert_eq!(script.imports, ["/vendor/socket.io.esm.js"]);
    }

    #[test]
    fn a_minified_call_is_found() {
        let script = read(r#"var e=(0,t.io)("/x");s.emit("go",1)"#);
        assert_eq!(script.connects[0].namespace.as_deref(), Some("/x"));
        assert_eq!(script.emits[0].event, "go");
    }

    #[test]
    fn requests_are_found() {
        let script = read(
            r#"fetch(API + "/login", {method: "POST", body: JSON.stringify({user, password})});
            axios.post("/api/notes", {text}); fetch("/me"); map.delete(key);
            $.ajax({url: "/x", type: "PUT", data: {a: b}});"#,
        );
        let told: Vec<_> = script
            .requests
            .iter()
            .map(|one| format!("{} {}", one.method, one.url))
            .collect();
        assert_eq!(told, ["post /login", "post /api/notes", "put /x"]);
        assert!(matches!(script.requests[2].body, Some(Arg::Form(_))));
    }

    #[test]
    fn raw_sockets_and_streams_are_found() {
        let script = read(
            r#"const ws = new WebSocket(`ws://${location.host}/ws/${room}/`, ["v1", p]);
            ws.send(JSON.stringify({type: "say", text}));
            const es = new EventSource("/events"); es.addEventListener("note", f);"#,
        );
        assert_eq!(script.sockets.len(), 1);
        assert_eq!(script.sockets[0].1, ["v1"]);
        assert_eq!(script.sends.len(), 1);
        assert_eq!(script.streams, ["/events"]);
        assert_eq!(script.heard, ["note"]);
    }
}
