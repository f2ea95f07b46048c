//! The settings of a step by name, and the small values in them: durations, statuses, texts.

use std::collections::BTreeMap;
use std::time::Duration;

use super::node::{Node, Yaml};
use super::place::{BrowserName, TabName};
use super::{Expect, Via, Wrong, wrong};

/// The longest wait.
const LONGEST: Duration = Duration::from_mins(5);
/// What a header's name may have besides letters and digits (RFC 9110, 5.6.2).
const HEADER_SIGNS: &str = "!#$%&'*+-.^_`|~";

/// The entries of a map by name.
pub(super) struct Fields<'a> {
    line: u64,
    entries: Vec<(&'a str, &'a Node)>,
}

impl<'a> Fields<'a> {
    /// A map whose names are all known.
    pub(super) fn of(node: &'a Node, what: &str, known: &[&str]) -> Result<Self, Wrong> {
        let fields = Self::open(node, what)?;
        let unknown = fields
            .entries
            .iter()
            .find(|(name, _)| !known.contains(name));
        match unknown {
            None => Ok(fields),
            Some((name, node)) => wrong(
                node.line,
                format!("there is no `{name}` in {what}"),
                meant(name, known),
            ),
        }
    }

    /// A map that may have names of its own.
    pub(super) fn open(node: &'a Node, what: &str) -> Result<Self, Wrong> {
        let entries = node.map(what)?.iter();
        Ok(Self {
            line: node.line,
            entries: entries.map(|(name, node)| (name.as_str(), node)).collect(),
        })
    }

    pub(super) fn take(&mut self, name: &str) -> Option<&'a Node> {
        let at = self.entries.iter().position(|(key, _)| *key == name)?;
        Some(self.entries.remove(at).1)
    }

    pub(super) fn need(&mut self, name: &str) -> Result<&'a Node, Wrong> {
        let line = self.line;
        self.take(name).map_or_else(
            || {
                wrong(
                    line,
                    format!("`{name}` is missing"),
                    format!("add `{name}:`"),
                )
            },
            Ok,
        )
    }

    /// What was not taken.
    pub(super) fn rest(self) -> Vec<(&'a str, &'a Node)> {
        self.entries
    }
}

/// The fix for a name that is not among `known`.
pub(super) fn meant(name: &str, known: &[&str]) -> String {
    let close = known
        .iter()
        .map(|other| (distance(name, other), other))
        .min()
        .filter(|(far, _)| *far <= 2);
    let all = known.join(", ");
    close.map_or_else(
        || format!("use one of {all}"),
        |(_, close)| format!("write `{close}`, or one of {all}"),
    )
}

/// How many letters to add, drop or change; names far too long are far away.
fn distance(left: &str, right: &str) -> usize {
    if left.len() > right.len() + 4 {
        return usize::MAX;
    }
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in right.iter().enumerate() {
            let change = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[right.len()]
}

pub(super) fn tab(node: &Node, what: &str) -> Result<TabName, Wrong> {
    TabName::read(node.text(what)?, node.line)
}

pub(super) fn browser(node: &Node, what: &str) -> Result<BrowserName, Wrong> {
    let text = node.text(what)?;
    let browser = TabName::read(text, node.line)?.browser;
    if text.matches('/').count() > 1 {
        return wrong(
            node.line,
            format!("`{what}` needs a browser, and `{text}` is a tab"),
            format!("write `{browser}`"),
        );
    }
    Ok(browser)
}

pub(super) fn duration(node: &Node, what: &str) -> Result<Duration, Wrong> {
    let fix = "write it as 300ms, 5s or 1m";
    if let Yaml::Number(number) = &node.yaml {
        return wrong(
            node.line,
            format!("`{what}` is {number} without a unit"),
            fix,
        );
    }
    let text = node.text(what)?;
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let time = number.parse().ok().and_then(|number: u64| match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        _ => None,
    });
    match time {
        None => wrong(
            node.line,
            format!("`{what}` is `{text}`, which is no duration"),
            fix,
        ),
        Some(time) if time.is_zero() => wrong(
            node.line,
            format!("impossible wait: `{what}` is no time at all"),
            "give it at least 1ms",
        ),
        Some(time) if time > LONGEST => wrong(
            node.line,
            format!("impossible wait: `{what}` is longer than 5m"),
            "give it 5m at most",
        ),
        Some(time) => Ok(time),
    }
}

pub(super) fn expect(node: Option<&Node>) -> Result<Option<Expect>, Wrong> {
    let Some(node) = node else { return Ok(None) };
    match node.text("expect")? {
        "granted" => Ok(Some(Expect::Granted)),
        "refused" => Ok(Some(Expect::Refused)),
        other => wrong(
            node.line,
            format!("`expect` is `{other}`"),
            "use granted or refused",
        ),
    }
}

pub(super) fn via(node: Option<&Node>) -> Result<Via, Wrong> {
    let Some(node) = node else {
        return Ok(Via::Http);
    };
    match node.text("via")? {
        "http" => Ok(Via::Http),
        "socket" => Ok(Via::Socket),
        other => wrong(
            node.line,
            format!("`via` is `{other}`"),
            "use http or socket",
        ),
    }
}

pub(super) fn statuses(node: Option<&Node>) -> Result<Vec<u16>, Wrong> {
    let Some(node) = node else {
        return Ok(Vec::new());
    };
    let one = |node: &Node| Ok(u16::try_from(node.number("expect", 100, 599)?).unwrap_or_default());
    match &node.yaml {
        Yaml::List(_) => node.list("expect")?.iter().map(one).collect(),
        _ => Ok(vec![one(node)?]),
    }
}

/// Texts by name; an empty one is a text too.
pub(super) fn texts(node: Option<&Node>, what: &str) -> Result<BTreeMap<String, String>, Wrong> {
    let Some(node) = node else {
        return Ok(BTreeMap::new());
    };
    let text = |name: &str, value: &Node| match &value.yaml {
        Yaml::Text(text) => Ok(text.clone()),
        _ => value.text(name).map(str::to_owned),
    };
    node.map(what)?
        .iter()
        .map(|(name, value)| Ok((name.clone(), text(name, value)?)))
        .collect()
}

/// Texts that can be sent as headers.
pub(super) fn headers(node: Option<&Node>) -> Result<BTreeMap<String, String>, Wrong> {
    let headers = texts(node, "headers")?;
    let named = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || HEADER_SIGNS.contains(c))
    };
    let bad = headers
        .iter()
        .find(|(name, value)| !named(name) || value.chars().any(char::is_control));
    match bad {
        None => Ok(headers),
        Some((name, _)) => wrong(
            node.map_or(0, |node| node.line),
            format!("the header `{name}` cannot be sent"),
            "use letters, digits and - in its name and no line break in its text",
        ),
    }
}
