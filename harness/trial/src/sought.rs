//! The texts that are put into what users do, and where they are found again.

use evidence::{Marker, UserName};
use serde_json::Value;
use targets::file::action::Shape;
use targets::language::came::Came;

use crate::shape::leaves;

/// A text to look for.
#[derive(Clone, Debug)]
pub(crate) struct Sought {
    /// As it is sent.
    pub(crate) text: String,
    /// What is looked for, in lower case: of an address, what stands before the `@`.
    needle: String,
    /// The same as a marker, which is found in other spellings too; none where the target takes no letters.
    marker: Option<Marker>,
}

impl Sought {
    /// A text of this shape, by this user.
    pub(crate) fn new(user: &str, shape: Shape) -> Self {
        let made = Marker::new(&UserName::from(user), rand::random());
        let marker = made.as_str();
        let text = match shape {
            Shape::Text => marker.to_owned(),
            Shape::Digits(n) => (0..n)
                // No zero leads: a number would lose it.
                .map(|at| char::from(b'0' + rand::random_range(u8::from(at == 0)..=9)))
                .collect(),
            Shape::Email => format!("{marker}@example.com"),
            Shape::Uuid => uuid::Uuid::new_v4().to_string(),
        };
        let needle = if shape == Shape::Email { marker } else { &text };
        Self {
            needle: needle.to_lowercase(),
            marker: matches!(shape, Shape::Text | Shape::Email).then(|| made.clone()),
            text,
        }
    }

    /// Whether it stands in this text, however it is written there.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let is_marker = |marker: &Marker| {
            let mut all = Marker::find_all(text.as_bytes());
            all.any(|found| found == *marker)
        };
        text.to_lowercase().contains(&self.needle) || self.marker.as_ref().is_some_and(is_marker)
    }

    /// Where it stands in what came, as the target file writes places.
    pub(crate) fn stands(&self, came: &Came) -> Vec<String> {
        let mut all = Vec::new();
        let mut look = |before: &str, value: &Value| {
            leaves(value, &mut String::new(), &mut |at, value| {
                let is_here = match value {
                    Value::String(text) => self.is_in(text),
                    Value::Number(number) => self.is_in(&number.to_string()),
                    _ => false,
                };
                let at = format!("{before}{at}");
                if is_here && !all.contains(&at) {
                    all.push(at);
                }
            });
        };
        for (number, argument) in (1..).zip(&came.arguments) {
            let before = if number == 1 {
                String::new()
            } else {
                format!("${number}")
            };
            look(&before, argument);
        }
        if came.arguments.is_empty()
            && let Some(frame) = &came.frame
        {
            look("frame", frame);
        }
        for argument in came.ack.iter().flatten() {
            look("ack: ", argument);
        }
        if let Some(body) = &came.body {
            match serde_json::from_str(body) {
                Ok(value) => look("", &value),
                Err(_) => look("text", &Value::String(body.clone())),
            }
        }
        for (name, value) in &came.headers {
            look(&format!("header {name}"), &Value::String(value.clone()));
        }
        if came.event.as_ref().is_some_and(|event| self.is_in(event)) {
            all.push("the event's name".to_owned());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_marker_is_found_in_each_part_of_what_came() {
        let sought = Sought::new("alice", Shape::Text);
        let text = sought.text.to_uppercase();
        let came = Came {
            event: Some("note".to_owned()),
            arguments: vec![json!({ "a": [{ "b": text }] }), json!(text)],
            headers: vec![("x-last".to_owned(), text.clone())],
            ..Came::default()
        };
        assert_eq!(sought.stands(&came), ["/a/*/b", "$2", "header x-last"]);
        let other = Sought::new("alice", Shape::Text);
        assert!(other.stands(&came).is_empty());
        let ack = Came {
            ack: Some(vec![json!({ "echo": format!("<b>{text}</b>") })]),
            ..Came::default()
        };
        assert_eq!(sought.stands(&ack), ["ack: /echo"]);
    }

    #[test]
    fn a_marker_is_found_in_another_spelling() {
        let sought = Sought::new("alice", Shape::Text);
        let hex: String = sought.text.bytes().map(|b| format!("{b:02x}")).collect();
        let escaped: String = sought.text.bytes().map(|b| format!("%{b:02x}")).collect();
        for text in [hex, escaped] {
            assert!(sought.is_in(&text), "{text}");
            assert!(!Sought::new("alice", Shape::Text).is_in(&text), "{text}");
        }
    }

    #[test]
    fn a_marker_has_the_shape_that_the_target_takes() {
        let digits = Sought::new("alice", Shape::Digits(9)).text;
        assert!(digits.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit()));
        let email = Sought::new("alice", Shape::Email);
        assert!(email.text.ends_with("@example.com"));
        assert!(email.is_in(&email.text.replace('@', "%40")));
        assert_eq!(Sought::new("alice", Shape::Uuid).text.len(), 36);
    }
}
