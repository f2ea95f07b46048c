//! Reading of steps: one, or a list of them.

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};

use super::act::{ACTS, Act};
use super::content::{Keep, Repeat, Step};
use super::delivers::Delivers;
use super::granted::Granted;
use super::request::{KEYS, METHODS};
use crate::language::json::JsonTemplate;
use crate::language::place::Place;
use crate::language::predicate::Predicate;
use crate::language::words::{flag, one_or_several, time};

/// What a step may have beside what it does.
const BESIDE: [&str; 9] = [
    "granted", "refused", "keep", "repeat", "on", "within", "with", "delivers", "joins",
];
/// What others call a part of a step, and how it is written here.
const ELSEWHERE: [(&[&str], &str); 5] = [
    (
        &["data", "arguments", "args", "payload"],
        "write what an event carries behind its name, as {emit: [say, '{marker}']}; for a request, use `json` or `form`",
    ),
    (
        &["ack", "callback"],
        "write what an acknowledgement must be as {granted: {ack: …}}",
    ),
    (
        &["params", "parameters"],
        "write them as `query`, or into the path",
    ),
    (
        &["method", "url", "path"],
        "write the method and the path as one, as {post: /path}",
    ),
    (
        &["cookie", "cookies"],
        "write them as {headers: {Cookie: …}}",
    ),
];
/// Steps in one list; nobody writes more by hand.
const MOST: usize = 100;

/// Everything that a step may have.
pub(crate) fn keys() -> Vec<&'static str> {
    let methods = METHODS.iter().map(|(key, _)| *key);
    let all = methods.chain(ACTS).chain(KEYS).chain(BESIDE);
    all.collect()
}

/// Reads one step or a list of them.
///
/// # Errors
/// The first step that is none.
pub fn read_all(node: &Node, what: &str) -> Result<Vec<Step>, Wrong> {
    if let Yaml::Text(_) | Yaml::Null | Yaml::Bool(_) | Yaml::Number(_) = node.yaml {
        return wrong(
            node.at(),
            format!("`{what}` is {}", node.is()),
            format!(
                "write a step for `{what}`, as {{post: /path, granted: {{status: 200}}}}, or a list of them"
            ),
        );
    }
    let items = one_or_several(node);
    if items.len() > MOST {
        return wrong(
            node.key(),
            format!("`{what}` has {} steps", items.len()),
            format!("write at most {MOST}"),
        );
    }
    items.iter().map(|node| read(node, what)).collect()
}

/// Reads one step.
///
/// # Errors
/// When it is none.
pub fn read(node: &Node, what: &str) -> Result<Step, Wrong> {
    let of = format!("a step of `{what}`");
    let mut fields = Fields::of(node, &of, &keys()).map_err(|found| elsewhere(node, found))?;
    let step = take(&mut fields, node, what)?;
    match fields.rest().first() {
        None => Ok(step),
        Some((key, node)) => wrong(
            node.key(),
            format!("`{key}` does not fit this step"),
            "remove it, or add what it belongs to",
        ),
    }
}

/// Says of a setting that has another name here how it is written.
fn elsewhere(node: &Node, mut found: Wrong) -> Wrong {
    let Yaml::Map(entries) = &node.yaml else {
        return found;
    };
    let unknown = entries
        .iter()
        .find(|(name, _)| !keys().contains(&name.as_str()));
    let Some((unknown, _)) = unknown else {
        return found;
    };
    let meant = ELSEWHERE
        .iter()
        .find(|(names, _)| names.contains(&unknown.as_str()));
    if let Some((_, fix)) = meant {
        (*fix).clone_into(&mut found.fix);
    }
    found
}

/// Takes a step out of settings that may have others.
pub(crate) fn take(fields: &mut Fields<'_>, node: &Node, what: &str) -> Result<Step, Wrong> {
    let act = Act::take(fields)?;
    let keep = keep(fields.take("keep"))?;
    if act.is_none() && keep.is_empty() {
        return wrong(
            node.at(),
            format!("this step of `{what}` does nothing"),
            "add get, post, connect, emit, send, await, close, join, leave or keep",
        );
    }
    Ok(Step {
        at: node.at(),
        act,
        on: { fields.take("on").map(|node| node.text("on")) }
            .transpose()?
            .map(str::to_owned),
        granted: fields.take("granted").map(Granted::read).transpose()?,
        refused: {
            fields
                .take("refused")
                .map(|node| Predicate::read(node, "refused"))
        }
        .transpose()?,
        keep,
        repeat: fields.take("repeat").map(repeat).transpose()?,
        within: { fields.take("within").map(|node| time(node, "within")) }.transpose()?,
        delivers: fields.take("delivers").map(Delivers::read).transpose()?,
        joins: { fields.take("joins").map(|node| flag(node, "joins")) }
            .transpose()?
            .unwrap_or_default(),
    })
}

fn keep(node: Option<&Node>) -> Result<Vec<(String, Keep)>, Wrong> {
    let Some(node) = node else {
        return Ok(Vec::new());
    };
    let one = |(name, value): &(String, Node)| {
        let is_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
        if name.is_empty() || !name.chars().all(is_name) {
            return wrong(
                value.key(),
                format!("`{name}` is no name for what is kept"),
                "use letters, digits, _ and -",
            );
        }
        Ok((name.clone(), keep_one(value, name)?))
    };
    node.map("keep")?.iter().map(one).collect()
}

/// A place, or a value with names in it.
fn keep_one(node: &Node, name: &str) -> Result<Keep, Wrong> {
    match &node.yaml {
        Yaml::Text(text) if text.contains('{') && !text.starts_with(['/', '$']) => {
            JsonTemplate::read(node).map(Keep::Value)
        }
        Yaml::Number(_) | Yaml::Bool(_) => JsonTemplate::read(node).map(Keep::Value),
        _ => Place::read(node, name).map(Keep::Place),
    }
}

fn repeat(node: &Node) -> Result<Repeat, Wrong> {
    let mut fields = Fields::of(node, "`repeat`", &["after", "times"])?;
    Ok(Repeat {
        after: time(fields.need("after")?, "after")?,
        times: fields.need("times")?.number("times", 1, 100)?,
    })
}
