//! Requests and events of an old file, as steps.

use reading::node::{Node, Yaml};

use super::yaml::{Names, Out, renamed};

/// One item of a list below a key.
pub(super) fn item(step: &Out) -> String {
    format!("  - {}", step.written())
}

/// A text or a number of the old file, as text.
pub(super) fn word_at(node: &Node, key: &str) -> Option<String> {
    match &node.setting(key)?.yaml {
        Yaml::Text(text) => Some(text.clone()),
        Yaml::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn escaped(text: &str) -> String {
    renamed(text, &[])
}

/// The status that means success.
pub(super) fn granted(node: &Node) -> Out {
    let status = node
        .setting("granted")
        .map_or(Out::Scalar(200.into()), Out::of);
    Out::map([("status", status)])
}

/// What an acknowledgement lacks that is no refusal.
pub(super) fn acknowledged(socket: &Node) -> Out {
    let refused = word_at(socket, "refused").unwrap_or_else(|| "/error".to_owned());
    Out::map([("ack", Out::Map(vec![(refused, Out::text("absent"))]))])
}

pub(super) fn emit(event: &str, argument: Out, granted: Out) -> Out {
    Out::map([
        ("emit", Out::List(vec![Out::text(escaped(event)), argument])),
        ("granted", granted),
    ])
}

/// A request of the old file.
pub(super) fn call(node: &Node, names: Names<'_>) -> Out {
    let method = word_at(node, "method").unwrap_or_default().to_lowercase();
    let path = word_at(node, "path").unwrap_or_default();
    let mut step = vec![(method, Out::text(renamed(&path, names)))];
    if let Some(json) = node.setting("json") {
        step.push(("json".to_owned(), Out::with_names(json, names)));
    }
    step.push(("granted".to_owned(), granted(node)));
    Out::Map(step)
}
