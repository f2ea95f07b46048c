//! `await` without an event: a tab waits for everything that an action owes it.

use std::sync::Arc;

use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::Wrong;
use serde_json::{Value, json};

use super::named::{Await, NAME, wait};
use crate::language::names::{ActionName, TabName};
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::values::{action, tab};
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::state::Run;
use crate::steps::entry::Entry;
use crate::steps::limit::{self, Limit};
use crate::steps::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};

/// Waits for everything that an action owes to a tab, by the target file.
#[derive(Debug)]
pub(crate) struct AwaitAll {
    tab: TabName,
    of: ActionName,
    limit: Limit,
}

impl AwaitAll {
    /// With the usual patience.
    pub(crate) const fn of(tab: TabName, of: ActionName) -> Self {
        Self {
            tab,
            of,
            limit: Limit::USUAL,
        }
    }
}

pub(super) fn schema() -> Value {
    let own = json!({ "at": schema_parts::place(), "of": schema_parts::text() });
    map(&limit::beside(own), &["at", "of"])
}

pub(super) fn read(node: &Node) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, NAME, &["at", "of", "within", "at most"])?;
    let tab = tab(fields.need("at")?, "at")?;
    let of = action(fields.need("of")?, "of", &tab)?;
    let limit = Limit::read(&mut fields)?;
    Ok(Arc::new(AwaitAll { tab, of, limit }))
}

impl Step for AwaitAll {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // That the events come.
            asks: true,
            needs_observer: false,
            starts: None,
            needs: None,
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        let settings = fields::written([
            ("at", Some(json!(self.tab.written()))),
            ("of", Some(json!(self.of.to_string()))),
            self.limit.written(),
        ]);
        Entry::new(NAME, settings.into())
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        model.started(&self.of, at.setting(&["of"]))?;
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.waits(tab, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(
            line,
            run.each_tab(&self.tab, |tab| wait_for_all(run, tab, self)),
        )
    }
}

async fn wait_for_all(run: &Run, name: TabName, step: &AwaitAll) -> Result<(), RunError> {
    let begun = run.begun(&step.of)?;
    let tab = run.tab(&name)?.tab;
    let owed = { begun.owes.iter() }.filter(|owed| owed.to.covers(tab.place()));
    let mut is_any = false;
    for owed in owed {
        is_any = true;
        let count = usize::try_from(owed.count).unwrap_or(usize::MAX);
        let one = Await::some(
            name.clone(),
            step.of.clone(),
            &owed.event,
            (count, step.limit),
        );
        wait(run, name.clone(), &one).await?;
    }
    if is_any {
        return Ok(());
    }
    let claim = format!("all of `{}` comes {}", step.of, step.limit.told());
    let why = "by the target file nothing of it is due at this tab".to_owned();
    run.unseen(run.place_at(&name), &claim, why)
}
