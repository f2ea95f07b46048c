//! `count`: exactly so many events come to a tab. It is judged when the run has settled, and not at the step.

use std::future::ready;
use std::sync::Arc;

use serde_json::{Value, json};

use super::entry::Entry;
use super::events::{self, Events};
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::TabName;
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::values::tab;
use crate::model::state::Model;
use crate::run::counts::Count;
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "count",
    schema,
    read,
};

/// Events that one step may count.
const MOST: u64 = 1_000_000;

#[derive(Debug)]
struct CountOf {
    tab: TabName,
    events: Events,
    /// How many of them there are in the end.
    is: usize,
}

fn schema() -> Value {
    let is = json!({ "type": "integer", "minimum": 0, "maximum": MOST });
    let own = json!({ "at": schema_parts::place(), "is": is });
    map(&events::beside(own), &["at", "event", "is"])
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, "count", &["at", "event", "is", "of", "from"])?;
    let tab = tab(fields.need("at")?, "at")?;
    let events = Events::read(&mut fields, &tab)?;
    let is = fields.need("is")?.number("is", 0, MOST)?;
    Ok(Arc::new(CountOf {
        tab,
        events,
        is: usize::try_from(is).unwrap_or(usize::MAX),
    }))
}

impl Step for CountOf {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // That so many come.
            asks: true,
            needs_observer: false,
            starts: None,
            needs: None,
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        let at = ("at", Some(json!(self.tab.written())));
        let all = [at].into_iter().chain(self.events.written());
        let all = all.chain([("is", Some(json!(self.is)))]);
        KIND.entry(fields::written(all))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        self.events.check(model, at)?;
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.state(tab, at).map(|_| ()))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        let begin = |tab| ready(begin(run, tab, self));
        at_line(line, run.each_tab(&self.tab, begin))
    }
}

/// From here on the run counts them, until it has settled.
fn begin(run: &Run, name: TabName, step: &CountOf) -> Result<(), RunError> {
    let events = &step.events;
    let marker = events.marker(run)?;
    let tab = run.tab(&name)?.tab;
    let before = events.before(run, &tab, marker.as_ref());
    let claim = format!("exactly {}", events.told(step.is));
    let event = events.event.clone();
    run.counts.begin(
        Count::new(name, claim, (event, marker), step.is),
        (tab, before),
    );
    Ok(())
}
