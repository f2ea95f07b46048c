//! `closed`: the server closes a tab.
//!
//! It may have done so already. A close by the scenario is none. That it comes late is like an event that does: patience
//! that is used up proves nothing, and a promise is broken when the harness was ready all the while. A close with another
//! code or reason is not the one that the step asks for.

use std::sync::Arc;
use std::time::Duration;

use probe::{Tab, watch};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::entry::Entry;
use super::limit::{self, Limit, is_ready};
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::TabName;
use crate::language::schema_parts::{self, map, place_or};
use crate::language::spots::Spots;
use crate::language::values::{numbers, tab, written_numbers};
use crate::model::state::Model;
use crate::run::error::RunError;
use crate::run::silence::has_slept;
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "closed",
    schema,
    read,
};

/// The codes that a close frame may have (RFC 6455, 7.4), as the predicates of a target file have them.
const CODES: (u16, u16) = (1000, 4999);

#[derive(Debug)]
struct Closed {
    tab: TabName,
    limit: Limit,
    /// Codes, any of which is right; empty when it may be closed in any way.
    codes: Vec<u16>,
    /// A text that the reason has in it.
    reason: Option<String>,
}

fn schema() -> Value {
    let (least, most) = CODES;
    let own = json!({ "at": schema_parts::place(), "code": schema_parts::one_or_several(least, most), "reason": schema_parts::text() });
    place_or(&map(&limit::beside(own), &["at"]))
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    if node.is_place_alone("closed")? {
        return Ok(Arc::new(Closed {
            tab: tab(node, "closed")?,
            limit: Limit::USUAL,
            codes: Vec::new(),
            reason: None,
        }));
    }
    let known = ["at", "within", "at most", "code", "reason"];
    let mut fields = Fields::of(node, "closed", &known)?;
    let reason = fields.take("reason");
    Ok(Arc::new(Closed {
        tab: tab(fields.need("at")?, "at")?,
        limit: Limit::read(&mut fields)?,
        codes: numbers(fields.take("code"), "code", CODES)?,
        reason: reason
            .map(|node| node.text("reason").map(str::to_owned))
            .transpose()?,
    }))
}

impl Step for Closed {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // That it is closed.
            asks: true,
            // The library shows no close frame, and not each close.
            needs_observer: true,
            starts: None,
            needs: None,
            texts: self.reason.iter().map(String::as_str).collect(),
        }
    }

    fn written(&self) -> Entry {
        let at = json!(self.tab.written());
        if self.limit == Limit::USUAL && self.codes.is_empty() && self.reason.is_none() {
            return KIND.entry(at);
        }
        KIND.entry(fields::written([
            ("at", Some(at)),
            self.limit.written(),
            ("code", written_numbers(&self.codes)),
            ("reason", self.reason.as_ref().map(|reason| json!(reason))),
        ]))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.closed_by_server(tab, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| wait(run, tab, self)))
    }
}

/// How the server must close a tab, with its references filled in.
struct Wanted<'a> {
    codes: &'a [u16],
    reason: Option<String>,
}

impl Wanted<'_> {
    fn is(&self, code: Option<u16>, reason: &str) -> bool {
        let has_code = |code| self.codes.contains(&code);
        let is_code = self.codes.is_empty() || code.is_some_and(has_code);
        let wanted = self.reason.as_ref();
        is_code && wanted.is_none_or(|wanted| reason.contains(wanted))
    }

    fn told(&self) -> String {
        let mut told = "the server closes the tab".to_owned();
        if !self.codes.is_empty() {
            let codes: Vec<String> = self.codes.iter().map(u16::to_string).collect();
            told += &format!(" with code {}", codes.join(" or "));
        }
        if let Some(reason) = &self.reason {
            let joint = if self.codes.is_empty() { "with" } else { "and" };
            told += &format!(" {joint} the reason `{reason}`");
        }
        told
    }
}

async fn wait(run: &Run, name: TabName, step: &Closed) -> Result<(), RunError> {
    let reason = step.reason.as_ref().map(|reason| run.fill(reason));
    let wanted = Wanted {
        codes: &step.codes,
        reason: reason.transpose()?,
    };
    let tab = run.tab(&name)?.tab;
    let claim = format!("{} {}", wanted.told(), step.limit.told());
    let (began, place) = (Instant::now(), run.place_at(&name));
    if !tab.leaves_within(step.limit.time()).await {
        return missed(run, (&name, &tab), step.limit, (began, &claim)).await;
    }
    match tab.closed_by_server() {
        None => {
            let found = "the scenario closed it itself".to_owned();
            run.unseen(place, &claim, found)
        }
        Some(closing) if wanted.is(closing.code, &closing.reason) => {
            run.expected(place, &claim, true, String::new)
        }
        // A server closes a tab whose client does not answer.
        Some(closing) if has_slept(&run.watch) => {
            let found = format!("it closed it: {closing}; the harness itself had slept");
            run.unseen(place, &claim, found)
        }
        Some(closing) => run.expected(place, &claim, false, || format!("it closed it: {closing}")),
    }
}

/// Writes down what it means that the tab is open after the limit: a broken promise, or that nobody knows.
async fn missed(
    run: &Run,
    (name, tab): (&TabName, &Tab),
    limit: Limit,
    (began, claim): (Instant, &str),
) -> Result<(), RunError> {
    let place = run.place_at(name);
    let found = format!("it was open after {:.1?}", began.elapsed());
    let late = run.watch.lag().since(began);
    match limit {
        Limit::AtMost(time) if is_ready(time, late) => {
            // A close that is there and not read yet came in time.
            let late: Duration = run.watch.lag().sum_since(began).min(time);
            if tab.leaves_within(late).await && !late.is_zero() {
                let found = format!("it was read when that was over: {}", watch::told(late));
                return run.unseen(place, claim, found);
            }
            run.expected(place, claim, false, || found)
        }
        Limit::AtMost(_) => {
            let late = watch::told(late);
            run.unseen(place, claim, format!("{found}: {late}"))
        }
        Limit::Within(_) => {
            let why = "which is no proof that it will not close it";
            run.unseen(place, claim, format!("{found}, {why}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_is_the_one_that_is_asked_for_by_its_code_and_its_reason() {
        let check = |codes: &[u16], wanted: Option<&str>, code: Option<u16>, reason: &str| {
            let wanted = wanted.map(str::to_owned);
            Wanted {
                codes,
                reason: wanted,
            }
            .is(code, reason)
        };
        assert!(check(&[], None, None, "packet `41`"));
        assert!(check(&[4401, 1008], None, Some(1008), ""));
        assert!(check(&[4401], Some("expired"), Some(4401), "it expired"));
        assert!(check(&[], Some("41"), None, "packet `41`"));
        assert!(!check(&[4401], None, None, "packet `41`"));
        assert!(!check(&[4401], None, Some(4403), ""));
        assert!(!check(&[4401], Some("expired"), Some(4401), "gone"));
        assert!(!check(&[4401], Some("expired"), Some(1008), "expired"));
    }
}
