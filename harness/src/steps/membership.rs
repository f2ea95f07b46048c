//! `create`, `join` and `leave`: a tab makes a group, becomes a member of one, and is none any more.

use std::sync::Arc;

use serde_json::{Value, json};

use super::entry::Entry;
use super::reading::StepKind;
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::TabName;
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::values::{Expect, expect, tab};
use crate::model::state::Model;
use crate::needs::Needed;
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const CREATE: StepKind = StepKind {
    name: "create",
    schema,
    read: |node, _| read(node, Verb::Create),
};

pub(super) const JOIN: StepKind = StepKind {
    name: "join",
    schema,
    read: |node, _| read(node, Verb::Join),
};

pub(super) const LEAVE: StepKind = StepKind {
    name: "leave",
    schema,
    read: |node, _| read(node, Verb::Leave),
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Create,
    Join,
    Leave,
}

#[derive(Debug)]
struct Membership {
    verb: Verb,
    tab: TabName,
    /// Its name; its kind may stand before it.
    group: String,
    expect: Expect,
}

fn schema() -> Value {
    map(
        &json!({ "as": schema_parts::place(), "group": schema_parts::text(), "expect": schema_parts::expect() }),
        &["as", "group"],
    )
}

fn read(node: &Node, verb: Verb) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, verb.kind().name, &["as", "group", "expect"])?;
    Ok(Arc::new(Membership {
        verb,
        tab: tab(fields.need("as")?, "as")?,
        group: fields.need("group")?.text("group")?.to_owned(),
        expect: expect(fields.take("expect"))?.unwrap_or(Expect::Granted),
    }))
}

impl Verb {
    const fn kind(self) -> StepKind {
        match self {
            Self::Create => CREATE,
            Self::Join => JOIN,
            Self::Leave => LEAVE,
        }
    }
}

impl Step for Membership {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // That it is granted or refused.
            asks: true,
            needs_observer: false,
            starts: None,
            needs: Some(Needed::Group),
            texts: vec![&self.group],
        }
    }

    fn written(&self) -> Entry {
        self.verb.kind().entry(fields::written([
            ("as", Some(json!(self.tab.written()))),
            ("group", Some(json!(self.group))),
            ("expect", self.expect.written(Expect::Granted)),
        ]))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.waits(tab, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| take(run, tab, self)))
    }
}

async fn take(run: &Run, name: TabName, step: &Membership) -> Result<(), RunError> {
    let tab = run.tab(&name)?.tab;
    let group = run.fill(&step.group)?;
    let (ended, told) = match step.verb {
        Verb::Create => (tab.create(&group).await?, "made"),
        Verb::Join => (tab.join(&group).await?, "joined"),
        Verb::Leave => (tab.leave(&group).await?, "left"),
    };
    let claim = match step.expect {
        Expect::Granted => format!("`{group}` is {told}"),
        Expect::Refused => format!("`{group}` is not {told}"),
    };
    run.asked(run.place_at(&name), &claim, ended, step.expect)
}
