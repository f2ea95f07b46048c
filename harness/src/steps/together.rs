//! `together`: steps at once, none of which relies on another.

use std::sync::Arc;

use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::checking::check_in_any_order;
use super::entry::{Entry, Settings};
use super::reading::{Reader, StepKind};
use super::step_trait::{Facts, Step, StepAt, Taking, in_no_file, written_all};
use super::walking::take;
use crate::language::schema_parts;
use crate::language::spots::Spots;
use crate::model::state::Model;
use crate::run::state::Run;
use reading::node::Node;
use reading::wrong::{Wrong, wrong};

pub(super) const KIND: StepKind = StepKind {
    name: "together",
    schema,
    read,
};

#[derive(Debug)]
pub(crate) struct Together(Vec<StepAt>);

impl Together {
    pub(crate) fn of(steps: Vec<Arc<dyn Step>>) -> Self {
        Self(in_no_file(steps))
    }
}

fn schema() -> Value {
    json!({ "type": "array", "items": schema_parts::step(), "minItems": 2 })
}

fn read(node: &Node, reader: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let steps = reader.deeper().steps(node, "together")?;
    if steps.len() < 2 {
        return wrong(
            node.key(),
            "`together` has only one step",
            "add another step, or take it out of `together`",
        );
    }
    Ok(Arc::new(Together(steps)))
}

impl Step for Together {
    fn facts(&self) -> Facts<'_> {
        Facts::of_inner(&self.0, 1)
    }

    fn written(&self) -> Entry {
        KIND.entry(Settings::Steps(written_all(&self.0)))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        check_in_any_order(&self.0, model, at.name())
    }

    fn take<'a>(&'a self, run: &'a Run, _: u64) -> Taking<'a> {
        Box::pin(async move {
            let all = self.0.iter().map(|at| take(run, at));
            try_join_all(all).await.map(|_| ())
        })
    }
}
