//! Steps that take a tab from one state to another: `close`, `cut`, `stall` and `resume`. Each has a file that says
//! what it does; what they share is here.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::json;

use super::entry::Entry;
use super::reading::StepKind;
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::TabName;
use crate::language::spots::Spots;
use crate::language::values::tab;
use crate::model::state::{Change, Model};
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::node::Node;
use reading::wrong::Wrong;

/// What happens to a tab.
pub(super) type Changing<'a> = Pin<Box<dyn Future<Output = Result<(), RunError>> + Send + 'a>>;

/// One way to change a tab.
#[derive(Debug)]
pub(super) struct Verb {
    /// The step's line in the list of all.
    pub(super) kind: StepKind,
    /// Whether only the observer can do it.
    pub(super) needs_observer: bool,
    /// The states before and after.
    pub(super) change: Change,
    /// Does it to a tab.
    pub(super) act: for<'a> fn(&'a Run, TabName) -> Changing<'a>,
}

impl Verb {
    /// Reads the tab that it is done to.
    pub(super) fn read(&'static self, node: &Node) -> Result<Arc<dyn Step>, Wrong> {
        Ok(self.of(tab(node, self.kind.name)?))
    }

    /// The step that does it to this tab.
    pub(super) fn of(&'static self, tab: TabName) -> Arc<dyn Step> {
        Arc::new(TabChange { tab, verb: self })
    }
}

#[derive(Debug)]
struct TabChange {
    tab: TabName,
    verb: &'static Verb,
}

impl Step for TabChange {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            asks: false,
            needs_observer: self.verb.needs_observer,
            starts: None,
            needs: None,
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        self.verb.kind.entry(json!(self.tab.written()))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        model.change_each(&self.tab, self.verb.change, at.actor())
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(
            line,
            run.each_tab(&self.tab, |tab| (self.verb.act)(run, tab)),
        )
    }
}
