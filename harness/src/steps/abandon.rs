//! `abandon`: a user begins an action in a page of its own, and the page dies in the middle of it: its request, what is
//! still coming, and its socket. What everybody is answered next is judged.

use std::sync::Arc;
use std::time::Duration;

use evidence::Marker;
use probe::{Foreign, OpenOptions, Tab};
use serde_json::{Map, Value, json};

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::start::{choose_groups, parameters, unnamed};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line, user_of};
use crate::language::names::TabName;
use crate::language::schema_parts::{self, map, time_that};
use crate::language::spots::Spots;
use crate::language::values::{Expect, Via, duration, tab, written_duration};
use crate::model::state::Model;
use crate::needs::{self, Needed};
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "abandon",
    schema,
    read,
};

/// How long it goes on where the step does not say.
const USUAL: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(crate) struct Abandon {
    /// Whose browser; the page is a new one.
    tab: TabName,
    /// The kind of action.
    kind: String,
    after: Duration,
}

impl Abandon {
    pub(crate) fn of(tab: TabName, kind: &str, after: Duration) -> Self {
        Self {
            tab,
            kind: kind.to_owned(),
            after,
        }
    }
}

fn schema() -> Value {
    let after = time_that("How long it goes on.");
    map(
        &json!({ "as": schema_parts::place(), "action": schema_parts::text(), "after": after }),
        &["as", "action"],
    )
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, KIND.name, &["as", "action", "after"])?;
    let after = fields.take("after");
    Ok(Arc::new(Abandon {
        tab: tab(fields.need("as")?, "as")?,
        kind: fields.need("action")?.text("action")?.to_owned(),
        after: after.map_or(Ok(USUAL), |node| duration(node, "after"))?,
    }))
}

impl Step for Abandon {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            asks: false,
            needs_observer: true,
            starts: None,
            needs: Some(Needed::Action(&self.kind)),
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        let after = (self.after != USUAL).then(|| written_duration(self.after));
        KIND.entry(fields::written([
            ("as", Some(json!(self.tab.written()))),
            ("action", Some(json!(self.kind))),
            ("after", after),
        ]))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| {
            model.start(tab, KIND.name, Via::Http, Expect::Refused, at)
        })
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| abandon(run, tab, self)))
    }
}

async fn abandon(run: &Run, name: TabName, step: &Abandon) -> Result<(), RunError> {
    let (kind, action) = needs::action(run.site.target(), &step.kind).map_err(RunError::Kind)?;
    if let Some(parameter) = action.uncounted(&action.parameters(&Map::new(), "")) {
        let (kind, parameter) = (kind.to_owned(), parameter.to_owned());
        return Err(RunError::Uncounted { kind, parameter });
    }
    let user = user_of(&name.browser).ok_or_else(|| RunError::Unknown(name.to_string()))?;
    let browser = run.browser(&name.browser);
    let options = OpenOptions {
        client: run.client,
        ..OpenOptions::default()
    };
    let at = run.page_of(&name);
    // A target may refuse a further page, and then there is nothing to give up.
    let Some(page) = Tab::open_with(&browser, &at, &options, &Foreign::default()).await? else {
        return Ok(());
    };
    let mut given = parameters(run, action, Map::new(), user)?;
    let is_named = unnamed(action, &given).is_none();
    let chosen = choose_groups(run, (&page, user), action, &mut given).await;
    if !is_named || !matches!(chosen, Ok(Ok(()))) {
        page.close().await;
        return Ok(());
    }
    let owner = page.place().user.clone();
    let marker = Marker::new(
        owner.as_ref().unwrap_or_else(|| run.cast.name(user)),
        rand::random(),
    );
    Ok(page.abandon(kind, &given, marker, step.after).await?)
}
