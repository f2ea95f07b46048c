//! AsyncAPI 2 and 3: messages that clients send and hear.

use serde_json::Value;

use super::{DEPTH, entries, followed, read, sent};
use crate::bounds::NAME;
use crate::found::Found;
use crate::guess::action;
use crate::script::calls::Emit;
use crate::script::values::Arg;

/// What a description says of the socket.
#[derive(Debug, Default)]
pub(crate) struct Described {
    /// Whether its events are those of Socket.IO.
    pub(crate) is_socket_io: bool,
    /// The path of its server.
    pub(crate) path: Option<String>,
    /// Messages that a client sends.
    sent: Vec<(String, Arg)>,
    /// Messages that it hears.
    pub(crate) heard: Vec<String>,
}

/// Reads a description; nothing where it is none.
pub(crate) fn described(text: &str) -> Option<Described> {
    let whole = read(text)?;
    let version = whole
        .get("asyncapi")?
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let mut described = Described::default();
    for (_, server) in entries(whole.get("servers")) {
        let protocol = server["protocol"].as_str().unwrap_or_default();
        described.is_socket_io |= protocol.contains("socket.io") || protocol == "socketio";
        let url = server["url"]
            .as_str()
            .or_else(|| server["pathname"].as_str())
            .unwrap_or_default();
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let path = rest.find('/').and_then(|at| rest.get(at..));
        let path = path.filter(|path| path.len() > 1 && path.len() <= NAME && !path.contains('{'));
        described.path = described.path.or_else(|| path.map(str::to_owned));
    }
    if version.starts_with('3') {
        described.three(&whole);
    } else {
        described.two(&whole);
    }
    Some(described)
}

impl Described {
    /// What `publish` has, a client may send.
    fn two(&mut self, whole: &Value) {
        for (channel, value) in entries(whole.get("channels")) {
            let value = followed(whole, value);
            for (key, is_sent) in [("publish", true), ("subscribe", false)] {
                let message = value
                    .pointer(&format!("/{key}/message"))
                    .unwrap_or(&Value::Null);
                self.messages(whole, message, channel, is_sent);
            }
        }
    }

    /// What the application receives, a client sends.
    fn three(&mut self, whole: &Value) {
        for (_, operation) in entries(whole.get("operations")) {
            let is_sent = operation["action"] == "receive";
            let to = operation
                .pointer("/channel/$ref")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let channel = followed(whole, &operation["channel"]);
            let name = to.rsplit('/').next().unwrap_or_default();
            match operation.get("messages").and_then(Value::as_array) {
                Some(messages) => {
                    for message in messages {
                        self.message(whole, message, name, is_sent);
                    }
                }
                None => {
                    for (key, message) in entries(channel.get("messages")) {
                        self.message(whole, message, key, is_sent);
                    }
                }
            }
        }
    }

    fn messages(&mut self, whole: &Value, message: &Value, channel: &str, is_sent: bool) {
        let message = followed(whole, message);
        match message.get("oneOf").and_then(Value::as_array) {
            Some(all) => all
                .iter()
                .for_each(|one| self.message(whole, one, channel, is_sent)),
            None if message.is_object() => self.message(whole, message, channel, is_sent),
            None => {}
        }
    }

    fn message(&mut self, whole: &Value, message: &Value, channel: &str, is_sent: bool) {
        let named = message
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|to| to.rsplit('/').next());
        let message = followed(whole, message);
        let name = message["name"].as_str().or(named).unwrap_or(channel);
        if name.is_empty() || name.len() > NAME || name.chars().any(char::is_control) {
            return;
        }
        let name = name.to_owned();
        if is_sent {
            let payload = sent(
                whole,
                message.get("payload").unwrap_or(&Value::Null),
                "text",
                DEPTH,
            );
            self.sent.push((name, payload));
        } else {
            self.heard.push(name);
        }
    }

    /// Adds its actions, in the form of its socket.
    pub(crate) fn add(&self, from: &str, found: &mut Found) {
        for (name, payload) in &self.sent {
            let emit = Emit {
                event: name.clone(),
                arguments: vec![payload.clone()],
                is_acknowledged: false,
            };
            if self.is_socket_io {
                found.actions.push(action::of_emit(&emit, from));
            } else if let Some((mut action, _)) = action::of_frame(payload, from) {
                action.name.clone_from(name);
                found.actions.push(action);
            }
        }
        found.heard.extend(self.heard.iter().cloned());
    }
}
