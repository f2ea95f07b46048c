//! The target file as a text: where each of its parts stands.

use diagnostics::{Diagnostic, Place};
use reading::node::{Node, Yaml};
use reading::spot::Spot;
use reading::wrong::Wrong;

/// A target file: its name, its text, and the tree of its parts.
#[derive(Debug)]
pub struct File {
    name: String,
    text: String,
    root: Option<Node>,
}

impl File {
    /// The file of this name and text, which was read without a mistake.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
            root: reading::node::read(text).ok(),
        }
    }

    /// A part by the names on the way to it. Of a list, a name is the number of an entry; one step needs no list.
    pub(crate) fn node(&self, way: &[&str]) -> Option<&Node> {
        way.iter()
            .try_fold(self.root.as_ref()?, |node, name| inner(node, name))
    }

    /// Where a part is named, or the nearest one around it that is there.
    pub(crate) fn spot(&self, way: &[&str]) -> Option<Spot> {
        let mut node = self.root.as_ref()?;
        let mut spot = None;
        for name in way {
            let Some(found) = inner(node, name) else {
                break;
            };
            node = found;
            spot = Some(node.key());
        }
        spot
    }

    /// The step that stands there.
    pub(crate) fn step(&self, at: Spot) -> Option<&Node> {
        find(self.root.as_ref()?, at)
    }

    /// The place without its line.
    #[must_use]
    pub fn place(&self, at: Option<Spot>) -> Place {
        let known = at.filter(|at| at.line() > 0);
        known.map_or_else(|| Place::named(&self.name), |at| at.bare(&self.name))
    }

    /// A mistake in it, with its line unless that may hold a secret.
    pub(crate) fn shown(&self, wrong: Wrong) -> Diagnostic {
        targets::shown(&self.name, &self.text, wrong)
    }
}

fn inner<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    match (&node.yaml, name.parse::<usize>()) {
        (Yaml::List(items), Ok(number)) => items.get(number),
        (Yaml::Map(_), Ok(0)) if node.setting(name).is_none() => Some(node),
        _ => node.setting(name),
    }
}

fn find(node: &Node, at: Spot) -> Option<&Node> {
    match &node.yaml {
        Yaml::Map(_) if node.at() == at => Some(node),
        Yaml::Map(entries) => entries.iter().find_map(|(_, node)| find(node, at)),
        Yaml::List(items) => items.iter().find_map(|node| find(node, at)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "target: x\nlogin:\n  - get: /login\n  - {post: /login, json: {a: b}}\nopen:\n  connect: {}\n";

    #[test]
    fn a_part_is_found_by_the_names_on_the_way() {
        let file = File::new("mine.yaml", TEXT);
        #[track_caller]
        fn check(file: &File, way: &[&str], told: &str) {
            assert_eq!(file.place(file.spot(way)).to_string(), told, "{way:?}");
        }
        check(&file, &["login", "1", "json"], "mine.yaml:4:20");
        check(&file, &["login", "1", "form"], "mine.yaml:4:5");
        check(&file, &["open", "0", "connect"], "mine.yaml:6:3");
        check(&file, &["owner"], "mine.yaml");
    }

    #[test]
    fn a_step_is_found_where_the_language_saw_it() {
        let text = format!("{TEXT}socket: {{protocol: socket.io}}\nactions: {{}}\n");
        let target = targets::parse(&text).expect("a target");
        let file = File::new("mine.yaml", &text);
        let steps = target.login.iter().flatten().chain(&target.open);
        let keys = ["get", "post", "connect"];
        for (step, key) in steps.zip(keys) {
            let node = file.step(step.at).expect("a step");
            assert!(node.setting(key).is_some(), "{key}");
        }
    }
}
