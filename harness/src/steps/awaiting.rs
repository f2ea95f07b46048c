//! `await`: a tab waits for events.
//!
//! Patience that is used up proves nothing: what was not seen by then is undecided. A promise of time is broken
//! when the time is over and the harness was ready all the while.

use std::sync::Arc;
use std::time::Duration;

use duration::Written;
use evidence::Marker;
use probe::{Tab, watch};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::{ActionName, TabName, Who};
use crate::language::schema_parts::{self, map, time_that};
use crate::language::spots::Spots;
use crate::language::values::{action, duration, tab, written_duration};
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::silence::{closed_by_server, has_slept};
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};

pub(super) const KIND: StepKind = StepKind {
    name: "await",
    schema,
    read,
};

/// How long an event may take where a step does not say.
const WITHIN: Duration = Duration::from_secs(5);
/// Events that one step may wait for.
const MAX_COUNT: u64 = 1_000_000;
/// How long patience is after one event has not come: the run is lost, and need not wait long for others.
const AFTER_A_MISS: Duration = Duration::from_millis(500);
/// A wait longer than this is slow: the target is asked whether it is there.
const SLOW: Duration = Duration::from_millis(500);
/// A promise of time may be judged when the harness was not late by a tenth of it, nor by this.
const READY: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(crate) struct Await {
    tab: TabName,
    event: String,
    /// 5 minutes at the longest.
    limit: Limit,
    /// How many of them.
    count: usize,
    /// Only those that this action made.
    of: Option<ActionName>,
}

impl Await {
    /// One event of an action, with the usual patience.
    pub(crate) fn one(tab: TabName, event: &str, of: ActionName) -> Self {
        Self {
            tab,
            event: event.to_owned(),
            limit: Limit::Within(WITHIN),
            count: 1,
            of: Some(of),
        }
    }
}

/// How long an event may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    /// Patience: what has not come by then may come later.
    Within(Duration),
    /// A promise: broken when the time is over and the harness was ready.
    AtMost(Duration),
}

fn schema() -> Value {
    let count = json!({ "type": "integer", "minimum": 1, "maximum": MAX_COUNT });
    let within = time_that("Patience: if it is missed, the step is undecided.");
    let at_most =
        time_that("A promise: if it is missed while the harness was ready, it is violated.");
    map(
        &json!({ "at": schema_parts::place(), "event": schema_parts::text(), "within": within, "at most": at_most, "count": count, "of": schema_parts::text() }),
        &["at", "event"],
    )
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let known = ["at", "event", "within", "at most", "count", "of"];
    let mut fields = Fields::of(node, "await", &known)?;
    let tab = tab(fields.need("at")?, "at")?;
    let event = fields.need("event")?.text("event")?.to_owned();
    let limit = limit(fields.take("within"), fields.take("at most"))?;
    let count = fields
        .take("count")
        .map_or(Ok(1), |node| node.number("count", 1, MAX_COUNT))?;
    let of = fields.take("of");
    Ok(Arc::new(Await {
        limit,
        count: usize::try_from(count).unwrap_or(usize::MAX),
        of: of.map(|node| action(node, "of", &tab)).transpose()?,
        tab,
        event,
    }))
}

fn limit(within: Option<&Node>, at_most: Option<&Node>) -> Result<Limit, Wrong> {
    match (within, at_most) {
        (None, None) => Ok(Limit::Within(WITHIN)),
        (Some(node), None) => Ok(Limit::Within(duration(node, "within")?)),
        (None, Some(node)) => Ok(Limit::AtMost(duration(node, "at most")?)),
        (Some(_), Some(node)) => wrong(
            node.key(),
            "`within` and `at most` are two limits",
            "keep `at most` for a promise that can be broken, or `within` for patience",
        ),
    }
}

impl Step for Await {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // That the events come.
            asks: true,
            needs_observer: false,
            starts: None,
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        let (name, time) = match self.limit {
            Limit::Within(time) => ("within", Some(time).filter(|time| *time != WITHIN)),
            Limit::AtMost(time) => ("at most", Some(time)),
        };
        KIND.entry(fields::written([
            ("at", Some(json!(self.tab.written()))),
            ("event", Some(json!(self.event))),
            ("of", self.of.as_ref().map(|of| json!(of.to_string()))),
            (name, time.map(written_duration)),
            ("count", (self.count != 1).then(|| json!(self.count))),
        ]))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        if let Some(action) = &self.of {
            model.started(action, at.setting(&["of"]))?;
            comes(model, &self.tab, action, at.actor())?;
        }
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.waits(tab, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| wait(run, tab, self)))
    }
}

