//! `every stop`: a user stops, or takes back, each action that they have started.
//!
//! Some have ended before, and then the target may refuse: nothing is claimed of that. Where what is taken back goes is
//! judged like anything else.

use std::sync::Arc;

use probe::{ProbeError, Stop};
use serde_json::json;

use super::entry::Entry;
use super::every_foreign::begun;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line, user_of};
use crate::language::names::TabName;
use crate::language::schema_parts;
use crate::language::spots::Spots;
use crate::language::values::{Via, tab};
use crate::model::state::Model;
use crate::needs::Needed;
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "every stop",
    schema: schema_parts::place,
    read,
};

#[derive(Debug)]
pub(crate) struct EveryStop(pub(crate) TabName);

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    Ok(Arc::new(EveryStop(tab(node, KIND.name)?)))
}

impl Step for EveryStop {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.0),
            reach: Reach::Actor,
            asks: false,
            needs_observer: false,
            starts: None,
            needs: Some(Needed::Action("any")),
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        KIND.entry(json!(self.0.written()))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each_tab(&self.0, at, |model, tab| model.acts(tab, Via::Http, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.0, |tab| all(run, tab)))
    }
}

async fn all(run: &Run, name: TabName) -> Result<(), RunError> {
    let Some(user) = user_of(&name.browser) else {
        return Ok(());
    };
    for action in begun(run, user) {
        let own = run.begun(&action)?;
        let tab = run.acting(&name, Via::Http)?;
        let granted = match tab.stop(&own, None).await {
            Ok(Stop::Granted) => Some(true),
            Ok(Stop::Refused(_)) => Some(false),
            Ok(Stop::Asked | Stop::Unknown(_)) => None,
            Err(ProbeError::NotOffered(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        run.stopped(&name.browser, &own.id, granted);
    }
    Ok(())
}
