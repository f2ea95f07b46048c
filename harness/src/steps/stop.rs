//! `stop`: a user stops an action that was started before, their own or somebody else's.

use std::sync::Arc;

use probe::Stop as Ended;
use serde_json::{Value, json};

use super::entry::Entry;
use super::read::is_foreign;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use super::strangers_page;
use crate::language::names::{ActionName, TabName, Who};
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::values::{Expect, Via, action, expect, tab, via};
use crate::model::state::Model;
use crate::needs::Needed;
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "stop",
    schema,
    read,
};

#[derive(Debug)]
pub(crate) struct Stop {
    /// Who; the tab counts by socket alone.
    tab: TabName,
    action: ActionName,
    via: Via,
    expect: Expect,
}

impl Stop {
    /// Somebody tries what they may not do.
    pub(crate) const fn refused(tab: TabName, action: ActionName) -> Self {
        Self {
            tab,
            action,
            via: Via::Http,
            expect: Expect::Refused,
        }
    }
}

fn schema() -> Value {
    map(
        &json!({ "as": schema_parts::place(), "action": schema_parts::text(), "via": schema_parts::via(), "expect": schema_parts::expect() }),
        &["as", "action"],
    )
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, "stop", &["as", "action", "via", "expect"])?;
    let tab = tab(fields.need("as")?, "as")?;
    let action = action(fields.need("action")?, "action", &tab)?;
    Ok(Arc::new(Stop {
        via: via(fields.take("via"))?,
        expect: expect(fields.take("expect"))?.unwrap_or_else(|| usual(&tab, &action)),
        tab,
        action,
    }))
}

/// What is expected where the step does not say: users stop their own actions alone.
fn usual(tab: &TabName, action: &ActionName) -> Expect {
    if tab.browser.who == Who::User(action.user.clone()) {
        Expect::Granted
    } else {
        Expect::Refused
    }
}

impl Step for Stop {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // That it is granted or refused.
            asks: true,
            needs_observer: false,
            starts: None,
            needs: Some(Needed::Stop),
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        let Self {
            tab,
            action,
            via,
            expect,
        } = self;
        KIND.entry(fields::written([
            ("as", Some(json!(tab.written()))),
            ("action", Some(json!(action.to_string()))),
            ("via", via.written()),
            ("expect", expect.written(usual(tab, action))),
        ]))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        model.started(&self.action, at.setting(&["action"]))?;
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.acts(tab, self.via, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| stop(run, tab, self)))
    }
}

pub(super) async fn stop(run: &Run, name: TabName, step: &Stop) -> Result<(), RunError> {
    let Stop { action, expect, .. } = step;
    if run.doubts.is_left_out(action) {
        return Ok(());
    }
    let begun = run.begun(action)?;
    let browser = run.browser(&name.browser);
    if *expect == Expect::Refused && run.is_also_own(browser.place().user.as_ref(), &begun) {
        // By this id they stop one of their own.
        return Ok(());
    }
    let claim = format!(
        "stopping `{}` of {} is {}",
        action.label,
        action.user,
        expect.word()
    );
    let described = run.site.target().action(begun.kind());
    let steps = described.map_or(&[][..], |action| &action.way.stop);
    if *expect == Expect::Refused && !is_foreign(described, steps) {
        // It would stop one of their own.
        return Ok(());
    }
    let tab = run.acting(&name, step.via)?;
    let page = strangers_page::opened(run, (&name, tab), steps);
    let stopped = match page.await? {
        Ok(page) => {
            let ended = page.tab.stop(&begun, step.via.way()).await?;
            page.close().await;
            ended
        }
        Err(refused) => refused,
    };
    let granted = match &stopped {
        Ended::Granted => Some(true),
        Ended::Refused(_) => Some(false),
        Ended::Asked | Ended::Unknown(_) => None,
    };
    run.stopped(&name.browser, &begun.id, granted);
    run.asked(browser.place(), &claim, stopped, *expect)
}
