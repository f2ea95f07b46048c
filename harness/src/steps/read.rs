//! `read`: a user asks what an action shows that was started before, their own or somebody else's.

use std::sync::Arc;

use probe::ProbeError;
use serde_json::{Value, json};

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use super::strangers_page;
use crate::language::names::{ActionName, TabName, Who};
use crate::language::schema_parts::{self, map};
use crate::language::spots::Spots;
use crate::language::values::{ANY, Expect, Via, action, claim, tab};
use crate::model::state::Model;
use crate::needs::Needed;
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::Wrong;
use targets::file::action::Action;
use targets::ids::names_it;

pub(super) const KIND: StepKind = StepKind {
    name: "read",
    schema,
    read,
};

#[derive(Debug)]
pub(crate) struct Read {
    /// Who; the tab counts by socket alone.
    tab: TabName,
    action: ActionName,
    expect: Expect,
    /// Nothing is claimed of the answer but that it has nothing of anybody else's.
    is_any: bool,
}

impl Read {
    /// Somebody asks what their own action shows, if it is still there.
    pub(crate) const fn own(tab: TabName, action: ActionName) -> Self {
        Self {
            tab,
            action,
            expect: Expect::Granted,
            is_any: true,
        }
    }

    /// Somebody tries what they may not do.
    pub(crate) const fn refused(tab: TabName, action: ActionName) -> Self {
        Self {
            tab,
            action,
            expect: Expect::Refused,
            is_any: false,
        }
    }
}

fn schema() -> Value {
    map(
        &json!({ "as": schema_parts::place(), "action": schema_parts::text(), "expect": schema_parts::claim() }),
        &["as", "action"],
    )
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, "read", &["as", "action", "expect"])?;
    let tab = tab(fields.need("as")?, "as")?;
    let action = action(fields.need("action")?, "action", &tab)?;
    let claim = claim(fields.take("expect"))?;
    Ok(Arc::new(Read {
        expect: claim.expect.unwrap_or_else(|| usual(&tab, &action)),
        is_any: claim.is_any,
        tab,
        action,
    }))
}

/// What is expected where the step does not say: users read their own actions alone.
fn usual(tab: &TabName, action: &ActionName) -> Expect {
    if tab.browser.who == Who::User(action.user.clone()) {
        Expect::Granted
    } else {
        Expect::Refused
    }
}

impl Step for Read {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            // That it is granted or refused.
            asks: !self.is_any,
            needs_observer: false,
            starts: None,
            needs: Some(Needed::Read),
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        let Self {
            tab,
            action,
            expect,
            is_any,
        } = self;
        let expect = match is_any {
            true => Some(json!(ANY)),
            false => expect.written(usual(tab, action)),
        };
        KIND.entry(fields::written([
            ("as", Some(json!(tab.written()))),
            ("action", Some(json!(action.to_string()))),
            ("expect", expect),
        ]))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        model.started(&self.action, at.setting(&["action"]))?;
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.acts(tab, Via::Http, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| look(run, tab, self)))
    }
}

/// Whether steps about an action of somebody else ask for that one.
pub(super) fn is_foreign(action: Option<&Action>, steps: &[targets::language::step::Step]) -> bool {
    action.is_some_and(|action| names_it(action, steps))
}

pub(super) async fn look(run: &Run, name: TabName, step: &Read) -> Result<(), RunError> {
    let Read { action, expect, .. } = step;
    if run.doubts.is_left_out(action) {
        return Ok(());
    }
    let begun = run.begun(action)?;
    let place = run.browser(&name.browser).place();
    let is_theirs = begun.is_shown_at(&place) || run.is_also_own(place.user.as_ref(), &begun);
    let is_own = name.browser.who == Who::User(action.user.clone());
    if *expect == Expect::Refused && is_theirs && !is_own {
        // Who is meant by it may read it.
        return Ok(());
    }
    let claim = format!(
        "reading `{}` of {} is {}",
        action.label,
        action.user,
        expect.word()
    );
    let described = run.site.target().action(begun.kind());
    let steps = described.map_or(&[][..], |action| &action.read);
    // What does not say whose it asks for is answered with one's own, and may be.
    let is_of_nobody = *expect == Expect::Refused && !is_own && !is_foreign(described, steps);
    let is_any = step.is_any || is_of_nobody;
    let tab = run.acting(&name, Via::Http)?;
    let page = strangers_page::opened(run, (&name, tab), steps);
    let ended = match page.await? {
        Ok(page) => {
            let ended = page.tab.read(&begun).await;
            page.close().await;
            match ended {
                Err(ProbeError::NotOffered(_)) => {
                    let why = format!(
                        "the target file does not say how to read `{}`; write `read: {{get: \"/path/{{id}}\"}}` there",
                        begun.kind()
                    );
                    return run.unseen(place, &claim, why);
                }
                ended => ended?,
            }
        }
        Err(refused) => refused,
    };
    if is_any {
        return Ok(());
    }
    run.asked(place, &claim, ended, *expect)
}
