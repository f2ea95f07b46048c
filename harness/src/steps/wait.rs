//! `wait`: nothing is done for a while, and nothing is claimed.
//!
//! Most scenarios need none of it, because `await` waits for what must come and `quiet` for what must not. It is for
//! what shows itself by no event: a time-out of the server, or a pause that a user makes.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::schema_parts::time_that;
use crate::language::spots::Spots;
use crate::language::values::{duration, written_duration};
use crate::model::state::Model;
use crate::run::state::Run;
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "wait",
    schema,
    read,
};

#[derive(Debug)]
struct Wait(Duration);

fn schema() -> Value {
    time_that("A pause. It claims nothing.")
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    Ok(Arc::new(Wait(duration(node, "wait")?)))
}

impl Step for Wait {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Harness,
            reach: Reach::Actor,
            asks: false,
            needs_observer: false,
            starts: None,
            needs: None,
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        KIND.entry(written_duration(self.0))
    }

    fn check(&self, _: &mut Model<'_>, _: &Spots) -> Result<(), Wrong> {
        Ok(())
    }

    fn take<'a>(&'a self, _: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, async {
            sleep(self.0).await;
            Ok(())
        })
    }
}
