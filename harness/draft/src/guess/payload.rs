//! What is sent with an action: which part is a user's own text, and what the other parts are.

use serde_json::{Map, Value};

use crate::bounds::NAME;
use crate::script::tokens::HOLE;
use crate::script::values::Arg;

/// How texts that users write are called, the likeliest first.
const TEXTS: [&str; 16] = [
    "text",
    "message",
    "msg",
    "content",
    "body",
    "comment",
    "note",
    "question",
    "prompt",
    "answer",
    "title",
    "description",
    "subject",
    "data",
    "value",
    "payload",
];
/// How users are called who get something.
const RECEIVERS: [&str; 5] = ["to", "recipient", "receiver", "touser", "target"];
/// How users are called who send something.
const SENDERS: [&str; 8] = [
    "user", "username", "sender", "from", "author", "nick", "nickname", "name",
];
/// How ids are called that a page makes anew for each message.
const MADE: [&str; 9] = [
    "uuid",
    "nonce",
    "clientoffset",
    "clientid",
    "messageid",
    "msgid",
    "requestid",
    "tempid",
    "correlationid",
];
/// Names that mean something in every step.
const TAKEN: [&str; 12] = [
    "user",
    "password",
    "base",
    "origin",
    "marker",
    "parameters",
    "now",
    "id",
    "group",
    "cookie",
    "socket",
    "last",
];

/// What is sent.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    pub(crate) values: Vec<Value>,
    /// Parameters, and the value where a scenario gives none; none for a user.
    pub(crate) takes: Vec<(String, Option<Value>)>,
    pub(crate) is_marked: bool,
    /// The name of what carries the marker.
    marked: Option<String>,
}

/// What these arguments become.
pub(crate) fn payload(arguments: &[Arg]) -> Payload {
    let mut names = Vec::new();
    for arg in arguments {
        open_names(arg, "", &mut names);
    }
    let mut payload = Payload {
        marked: marked(&names),
        ..Payload::default()
    };
    for arg in arguments {
        let value = payload.value(arg, "");
        payload.values.extend(value);
    }
    payload
}

/// The names of what the script fills in.
fn open_names(arg: &Arg, key: &str, names: &mut Vec<String>) {
    match arg {
        Arg::Object(entries) | Arg::Form(entries) => {
            entries
                .iter()
                .for_each(|(key, value)| open_names(value, key, names));
        }
        Arg::List(items) => items.iter().for_each(|item| open_names(item, key, names)),
        Arg::Text(text) if !text.contains(HOLE) => {}
        Arg::Literal(_) | Arg::Function => {}
        Arg::Named(_) | Arg::Text(_) | Arg::Other(_) => names.push(name_of(arg, key)),
    }
}

/// What a value is called: by its name in an object, or by its variable.
fn name_of(arg: &Arg, key: &str) -> String {
    match arg {
        Arg::Named(name) if key.is_empty() => name.clone(),
        _ => key.to_owned(),
    }
}

fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '-'], "")
}

/// The name that most probably is a user's own text.
fn marked(names: &[String]) -> Option<String> {
    let is_like = |wanted: &str| names.iter().find(|name| plain(name) == wanted);
    let ends = |wanted: &str| names.iter().find(|name| plain(name).ends_with(wanted));
    let other = || {
        names.iter().find(|name| {
            let name = plain(name);
            let is_id = name.ends_with("id") || name.starts_with("is") || name.contains("token");
            let is_place = [
                "room", "channel", "group", "topic", "index", "count", "number", "time",
            ];
            !is_id
                && !is_place.iter().any(|place| name.contains(place))
                && !RECEIVERS.contains(&name.as_str())
                && !SENDERS.contains(&name.as_str())
        })
    };
    let found = TEXTS.iter().find_map(|text| is_like(text));
    let found = found
        .or_else(|| TEXTS.iter().find_map(|text| ends(text)))
        .or_else(other);
    found.cloned()
}

