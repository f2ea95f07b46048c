//! `resume`: a stalled tab reads again; one that is away opens again and asks for what it missed.

use std::sync::Arc;
use std::time::Duration;

use probe::OpenOptions;
use serde_json::json;

use super::entry::Entry;
use super::open::open_with;
use super::reading::{Reader, StepKind};
use super::step::{Actor, Label, Reach, Step, Taking, at_line};
use crate::language::node::Node;
use crate::language::place::TabName;
use crate::language::spots::Spots;
use crate::language::values::{Expect, tab};
use crate::language::words;
use crate::language::wrong::Wrong;
use crate::model::state::{Change, Model, TabState};
use crate::run::error::RunError;
use crate::run::state::Run;

pub(super) const KIND: StepKind = StepKind {
    name: "resume",
    schema: words::place,
    read,
};

/// How long a tab that reads again takes to come upon the server's close.
const UNREAD: Duration = Duration::from_millis(300);

#[derive(Debug)]
pub(crate) struct Resume(pub(crate) TabName);

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    Ok(Arc::new(Resume(tab(node, "resume")?)))
}

impl Step for Resume {
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
            from: &[TabState::Away, TabState::Stalled],
            to: TabState::Open,
        };
        model.change_each(&self.0, change, at.actor())
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.0, |tab| resume(run, tab)))
    }
}

async fn resume(run: &Run, name: TabName) -> Result<(), RunError> {
    let open = run.tab(&name)?;
    if !open.tab.has_left() {
        open.tab.stall(false).await?;
        // Everything that it reads now is new, however long it was stalled.
        run.watch.anew();
        // The server may have closed it meanwhile: the close stands behind what was not read.
        if !open.tab.leaves_within(UNREAD).await {
            return Ok(());
        }
    }
    let options = OpenOptions {
        resume: open.tab.last_number(),
        ..open.options
    };
    open_with(run, name, options, Expect::Granted).await
}
