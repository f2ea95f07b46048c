//! YAML as a tree in which everything knows where it stands.

use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Error, Spanned};

use crate::spot::Spot;
use crate::wrong::{Wrong, wrong};

/// A value, where it stands, and where its name does.
#[derive(Clone, Debug)]
pub struct Node {
    at: Spot,
    key: Option<Spot>,
    /// The value itself.
    pub yaml: Yaml,
}

/// A value of YAML.
#[derive(Clone, Debug)]
pub enum Yaml {
    /// Nothing, as `~`.
    Null,
    /// True or false.
    Bool(bool),
    /// A number that JSON can hold.
    Number(serde_json::Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<(String, Node)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Yaml>::deserialize(deserializer)?;
        Ok(Self {
            at: Spot::of(spanned.referenced),
            key: None,
            yaml: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(YamlVisitor)
    }
}

struct YamlVisitor;

impl<'de> Visitor<'de> for YamlVisitor {
    type Value = Yaml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Yaml, E> {
        Ok(Yaml::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Yaml, E> {
        Ok(Yaml::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Yaml, E> {
        Ok(Yaml::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Yaml, E> {
        serde_json::Number::from_f64(value)
            .map(Yaml::Number)
            .ok_or_else(|| E::custom("a number without an end"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Yaml, E> {
        Ok(Yaml::Text(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Yaml, E> {
        Ok(Yaml::Null)
    }

    fn visit_none<E>(self) -> Result<Yaml, E> {
        Ok(Yaml::Null)
    }

    fn visit_some<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Yaml, D::Error> {
        Yaml::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Yaml, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Yaml::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Yaml, A::Error> {
        let mut map = Vec::new();
        while let Some((name, mut node)) = entries.next_entry::<Spanned<String>, Node>()? {
            node.key = Some(Spot::of(name.referenced));
            map.push((name.value, node));
        }
        Ok(Yaml::Map(map))
    }
}

/// Reads one document.
///
/// # Errors
/// When it is no YAML, or more than one document.
pub fn read(text: &str) -> Result<Node, Wrong> {
    let without_comments = || {
        text.lines()
            .map(|line| line.split('#').next().unwrap_or_default().trim())
    };
    if without_comments().all(str::is_empty) {
        return wrong(
            None,
            "the file is empty",
            "write what the file is for, or remove it",
        );
    }
    // `y`, `n`, `on` and `off` are names and texts: a board has places x and y.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let error = error.without_snippet();
        let (message, fix) = told(error);
        Wrong {
            at: error.location().map(Spot::of),
            part: None,
            message,
            fix: fix.to_owned(),
        }
    })
}

/// The library's message in a user's words, and the fix.
fn told(error: &Error) -> (String, &'static str) {
    let words = error.to_string();
    let first = words.lines().next().unwrap_or_default();
    // The place stands elsewhere.
    let bare = first.split(" at line ").next().unwrap_or_default();
    let deep = matches!(
        error,
        Error::Budget {
            breach: BudgetBreach::Depth { .. },
            ..
        }
    );
    match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => (
            format!("the name `{key}` is there twice"),
            "keep one of the two",
        ),
        Error::MultipleDocuments { .. } => (
            "the file has more than one document".to_owned(),
            "write each document into a file of its own, without `---`",
        ),
        _ if deep || bare == "recursion limit exceeded" => (
            "the file is nested too deeply".to_owned(),
            "flatten what stands here",
        ),
        // Inside an alias the library gives its limits as text alone.
        _ if bare.starts_with("budget breached") => (
            "the file is too large once its aliases are written out".to_owned(),
            "use fewer aliases",
        ),
        _ if bare.starts_with("tabs disallowed") => (
            "not valid YAML: a tab stands where the line is indented".to_owned(),
            "indent with spaces",
        ),
        _ => (
            format!("not valid YAML: {bare}"),
            "correct the YAML here, or close the quote or the bracket that is still open",
        ),
    }
}

impl Node {
    /// Where it stands. A value without a word of its own, such as a map without braces, is where its name is.
    pub fn at(&self) -> Spot {
        match self.key {
            Some(key) if !self.at.is_word() => key,
            _ => self.at,
        }
    }

    /// Where its name stands; an entry of a list has none.
    pub fn key(&self) -> Spot {
        self.key.unwrap_or(self.at)
    }

    /// The value of a setting, where this is a map that has it.
    pub fn setting(&self, name: &str) -> Option<&Self> {
        match &self.yaml {
            Yaml::Map(entries) => entries.iter().find(|(known, _)| known == name),
            _ => None,
        }
        .map(|(_, node)| node)
    }

    /// Where something is missing: at its name; nowhere in the file where it is the whole file.
    pub const fn owner(&self) -> Option<Spot> {
        self.key
    }

    /// What kind of value it is, for messages.
    pub const fn is(&self) -> &'static str {
        match self.yaml {
            Yaml::Null => "nothing",
            Yaml::Bool(_) => "true or false",
            Yaml::Number(_) => "a number",
            Yaml::Text(_) => "a text",
            Yaml::List(_) => "a list",
            Yaml::Map(_) => "a map",
        }
    }

    /// As a text that is not empty.
    ///
    /// # Errors
    /// When it is something else.
    pub fn text(&self, what: &str) -> Result<&str, Wrong> {
        match &self.yaml {
            Yaml::Text(text) if !text.trim().is_empty() => Ok(text),
            Yaml::Text(_) => wrong(
                self.at(),
                format!("`{what}` is empty"),
                format!("write a text for `{what}`"),
            ),
            _ => wrong(
                self.at(),
                format!("`{what}` is {}", self.is()),
                format!("write a text for `{what}`, in quotes if it looks like something else"),
            ),
        }
    }

    /// As a whole number in these bounds.
    ///
    /// # Errors
    /// When it is something else.
    pub fn number(&self, what: &str, least: u64, most: u64) -> Result<u64, Wrong> {
        let fix = format!("give `{what}` a number from {least} to {most}");
        match &self.yaml {
            Yaml::Number(number) => match number.as_u64() {
                Some(value) if (least..=most).contains(&value) => Ok(value),
                _ => wrong(self.at(), format!("`{what}` is {number}"), fix),
            },
            _ => wrong(self.at(), format!("`{what}` is {}", self.is()), fix),
        }
    }

    /// As a list that is not empty.
    ///
    /// # Errors
    /// When it is something else.
    pub fn list(&self, what: &str) -> Result<&[Self], Wrong> {
        match &self.yaml {
            Yaml::List(items) if !items.is_empty() => Ok(items),
            Yaml::List(_) => wrong(
                self.at(),
                format!("`{what}` is an empty list"),
                format!("write at least one entry under `{what}`"),
            ),
            _ => wrong(
                self.at(),
                format!("`{what}` is {}", self.is()),
                format!("write a list for `{what}`"),
            ),
        }
    }

    /// Whether it is the short form of a step, which is a place alone. The long form is a map.
    ///
    /// # Errors
    /// When it is neither.
    pub fn is_place_alone(&self, what: &str) -> Result<bool, Wrong> {
        match &self.yaml {
            Yaml::Text(_) => Ok(true),
            Yaml::Map(_) => Ok(false),
            Yaml::Bool(_) | Yaml::Number(_) => wrong(
                self.at(),
                format!("`{what}` is {}", self.is()),
                "put the user's name in quotes",
            ),
            _ => wrong(
                self.at(),
                format!("`{what}` is {}", self.is()),
                format!("write `{what}: USER`, or a map of its settings"),
            ),
        }
    }

    /// As a map.
    ///
    /// # Errors
    /// When it is something else.
    pub fn map(&self, what: &str) -> Result<&[(String, Self)], Wrong> {
        match &self.yaml {
            Yaml::Map(entries) => Ok(entries),
            _ => wrong(
                self.at(),
                format!("{} is {}", named(what), self.is()),
                format!("write {} as a map", named(what)),
            ),
        }
    }

    /// As JSON, without the lines.
    pub fn json(&self) -> Value {
        match &self.yaml {
            Yaml::Null => Value::Null,
            Yaml::Bool(value) => Value::Bool(*value),
            Yaml::Number(number) => Value::Number(number.clone()),
            Yaml::Text(text) => Value::String(text.clone()),
            Yaml::List(items) => items.iter().map(Self::json).collect(),
            Yaml::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(name, node)| (name.clone(), node.json()))
                    .collect(),
            ),
        }
    }
}

/// A setting is quoted; words such as `the file` are not.
fn named(what: &str) -> String {
    if what.starts_with("a ") || what.starts_with("the ") {
        what.to_owned()
    } else {
        format!("`{what}`")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_true_and_false_are_no_texts() {
        let node = read("{x: 1, y: n, on: off, no: Yes, is: true, not: false}").expect("YAML");
        let wanted = json!({
            "x": 1, "y": "n", "on": "off", "no": "Yes", "is": true, "not": false,
        });
        assert_eq!(node.json(), wanted);
    }
}