impl Payload {
    fn value(&mut self, arg: &Arg, key: &str) -> Option<Value> {
        Some(match arg {
            Arg::Text(text) if !text.contains(HOLE) => Value::from(literal(text)),
            Arg::Literal(text) => serde_json::from_str(text).unwrap_or(Value::Null),
            Arg::Object(entries) | Arg::Form(entries) => {
                let mut map = Map::new();
                for (key, entry) in entries {
                    if let Some(value) = self.value(entry, key) {
                        map.insert(literal(key), value);
                    }
                }
                Value::Object(map)
            }
            Arg::List(items) => items
                .iter()
                .filter_map(|item| self.value(item, key))
                .collect(),
            Arg::Function => return None,
            Arg::Named(_) | Arg::Text(_) | Arg::Other(_) => self.open(&name_of(arg, key)),
        })
    }

    /// The name that stands for what the script fills in.
    fn open(&mut self, name: &str) -> Value {
        if self.marked.as_deref() == Some(name) {
            self.is_marked = true;
            return Value::from("{marker}");
        }
        let plain = plain(name);
        if RECEIVERS.contains(&plain.as_str()) {
            self.take("to", None);
            return Value::from("{to.user}");
        }
        if SENDERS.contains(&plain.as_str()) {
            return Value::from("{user}");
        }
        if matches!(plain.as_str(), "token" | "accesstoken" | "jwt") {
            return Value::from("{token:}");
        }
        if MADE.contains(&plain.as_str()) {
            return Value::from("{new uuid}");
        }
        let is_place = ["room", "channel", "group", "topic"];
        let usual = match is_place.iter().any(|place| plain.contains(place)) {
            true => Value::from("lobby"),
            false => Value::from(1),
        };
        let parameter = parameter(name);
        self.take(&parameter, Some(usual));
        Value::from(format!("{{{parameter}}}"))
    }

    fn take(&mut self, name: &str, usual: Option<Value>) {
        if self.takes.iter().all(|(known, _)| known != name) {
            self.takes.push((name.to_owned(), usual));
        }
    }

    /// The path with a parameter in each of its holes.
    pub(crate) fn path(&mut self, path: &str) -> String {
        let mut whole = String::new();
        let mut pieces = path.split(HOLE).peekable();
        while let Some(piece) = pieces.next() {
            whole.push_str(&literal(piece));
            if pieces.peek().is_some() {
                let before = piece
                    .trim_end_matches(['/', '='])
                    .rsplit(['/', '?', '&'])
                    .next();
                let before = before.unwrap_or_default().trim_end_matches('s');
                let name = if before.is_empty() { "value" } else { before };
                let value = self.open(name);
                whole.push_str(value.as_str().unwrap_or_default());
            }
        }
        whole
    }
}

/// A parameter's name as the language takes it.
fn parameter(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|sign| sign.is_ascii_alphanumeric() || *sign == '_')
        .take(NAME)
        .collect();
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic());
    match (is_name, TAKEN.contains(&name.as_str())) {
        (true, false) => name,
        (true, true) => format!("its_{name}"),
        (false, _) => "value".to_owned(),
    }
}

/// A text that stands for itself.
pub(crate) fn literal(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::tokens::tokens;
    use crate::script::values::arguments;

    #[track_caller]
    fn check(call: &str, values: &str, takes: &str) {
        let payload = payload(&arguments(&tokens(call)));
        assert_eq!(Value::from(payload.values).to_string(), values, "{call}");
        let taken: Vec<&str> = payload
            .takes
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(taken.join(" "), takes, "{call}");
    }

    #[test]
    fn a_users_own_text_is_the_marker() {
        check(
            "{room, text: input.value})",
            r#"[{"room":"{room}","text":"{marker}"}]"#,
            "room",
        );
        check("input.value)", r#"["{marker}"]"#, "");
        check(
            "{to, message})",
            r#"[{"to":"{to.user}","message":"{marker}"}]"#,
            "to",
        );
        check(
            "{type: 'say', newMessage: x})",
            r#"[{"type":"say","newMessage":"{marker}"}]"#,
            "",
        );
        check("{x, y: 1})", r#"[{"x":"{marker}","y":1}]"#, "");
        check("{room_id})", r#"[{"room_id":"{room_id}"}]"#, "room_id");
        check(
            "{id, text: `a${b}`})",
            r#"[{"id":"{its_id}","text":"{marker}"}]"#,
            "its_id",
        );
        check("message, clientOffset)", r#"["{marker}","{new uuid}"]"#, "");
        check("room, f => f)", r#"["{room}"]"#, "room");
        check("'{x}')", r#"["{{x}}"]"#, "");
    }
}
