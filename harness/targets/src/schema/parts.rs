//! The parts of a file.

use serde_json::{Value, json};

use super::steps;
use super::words::{
    flag, map_of, named, number, one_or_several, one_or_several_texts, place, predicate, reference,
    scalar, step, text, time,
};

pub(super) fn session() -> Value {
    let keys = json!({
        "cookie": one_or_several_texts("The cookies that carry it; `sid-*` for a name that varies."),
        "kept": text("The kept value that carries it."),
        "lasts": time("How long it lasts."),
        "expire": super::words::steps("How a scenario ends it, as if its time had passed."),
        "revoked": flag("Whether a logout ends it for whoever has copied what carries it."),
    });
    named(&keys, &[], "The identity that is new at each login.")
}

pub(super) fn journey() -> Value {
    let stop = json!({
        "anyOf": [
            named(&json!({ "start": text("An action that its user can do alone.") }), &["start"], ""),
            named(&json!({ "read": text("A surface of the file.") }), &["read"], ""),
            named(&json!({ "pause": time("Thinks for so long.") }), &["pause"], ""),
        ],
    });
    let keys = json!({
        "share": number(1, 1_000),
        "do": one_or_several(&stop),
    });
    named(
        &keys,
        &["do"],
        "What some of the users do, again and again.",
    )
}

pub(super) fn carries() -> Value {
    let keys = json!({
        "headers": map_of(&text(""), "Headers by name."),
        "query": super::words::pairs("Added to each path."),
    });
    named(
        &keys,
        &[],
        "What goes with each request and handshake, from the step that keeps it on.",
    )
}

pub(super) fn socket() -> Value {
    let keys = json!({
        "protocol": { "enum": ["socket.io", "websocket", "sse"] },
        "path": text("Its path."),
        "url": text("Its whole address, where it is not the target's."),
        "namespaces": one_or_several_texts("The namespaces of Socket.IO, the first one first."),
        "parser": { "enum": ["json", "msgpack"] },
        "transport": one_or_several(&json!({ "enum": ["upgrade", "websocket", "polling"] })),
        "acknowledge": {
            "description": "What the server asks to be acknowledged, and with what.",
            "anyOf": [{ "enum": ["all", "none"] }, { "type": "object" }],
        },
        "resume": one_or_several(&resume()),
        "frame": reference("frame"),
        "answers": map_of(&step(), "What is answered to what comes by itself, by event."),
        "every": map_of(&step(), "What is sent by itself, and how often: `30s: {send: …}`."),
        "refused": predicate(),
        "number": numbered(),
        "queued_at": queued_at(),
    });
    named(&keys, &[], "A socket.")
}

fn resume() -> Value {
    let words = json!({ "enum": ["none", "connection-state", "last-event-id"] });
    let keys = json!({
        "last": one_or_several(&place()),
        "plus": number(0, 1_000_000),
        "replays": words,
        "open": super::words::steps("What a tab does that comes back."),
    });
    json!({ "anyOf": [words, named(&keys, &[], "How a tab that was cut off gets what it missed.")] })
}

pub(super) fn frame() -> Value {
    let name = json!({ "anyOf": [text("A way to it, or the name itself."), place()] });
    let ack = json!({ "event": text("The name of the frame."), "same": place(), "sent": place() });
    let split = named(
        &json!({ "split": text("What stands between two messages.") }),
        &["split"],
        "What stands between two messages.",
    );
    let keys = json!({
        "each": { "description": "Where the messages of a frame stand that holds several, or what is between them.", "anyOf": [place(), split] },
        "event": name,
        "data": place(),
        "write": { "description": "How an event is written, with {event} and {data}." },
        "ack": named(&ack, &["same"], "How an answer names what it answers."),
    });
    named(
        &keys,
        &[],
        "The parts of a raw frame, or of a message in an answer.",
    )
}

fn numbered() -> Value {
    let within = json!({ "enum": ["tab", "session", "group", "sender", "everyone"] });
    let keys = json!({ "number": place(), "in": within });
    json!({
        "description": "Where an event has its number, and in what the numbers rise.",
        "anyOf": [place(), named(&keys, &["number"], "")],
    })
}

