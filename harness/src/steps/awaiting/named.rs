//! `await` with an event's name.
//!
//! Patience that is used up proves nothing: what was not seen by then is undecided. A promise of time is broken
//! when the time is over and the harness was ready all the while.

use std::sync::Arc;
use std::time::Duration;

use evidence::Marker;
use probe::{Tab, watch};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::language::names::{ActionName, TabName};
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::values::tab;
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::silence::{closed_by_server, has_slept};
use crate::run::state::Run;
use crate::steps::entry::Entry;
use crate::steps::events::{self, Events};
use crate::steps::limit::{self, Limit, is_ready};
use crate::steps::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::Wrong;

/// The step's name in a file.
pub(super) const NAME: &str = "await";

/// Events that one step may wait for.
const MAX_COUNT: u64 = 1_000_000;
/// How long patience is after one event has not come: the run is lost, and need not wait long for others.
const AFTER_A_MISS: Duration = Duration::from_millis(500);
/// A wait longer than this is slow: the target is asked whether it is there.
const SLOW: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(crate) struct Await {
    tab: TabName,
    events: Events,
    limit: Limit,
    /// How many of them.
    count: usize,
}

impl Await {
    /// So many events of an action.
    pub(super) fn some(
        tab: TabName,
        of: ActionName,
        event: &str,
        (count, limit): (usize, Limit),
    ) -> Self {
        Self {
            tab,
            events: Events::made_by(of, event),
            limit,
            count,
        }
    }
}

pub(super) fn schema() -> Value {
    let count = json!({ "type": "integer", "minimum": 1, "maximum": MAX_COUNT });
    let own = json!({ "at": schema_parts::place(), "count": count });
    map(&limit::beside(events::beside(own)), &["at", "event"])
}

pub(super) fn read(node: &Node) -> Result<Arc<dyn Step>, Wrong> {
    let known = ["at", "event", "within", "at most", "count", "of", "from"];
    let mut fields = Fields::of(node, NAME, &known)?;
    let tab = tab(fields.need("at")?, "at")?;
    let events = Events::read(&mut fields, &tab)?;
    let limit = Limit::read(&mut fields)?;
    let count = fields
        .take("count")
        .map_or(Ok(1), |node| node.number("count", 1, MAX_COUNT))?;
    Ok(Arc::new(Await {
        tab,
        events,
        limit,
        count: usize::try_from(count).unwrap_or(usize::MAX),
    }))
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
            needs: None,
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        let at = ("at", Some(json!(self.tab.written())));
        let count = (self.count != 1).then(|| json!(self.count));
        let all = [at].into_iter().chain(self.events.written());
        let all = all.chain([self.limit.written(), ("count", count)]);
        Entry::new(NAME, fields::written(all).into())
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        self.events.check(model, at)?;
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.waits(tab, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| wait(run, tab, self)))
    }
}

pub(super) async fn wait(run: &Run, name: TabName, step: &Await) -> Result<(), RunError> {
    let Await { events, count, .. } = step;
    let marker = events.marker(run)?;
    let tab = run.tab(&name)?.tab;
    let time = match step.limit {
        Limit::Within(time) if run.doubts.has_missed_event(&name) => time.min(AFTER_A_MISS),
        limit => limit.time(),
    };
    let waited = Waited {
        began: Instant::now(),
        claim: format!("{} {}", events.told(*count), step.limit.told()),
        before: events.before(run, &tab, marker.as_ref()),
        name,
        tab,
        marker,
    };
    let Err(came) = come(run, &waited, step, time).await else {
        let place = run.place_at(&waited.name);
        return run.expected(place, &waited.claim, true, String::new);
    };
    let missing = count - came.min(*count);
    let whole = waited.tab.came(&events.event) + missing;
    run.doubts.miss(&waited.name, &events.event, whole);
    missed(run, step, &waited, came).await
}

/// A wait that has ended.
struct Waited {
    began: Instant,
    claim: String,
    name: TabName,
    tab: Tab,
    marker: Option<Marker>,
    /// How many had come before those that count.
    before: usize,
}

impl Waited {
    /// Waits for the events of the step. Gives how many came where some did not.
    async fn wait(&self, step: &Await, time: Duration) -> Result<(), usize> {
        let events = (step.events.event.as_str(), self.marker.as_ref());
        let (before, count) = (self.before, step.count);
        self.tab.wait_for_more(events, before, count, time).await
    }
}

/// Waits, and asks the target whether it is there when that takes long. Gives how many came where some did not.
async fn come(run: &Run, waited: &Waited, step: &Await, time: Duration) -> Result<(), usize> {
    let deadline = Instant::now() + time;
    let came = waited.wait(step, time.min(SLOW)).await;
    if came.is_ok() || time <= SLOW || waited.tab.has_left() {
        return came;
    }
    run.watch.ask(async || run.due()).await;
    let left = deadline.saturating_duration_since(Instant::now());
    waited.wait(step, left).await
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
            let again = waited.wait(step, late).await;
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
            let why = step.events.why_none(run, tab).or(trouble);
            let why = why.unwrap_or_else(|| "which is no proof that none will".to_owned());
            run.unseen(place, claim, format!("{found}: {why}"))
        }
    }
}
