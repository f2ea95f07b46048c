//! What an answer delivers: each element of a place is heard as an event of the tab, as if it had come by itself.
//!
//! That is how a session gets what it missed where the target hands it over in one answer.

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};
use serde_json::Value;

use crate::language::came::Came;
use crate::language::place::Place;

/// What an answer delivers.
#[derive(Clone, Debug)]
pub struct Delivers {
    /// Where each event stands.
    pub each: Place,
    /// How it is called; its first element where the file does not say.
    pub event: Option<EventName>,
    /// Where its argument stands; everything else where the file does not say.
    pub data: Option<Place>,
}

/// How an event is called.
#[derive(Clone, Debug)]
pub enum EventName {
    /// As it stands in this place.
    Place(Place),
    /// It is always this one.
    Fixed(String),
}

impl Delivers {
    /// `{ack: /missed/*}` where each element is `[event, argument, …]`, or `{at: /messages/*, event: message}`.
    pub(super) fn read(node: &Node) -> Result<Self, Wrong> {
        const FIX: &str = "write {ack: /missed/*} or {at: /missed/*}, and `event` and `data` where an element is no list of them";
        let mut fields = Fields::of(node, "`delivers`", &["ack", "at", "event", "data"])?;
        let each = match (fields.take("ack"), fields.take("at")) {
            (Some(ack), None) => Place::of_ack(ack)?,
            (None, Some(at)) => Place::read(at, "at")?,
            _ => {
                return wrong(
                    node.at(),
                    "`delivers` does not say where the events stand",
                    FIX,
                );
            }
        };
        let event = fields.take("event").map(EventName::read).transpose()?;
        let data = fields.take("data").map(|node| Place::read(node, "data"));
        let data = data.transpose()?;
        if let (Some(_), None) = (&data, &event) {
            return wrong(node.at(), "`delivers` has `data` and no `event`", FIX);
        }
        Ok(Self { each, event, data })
    }

    /// The events in an answer, and each as it stands there. What has no name is not one.
    #[must_use]
    pub fn all(&self, came: &Came) -> Vec<(Came, Value)> {
        let all = self.each.all(came).into_iter();
        all.filter_map(|value| Some((self.one(&value)?, value)))
            .collect()
    }

    fn one(&self, value: &Value) -> Option<Came> {
        let whole = Came {
            frame: Some(value.clone()),
            ..Came::default()
        };
        let Some(name) = &self.event else {
            let (name, arguments) = value.as_array()?.split_first()?;
            return Some(Came {
                event: Some(name.as_str()?.to_owned()),
                arguments: arguments.to_vec(),
                ..Came::default()
            });
        };
        let name = match name {
            EventName::Fixed(name) => name.clone(),
            EventName::Place(place) => place.first(&whole)?.as_str()?.to_owned(),
        };
        let data = self.data.as_ref().and_then(|data| data.first(&whole));
        Some(Came {
            event: Some(name),
            arguments: vec![data.unwrap_or_else(|| value.clone())],
            ..Came::default()
        })
    }
}

impl EventName {
    /// A text without a `/` before it is the name itself.
    pub(crate) fn read(node: &Node) -> Result<Self, Wrong> {
        match &node.yaml {
            Yaml::Text(text) if !text.starts_with(['/', '$']) => Ok(Self::Fixed(text.clone())),
            _ => Place::read(node, "event").map(Self::Place),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, came: &Came, heard: &[(&str, Value)]) {
        let node = reading::node::read(&format!("delivers: {text}")).expect("YAML");
        let node = node.setting("delivers").expect("there").clone();
        let delivers = Delivers::read(&node).expect("delivers");
        let found: Vec<(String, Value)> = delivers
            .all(came)
            .into_iter()
            .map(|(came, _)| (came.event.expect("a name"), Value::Array(came.arguments)))
            .collect();
        let heard: Vec<(String, Value)> = heard
            .iter()
            .map(|(name, arguments)| ((*name).to_owned(), arguments.clone()))
            .collect();
        assert_eq!(found, heard, "{text}");
    }

    #[test]
    fn each_element_is_an_event() {
        let acknowledged = Came {
            ack: Some(vec![
                json!({ "missed": [["popup", { "a": 1 }, { "seq": 4 }], ["x"], 5, []] }),
            ]),
            ..Came::default()
        };
        check(
            "{ack: /missed/*}",
            &acknowledged,
            &[
                ("popup", json!([{ "a": 1 }, { "seq": 4 }])),
                ("x", json!([])),
            ],
        );
        let answered = Came {
            status: Some(200),
            body: Some(
                r#"{"all": [{"type": "said", "data": {"t": "a"}}, {"data": 1}]}"#.to_owned(),
            ),
            ..Came::default()
        };
        check(
            "{at: /all/*, event: /type, data: /data}",
            &answered,
            &[("said", json!([{ "t": "a" }]))],
        );
        check(
            "{at: /all/*/data, event: said}",
            &answered,
            &[("said", json!([{ "t": "a" }])), ("said", json!([1]))],
        );
        check("{at: /none/*, event: said}", &answered, &[]);
    }

    #[test]
    fn what_says_no_place_is_refused() {
        for text in [
            "{}",
            "{event: x}",
            "{ack: /a, at: /b}",
            "{at: /a, data: /b}",
            "{at: a}",
        ] {
            let node = reading::node::read(&format!("delivers: {text}")).expect("YAML");
            let node = node.setting("delivers").expect("there").clone();
            assert!(Delivers::read(&node).is_err(), "{text}");
        }
    }
}
