//! What users do, by an old file: actions of one request, of several kinds.

use reading::node::{Node, Yaml};

use super::steps::{acknowledged, call, emit, word_at};
use super::yaml::{Names, Out, word};

const OF_ACTION: Names<'_> = &[("kind", "action"), ("parameters", "parameters")];
const OF_ID: Names<'_> = &[("id", "id")];
/// Words that a parameter's value must not be as it stands: they say what it is.
const TAKEN: [&str; 5] = ["user", "session", "tab", "group", "marker"];

/// The lines for the actions. What cannot be carried over is left.
pub(super) fn lines(old: &Node, actions: &Node, left: &mut Vec<String>) -> Vec<String> {
    let kinds = match actions.setting("kinds").map(|kinds| &kinds.yaml) {
        Some(Yaml::Map(kinds)) => kinds.as_slice(),
        _ => &[],
    };
    let markers: Vec<String> = kinds
        .iter()
        .filter_map(|(_, kind)| word_at(kind, "marker"))
        .collect();
    let shared = markers
        .first()
        .filter(|first| markers.iter().all(|marker| marker == *first));
    let mut lines = vec!["each action:".to_owned()];
    if let Some(marker) = shared {
        let takes = Out::Map(vec![(marker.clone(), Out::text("marker"))]);
        lines.push(format!("  takes: {}", takes.written()));
    }
    lines.extend(each_action(old, actions, left));
    if lines.len() == 1 {
        lines.clear();
    }
    lines.push("actions:".to_owned());
    if kinds.is_empty() {
        lines.pop();
        lines.push("actions: {}".to_owned());
    }
    // What a smoke test started comes first: a smoke test starts the first that is short and harmless.
    let smoke = word_at(old, "smoke");
    let mut kinds: Vec<&(String, Node)> = kinds.iter().collect();
    kinds.sort_by_key(|(name, _)| smoke.as_ref() != Some(name));
    for (name, kind) in kinds {
        let action = kind_as_action(kind, shared);
        lines.push(format!("  {}: {}", word(name), action.written()));
    }
    lines
}

/// What all actions have, because they are started and stopped in one way.
fn each_action(old: &Node, actions: &Node, left: &mut Vec<String>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut id = None;
    if let Some(start) = actions.setting("start") {
        lines.push(format!("  do: {}", call(start, OF_ACTION).written()));
        id = word_at(start, "id");
        if let Some(id) = &id {
            lines.push(format!("  id: {}", word(id)));
        }
        let json = start.setting("json").map(|json| json.json().to_string());
        if !json.is_some_and(|json| json.contains("{parameters}")) {
            lines.push("  marked: false".to_owned());
        }
    }
    if let Some(stop) = actions.setting("stop") {
        lines.push(format!("  stop: {}", call(stop, OF_ID).written()));
    }
    let Some(socket) = old.setting("socket") else {
        return lines;
    };
    let (start, stop) = (word_at(socket, "start"), word_at(socket, "stop"));
    if let (None, Some(stop)) = (&start, &stop) {
        left.push(format!(
            "`socket.stop: {stop}`: there is no `socket.start` beside it"
        ));
    }
    let Some(start) = start else { return lines };
    let what = Out::map([
        ("kind", Out::text("{action}")),
        ("parameters", Out::text("{parameters}")),
    ]);
    let start = emit(&start, what, acknowledged(socket));
    lines.push("  ways:".to_owned());
    lines.push("    socket:".to_owned());
    lines.push(format!("      do: {}", start.written()));
    if let Some(id) = id {
        let id = Out::map([("ack", Out::text(id))]);
        lines.push(format!("      id: {}", id.written()));
    }
    if let Some(stop) = stop {
        let stop = emit(
            &stop,
            Out::map([("id", Out::text("{id}"))]),
            acknowledged(socket),
        );
        lines.push(format!("      stop: {}", stop.written()));
    }
    lines
}

fn kind_as_action(kind: &Node, shared: Option<&String>) -> Out {
    let mut takes = Vec::new();
    if let Some(marker) = word_at(kind, "marker").filter(|marker| Some(marker) != shared) {
        takes.push((marker, Out::text("marker")));
    }
    if let Some(Yaml::Map(parameters)) = kind.setting("parameters").map(|node| &node.yaml) {
        takes.extend(parameters.iter().map(|(name, node)| {
            let value = Out::of(node);
            let is_taken = matches!(&node.yaml, Yaml::Text(text) if TAKEN.contains(&text.as_str()));
            let value = match &node.yaml {
                Yaml::Map(_) => Out::map([("value", value)]),
                _ if is_taken => Out::map([("value", value)]),
                _ => value,
            };
            (name.clone(), value)
        }));
    }
    let mut action = Vec::new();
    if !takes.is_empty() {
        action.push(("takes".to_owned(), Out::Map(takes)));
    }
    if let Some(yields) = kind.setting("yields") {
        action.push(("yields".to_owned(), Out::of(yields)));
    }
    Out::Map(action)
}
