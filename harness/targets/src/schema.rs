//! The JSON Schema of a target file, for editors: keys, words and forms. `parse` knows more than it can say.
//!
//! `words` are its smallest parts, `steps` what is done and what comes of it, `parts` those of a file. Each map has the
//! keys of its reader, and a test holds them together.

mod words;

mod steps;

mod parts;

use serde_json::{Value, json};

use self::parts::{action, frame, group, surface, yielded};
use self::steps::{audience, granted, place, predicate, step};
use self::words::{map_of, named, none_or, one_or_several, one_or_several_texts, text, time};

/// The schema.
#[must_use]
pub fn schema() -> Value {
    let mut properties = json!({});
    for part in [&target(), &who(), &wire(), &what()] {
        if let (Some(all), Some(part)) = (properties.as_object_mut(), part.as_object()) {
            all.extend(part.clone());
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An airtight target",
        "description": "How to talk to a system, and who may see what of it.",
        "type": "object",
        "required": ["target", "login", "actions"],
        "additionalProperties": false,
        "properties": properties,
        // What an action does may stand under `each action`.
        "if": { "not": { "required": ["each action"] } },
        "then": { "properties": { "actions": { "additionalProperties": { "required": ["do"] } } } },
        "$defs": {
            "place": place(),
            "predicate": predicate(),
            "granted": granted(),
            "step": step(),
            "steps": one_or_several(&words::step()),
            "audience": audience(),
            "frame": frame(),
            "group": group(),
            "yield": yielded(),
            "action": action(),
            "surface": surface(),
        },
    })
}

fn target() -> Value {
    json!({
        "target": text("Its name in reports."),
        "base": text("Its address, such as `http://127.0.0.1:3000`. `--url` comes before it."),
        "connect_to": text("An IP address to connect to instead of the one that the name in `base` resolves to."),
        "trust": text("A PEM file of the authority that signed its certificate."),
        "start": parts::start(),
    })
}

fn who() -> Value {
    let facts = json!({ "type": "object" });
    json!({
        "users": map_of(&facts, "What the file knows of each user: a password, an id, and whatever its steps need."),
        "register": words::steps("How a user is made."),
        "fold": { "enum": ["lower", "none"], "description": "`lower`: names that differ only in case are one user." },
        "owner": { "enum": ["tab", "session", "user"], "description": "Whose an action's events are by default." },
        "strangers": { "enum": ["refused", "welcome"], "description": "Whether somebody who has not logged in may be there." },
        "session": none_or(&parts::session()),
        "login": none_or(&words::steps("How a user logs in.")),
        "logout": words::steps("How a user logs out."),
        "carries": parts::carries(),
    })
}

fn wire() -> Value {
    json!({
        "open": words::steps("What a page's script does, in order."),
        "close": words::steps("How a page is left."),
        "after each request": words::steps("What a page's script does after each request."),
        "socket": none_or(&json!({ "anyOf": [parts::socket(), map_of(&parts::socket(), "Several sockets by name.")] })),
        "frame": words::reference("frame"),
        "pace": time("The shortest time from one thing that a user does to the next that the target allows."),
        "too fast": words::reference("predicate"),
        "prompt": time("How soon what an action owes is there, as the target promises."),
        "stays": time("How long an idle tab was seen to stay open. `sockets_stay` accuses only a target that has this."),
        "cadence": time("How often the target sends by itself. A run listens for three more of these intervals at its end."),
    })
}

fn what() -> Value {
    let places = one_or_several(&words::reference("place"));
    let by_event = json!({ "anyOf": [places, map_of(&places, "Places by event.")] });
    let surfaces: Value = crate::file::surface::KNOWN
        .iter()
        .map(|name| ((*name).to_owned(), none_or(&words::reference("surface"))))
        .collect::<serde_json::Map<String, Value>>()
        .into();
    let ambient = json!({ "anyOf": [one_or_several_texts(""), { "type": "object" }] });
    json!({
        "groups": none_or(&map_of(&words::reference("group"), "What users join, by kind.")),
        "each action": words::reference("action"),
        "actions": map_of(&words::reference("action"), "What users do, by name."),
        "surfaces": named(&surfaces, &[], "What scenarios need, or `none`."),
        "journeys": map_of(&parts::journey(), "What the users of a load do, by name."),
        "ambient": ambient,
        "public": one_or_several_texts("Events in which names of users are no leak."),
        "secrets": one_or_several(&parts::secret()),
        "freed": by_event,
        "never": by_event,
        "capabilities": one_or_several_texts("Kept values that are the permission themselves."),
        "without": one_or_several(&json!({ "enum": crate::needs::WITHOUT.map(|(word, _)| word) })),
        "destructive": one_or_several_texts("Actions that `explore` may not try."),
        "leaks": map_of(&text(""), "The rule that is broken if this event carries another user's marker."),
    })
}

#[cfg(test)]
mod tests;
