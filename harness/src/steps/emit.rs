//! `emit`: a tab sends an event.

use std::sync::Arc;

use probe::excerpt;
use serde_json::{Value, json};

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::TabName;
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::template;
use crate::language::values::{Expect, expect, tab};
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "emit",
    schema,
    read,
};

#[derive(Debug)]
pub(crate) struct Emit {
    pub(crate) tab: TabName,
    pub(crate) event: String,
    /// Strings in it are templates.
    pub(crate) data: Value,
    /// Nothing is claimed when absent.
    pub(crate) expect: Option<Expect>,
}

fn schema() -> Value {
    map(
        &json!({ "as": schema_parts::place(), "event": schema_parts::text(), "data": true, "expect": schema_parts::expect() }),
        &["as", "event"],
    )
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, "emit", &["as", "event", "data", "expect"])?;
    Ok(Arc::new(Emit {
        tab: tab(fields.need("as")?, "as")?,
        event: fields.need("event")?.text("event")?.to_owned(),
        data: fields.take("data").map_or(Value::Null, Node::json),
        expect: expect(fields.take("expect"))?,
    }))
}

impl Step for Emit {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            asks: self.expect.is_some(),
            needs_observer: false,
            starts: None,
            texts: template::strings(&self.data),
        }
    }

    fn written(&self) -> Entry {
        KIND.entry(fields::written([
            ("as", Some(json!(self.tab.written()))),
            ("event", Some(json!(self.event))),
            (
                "data",
                Some(self.data.clone()).filter(|data| !data.is_null()),
            ),
            ("expect", self.expect.map(|expect| json!(expect.word()))),
        ]))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.waits(tab, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| emit(run, tab, self)))
    }
}

async fn emit(run: &Run, name: TabName, step: &Emit) -> Result<(), RunError> {
    let Emit { event, data, .. } = step;
    let socket = &run.site.target.socket;
    let action = match &socket.stop {
        Some(stop) if stop == event => run.named_action(&name.browser, template::strings(data))?,
        _ => None,
    };
    let data = run.fill_json(data)?;
    let tab = run.tab(&name)?.tab;
    let answer = tab.emit(event, data, action.clone()).await?;
    if let Some(action) = &action {
        let granted = { answer.as_ref() }.map(|answer| socket.grants(answer));
        run.stopped(&name.browser, action, granted);
    }
    let Some(expect) = step.expect else {
        return Ok(());
    };
    let place = run.browser(&name.browser).place();
    let claim = format!("`{event}` is {}", expect.word());
    let Some(answer) = answer else {
        return run.unseen(place, &claim, "no acknowledgement".to_owned());
    };
    let met = socket.grants(&answer) == (expect == Expect::Granted);
    run.expected(place, &claim, met, || excerpt::start(&answer.to_string()))
}