fn queued_at() -> Value {
    let keys = json!({ "at": place(), "unit": { "enum": ["us", "ms", "s", "rfc3339"] } });
    named(
        &keys,
        &["at", "unit"],
        "Where an event says when it was made.",
    )
}

pub(super) fn group() -> Value {
    let list = super::words::steps;
    let keys = json!({
        "create": list("How one is made."),
        "join": list("How it is joined."),
        "leave": list("How it is left."),
        "lost": predicate(),
        "closed": flag("Who is no member must be refused."),
        "members": map_of(&one_or_several_texts(""), "Members of groups that are there already."),
        "admits": map_of(&one_or_several_texts(""), "Who may join groups that are there already."),
        "member": { "enum": ["tab", "session", "user"] },
    });
    named(&keys, &[], "A kind of group.")
}

pub(super) fn action() -> Value {
    let list = super::words::steps;
    let way =
        json!({ "do": list("How it is done."), "id": place(), "stop": list("How it is stopped.") });
    let keys = json!({
        "takes": map_of(&takes(), "Its parameters."),
        "do": list("How it is done."),
        "id": place(),
        "stop": list("How it is stopped."),
        "read": list("How what it shows is read."),
        "yields": map_of(&reference("yield"), "The events that come of it."),
        "can": one_or_several(&json!({ "enum": crate::file::action::ABILITIES.map(|(word, _)| word) })),
        "marked": flag("`false`: it carries no text."),
        "ways": map_of(&named(&way, &["do"], ""), "Other ways to do the same, by name."),
    });
    named(&keys, &[], "What a user can do.")
}

fn takes() -> Value {
    let digits = named(&json!({ "digits": number(6, 30) }), &["digits"], "");
    let shape = json!({ "anyOf": [{ "enum": ["text", "email", "uuid"] }, digits] });
    json!({
        "description": "user, session, tab, group or marker; or a value that is sent where a scenario gives none.",
        "anyOf": [
            { "type": ["string", "number", "boolean", "array", "null"] },
            named(&json!({ "marker": shape }), &["marker"], ""),
            named(&json!({ "group": text("The kind of group.") }), &["group"], ""),
            named(&json!({ "value": true }), &["value"], ""),
        ],
    })
}

fn count() -> Value {
    json!({
        "description": "3 is exactly three, `1+` at least one, `steps` as many as the parameter says.",
        "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string", "pattern": r"^[^\s+]+\+?$" }],
    })
}

pub(super) fn yielded() -> Value {
    let keys = json!({
        "to": reference("audience"),
        "but": reference("audience"),
        "count": count(),
        "number": numbered(),
        "queued_at": queued_at(),
        "joined": place(),
        "by": place(),
        "history": { "enum": ["may", "must", "none", true] },
        "per": { "const": "join" },
        "marked": { "enum": [true, false, "may"] },
        "ends": predicate(),
        "where": predicate(),
    });
    json!({ "anyOf": [count(), named(&keys, &[], "An event of an action.")] })
}

pub(super) fn secret() -> Value {
    let keys = json!({
        "event": text("The event that has it."),
        "at": place(),
        "kept": text("What a step keeps."),
        "to": reference("audience"),
        "but": reference("audience"),
    });
    json!({ "anyOf": [text("What a step keeps."), named(&keys, &[], "A value that the server makes.")] })
}

/// Several steps, of which the last is the surface.
pub(super) fn surface() -> Value {
    let one = steps::surface();
    json!({ "anyOf": [one, { "type": "array", "minItems": 1, "items": one }] })
}

pub(super) fn start() -> Value {
    let words = json!({ "type": "array", "items": scalar() });
    let ready = json!({ "get": scalar(), "line": text("") });
    let keys = json!({
        "command": words,
        "environment": map_of(&scalar(), "Its environment, with {port}, {random} and {folder}."),
        "fault": words,
        "add_users": words,
        "patience": time("How long it may take until it is ready."),
        "ready": { "anyOf": [text("The start of a line of its output."), named(&ready, &[], "")] },
        "restart": flag("Whether a scenario may restart it."),
    });
    named(&keys, &["command"], "How it is started on this machine.")
}
