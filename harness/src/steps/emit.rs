//! `emit`: a tab sends an event.

use std::sync::Arc;

use probe::excerpt;
use serde_json::{Value, json};

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::clauses::{Clauses, Of};
use crate::language::names::TabName;
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::template;
use crate::language::values::{Expect, expected, tab};
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::silence::closed_by_server;
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};
use targets::language::came::Came;

pub(super) const KIND: StepKind = StepKind {
    name: "emit",
    schema,
    read,
};

#[derive(Debug)]
pub(crate) struct Emit {
    pub(crate) tab: TabName,
    pub(crate) event: String,
    /// Strings in them are templates.
    pub(crate) arguments: Vec<Value>,
    /// Nothing is claimed when absent.
    pub(crate) expect: Option<Wanted>,
}

/// What the acknowledgement must be.
#[derive(Debug)]
pub(crate) enum Wanted {
    /// What the target file calls so.
    Word(Expect),
    Clauses(Clauses),
}

fn schema() -> Value {
    let arguments = json!({ "type": "array", "items": true });
    let expect = json!({ "oneOf": [schema_parts::expect(), Of::Acknowledgement.schema()] });
    map(
        &json!({ "as": schema_parts::place(), "event": schema_parts::text(), "data": true, "arguments": arguments, "expect": expect }),
        &["as", "event"],
    )
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let known = ["as", "event", "data", "arguments", "expect"];
    let mut fields = Fields::of(node, "emit", &known)?;
    Ok(Arc::new(Emit {
        tab: tab(fields.need("as")?, "as")?,
        event: fields.need("event")?.text("event")?.to_owned(),
        arguments: arguments(fields.take("data"), fields.take("arguments"))?,
        expect: fields.take("expect").map(wanted).transpose()?,
    }))
}

/// `data` is one argument, and `arguments` are any number of them.
fn arguments(data: Option<&Node>, arguments: Option<&Node>) -> Result<Vec<Value>, Wrong> {
    match (data, arguments) {
        (None, None) => Ok(Vec::new()),
        (Some(data), None) => Ok(vec![data.json()]),
        (None, Some(node)) => match &node.yaml {
            Yaml::List(items) => Ok(items.iter().map(Node::json).collect()),
            _ => wrong(
                node.at(),
                format!("`arguments` is {}", node.is()),
                "write a list for `arguments`, or `data` for one argument",
            ),
        },
        (Some(_), Some(node)) => wrong(
            node.key(),
            "the event has `data` and `arguments`",
            "write what it carries in one of them: `data` is one argument alone",
        ),
    }
}

fn wanted(node: &Node) -> Result<Wanted, Wrong> {
    match &node.yaml {
        Yaml::Map(_) => Ok(Wanted::Clauses(Clauses::read(node, Of::Acknowledgement)?)),
        _ => Ok(Wanted::Word(expected(node)?)),
    }
}

impl Wanted {
    fn written(&self) -> Value {
        match self {
            Self::Word(expect) => json!(expect.word()),
            Self::Clauses(clauses) => clauses.written(),
        }
    }

    fn texts(&self) -> Vec<&str> {
        match self {
            Self::Word(_) => Vec::new(),
            Self::Clauses(clauses) => clauses.texts(),
        }
    }
}

impl Step for Emit {
    fn facts(&self) -> Facts<'_> {
        let mut texts: Vec<&str> = self.arguments.iter().flat_map(template::strings).collect();
        texts.extend(self.expect.iter().flat_map(Wanted::texts));
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            asks: self.expect.is_some(),
            needs_observer: false,
            starts: None,
            needs: None,
            texts,
        }
    }

    fn written(&self) -> Entry {
        let carried = match self.arguments.as_slice() {
            [] => ("data", None),
            [data] => ("data", Some(data.clone())),
            several => ("arguments", Some(json!(several))),
        };
        KIND.entry(fields::written([
            ("as", Some(json!(self.tab.written()))),
            ("event", Some(json!(self.event))),
            carried,
            ("expect", self.expect.as_ref().map(Wanted::written)),
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
    let event = &step.event;
    let action = if run.site.stops_by_emit(event) {
        let texts = step.arguments.iter().flat_map(template::strings);
        run.named_action(&name.browser, texts)?
    } else {
        None
    };
    let arguments = step.arguments.iter().map(|value| run.fill_json(value));
    let arguments = arguments.collect::<Result<_, _>>()?;
    let tab = run.tab(&name)?.tab;
    let ack = tab.emit(event, arguments, action.as_ref()).await?;
    let granted = ack.as_ref().map(|ack| run.site.grants_ack(event, ack));
    if let Some(action) = &action {
        run.stopped(&name.browser, action, granted);
    }
    let place = run.browser(&name.browser).place();
    let no_ack = || format!("no acknowledgement{}", closed_by_server(&tab));
    match &step.expect {
        None => Ok(()),
        Some(Wanted::Word(expect)) => {
            let claim = format!("`{event}` is {}", expect.word());
            let (Some(ack), Some(granted)) = (ack, granted) else {
                return run.unseen(place, &claim, no_ack());
            };
            let met = granted == (*expect == Expect::Granted);
            let answer = ack.first().unwrap_or(&Value::Null);
            run.expected(place, &claim, met, || excerpt::start(&answer.to_string()))
        }
        Some(Wanted::Clauses(clauses)) => {
            let came = Came {
                ack,
                ..Came::default()
            };
            for clause in clauses.iter() {
                let claim = format!("`{event}` {}", clause.told());
                if came.ack.is_none() {
                    run.unseen(place.clone(), &claim, no_ack())?;
                    continue;
                }
                let why = clause.why_not(&came, &came, |text| run.fill(text))?;
                run.expected(place.clone(), &claim, why.is_none(), || {
                    why.unwrap_or_default()
                })?;
            }
            Ok(())
        }
    }
}
