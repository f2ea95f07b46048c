//! Where in what came something stands: `/p/0/q`, `$2/p`, `frame/p`, `header: X`, `match: REGEX` and the like.

use std::fmt;

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};
use regex_lite::Regex;
use serde_json::Value;

use super::came::Came;
use super::pointer::Pointer;

/// A place in what came.
#[derive(Clone, Debug)]
pub struct Place {
    part: Part,
    pointer: Pointer,
}

/// Which part of what came.
#[derive(Clone, Debug)]
enum Part {
    /// The body, the first argument, the frame.
    Whole,
    /// `$2`: an argument, from 1.
    Argument(usize),
    Frame,
    Header(String),
    Cookie(String),
    Form(String),
    Match(Regex),
    Ack,
    /// `$2`: an argument of an acknowledgement, from 1.
    AckArgument(usize),
    /// Only of an event of this name.
    Event(String),
    Sent,
}

const FIX: &str = "write a way from the root as /id, $2/id or frame/id, or one of header, cookie, form, match, ack, event and sent";

/// The keys of a place that is a map.
pub(crate) const KEYS: [&str; 8] = [
    "header", "cookie", "form", "match", "ack", "event", "at", "sent",
];

impl Place {
    /// Whether a key of a predicate is a place.
    pub(crate) fn is_key(key: &str) -> bool {
        key.starts_with(['/', '$']) || key == "frame" || key.starts_with("frame/")
    }

    /// A place that is a text.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn from_text(text: &str) -> Result<Self, String> {
        let (part, rest) = if let Some(rest) = text.strip_prefix('$') {
            let end = rest.find('/').unwrap_or(rest.len());
            let number = rest[..end]
                .parse()
                .ok()
                .filter(|number| (1..=100).contains(number));
            let number = number.ok_or_else(|| format!("`{text}` names no argument"))?;
            (Part::Argument(number), &rest[end..])
        } else if let Some(rest) = text.strip_prefix("frame") {
            (Part::Frame, rest)
        } else {
            (Part::Whole, text)
        };
        let pointer = Pointer::read(rest)?;
        Ok(Self { part, pointer })
    }

    /// Reads a place of the file.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(node: &Node, what: &str) -> Result<Self, Wrong> {
        match &node.yaml {
            Yaml::Text(text) => Self::from_text(text).or_else(|why| wrong(node.at(), why, FIX)),
            Yaml::Map(_) => Self::map(node, what),
            _ => wrong(node.at(), format!("`{what}` is {}", node.is()), FIX),
        }
    }

    /// A way into an acknowledgement, written without its key.
    pub(crate) fn of_ack(node: &Node) -> Result<Self, Wrong> {
        let text = node.text("ack")?;
        if text.starts_with('$') {
            let place = Self::from_text(text).or_else(|why| wrong(node.at(), why, FIX))?;
            let part = match place.part {
                Part::Argument(number) => Part::AckArgument(number),
                other => other,
            };
            return Ok(Self { part, ..place });
        }
        let pointer = Pointer::read(text).or_else(|why| wrong(node.at(), why, FIX))?;
        Ok(Self {
            part: Part::Ack,
            pointer,
        })
    }

    fn map(node: &Node, what: &str) -> Result<Self, Wrong> {
        let mut fields = Fields::of(node, &format!("`{what}`"), &KEYS)?;
        let pointer = |node: Option<&Node>| {
            let Some(node) = node else {
                return Ok(Pointer::root());
            };
            let Yaml::Text(text) = &node.yaml else {
                return wrong(node.at(), format!("`at` is {}", node.is()), FIX);
            };
            Pointer::read(text).or_else(|why| wrong(node.at(), why, FIX))
        };
        let part = if let Some(name) = fields.take("header") {
            Part::Header(name.text("header")?.to_lowercase())
        } else if let Some(name) = fields.take("cookie") {
            Part::Cookie(name.text("cookie")?.to_owned())
        } else if let Some(name) = fields.take("form") {
            Part::Form(name.text("form")?.to_owned())
        } else if let Some(name) = fields.take("match") {
            Part::Match(regex(name)?)
        } else if let Some(at) = fields.take("ack") {
            return end(fields, Self::of_ack(at)?);
        } else if let Some(at) = fields.take("sent") {
            let pointer = pointer(Some(at))?;
            return end(
                fields,
                Self {
                    part: Part::Sent,
                    pointer,
                },
            );
        } else if let Some(name) = fields.take("event") {
            Part::Event(name.text("event")?.to_owned())
        } else {
            return wrong(node.at(), format!("`{what}` names no place"), FIX);
        };
        let pointer = pointer(fields.take("at"))?;
        end(fields, Self { part, pointer })
    }

    /// Whether it looks at events only.
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        match &self.part {
            Part::Event(name) => Some(name),
            _ => None,
        }
    }

    /// Whether it looks at what was sent.
    #[must_use]
    pub const fn is_sent(&self) -> bool {
        matches!(self.part, Part::Sent)
    }

    /// Whether it looks into an acknowledgement.
    #[must_use]
    pub const fn is_ack(&self) -> bool {
        matches!(self.part, Part::Ack | Part::AckArgument(_))
    }

    /// Everything that stands there.
    #[must_use]
    pub fn all(&self, came: &Came) -> Vec<Value> {
        let found = self.root(came);
        found.map_or_else(Vec::new, |value| self.pointer.all(&value))
    }

    /// The first that stands there.
    #[must_use]
    pub fn first(&self, came: &Came) -> Option<Value> {
        self.all(came).into_iter().next()
    }

    /// The value that the pointer leads into.
    fn root(&self, came: &Came) -> Option<Value> {
        let named = |all: &[(String, String)], name: &str| {
            let mut all = all.iter().rev();
            all.find(|(known, _)| known == name)
                .map(|(_, value)| Value::String(value.clone()))
        };
        match &self.part {
            Part::Whole => came.value(),
            Part::Argument(number) => came.arguments.get(number - 1).cloned(),
            Part::Frame => came.frame.clone(),
            Part::Header(name) => named(&came.headers, name),
            Part::Cookie(name) => named(&came.cookies, name),
            Part::Form(name) => named(&came.fields, name),
            Part::Match(regex) => {
                let text = came.text();
                let found = regex.captures(&text)?;
                let group = found.get(1).or_else(|| found.get(0))?;
                Some(Value::String(group.as_str().to_owned()))
            }
            Part::Ack => match came.ack.as_deref()? {
                [one] => Some(one.clone()),
                several => Some(Value::Array(several.to_vec())),
            },
            Part::AckArgument(number) => came.ack.as_ref()?.get(number - 1).cloned(),
            Part::Event(name) if came.event.as_deref() == Some(name) => came.value(),
            Part::Event(_) => None,
            Part::Sent => came.sent.clone(),
        }
    }
}

