//! Values as they are written in a file: in braces and brackets, in one line.
//!
//! By hand, because a writer of YAML spreads everything over lines of its own, and nobody reads a target file so.

use reading::node::{Node, Yaml};
use serde_json::Value;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Out {
    /// A text, a number, true, false or nothing.
    Scalar(Value),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

/// Names in braces that are carried over, and what they are called now.
pub(super) type Names<'a> = &'a [(&'a str, &'a str)];

impl Out {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Scalar(Value::String(text.into()))
    }

    pub(super) fn map<const N: usize>(entries: [(&str, Self); N]) -> Self {
        let entries = entries.into_iter();
        Self::Map(
            entries
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    }

    /// A value of the old file as it stands.
    pub(super) fn of(node: &Node) -> Self {
        match &node.yaml {
            Yaml::List(items) => Self::List(items.iter().map(Self::of).collect()),
            Yaml::Map(entries) => {
                let entries = entries.iter();
                Self::Map(
                    entries
                        .map(|(key, node)| (key.clone(), Self::of(node)))
                        .collect(),
                )
            }
            _ => Self::Scalar(node.json()),
        }
    }

    /// A value of the old file whose texts may have these names, and no others: other braces were themselves.
    pub(super) fn with_names(node: &Node, names: Names<'_>) -> Self {
        match &node.yaml {
            Yaml::Text(text) => Self::text(renamed(text, names)),
            Yaml::List(items) => Self::List(
                items
                    .iter()
                    .map(|item| Self::with_names(item, names))
                    .collect(),
            ),
            Yaml::Map(entries) => {
                let entry = |(key, node): &(String, Node)| {
                    (renamed(key, &[]), Self::with_names(node, names))
                };
                Self::Map(entries.iter().map(entry).collect())
            }
            _ => Self::Scalar(node.json()),
        }
    }

    /// As it stands in a file.
    pub(super) fn written(&self) -> String {
        match self {
            Self::Scalar(Value::String(text)) => word(text),
            Self::Scalar(value) => value.to_string(),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::written).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Map(entries) => {
                let entries = entries.iter();
                let entries: Vec<String> = entries
                    .map(|(key, value)| format!("{}: {}", word(key), value.written()))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }
}

/// The text with the names called as now, and other braces doubled.
pub(super) fn renamed(text: &str, names: Names<'_>) -> String {
    let mut new = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        new.push_str(before);
        let known = names.iter().find_map(|(old, now)| {
            let after = brace
                .strip_prefix('{')?
                .strip_prefix(old)?
                .strip_prefix('}')?;
            Some((now, after))
        });
        if let Some((now, after)) = known {
            new.push_str(&format!("{{{now}}}"));
            rest = after;
        } else {
            let letter = &brace[..1];
            new.push_str(letter);
            new.push_str(letter);
            rest = &brace[1..];
        }
    }
    new.push_str(rest);
    new
}

/// A text, in quotes where YAML would read something else.
pub(super) fn word(text: &str) -> String {
    let letters = "/$_.-+*@: ";
    let is_plain = text
        .starts_with(|first: char| first.is_alphanumeric() || "/$_.-".contains(first))
        && text
            .chars()
            .all(|letter| letter.is_alphanumeric() || letters.contains(letter))
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && is_read_as(text, text);
    if is_plain {
        return text.to_owned();
    }
    let single = format!("'{text}'");
    if text.contains('"') && !text.contains('\'') && is_read_as(&single, text) {
        return single;
    }
    // JSON leaves letters as they are that YAML wants escaped.
    let quoted = Value::from(text).to_string();
    let is_escaped =
        |letter: char| letter.is_control() || "\u{feff}\u{fffe}\u{ffff}".contains(letter);
    let escaped = |letter: char| match is_escaped(letter) {
        true => format!("\\u{:04x}", u32::from(letter)),
        false => letter.to_string(),
    };
    quoted.chars().map(escaped).collect()
}

fn is_read_as(written: &str, text: &str) -> bool {
    let Ok(node) = reading::node::read(&format!("[{written}]")) else {
        return false;
    };
    match &node.yaml {
        Yaml::List(items) => {
            matches!(items.as_slice(), [one] if matches!(&one.yaml, Yaml::Text(read) if read == text))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_renamed_and_other_braces_doubled() {
        let names = [("kind", "action"), ("id", "id")];
        for (old, now) in [
            ("{kind}", "{action}"),
            ("/a/{id}?x={kinds}", "/a/{id}?x={{kinds}}"),
            ("a{b}c{{id}", "a{{b}}c{{{id}"),
            ("plain", "plain"),
        ] {
            assert_eq!(renamed(old, &names), now, "{old}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "",
            "a",
            "a b",
            " a",
            "a ",
            "7",
            "1+",
            "true",
            "null",
            "~",
            "a: b",
            "a #b",
            "{x}",
            "- a",
            "/p/{id}",
            "@x",
            "y",
            "\"q\"",
            "line\nline",
            "ä",
            "0x1f",
            "1e3",
            ".5",
            "[x]",
            "*",
            "&a",
            "!t",
            "$2/seq",
            "2026-01-02",
            "--x",
            "-",
            "http://a:1/b",
            "a:",
            "it's",
            "'\"",
            "a\tb",
            "\u{93}",
            "\u{7f}",
            "\u{2028}",
            "\u{feff}a",
        ] {
            let written = Out::map([(text, Out::text(text))]).written();
            let node = reading::node::read(&format!("it: {written}")).expect("YAML");
            let read = node.setting("it").expect("there").json();
            assert_eq!(read, serde_json::json!({ text: text }), "{written}");
        }
    }
}
