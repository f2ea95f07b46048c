//! `every foreign action`: somebody asks for each action that a user has started, and stops each, by its id.
//!
//! Where the target file says how an action is read or stopped, that must be refused to whoever it is not meant for.

use std::collections::BTreeSet;
use std::sync::Arc;

use evidence::UserName;
use serde_json::{Value, json};

use super::entry::Entry;
use super::read::{self, Read};
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use super::stop::{self, Stop};
use crate::language::names::{ActionName, TabName, Who};
use crate::language::schema_parts::{map, place};
use crate::language::spots::Spots;
use crate::language::values::{Via, tab};
use crate::lock::lock;
use crate::model::state::Model;
use crate::needs::Needed;
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::fields::Fields;
use reading::node::Node;
use reading::wrong::{Wrong, wrong};

pub(super) const KIND: StepKind = StepKind {
    name: "every foreign action",
    schema,
    read,
};

/// Actions of one user that are asked for.
const MOST: usize = 30;

#[derive(Debug)]
struct EveryForeign {
    /// Who asks.
    tab: TabName,
    /// Whose actions they are.
    of: UserName,
}

fn schema() -> Value {
    map(&json!({ "as": place(), "of": place() }), &["as", "of"])
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, KIND.name, &["as", "of"])?;
    let (by, of) = (fields.need("as")?, fields.need("of")?);
    let (asking, whose) = (tab(by, "as")?, tab(of, "of")?.browser.who);
    let Who::User(user) = whose else {
        return wrong(
            of.at(),
            format!("`{whose}` is not one user"),
            "name the user whose actions they are, as `alice`",
        );
    };
    if asking.browser.who == Who::User(user.clone()) {
        return wrong(
            by.at(),
            format!("no action of `{user}` is foreign to `{user}`"),
            "name somebody else, or `stranger`",
        );
    }
    Ok(Arc::new(EveryForeign {
        tab: asking,
        of: user,
    }))
}

impl Step for EveryForeign {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // That it is refused.
            asks: true,
            needs_observer: false,
            starts: None,
            needs: Some(Needed::ReadOrStop),
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        KIND.entry(json!({ "as": self.tab.written(), "of": self.of.as_str() }))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        model.known(&self.of, at.setting(&["of"]))?;
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.acts(tab, Via::Http, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| all(run, tab, self)))
    }
}

/// The user's actions, the newest of each name.
pub(super) fn begun(run: &Run, of: &UserName) -> Vec<ActionName> {
    let actions = lock(&run.actions);
    let mut seen = BTreeSet::new();
    let own = actions.iter().rev().map(|started| &started.name);
    let own = own.filter(|name| name.user == *of && seen.insert((*name).clone()));
    own.take(MOST).cloned().collect()
}

async fn all(run: &Run, tab: TabName, step: &EveryForeign) -> Result<(), RunError> {
    if tab.browser.who == Who::User(step.of.clone()) {
        return Ok(());
    }
    for name in begun(run, &step.of) {
        let begun = run.begun(&name)?;
        let Some(action) = run.site.target().action(begun.kind()) else {
            continue;
        };
        if !action.read.is_empty() {
            let asked = Read::refused(tab.clone(), name.clone());
            read::look(run, tab.clone(), &asked).await?;
        }
        // Who is meant by it may be allowed to put it away.
        let is_theirs = begun.is_shown_at(&run.browser(&tab.browser).place());
        if !action.way.stop.is_empty() && !is_theirs {
            let asked = Stop::refused(tab.clone(), name);
            stop::stop(run, tab.clone(), &asked).await?;
        }
    }
    Ok(())
}
