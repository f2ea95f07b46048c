//! What is done, what came of it, and who may see it.

use serde_json::{Map, Value, json};

use super::words::{
    flag, map_of, named, number, one_or_several, one_or_several_texts, pairs, place as a_place,
    predicate as a_predicate, scalar, text, time,
};

/// The keys of predicates that are places.
const PLACE: &str = r"^(/.*|\$[0-9]+(/.*)?|frame(/.*)?)$";

pub(super) fn place() -> Value {
    let map = named(
        &json!({
            "header": text("A header of the answer."),
            "cookie": text("A cookie, decoded."),
            "form": text("A field of a form in the page."),
            "match": text("A regular expression; its first group is the value."),
            "ack": { "type": "string", "description": "A way into the acknowledgement." },
            "event": text("Only of an event of this name."),
            "at": { "type": "string", "description": "A way into the value." },
            "sent": { "type": "string", "description": "A way into what the step sent." },
        }),
        &[],
        "",
    );
    json!({
        "description": "Where something stands: `/id`, `$2/id`, `frame/id`, or a map such as `{header: Location}`.",
        "anyOf": [{ "type": "string", "pattern": r"^$|^(/.*|\$[0-9]+(/.*)?|frame(/.*)?)$" }, map],
    })
}

/// The clauses of a predicate, without those that are places.
fn clauses() -> Map<String, Value> {
    let texts = one_or_several(&scalar());
    let names = json!({ "anyOf": [text(""), { "type": "object" }] });
    let statuses = one_or_several(&number(100, 599));
    let codes = json!({ "anyOf": [{ "const": true }, one_or_several(&number(1000, 4999))] });
    let clauses = [
        ("status", statuses),
        ("has", texts.clone()),
        ("lacks", texts),
        ("header", names.clone()),
        ("cookie", names),
        ("event", one_or_several_texts("The name of the event.")),
        ("ack", json!(true)),
        ("close", codes),
    ];
    clauses
        .into_iter()
        .map(|(key, clause)| (key.to_owned(), clause))
        .collect()
}

pub(super) fn predicate() -> Value {
    json!({
        "description": "What something that came must be. All clauses must be true.",
        "type": "object",
        "minProperties": 1,
        "properties": clauses(),
        "patternProperties": { PLACE: true },
        "additionalProperties": false,
    })
}

pub(super) fn granted() -> Value {
    let heard = named(
        &json!({ "heard": text("This action is repeated until one is heard."), "within": time("") }),
        &["heard"],
        "",
    );
    let after = named(
        &json!({ "after": time("Nothing refused it for so long.") }),
        &["after"],
        "",
    );
    json!({
        "description": "What counts as yes. `none`: nothing is ever answered.",
        "anyOf": [{ "const": "none" }, heard, after, a_predicate()],
    })
}

/// The settings of a step.
pub(super) fn keys_of_a_step() -> Map<String, Value> {
    let mut keys = Map::new();
    for method in ["get", "post", "put", "patch", "delete"] {
        let path = json!({ "type": "string", "pattern": "^(/|\\{)", "description": "The path, from the root." });
        keys.insert(method.to_owned(), path);
    }
    let group = json!({ "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": text("") });
    let kept = json!({ "anyOf": [a_place(), scalar()] });
    let others = [
        ("json", json!(true)),
        ("form", pairs("A form.")),
        ("body", text("A text as it stands.")),
        ("file", text("A small file in this field of a form.")),
        ("headers", map_of(&text(""), "Headers by name.")),
        ("query", pairs("Added to the path.")),
        ("follow", flag("Redirects are followed.")),
        ("connect", connect()),
        (
            "emit",
            json!({
                "description": "An event: its name, and then its arguments.",
                "anyOf": [text(""), { "type": "array", "minItems": 1, "prefixItems": [text("")] }],
            }),
        ),
        (
            "with",
            pairs_of_json("Further values for the frame of a raw protocol."),
        ),
        (
            "send",
            json!({ "description": "A raw frame: JSON, or a text as it stands." }),
        ),
        ("await", a_predicate()),
        ("close", json!({ "enum": [{}, true, null] })),
        ("join", group.clone()),
        ("leave", group),
        ("granted", json!({ "$ref": "#/$defs/granted" })),
        ("refused", a_predicate()),
        (
            "keep",
            map_of(&kept, "What is kept of the answer, by name."),
        ),
        (
            "repeat",
            named(
                &json!({ "after": time(""), "times": number(1, 100) }),
                &["after", "times"],
                "",
            ),
        ),
        ("on", text("The socket that it goes over.")),
        ("within", time("How long an answer may take.")),
        ("delivers", delivers()),
        (
            "joins",
            flag("Whoever takes this step becomes a member of the group that it makes."),
        ),
    ];
    keys.extend(
        others
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value)),
    );
    keys
}

pub(super) fn step() -> Value {
    json!({
        "description": "A request, a connection, an event, a frame, a wait, a close, a join, or a `keep` alone.",
        "type": "object",
        "minProperties": 1,
        "properties": keys_of_a_step(),
        "additionalProperties": false,
    })
}

/// A page, a list or a file: a request, what a good answer looks like, and where its entries are.
pub(super) fn surface() -> Value {
    let mut keys = keys_of_a_step();
    keys.extend(clauses());
    keys.insert("list".to_owned(), a_place());
    json!({
        "type": "object",
        "minProperties": 1,
        "properties": keys,
        "patternProperties": { PLACE: true },
        "additionalProperties": false,
    })
}

fn pairs_of_json(description: &str) -> Value {
    json!({ "type": "object", "description": description })
}

fn connect() -> Value {
    let keys = json!({
        "path": text("Another path than the socket's."),
        "namespace": text("Another namespace than the first."),
        "query": pairs("Added to the path."),
        "auth": { "description": "What Socket.IO sends with its connect." },
        "headers": map_of(&text(""), "Headers of the handshake."),
        "subprotocols": one_or_several_texts("What a WebSocket asks for."),
    });
    named(&keys, &[], "Opens a socket.")
}

fn delivers() -> Value {
    let keys = json!({
        "ack": { "type": "string", "description": "A way into the acknowledgement, to each event." },
        "at": a_place(),
        "event": { "anyOf": [text("The event's name, or a way to it."), a_place()] },
        "data": a_place(),
    });
    named(
        &keys,
        &[],
        "Each element of this place is heard as an event of the tab.",
    )
}

pub(super) fn audience() -> Value {
    let words = json!({ "enum": ["tab", "session", "user", "owner", "everyone", "anybody"] });
    let one = |kind: &str| {
        named(
            &json!({ kind: text("A parameter of the action.") }),
            &[kind],
            "",
        )
    };
    let the_group = named(
        &json!({ "group": map_of(&text("Its name."), "One group, by its kind.") }),
        &["group"],
        "",
    );
    let scope = json!({
        "anyOf": [words, one("tab"), one("session"), one("user"), one("group"), the_group],
    });
    let mut audience = one_or_several(&scope);
    if let Some(audience) = audience.as_object_mut() {
        let description = "Who may see it. A list is the union of its entries.";
        audience.insert("description".to_owned(), Value::from(description));
    }
    audience
}
