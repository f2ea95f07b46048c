//! Texts with names in braces, as `Bearer {token}`. What a name stands for is known when the step is taken.
//!
//! `{{` and `}}` are the braces themselves. A text that is one name alone keeps the type of its value.

use std::fmt;

use serde_json::Value;

use super::pointer::Pointer;

/// A text whose names are filled in later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Name(Name),
}

/// What stands in braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// A value that is made anew each time.
    Made(Made),
    /// What a step has kept, or the file has.
    Kept(Kept),
}

/// A value that is made anew each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// `{new uuid}`: a random UUID.
    Uuid,
    /// `{new number}`: counted in each tab from 1, so that two users' request ids are alike.
    Number,
    /// `{now}`: the time in the form of RFC 3339.
    Now,
}

/// `{token}`, `{room.code}`, `{page/5/id}`, `{last:0}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Whose it is, before the dot: a parameter, `cookie` or `socket`.
    pub of: Option<String>,
    /// What it is called.
    pub name: String,
    /// Where in the value it stands.
    pub pointer: Pointer,
    /// What stands for it where nothing was kept.
    pub default: Option<Value>,
}

/// Knows what names stand for.
pub trait Lookup: Send {
    /// A new value.
    fn make(&mut self, made: Made) -> Value;
    /// What was kept under this name, if anything was.
    fn kept(&self, of: Option<&str>, name: &str) -> Option<Value>;
    /// Whether an entry without a value is left out, as by somebody who has not logged in and has no token.
    fn leaves_out(&self) -> bool {
        false
    }
}

/// Knows no names: where a predicate is asked without the values of an action.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl Lookup for Nothing {
    fn make(&mut self, _: Made) -> Value {
        Value::Null
    }

    fn kept(&self, _: Option<&str>, _: &str) -> Option<Value> {
        None
    }
}

/// A name that stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unset(pub String);

impl fmt::Display for Unset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing was kept as `{}`", self.0)
    }
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            plain.push_str(before);
            if let Some(after) = brace.strip_prefix("{{") {
                plain.push('{');
                rest = after;
            } else if let Some(after) = brace.strip_prefix("}}") {
                plain.push('}');
                rest = after;
            } else if let Some(after) = brace.strip_prefix('{') {
                let (name, after) = after
                    .split_once('}')
                    .ok_or("a brace is opened and not closed")?;
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Name(Name::read(name)?));
                rest = after;
            } else {
                return Err("a brace is closed that was not opened".to_owned());
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self { pieces })
    }

    /// The names in it.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Name(name) => Some(name),
            Piece::Text(_) => None,
        })
    }

    /// What each name stands for in a text that may have been made of this template: no name spans a `/`, a `?` or a
    /// `&`. `None` where it was not.
    #[must_use]
    pub fn captures<'a>(&self, text: &'a str) -> Option<Vec<(&Name, &'a str)>> {
        captures(&self.pieces, text)
    }

    /// The text where it has no names.
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The value with all names filled in.
    ///
    /// # Errors
    /// The first name that stands for nothing.
    pub fn value(&self, lookup: &mut dyn Lookup) -> Result<Value, Unset> {
        if let [Piece::Name(name)] = self.pieces.as_slice() {
            return name.value(lookup);
        }
        self.text(lookup).map(Value::String)
    }

    /// The same as a text.
    ///
    /// # Errors
    /// The first name that stands for nothing.
    pub fn text(&self, lookup: &mut dyn Lookup) -> Result<String, Unset> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Name(name) => text.push_str(&as_text(&name.value(lookup)?)),
            }
        }
        Ok(text)
    }
}

/// As a file writes it.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => f.write_str(&text.replace('{', "{{").replace('}', "}}"))?,
                Piece::Name(name) => write!(f, "{{{name}}}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Made(Made::Uuid) => f.write_str("new uuid"),
            Self::Made(Made::Number) => f.write_str("new number"),
            Self::Made(Made::Now) => f.write_str("now"),
            Self::Kept(kept) => match &kept.default {
                Some(default) => write!(f, "{kept}:{}", as_text(default)),
                None => kept.fmt(f),
            },
        }
    }
}

fn captures<'t, 'a>(pieces: &'t [Piece], text: &'a str) -> Option<Vec<(&'t Name, &'a str)>> {
    let Some((first, rest)) = pieces.split_first() else {
        return text.is_empty().then(Vec::new);
    };
    let name = match first {
        Piece::Text(plain) => return captures(rest, text.strip_prefix(plain.as_str())?),
        Piece::Name(name) => name,
    };
    let end = text.find(['/', '?', '&']).unwrap_or(text.len());
    // The longest value first, as long as it is a whole character.
    for at in (1..=end).rev().filter(|at| text.is_char_boundary(*at)) {
        let (value, after) = text.split_at(at);
        if let Some(mut found) = captures(rest, after) {
            found.insert(0, (name, value));
            return Some(found);
        }
    }
    None
}