/// Whether what the action makes is made for the user who waits.
fn comes(model: &Model<'_>, tab: &TabName, action: &ActionName, at: Spot) -> Result<(), Wrong> {
    let owner = Who::User(action.user.clone());
    if tab.browser.who == owner || (tab.browser.who == Who::Everyone && model.users.len() == 1) {
        return Ok(());
    }
    let (who, owner) = (&tab.browser.who, &action.user);
    wrong(
        at,
        format!("impossible wait: nothing of `{owner}` comes to `{who}`"),
        format!("wait at a tab of `{owner}`"),
    )
}

async fn wait(run: &Run, name: TabName, step: &Await) -> Result<(), RunError> {
    let Await {
        event,
        limit,
        count,
        of,
        ..
    } = step;
    let of = of.as_ref().map(|action| run.action(action)).transpose()?;
    let marker = of.and_then(|(_, marker)| marker);
    let tab = run.tab(&name)?.tab;
    let (claim, time) = match *limit {
        Limit::Within(time) if run.doubts.has_missed_event() => {
            (format!("within {}", Written(time)), time.min(AFTER_A_MISS))
        }
        Limit::Within(time) => (format!("within {}", Written(time)), time),
        Limit::AtMost(time) => (format!("after {} at most", Written(time)), time),
    };
    let waited = Waited {
        began: Instant::now(),
        claim: format!("{count} `{event}` {claim}"),
        name,
        tab,
        marker,
    };
    let (tab, marker) = (&waited.tab, waited.marker.as_ref());
    let Err(came) = come(run, tab, event, marker, *count, time).await else {
        let place = run.place_at(&waited.name);
        return run.expected(place, &waited.claim, true, String::new);
    };
    let missing = count - came.min(*count);
    run.doubts
        .miss(&waited.name, event, tab.came(event) + missing);
    missed(run, step, &waited, came).await
}

/// A wait that has ended.
struct Waited {
    began: Instant,
    claim: String,
    name: TabName,
    tab: Tab,
    marker: Option<Marker>,
}

/// Waits, and asks the target whether it is there when that takes long. Gives how many came where some did not.
async fn come(
    run: &Run,
    tab: &Tab,
    event: &str,
    marker: Option<&Marker>,
    count: usize,
    time: Duration,
) -> Result<(), usize> {
    let deadline = Instant::now() + time;
    let came = tab.wait_for(event, marker, count, time.min(SLOW)).await;
    if came.is_ok() || time <= SLOW || tab.has_left() {
        return came;
    }
    run.watch.ask(async || run.due()).await;
    let left = deadline.saturating_duration_since(Instant::now());
    tab.wait_for(event, marker, count, left).await
}

/// Writes down what it means that only so many came: a broken promise, or that nobody knows.
async fn missed(run: &Run, step: &Await, waited: &Waited, came: usize) -> Result<(), RunError> {
    let Waited {
        began, claim, tab, ..
    } = waited;
    let place = run.place_at(&waited.name);
    let found = format!("{came} came in {:.1?}", began.elapsed());
    let late = run.watch.lag().since(*began);
    if tab.has_left() {
        let closed = closed_by_server(tab);
        let found = format!("{came} came until the socket was closed{closed}");
        return match step.limit {
            _ if has_slept(&run.watch) => {
                run.unseen(place, claim, found + "; the harness itself had slept")
            }
            Limit::AtMost(time) if tab.closed_by_server().is_some() && is_ready(time, late) => {
                run.expected(place, claim, false, || found)
            }
            _ => run.unseen(place, claim, found),
        };
    }
    match step.limit {
        Limit::AtMost(time) if is_ready(time, late) => {
            // An event that is there and not read yet came in time: wait on for as long as the harness was late.
            let late = run.watch.lag().sum_since(*began).min(time);
            let (marker, count) = (waited.marker.as_ref(), step.count);
            let again = tab.wait_for(&step.event, marker, count, late).await;
            if again.is_ok() && !late.is_zero() {
                let found = format!("it was read when that was over: {}", watch::told(late));
                return run.unseen(place, claim, found);
            }
            let trouble = run.watch.trouble(*began);
            let trouble = trouble.map_or_else(String::new, |trouble| format!(": {trouble}"));
            run.expected(place, claim, false, || found + &trouble)
        }
        Limit::AtMost(_) => {
            let late = watch::told(late);
            run.unseen(place, claim, format!("{found}: {late}"))
        }
        Limit::Within(_) => {
            let trouble = run.watch.trouble(*began);
            let why = trouble.unwrap_or_else(|| "which is no proof that none will".to_owned());
            run.unseen(place, claim, format!("{found}: {why}"))
        }
    }
}

/// Whether a harness that was `late` says anything of a promise of this time.
fn is_ready(promised: Duration, late: Duration) -> bool {
    late < READY.max(promised / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harness_that_was_late_breaks_nobodys_promise() {
        let ms = Duration::from_millis;
        assert!(is_ready(ms(2000), ms(199)));
        assert!(!is_ready(ms(2000), ms(200)));
        assert!(is_ready(ms(300), ms(99)));
        assert!(!is_ready(ms(300), ms(100)));
    }
}
