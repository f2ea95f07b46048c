//! `expire`: the time of a browser's session passes. Its tabs stay as they are: the target must end them.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::BrowserName;
use crate::language::schema_parts;
use crate::language::spots::Spots;
use crate::language::values::browser;
use crate::model::state::Model;
use crate::needs::{LIFE, Needed};
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "expire",
    schema: schema_parts::place,
    read,
};

/// How much longer than its time a session may live: servers look at their clocks in turns.
const SLACK: Duration = Duration::from_secs(1);

#[derive(Debug)]
struct Expire(BrowserName);

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    Ok(Arc::new(Expire(browser(node, "expire")?)))
}

impl Step for Expire {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Browser(&self.0),
            reach: Reach::Actor,
            // That the session ends.
            asks: true,
            needs_observer: false,
            starts: None,
            needs: Some(Needed::Expire),
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        KIND.entry(json!(self.0.written()))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each(&self.0, at, |model, browser| model.logout(browser, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each(&self.0, |browser| expire(run, browser)))
    }
}

async fn expire(run: &Run, name: BrowserName) -> Result<(), RunError> {
    let browser = run.browser(&name);
    let place = browser.place();
    let claim = "the session is over";
    match browser.expire().await? {
        Some(ended) => {
            let met = ended.is_ok();
            return run.expected(place, claim, met, || ended.err().unwrap_or_default());
        }
        None => {
            let session = run.site.target().session.as_ref();
            let lasts = session.and_then(|session| session.lasts);
            let lasts = lasts.filter(|lasts| *lasts <= LIFE);
            let lasts = lasts.ok_or(RunError::NotInTarget("expire"))?;
            let left = lasts.saturating_sub(browser.session_age().unwrap_or_default());
            tokio::time::sleep(left + SLACK).await;
            run.end_old_sessions()?;
        }
    }
    Ok(())
}
