//! `quiet`: nothing comes to a tab for a while, though its session may be over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use probe::{Tab, watch};
use serde_json::{Value, json};

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line, user_of};
use crate::language::names::TabName;
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::values::{duration, tab, written_duration};
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::silence::closed_by_server;
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "quiet",
    schema,
    read,
};

#[derive(Debug)]
struct Quiet {
    tab: TabName,
    for_time: Duration,
    /// Nothing of this name; any other may come.
    event: Option<String>,
}

fn schema() -> Value {
    map(
        &json!({ "at": schema_parts::place(), "for": schema_parts::time(), "event": schema_parts::text() }),
        &["at", "for"],
    )
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, "quiet", &["at", "for", "event"])?;
    let event = fields.take("event");
    Ok(Arc::new(Quiet {
        tab: tab(fields.need("at")?, "at")?,
        for_time: duration(fields.need("for")?, "for")?,
        event: event
            .map(|node| node.text("event").map(str::to_owned))
            .transpose()?,
    }))
}

impl Step for Quiet {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // That nothing comes.
            asks: true,
            needs_observer: false,
            starts: None,
            needs: None,
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        KIND.entry(fields::written([
            ("at", Some(json!(self.tab.written()))),
            ("for", Some(written_duration(self.for_time))),
            ("event", self.event.as_ref().map(|event| json!(event))),
        ]))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.state(tab, at).map(|_| ()))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| listen(run, tab, self)))
    }
}

async fn listen(run: &Run, name: TabName, step: &Quiet) -> Result<(), RunError> {
    let tab = run.tab(&name)?.tab;
    let (event, for_time) = (step.event.as_deref(), step.for_time);
    let mut late = late_at(run, &name, &tab).await;
    let expected_late = late.clone();
    if event.is_none() {
        // What comes by itself, by the target file, breaks no silence.
        let ambient = run.site.target().ambient.iter();
        late.extend(ambient.map(|event| (event.clone(), usize::MAX)));
    }
    let came = tab.listen(event, for_time, &mut late).await;
    let event = event.map_or_else(|| "event".to_owned(), |event| format!("`{event}`"));
    let claim = format!("no {event} for {for_time:?}");
    let still_late = { expected_late.iter() }.find(|(event, n)| late.get(*event) < Some(n));
    let still_late = still_late.map(|(event, _)| event.as_str());
    let why = match &came {
        None => silence_without_meaning(run, &name, &tab, still_late).await,
        Some(came) => user_of(&name.browser)
            .filter(|user| run.doubts.doubts_actions_of(user))
            .map(|_| format!("`{came}` came; whether an action was started or stopped is unknown")),
    };
    let place = run.place_at(&name);
    match why {
        Some(why) => run.unseen(place, &claim, why),
        None => run.expected(place, &claim, came.is_none(), || {
            format!("`{}` came", came.unwrap_or_default())
        }),
    }
}

/// Why it shows nothing that nothing came; none where it does.
async fn silence_without_meaning(
    run: &Run,
    name: &TabName,
    tab: &Tab,
    came_late: Option<&str>,
) -> Option<String> {
    let session = run.browser(&name.browser).place();
    // A tab that hears nothing proves no silence; that its session has ended is why one should.
    if tab.has_left() && tab.is_of(&session) {
        let closed = closed_by_server(tab);
        return Some(format!("nothing came, and the tab is closed{closed}"));
    }
    if !tab.has_left()
        && let Some(trouble) = run.watch.question().await
    {
        return Some(format!(
            "nothing came, and the target did not answer: {trouble}"
        ));
    }
    // An event that an earlier step missed is only late: it does not break this silence.
    came_late.map(|event| format!("`{event}` came, and a step before had waited in vain"))
}

/// The events that may still come late at a tab: those that a step waited for in vain, and what else is due then.
async fn late_at(run: &Run, name: &TabName, tab: &Tab) -> BTreeMap<String, usize> {
    let mut late: BTreeMap<String, usize> = BTreeMap::new();
    for (event, whole) in run.doubts.missed_at(name) {
        let missing = whole.saturating_sub(tab.came(&event));
        if missing > 0 {
            late.insert(event, missing);
        }
    }
    if late.is_empty() {
        return late;
    }
    let due = run.due();
    for due in due.iter().filter(|due| due.tab.is(tab)) {
        let missing = due.count - watch::so_far(due);
        let known = late.entry(due.event.clone()).or_default();
        *known = missing.max(*known);
    }
    late
}
