//! One value of a YAML file is set, and every other byte stays as it is.
//!
//! Written by hand: the libraries that we know write a document anew, without its comments and its layout. This one knows
//! no more than it must. It replaces a value that stands in one place with braces, quotes or none, or adds one to a map;
//! then it reads both texts and compares them. Where anything else has changed, it gives nothing.

use std::ops::Range;

use reading::node::{self, Node, Yaml};

use super::wider::word;

/// The text with this setting of the map at this place; none where it cannot be set without changing anything else.
pub(super) fn set(text: &str, way: &[&str], key: &str, value: &str) -> Option<String> {
    let root = node::read(text).ok()?;
    let map = at(&root, way)?;
    let Yaml::Map(entries) = &map.yaml else {
        return None;
    };
    let edited = match map.setting(key) {
        Some(old) => {
            let range = range(text, old, is_flow(text, map))?;
            replaced(text, range, value)
        }
        None if is_flow(text, map) => {
            let begin = map.at().byte()? + 1;
            let comma = if entries.is_empty() { "" } else { ", " };
            let added = format!("{}: {value}{comma}", word(key));
            replaced(text, begin..begin, &added)
        }
        None => {
            let first = entries.first()?.1.key().byte()?;
            let line = text.get(..first)?.rfind('\n').map_or(0, |end| end + 1);
            let indent = text.get(line..first)?;
            let is_blank = indent.bytes().all(|byte| byte == b' ');
            let added = is_blank.then(|| format!("{indent}{}: {value}\n", word(key)))?;
            replaced(text, line..line, &added)
        }
    };
    let mut expected = root.json();
    let slot = way
        .iter()
        .try_fold(&mut expected, |value, name| value.get_mut(*name))?;
    let new = node::read(value).ok()?.json();
    slot.as_object_mut()?.insert(key.to_owned(), new);
    let read = node::read(&edited).ok()?.json();
    (read == expected).then_some(edited)
}

/// A part of the file by the names on the way to it.
pub(super) fn at<'a>(root: &'a Node, way: &[&str]) -> Option<&'a Node> {
    way.iter().try_fold(root, |node, name| node.setting(name))
}

fn replaced(text: &str, range: Range<usize>, with: &str) -> String {
    let mut edited = text.to_owned();
    edited.replace_range(range, with);
    edited
}

/// Whether a map stands in braces.
fn is_flow(text: &str, map: &Node) -> bool {
    let begin = map.at().byte();
    begin.is_some_and(|begin| text.as_bytes().get(begin) == Some(&b'{'))
}

/// Where a value stands. A block of lines has no such place.
fn range(text: &str, node: &Node, is_inside_braces: bool) -> Option<Range<usize>> {
    let begin = node.at().byte()?;
    let rest = text.get(begin..)?;
    let length = match (&node.yaml, rest.bytes().next()?) {
        (Yaml::Map(_), b'{') | (Yaml::List(_), b'[') => bracketed(rest)?,
        (Yaml::Map(_) | Yaml::List(_), _) => return None,
        (_, quote @ (b'"' | b'\'')) => quoted(rest, quote)?,
        (_, b'*' | b'&' | b'!' | b'|' | b'>') => return None,
        _ => plain(rest, is_inside_braces),
    };
    Some(begin..begin + length)
}

/// The bytes up to the bracket that closes the first one. A comment inside would be lost.
fn bracketed(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'"' | b'\'' => at += quoted(text.get(at..)?, *byte)? - 1,
            b'#' => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The bytes up to the quote that closes the first one.
fn quoted(text: &str, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            byte if *byte == quote => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The bytes of a value without quotes.
fn plain(text: &str, is_inside_braces: bool) -> usize {
    let line = text.lines().next().unwrap_or_default();
    let line = line.split(" #").next().unwrap_or_default();
    let ends = |letter: char| is_inside_braces && matches!(letter, ',' | '}' | ']');
    let value = line.split(ends).next().unwrap_or_default();
    value.trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, way: &[&str], (key, value): (&str, &str), edited: Option<&str>) {
        assert_eq!(set(text, way, key, value).as_deref(), edited, "{text}");
    }

    #[test]
    fn a_value_is_set_and_nothing_else_changes() {
        let way = &["yields", "vote"];
        let everyone = ("to", "everyone");
        check(
            "# mine\nyields: {vote: {to: tab, count: 1}} # of all\n",
            way,
            everyone,
            Some("# mine\nyields: {vote: {to: everyone, count: 1}} # of all\n"),
        );
        check(
            "yields:\n  vote: {count: 1, to: [tab, {group: 'a, b}'}]}\n",
            way,
            everyone,
            Some("yields:\n  vote: {count: 1, to: everyone}\n"),
        );
        check(
            "yields:\n  vote:\n    to: tab  # who votes\n    count: 1\n",
            way,
            everyone,
            Some("yields:\n  vote:\n    to: everyone  # who votes\n    count: 1\n"),
        );
        check(
            "yields: {vote: {count: 1}}\n",
            way,
            everyone,
            Some("yields: {vote: {to: everyone, count: 1}}\n"),
        );
        check(
            "yields: {vote: {}}",
            way,
            everyone,
            Some("yields: {vote: {to: everyone}}"),
        );
        check(
            "yields:\n  # one for each\n  vote:\n    # exactly\n    count: 1\n",
            way,
            everyone,
            Some(
                "yields:\n  # one for each\n  vote:\n    # exactly\n    to: everyone\n    count: 1\n",
            ),
        );
        check(
            "yields: {vote: 1}\n",
            &["yields"],
            ("vote", "{to: everyone, count: 1}"),
            Some("yields: {vote: {to: everyone, count: 1}}\n"),
        );
        check(
            "a:\n  yields: {vote: 1}\n",
            &["a", "yields"],
            ("GET /list", "{to: everyone, count: 0+}"),
            Some("a:\n  yields: {GET /list: {to: everyone, count: 0+}, vote: 1}\n"),
        );
    }

    #[test]
    fn what_cannot_be_set_safely_is_left() {
        let everyone = ("to", "everyone");
        // An alias is read in two places.
        let shared = "a: &it {to: tab}\nb: *it\n";
        check(shared, &["a"], everyone, None);
        check(shared, &["b"], everyone, None);
        // A block of lines.
        let block = "vote:\n  to:\n    - tab\n    - {group: room}\n";
        check(block, &["vote"], everyone, None);
        // A comment that would be lost.
        let comment = "vote: {to: [tab, # himself\n  {group: room}]}\n";
        check(comment, &["vote"], everyone, None);
        check("vote: 1\n", &["vote"], everyone, None);
        check("vote: {to: tab}\n", &["note"], everyone, None);
    }
}
