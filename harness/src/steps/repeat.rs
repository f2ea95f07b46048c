//! `repeat`: the same steps again and again.

use std::sync::Arc;

use serde_json::{Value, json};

use super::checking::check_rounds;
use super::entry::{Entry, Settings};
use super::reading::{Reader, StepKind};
use super::step_trait::{Facts, Step, StepAt, Taking, in_no_file, written_all};
use super::walking::walk;
use crate::language::schema_parts::{map, steps};
use crate::language::spots::Spots;
use crate::model::state::Model;
use crate::run::state::Run;
use reading::fields::Fields;
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "repeat",
    schema,
    read,
};

/// Rounds that it may have.
const MAX_TIMES: u64 = 10_000;

#[derive(Debug)]
pub(crate) struct Repeat {
    times: u64,
    steps: Vec<StepAt>,
}

impl Repeat {
    /// Steps that are taken once, one after the other. Beside others in a `together` these are one step.
    pub(crate) fn once(steps: Vec<Arc<dyn Step>>) -> Self {
        Self {
            times: 1,
            steps: in_no_file(steps),
        }
    }
}

fn schema() -> Value {
    let times = json!({ "type": "integer", "minimum": 1, "maximum": MAX_TIMES });
    map(
        &json!({ "times": times, "steps": steps() }),
        &["times", "steps"],
    )
}

fn read(node: &Node, reader: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, "repeat", &["times", "steps"])?;
    Ok(Arc::new(Repeat {
        times: fields.need("times")?.number("times", 1, MAX_TIMES)?,
        steps: reader.deeper().steps(fields.need("steps")?, "steps")?,
    }))
}

impl Step for Repeat {
    fn facts(&self) -> Facts<'_> {
        Facts::of_inner(&self.steps, self.times)
    }

    fn written(&self) -> Entry {
        let times = Settings::Value(json!(self.times));
        let steps = Settings::Steps(written_all(&self.steps));
        KIND.entry(Settings::Map(vec![("times", times), ("steps", steps)]))
    }

    fn check(&self, model: &mut Model<'_>, _: &Spots) -> Result<(), Wrong> {
        check_rounds(self.times, &self.steps, model)
    }

    fn take<'a>(&'a self, run: &'a Run, _: u64) -> Taking<'a> {
        Box::pin(async move {
            for _ in 0..self.times {
                walk(run, &self.steps).await?;
            }
            Ok(())
        })
    }
}
