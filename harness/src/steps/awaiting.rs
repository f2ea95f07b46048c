//! `await`: a tab waits for events of one name, or for everything that an action owes it.

mod named;

pub(crate) mod everything;

use std::sync::Arc;

use reading::node::Node;
use reading::wrong::Wrong;
use serde_json::{Value, json};

use super::reading::{Reader, StepKind};
use super::step_trait::Step;

pub(super) const KIND: StepKind = StepKind {
    name: named::NAME,
    schema,
    read,
};

fn schema() -> Value {
    json!({ "oneOf": [named::schema(), everything::schema()] })
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    if node.setting("event").is_none() && node.setting("of").is_some() {
        everything::read(node)
    } else {
        named::read(node)
    }
}
