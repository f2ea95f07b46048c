//! `cut`: the transport of a tab dies without a goodbye.

use std::sync::Arc;

use serde_json::json;

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step::{Actor, Label, Reach, Step, Taking, at_line};
use crate::language::node::Node;
use crate::language::place::TabName;
use crate::language::spots::Spots;
use crate::language::values::tab;
use crate::language::words;
use crate::language::wrong::Wrong;
use crate::model::state::{Change, Model, TabState};
use crate::run::state::Run;

pub(super) const KIND: StepKind = StepKind {
    name: "cut",
    schema: words::place,
    read,
};

#[derive(Debug)]
pub(crate) struct Cut(pub(crate) TabName);

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    Ok(Arc::new(Cut(tab(node, "cut")?)))
}

impl Step for Cut {
    fn count(&self) -> u64 {
        1
    }

    fn actor(&self) -> Actor<'_> {
        Actor::Tab(&self.0)
    }

    fn reach(&self) -> Reach {
        Reach::Actor
    }

    fn asks(&self) -> bool {
        false
    }

    fn needs_observer(&self) -> bool {
        true
    }

    fn starts(&self) -> Option<Label<'_>> {
        None
    }

    fn texts(&self) -> Vec<&str> {
        Vec::new()
    }

    fn written(&self) -> Entry {
        KIND.entry(json!(self.0.written()))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let change = Change {
            from: &[TabState::Open, TabState::Stalled],
            to: TabState::Away,
        };
        model.change_each(&self.0, change, at.actor())
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        let act = async |tab: TabName| {
            run.tab(&tab)?.tab.cut().await;
            Ok(())
        };
        at_line(line, run.each_tab(&self.0, act))
    }
}
