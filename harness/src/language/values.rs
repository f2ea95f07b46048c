//! The small values that settings have: durations, statuses, texts, places, and words such as `granted`. What is
//! written of a value stands beside its reading.

use std::collections::BTreeMap;
use std::time::Duration;

use duration::{Bounds, DurationError};
use evidence::UserName;
use serde_json::{Value, json};

use super::names::{ActionName, BrowserName, TabName, Who};
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};

/// The shortest and the longest wait.
const WAIT: Bounds = Bounds::new(Duration::from_millis(1), Duration::from_mins(5));
/// What a header's name may have besides letters and digits (RFC 9110, 5.6.2).
const HEADER_SIGNS: &str = "!#$%&'*+-.^_`|~";

/// Whether the target is expected to do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    Granted,
    Refused,
}

impl Expect {
    /// As the file has it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
        }
    }

    /// As it is written; nothing for what a step expects anyway.
    pub(crate) fn written(self, usual: Self) -> Option<Value> {
        (self != usual).then(|| json!(self.word()))
    }
}

/// Which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    Http,
    Socket,
}

impl Via {
    /// The way of the target file that it is.
    pub(crate) const fn way(self) -> Option<&'static str> {
        match self {
            Self::Http => None,
            Self::Socket => Some("socket"),
        }
    }

    /// As it is written; nothing for the usual one.
    pub(crate) fn written(self) -> Option<Value> {
        match self {
            Self::Http => None,
            Self::Socket => Some(json!("socket")),
        }
    }
}

pub(crate) fn tab(node: &Node, what: &str) -> Result<TabName, Wrong> {
    TabName::read(node.text(what)?, node.at())
}

pub(crate) fn browser(node: &Node, what: &str) -> Result<BrowserName, Wrong> {
    let text = node.text(what)?;
    let browser = TabName::read(text, node.at())?.browser;
    if text.matches('/').count() > 1 {
        return wrong(
            node.at(),
            format!("`{what}` needs a browser, and `{text}` is a tab"),
            format!("write `{browser}`"),
        );
    }
    Ok(browser)
}

pub(crate) fn duration(node: &Node, what: &str) -> Result<Duration, Wrong> {
    let fix = format!("write a time {WAIT}");
    if let Yaml::Number(number) = &node.yaml {
        return wrong(
            node.at(),
            format!("`{what}` is {number} without a unit"),
            fix,
        );
    }
    let Yaml::Text(text) = &node.yaml else {
        return wrong(node.at(), format!("`{what}` is {}", node.is()), fix);
    };
    match WAIT.read(text) {
        Ok(time) => Ok(time),
        Err(error @ DurationError::Notation) => wrong(
            node.at(),
            format!("`{what}` is `{text}`, which is {error}"),
            fix,
        ),
        Err(error) => wrong(
            node.at(),
            format!("impossible wait: `{what}` is {error}"),
            fix,
        ),
    }
}

/// Nothing that is read is shorter than a millisecond.
pub(crate) fn written_duration(time: Duration) -> Value {
    json!(duration::Written(time).to_string())
}

pub(crate) fn expect(node: Option<&Node>) -> Result<Option<Expect>, Wrong> {
    node.map(expected).transpose()
}

/// Whatever the target says.
pub(crate) const ANY: &str = "any";

/// What is expected, where `any` claims nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) expect: Option<Expect>,
    /// Whatever the target says is right.
    pub(crate) is_any: bool,
}

/// `if: possible`: where it is there, what cannot be done is left out.
pub(crate) fn if_possible(node: Option<&Node>) -> Result<bool, Wrong> {
    let Some(node) = node else { return Ok(false) };
    match node.text("if")? {
        "possible" => Ok(true),
        other => wrong(
            node.at(),
            format!("there is no such condition: `{other}`"),
            "write `if: possible`, or leave it out",
        ),
    }
}

/// The one word of `spelling`.
pub(crate) const OTHER: &str = "other";