/// A place that used all of its settings.
fn end(fields: Fields<'_>, place: Place) -> Result<Place, Wrong> {
    match fields.rest().first() {
        None => Ok(place),
        Some((key, node)) => wrong(
            node.key(),
            format!("`{key}` is a second part of this place"),
            "keep one of the two",
        ),
    }
}

fn regex(node: &Node) -> Result<Regex, Wrong> {
    let text = node.text("match")?;
    Regex::new(text).or_else(|error| {
        let why = error.to_string();
        let first = why.lines().last().unwrap_or_default().to_owned();
        wrong(
            node.at(),
            format!("`match` is no regular expression: {first}"),
            "write one whose first group is the value, as 'id=(\\d+)'",
        )
    })
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = &self.pointer;
        match &self.part {
            Part::Whole => write!(f, "{pointer}"),
            Part::Argument(number) => write!(f, "${number}{pointer}"),
            Part::Frame => write!(f, "frame{pointer}"),
            Part::Header(name) => write!(f, "header {name}{pointer}"),
            Part::Cookie(name) => write!(f, "cookie {name}{pointer}"),
            Part::Form(name) => write!(f, "form field {name}{pointer}"),
            Part::Match(regex) => write!(f, "match {regex}{pointer}"),
            Part::Ack => write!(f, "acknowledgement{pointer}"),
            Part::AckArgument(number) => write!(f, "acknowledgement ${number}{pointer}"),
            Part::Event(name) => write!(f, "event {name}{pointer}"),
            Part::Sent => write!(f, "sent{pointer}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Place, String> {
        let node = reading::node::read(&format!("place: {text}")).expect("YAML");
        let node = node.setting("place").expect("there").clone();
        Place::read(&node, "place").map_err(|wrong| wrong.message)
    }

    #[track_caller]
    fn check(text: &str, came: &Came, found: Option<Value>) {
        let place = read(text).expect("a place");
        let first = place.first(came);
        assert_eq!((first, text), (found, text));
    }

    #[test]
    fn each_part_of_an_answer_is_a_place() {
        let came = Came {
            status: Some(200),
            headers: vec![("location".into(), "/home".into())],
            cookies: vec![("sid".into(), "a b".into())],
            fields: vec![("csrf".into(), "f0".into())],
            body: Some("{\"id\":7,\"html\":\"user=12;\"}".into()),
            sent: Some(json!({ "id": "x" })),
            ..Came::default()
        };
        check("/id", &came, Some(json!(7)));
        check("{header: Location}", &came, Some(json!("/home")));
        check("{cookie: sid}", &came, Some(json!("a b")));
        check("{form: csrf}", &came, Some(json!("f0")));
        check("{match: 'user=([0-9]+)'}", &came, Some(json!("12")));
        check("{match: 'user='}", &came, Some(json!("user=")));
        check("{match: 'nobody'}", &came, None);
        check("{sent: /id}", &came, Some(json!("x")));
        check("{ack: /ok}", &came, None);
        check("$1", &came, None);
    }

    #[test]
    fn each_part_of_an_event_is_a_place() {
        let came = Came {
            event: Some("vote".into()),
            arguments: vec![json!({ "n": 1 }), json!(5)],
            frame: Some(json!([null, "1", "room:red", "vote", {}])),
            ack: Some(vec![json!({ "ok": true })]),
            ..Came::default()
        };
        check("/n", &came, Some(json!(1)));
        check("$2", &came, Some(json!(5)));
        check("frame/2", &came, Some(json!("room:red")));
        check("{ack: /ok}", &came, Some(json!(true)));
        check("{ack: $1/ok}", &came, Some(json!(true)));
        check("{ack: $2/ok}", &came, None);
        check("{event: vote, at: /n}", &came, Some(json!(1)));
        check("{event: other, at: /n}", &came, None);
    }

    #[test]
    fn what_is_no_place_says_so() {
        for text in [
            "id",
            "$0",
            "$x",
            "7",
            "{}",
            "{at: /x}",
            "{match: '('}",
            "{header: a, cookie: b}",
            "{haeder: a}",
            "{ack: $0}",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
