//! The small words of a target file, each read with its place: texts with names, times, one of several words.

use std::time::Duration;

use diagnostics::meant;
use duration::Bounds;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};

use super::template::Template;

/// The shortest and the longest time that a file may ask for.
const TIMES: Bounds = Bounds::new(Duration::from_millis(1), Duration::from_hours(24));

/// A text of the file with names in it.
pub(crate) fn template(node: &Node, text: &str) -> Result<Template, Wrong> {
    Template::read(text).or_else(|why| {
        wrong(
            node.at(),
            why,
            "write names as {token}, and the braces themselves as {{ and }}",
        )
    })
}

/// A text that is not empty, with names in it.
pub(crate) fn text(node: &Node, what: &str) -> Result<Template, Wrong> {
    template(node, node.text(what)?)
}

/// A number, true, false or a text, each with names in it as a text.
pub(crate) fn scalar(node: &Node, what: &str) -> Result<Template, Wrong> {
    match &node.yaml {
        Yaml::Number(number) => template(node, &number.to_string()),
        Yaml::Bool(value) => template(node, &value.to_string()),
        Yaml::Text(text) => template(node, text),
        _ => wrong(
            node.at(),
            format!("`{what}` is {}", node.is()),
            format!("write a text for `{what}`"),
        ),
    }
}

/// A length of time.
pub(crate) fn time(node: &Node, what: &str) -> Result<Duration, Wrong> {
    let text = node.text(what)?;
    TIMES.read(text).or_else(|error| {
        wrong(
            node.at(),
            format!("`{what}`: `{text}` is {error}"),
            format!("write a time {TIMES}"),
        )
    })
}

/// True or false.
pub(crate) fn flag(node: &Node, what: &str) -> Result<bool, Wrong> {
    match node.yaml {
        Yaml::Bool(value) => Ok(value),
        _ => wrong(
            node.at(),
            format!("`{what}` is {}", node.is()),
            format!("write `{what}: true`, or leave it out"),
        ),
    }
}

/// Whether the value is the word `none`.
pub(crate) fn is_none(node: &Node) -> bool {
    matches!(&node.yaml, Yaml::Text(text) if text == "none")
}

/// One of these words, and what it stands for.
pub(crate) fn one_of<T: Clone>(node: &Node, what: &str, known: &[(&str, T)]) -> Result<T, Wrong> {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let text = node.text(what)?;
    let found = known.iter().find(|(name, _)| *name == text);
    found.map_or_else(
        || {
            wrong(
                node.at(),
                format!("`{what}` is `{text}`"),
                meant(text, &names),
            )
        },
        |(_, value)| Ok(value.clone()),
    )
}

/// One entry or a list of them.
pub(crate) fn one_or_several(node: &Node) -> &[Node] {
    match &node.yaml {
        Yaml::List(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// The same, where a list without entries would never fit anything.
fn at_least_one<'a>(node: &'a Node, what: &str) -> Result<&'a [Node], Wrong> {
    match &node.yaml {
        Yaml::List(_) => node.list(what),
        _ => Ok(std::slice::from_ref(node)),
    }
}

/// One text or a list of texts.
pub(crate) fn texts(node: &Node, what: &str) -> Result<Vec<String>, Wrong> {
    let all = at_least_one(node, what)?.iter();
    all.map(|node| node.text(what).map(str::to_owned)).collect()
}

/// One status or a list of them.
pub(crate) fn numbers(node: &Node, what: &str, least: u16, most: u16) -> Result<Vec<u16>, Wrong> {
    let all = at_least_one(node, what)?.iter();
    all.map(|node| {
        let number = node.number(what, least.into(), most.into())?;
        Ok(u16::try_from(number).unwrap_or(most))
    })
    .collect()
}