/// `spelling: other`: a name is written otherwise than it is.
pub(crate) fn is_other(node: Option<&Node>) -> Result<bool, Wrong> {
    let Some(node) = node else {
        return Ok(false);
    };
    let word = node.text("spelling")?;
    if word == OTHER {
        return Ok(true);
    }
    let what = format!("there is no such spelling: `{word}`");
    wrong(node.at(), what, "write `spelling: other`, or leave it out")
}

/// `granted`, `refused` or `any`.
pub(crate) fn claim(node: Option<&Node>) -> Result<Claim, Wrong> {
    let is_any = node.is_some_and(|node| matches!(&node.yaml, Yaml::Text(text) if text == ANY));
    Ok(Claim {
        expect: expect(node.filter(|_| !is_any))?,
        is_any,
    })
}

/// `granted` or `refused`.
pub(crate) fn expected(node: &Node) -> Result<Expect, Wrong> {
    match node.text("expect")? {
        "granted" => Ok(Expect::Granted),
        "refused" => Ok(Expect::Refused),
        other => wrong(
            node.at(),
            format!("`expect` is `{other}`"),
            "use granted or refused",
        ),
    }
}

pub(crate) fn via(node: Option<&Node>) -> Result<Via, Wrong> {
    let Some(node) = node else {
        return Ok(Via::Http);
    };
    match node.text("via")? {
        "http" => Ok(Via::Http),
        "socket" => Ok(Via::Socket),
        other => wrong(
            node.at(),
            format!("`via` is `{other}`"),
            "use http or socket",
        ),
    }
}

pub(crate) fn statuses(node: Option<&Node>) -> Result<Vec<u16>, Wrong> {
    numbers(node, "expect", (100, 599))
}

/// One number in these bounds, or several.
pub(crate) fn numbers(
    node: Option<&Node>,
    what: &str,
    (least, most): (u16, u16),
) -> Result<Vec<u16>, Wrong> {
    let Some(node) = node else {
        return Ok(Vec::new());
    };
    let one = |node: &Node| {
        let number = node.number(what, least.into(), most.into())?;
        Ok(u16::try_from(number).unwrap_or(most))
    };
    match &node.yaml {
        Yaml::List(_) => node.list(what)?.iter().map(one).collect(),
        _ => Ok(vec![one(node)?]),
    }
}

/// Nothing where any number is right.
pub(crate) fn written_numbers(numbers: &[u16]) -> Option<Value> {
    (!numbers.is_empty()).then(|| json!(numbers))
}

/// Texts by name; an empty one is a text too.
pub(crate) fn texts(node: Option<&Node>, what: &str) -> Result<BTreeMap<String, String>, Wrong> {
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

/// Nothing where there are none.
pub(crate) fn written_texts(texts: &BTreeMap<String, String>) -> Option<Value> {
    (!texts.is_empty()).then(|| json!(texts))
}

/// Texts that can be sent as headers.
pub(crate) fn headers(node: Option<&Node>) -> Result<BTreeMap<String, String>, Wrong> {
    let headers = texts(node, "headers")?;
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || HEADER_SIGNS.contains(c))
    };
    let has_break = |value: &String| value.chars().any(char::is_control);
    let bad = headers
        .iter()
        .find(|(name, value)| !is_name(name) || has_break(value));
    let Some((name, _)) = bad else {
        return Ok(headers);
    };
    let bad = node.and_then(|node| node.setting(name));
    let at = bad.map(|bad| if is_name(name) { bad.at() } else { bad.key() });
    wrong(
        at,
        format!("the header `{name}` cannot be sent"),
        "use letters, digits and - in its name and no line break in its text",
    )
}

/// `LABEL` of who acts, or `USER.LABEL`.
pub(crate) fn action(node: &Node, what: &str, tab: &TabName) -> Result<ActionName, Wrong> {
    let text = node.text(what)?;
    match (text.rsplit_once('.'), &tab.browser.who) {
        (Some((user, label)), _) if !user.is_empty() => Ok(ActionName {
            user: UserName::from(user),
            label: label.to_owned(),
        }),
        (None, Who::User(user)) => Ok(ActionName {
            user: user.clone(),
            label: text.to_owned(),
        }),
        _ => wrong(
            node.at(),
            format!("`{text}` does not say whose action it is"),
            "write USER.ACTION",
        ),
    }
}
