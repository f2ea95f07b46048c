//! The events as a client gets them: name and first argument. The contract is
//! `scenarios/contract/asyncapi.yaml`.

use serde::Serialize;
use serde_json::{Value, json};

use super::described::{ActionId, Described};
use crate::delivery::message::Body;

/// An event without its sequence number.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: &'static str,
    pub(crate) payload: Value,
    pub(crate) action: Option<ActionId>,
    pub(crate) queued_at: u64,
}

/// An event's second argument.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Meta {
    pub(crate) seq: u64,
    pub(crate) action: Option<ActionId>,
    pub(crate) queued_at: u64,
}

/// The event's name and payload.
pub(crate) fn event(body: &Body) -> (&'static str, Value) {
    match body {
        Body::Status {
            category,
            text,
            status,
            supplement,
        } => (
            "action_status",
            json!({ category.as_ref(): [text, status, supplement] }),
        ),
        Body::Popup { level, text } => ("popup", json!({ *level: text })),
        Body::Result { category, text } => {
            ("result", json!({ "category": category, "text": text }))
        }
        Body::Modal { id, text } => ("modal", json!({ "id": id, "text": text })),
        Body::Button {
            id,
            icon,
            text,
            style,
        } => ("button", json!({ id: [icon, text, style] })),
        Body::Reload { id, content } => ("reload", json!({ "id": id, "content": content })),
        Body::Enabled {
            button,
            enabled: true,
        } => ("enable_button", json!([button])),
        Body::Enabled {
            button,
            enabled: false,
        } => ("disable_button", json!([button])),
    }
}

/// The list of a user's running actions.
pub(crate) fn threads(actions: &[(String, i64)]) -> Value {
    actions
        .iter()
        .map(|(name, state)| json!({ "name": name, "state": state }))
        .collect()
}

/// The events that a socket missed.
pub(crate) struct Missed {
    pub(crate) events: Vec<Value>,
    /// How many more there were. `None` if the number that the client named does not belong to this sequence.
    pub(crate) lost: Option<u64>,
}

/// The current state, for a client that can no longer derive it from events.
#[derive(Debug, Serialize)]
pub(crate) struct Present {
    pub(crate) threads: Value,
    pub(crate) actions: Vec<Described>,
}

/// The answer to `resume`. If the client missed more events than are kept, the answer says how many, and contains the
/// current state.
pub(crate) fn resumed(missed: &Missed, present: impl FnOnce() -> Present) -> Value {
    if missed.lost == Some(0) {
        return json!({ "missed": missed.events, "complete": true });
    }
    json!({
        "missed": missed.events,
        "complete": false,
        "lost": missed.lost,
        "state": present(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The first argument of a message's last example.
    fn example(contract: &Value, name: &str) -> Value {
        let examples = &contract["components"]["messages"][name]["examples"];
        let last = examples.as_array().and_then(|examples| examples.last());
        last.expect("an example")["payload"][0].clone()
    }

    fn text(text: &str) -> String {
        text.to_owned()
    }

    /// One of each shape, as the contract's examples have them.
    fn bodies() -> [Body; 8] {
        [
            Body::Status {
                category: "countdown".into(),
                text: text("step 3 of 5"),
                status: 60,
                supplement: text("x"),
            },
            Body::Popup {
                level: "info",
                text: text("saved"),
            },
            Body::Result {
                category: "success",
                text: text("done"),
            },
            Body::Modal {
                id: text("modal-1"),
                text: text("read me"),
            },
            Body::Button {
                id: text("run"),
                icon: text("play"),
                text: text("Run"),
                style: text("primary"),
            },
            Body::Reload {
                id: text("part"),
                content: text("<p>new</p>"),
            },
            Body::Enabled {
                button: text("run"),
                enabled: true,
            },
            Body::Enabled {
                button: text("run"),
                enabled: false,
            },
        ]
    }

    #[test]
    fn events_have_the_contracts_shapes() {
        let contract: Value =
            serde_saphyr::from_str(include_str!("../../../scenarios/contract/asyncapi.yaml"))
                .expect("YAML");
        let sent = contract["operations"]["tell"]["messages"].as_array();
        let examples: BTreeMap<String, Value> = sent
            .expect("messages")
            .iter()
            .filter_map(|message| message["$ref"].as_str()?.rsplit('/').next())
            .map(|name| (name.to_owned(), example(&contract, name)))
            .collect();
        let mut made: BTreeMap<String, Value> = bodies()
            .iter()
            .map(event)
            .map(|(name, payload)| (name.to_owned(), payload))
            .collect();
        made.insert(text("threads"), threads(&[(text("countdown: x"), 60)]));
        made.insert(
            text("log_update"),
            crate::delivery::log_lines::payload(&[crate::delivery::log_lines::Line {
                timestamp: text("2026-01-02T03:04:05Z"),
                level: "INFO",
                file_line: "kinds.rs:1",
                message: text("line 1"),
            }]),
        );
        assert_eq!(made, examples);
        let answer = example(&contract, "resume_ack");
        let missed = Missed {
            events: vec![
                json!(["popup", {"info": "saved"}, {"seq": 1042, "action": null, "queued_at": 1_767_323_045_000_000_u64}]),
            ],
            lost: Some(41),
        };
        let present = || Present {
            threads: threads(&[(text("countdown: x"), 60)]),
            actions: Vec::new(),
        };
        assert_eq!(resumed(&missed, present), answer);
        let missed = Missed {
            events: Vec::new(),
            lost: Some(0),
        };
        assert_eq!(
            resumed(&missed, || unreachable!("nothing was lost")),
            json!({ "missed": [], "complete": true })
        );
    }
}
