//! `last`: which of some events came last to a tab, when none of them has come for a while.

use std::sync::Arc;
use std::time::Duration;

use probe::watch;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::TabName;
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::values::{duration, tab, written_duration};
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::settling::SETTLING;
use crate::run::silence::{closed_by_server, has_slept};
use crate::run::state::Run;
use reading::fields::Fields;
use reading::node::Node;
use reading::wrong::{Wrong, wrong};

pub(super) const KIND: StepKind = StepKind {
    name: "last",
    schema,
    read,
};

#[derive(Debug)]
struct Last {
    tab: TabName,
    event: String,
    /// The events, `event` among them.
    among: Vec<String>,
    quiet: Duration,
}

fn schema() -> Value {
    let text = schema_parts::text();
    let among = json!({ "type": "array", "items": text, "minItems": 2 });
    map(
        &json!({ "at": schema_parts::place(), "event": text, "among": among, "quiet": schema_parts::time() }),
        &["at", "event", "among", "quiet"],
    )
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, "last", &["at", "event", "among", "quiet"])?;
    let tab = tab(fields.need("at")?, "at")?;
    let event = fields.need("event")?.text("event")?.to_owned();
    let others = fields.need("among")?;
    let among = others
        .list("among")?
        .iter()
        .map(|node| node.text("among").map(str::to_owned))
        .collect::<Result<Vec<_>, _>>()?;
    if among.len() < 2 || !among.contains(&event) {
        return wrong(
            others.key(),
            format!("`among` does not name `{event}` and another event"),
            "name in `among` the event itself and each event that it must come after",
        );
    }
    Ok(Arc::new(Last {
        tab,
        event,
        among,
        quiet: duration(fields.need("quiet")?, "quiet")?,
    }))
}

impl Step for Last {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // That it came last.
            asks: true,
            needs_observer: false,
            starts: None,
            needs: None,
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        KIND.entry(json!({
            "at": self.tab.written(),
            "event": self.event,
            "among": self.among,
            "quiet": written_duration(self.quiet),
        }))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.waits(tab, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| last(run, tab, self)))
    }
}

async fn last(run: &Run, name: TabName, step: &Last) -> Result<(), RunError> {
    let Last {
        event,
        among,
        quiet,
        ..
    } = step;
    let tab = run.tab(&name)?.tab;
    let began = Instant::now();
    let mut last = tab.last_of(among, *quiet).await;
    let mut is_known = false;
    // The right one may still be on its way, as long as nobody knows that the target is there.
    while !is_known && last.as_ref() != Some(event) && began.elapsed() < SETTLING {
        run.watch.ask(async || run.due()).await;
        let quiet = watch::PATIENCE.max(*quiet);
        last = tab.last_of(among, quiet).await;
        is_known = run.watch.is_calm_for(quiet);
    }
    let claim = format!("of {} the last is `{event}`", among.join(", "));
    let met = last.as_ref() == Some(event);
    let found = last.map_or_else(|| "none came".to_owned(), |last| format!("`{last}`"));
    let found = found + &closed_by_server(&tab);
    let place = run.place_at(&name);
    if met || (is_known && !(tab.has_left() && has_slept(&run.watch))) {
        return run.expected(place, &claim, met, || found);
    }
    let trouble = run.watch.trouble(began).unwrap_or_default();
    run.unseen(place, &claim, format!("{found} until now: {trouble}"))
}
