//! The text of the target file, commented in plain words.

mod lines;

mod login;

mod action;

use crate::found::{Found, Session, Socket, SocketKind, Status, Strangers, Surface};
use crate::visitor::in_one_line;

use lines::Lines;
use reading::flow::{map, scalar};

/// Notes at the file's end.
const NOTES: usize = 8;
/// Surfaces that scenarios ask for, of which a file can say `none`.
const SURFACES: [&str; 7] = [
    "public page",
    "private page",
    "actions of mine",
    "static file",
    "unknown path",
    "upload",
    "health",
];

/// Writes the file of a system at this address.
pub(crate) fn write(base: &str, found: &Found) -> String {
    let mut lines = Lines::default();
    lines.say("Written by `airtight init`: guesses, each with where it came from. Correct them, and fill in what is asked.");
    lines.say("Then `airtight try` walks this file, and says for each line whether it fits.");
    let name = base.split_once("://").map_or(base, |(_, name)| name);
    lines.add(format!("target: {}", scalar(name)));
    lines.add(format!("base: {}", scalar(base)));
    login::write(found, &mut lines);
    strangers(found, &mut lines);
    socket(found, &mut lines);
    action::write(found, &mut lines);
    surfaces(found, &mut lines);
    for note in found.notes.iter().take(NOTES) {
        lines.say(note);
    }
    lines.into_text()
}

fn strangers(found: &Found, lines: &mut Lines) {
    match &found.strangers {
        Some(Strangers::Welcome(_)) => {
            lines.say("A socket without a login was let in:");
            lines.add("strangers: welcome");
        }
        Some(Strangers::Refused(words)) => {
            lines.say(&format!(
                "A socket without a login was refused: {}",
                in_one_line(words)
            ));
            lines.add("strangers: refused");
        }
        Some(Strangers::Unknown(words)) => {
            lines.say(&format!(
                "May somebody without a login be there? Not seen: {}",
                in_one_line(words)
            ));
            lines.add("# strangers: refused");
        }
        None if found.logins.is_empty() => lines.add("strangers: welcome"),
        None => {}
    }
}

fn socket(found: &Found, lines: &mut Lines) {
    let Some(socket) = &found.socket else {
        lines.say("No socket was found. If there is one: which protocol, at which path?");
        lines.say("socket: {protocol: socket.io, path: /socket.io/}");
        return;
    };
    lines.say(&socket.from);
    opening(found, socket, lines);
    let path = scalar(&socket.path);
    match &socket.kind {
        SocketKind::SocketIo {
            namespaces,
            is_polling_only,
        } => {
            let mut parts = vec![format!("protocol: socket.io, path: {path}")];
            if namespaces.as_slice() != ["/"] && !namespaces.is_empty() {
                let names: Vec<String> = namespaces.iter().map(|name| scalar(name)).collect();
                parts.push(format!("namespaces: [{}]", names.join(", ")));
            }
            if *is_polling_only {
                parts.push("transport: polling".to_owned());
            }
            lines.add(format!("socket: {{{}}}", parts.join(", ")));
        }
        SocketKind::WebSocket { event, .. } => {
            let frame = match event {
                Some(event) => format!(", frame: {{event: {}}}", scalar(event)),
                None => {
                    lines.say("Where does the name of a frame stand, and where its value? As frame: {event: /type, data: /data}");
                    String::new()
                }
            };
            lines.add(format!(
                "socket: {{protocol: websocket, path: {path}{frame}}}"
            ));
            lines.say("What must a tab send by itself, so that it stays open? As every: {30s: {send: {type: ping}}}");
        }
        SocketKind::Sse => lines.add(format!("socket: {{protocol: sse, path: {path}}}")),
    }
}

/// What a page's script does to open its socket, where it is more than to connect.
fn opening(found: &Found, socket: &Socket, lines: &mut Lines) {
    let mut parts = Vec::new();
    for (key, values) in [("auth", &socket.auth), ("query", &socket.query)] {
        if !values.is_empty() {
            parts.push(format!("{key}: {}", map(values)));
        }
    }
    if let SocketKind::WebSocket { subprotocols, .. } = &socket.kind
        && !subprotocols.is_empty()
    {
        let names: Vec<String> = subprotocols.iter().map(|name| scalar(name)).collect();
        parts.push(format!("subprotocols: [{}]", names.join(", ")));
    }
    if parts.is_empty() {
        return;
    }
    let line = format!("open: {{connect: {{{}}}}}", parts.join(", "));
    let needs_token = line.contains("{token}") && found.session != Some(Session::Token);
    if needs_token {
        lines.say("The page gives its socket a token. Which step keeps it? Then:");
        lines.say(&line);
    } else {
        lines.add(line);
    }
}

fn surfaces(found: &Found, lines: &mut Lines) {
    let missing: Vec<&str> = { SURFACES.into_iter() }
        .filter(|name| found.surfaces.iter().all(|known| known.name != *name))
        .collect();
    lines.say("What scenarios need; write `none` for what the system does not have.");
    if !missing.is_empty() {
        lines.say(&format!("Not found yet: {}.", missing.join(", ")));
    }
    if found.surfaces.is_empty() {
        lines.add("surfaces: {}");
        return;
    }
    lines.add("surfaces:");
    for surface in &found.surfaces {
        let Surface {
            name,
            path,
            status,
            from,
        } = surface;
        let status = match status {
            None => String::new(),
            Some(Status::Shows(status)) => format!(", status: {status}"),
            Some(Status::Refused(status)) => format!(", refused: {{status: {status}}}"),
        };
        lines.add(format!(
            "  {name}: {{get: {}{status}}}  # {}",
            scalar(path),
            in_one_line(from)
        ));
    }
}