/// A value as it stands inside a text: a text without its quotes, anything else as JSON.
#[must_use]
pub fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Name {
    fn read(text: &str) -> Result<Self, String> {
        match text.trim() {
            "new uuid" => return Ok(Self::Made(Made::Uuid)),
            "new number" => return Ok(Self::Made(Made::Number)),
            "now" => return Ok(Self::Made(Made::Now)),
            _ => {}
        }
        let (whole, default) = match text.split_once(':') {
            Some((whole, default)) => (whole, Some(default_value(default))),
            None => (text, None),
        };
        let (whole, pointer) = match whole.find('/') {
            Some(at) => (&whole[..at], Pointer::read(&whole[at..])?),
            None => (whole, Pointer::root()),
        };
        let (of, name) = match whole.split_once('.') {
            Some((of, name)) => (Some(of), name),
            None => (None, whole),
        };
        let is_name = |name: &str| {
            let mut letters = name.chars();
            let fits = |letter: char| letter.is_alphanumeric() || "_-*".contains(letter);
            letters
                .next()
                .is_some_and(|first| first.is_alphanumeric() || first == '_')
                && letters.all(fits)
        };
        if !is_name(name) || !of.is_none_or(is_name) {
            return Err(format!("`{{{text}}}` is no name"));
        }
        Ok(Self::Kept(Kept {
            of: of.map(str::to_owned),
            name: name.to_owned(),
            pointer,
            default,
        }))
    }

    fn value(&self, lookup: &mut dyn Lookup) -> Result<Value, Unset> {
        let kept = match self {
            Self::Made(made) => return Ok(lookup.make(*made)),
            Self::Kept(kept) => kept,
        };
        let found = lookup.kept(kept.of.as_deref(), &kept.name);
        let found = found.and_then(|value| kept.pointer.first(&value));
        found
            .or_else(|| kept.default.clone())
            .ok_or_else(|| Unset(kept.to_string()))
    }
}

/// What stands behind the colon: a number, `true`, `null`, or a text.
fn default_value(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Null | Value::Bool(_) | Value::Number(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(of) = &self.of {
            write!(f, "{of}.")?;
        }
        write!(f, "{}{}", self.name, self.pointer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Known;

    impl Lookup for Known {
        fn make(&mut self, _: Made) -> Value {
            json!(7)
        }

        fn kept(&self, of: Option<&str>, name: &str) -> Option<Value> {
            match (of, name) {
                (None, "token") => Some(json!("t0")),
                (None, "id") => Some(json!(12)),
                (Some("room"), "code") => Some(json!("red")),
                (None, "page") => Some(json!("{\"a\":[{\"b\":5}]}")),
                _ => None,
            }
        }
    }

    fn filled(text: &str) -> Result<Value, String> {
        let template = Template::read(text)?;
        template
            .value(&mut Known)
            .map_err(|unset| unset.to_string())
    }

    #[test]
    fn names_are_filled_in_and_one_alone_keeps_its_type() {
        assert_eq!(filled("Bearer {token}"), Ok(json!("Bearer t0")));
        assert_eq!(filled("{id}"), Ok(json!(12)));
        assert_eq!(filled("/x/{id}"), Ok(json!("/x/12")));
        assert_eq!(filled("{room.code}{room.code}"), Ok(json!("redred")));
        assert_eq!(filled("{page/a/0/b}"), Ok(json!(5)));
        assert_eq!(filled("{last:0}"), Ok(json!(0)));
        assert_eq!(filled("{conversation:null}"), Ok(json!(null)));
        assert_eq!(filled("{name:none of it}"), Ok(json!("none of it")));
        assert_eq!(filled("{new number}"), Ok(json!(7)));
        assert_eq!(filled("{{\"a\": {id}}}"), Ok(json!("{\"a\": 12}")));
        assert_eq!(filled(""), Ok(json!("")));
    }

    #[test]
    fn a_text_tells_what_its_names_stood_for() {
        let found = |template: &str, text: &str| {
            let template = Template::read(template).expect("a template");
            let found = template.captures(text)?;
            Some(
                found
                    .iter()
                    .map(|(_, value)| (*value).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(found("/a/{id}", "/a/7"), Some(vec!["7".to_owned()]));
        assert_eq!(
            found("/a/{id}/stop", "/a/é-1/stop"),
            Some(vec!["é-1".to_owned()])
        );
        assert_eq!(
            found("/a/{x}-{y}", "/a/1-2-3"),
            Some(vec!["1-2".to_owned(), "3".to_owned()])
        );
        assert_eq!(found("/a", "/a"), Some(Vec::new()));
        for text in ["/a/", "/a/7/8", "/b/7", "/a/7?x"] {
            assert_eq!(found("/a/{id}", text), None, "{text}");
        }
    }

    #[test]
    fn a_template_is_shown_as_it_was_written() {
        for text in [
            "/a/{id}/{room.code}?x={new uuid}",
            "{page/a/0}",
            "{last:0}",
            "{{{now}}}",
            "",
        ] {
            let template = Template::read(text).expect("a template");
            assert_eq!(template.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_template_says_so() {
        let unset = "nothing was kept as `room.colour`";
        assert_eq!(filled("{room.colour}"), Err(unset.to_owned()));
        assert_eq!(
            filled("{page/a/9}"),
            Err("nothing was kept as `page/a/9`".to_owned())
        );
        for text in ["{", "a}", "{}", "{a b}", "{a.}", "{.a}", "{a{b}}"] {
            assert!(Template::read(text).is_err(), "{text}");
        }
    }
}
