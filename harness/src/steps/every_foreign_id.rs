//! `every foreign id`: somebody does what they usually do, and asks by another user's ids in the place of their own.
//!
//! Whether the target says no or says nothing is its own choice, and nothing is claimed of it. What comes back is judged:
//! a text of the other user in an answer, or what an opened tab hears from then on, is a leak, and so is one's own text
//! that arrives at the other.

use std::sync::Arc;

use evidence::{Marker, UserName};
use probe::{Foreign, OpenOptions, Right, Tab};
use serde_json::{Map, Value, json};

use super::entry::Entry;
use super::every_action::harmless;
use super::every_foreign::begun;
use super::reading::{Reader, StepKind};
use super::sent::is_sent;
use super::start::{choose_groups, parameters, unnamed};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line, user_of};
use crate::language::names::{TabName, Who};
use crate::language::schema_parts::{map, place};
use crate::language::spots::Spots;
use crate::language::values::{OTHER, Via, if_possible, is_other, tab};
use crate::lock::lock;
use crate::model::state::Model;
use crate::needs::Needed;
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::fields::{self, Fields};
use reading::node::Node;
use reading::wrong::{Wrong, wrong};
use targets::ids::names_it;

pub(super) const KIND: StepKind = StepKind {
    name: "every foreign id",
    schema,
    read,
};

/// Sets of ids that are tried: all at once, and then each alone, or all at once in each other spelling.
const MOST: usize = 6;

#[derive(Debug)]
pub(crate) struct EveryForeignId {
    /// Who asks.
    tab: TabName,
    /// Whose ids they are.
    of: TabName,
    /// Whether they are written otherwise than they are: in another case, with a blank, and so on.
    is_respelled: bool,
    /// Whether there must be any.
    is_needed: bool,
}

impl EveryForeignId {
    /// As far as there are any.
    pub(crate) const fn as_far_as_possible(tab: TabName, of: TabName, is_respelled: bool) -> Self {
        Self {
            tab,
            of,
            is_respelled,
            is_needed: false,
        }
    }
}

fn schema() -> Value {
    let possible = json!({ "const": "possible" });
    let other = json!({ "const": OTHER });
    map(
        &json!({ "as": place(), "of": place(), "spelling": other, "if": possible }),
        &["as", "of"],
    )
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, KIND.name, &["as", "of", "spelling", "if"])?;
    let is_respelled = is_other(fields.take("spelling"))?;
    let is_needed = !if_possible(fields.take("if"))?;
    let (by, of) = (fields.need("as")?, fields.need("of")?);
    let (asking, whose) = (tab(by, "as")?, tab(of, "of")?);
    if !matches!(whose.browser.who, Who::User(_)) {
        return wrong(
            of.at(),
            format!("`{}` is not one user", whose.browser.who),
            "name the user whose ids they are, as `alice`",
        );
    }
    if asking.browser.who == whose.browser.who {
        return wrong(
            by.at(),
            format!("no id of `{}` is foreign to them", whose.browser.who),
            "name somebody else",
        );
    }
    if asking.browser.who == Who::Stranger {
        return wrong(
            by.at(),
            "a stranger has no ids in whose place others could stand",
            "write `every foreign action: {as: stranger, of: …}`, or name a user",
        );
    }
    Ok(Arc::new(EveryForeignId {
        tab: asking,
        of: whose,
        is_respelled,
        is_needed,
    }))
}

impl Step for EveryForeignId {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            asks: false,
            needs_observer: false,
            starts: None,
            needs: Some(match self.is_respelled {
                true => Needed::AnyIds,
                false => Needed::ForeignIds,
            }),
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        KIND.entry(fields::written([
            ("as", Some(json!(self.tab.written()))),
            ("of", Some(json!(self.of.written()))),
            ("spelling", self.is_respelled.then(|| json!(OTHER))),
            ("if", (!self.is_needed).then(|| json!("possible"))),
        ]))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        model.is_in(&self.of.browser, at.setting(&["of"]))?;
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.acts(tab, Via::Http, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.tab, |tab| all(run, tab, self)))
    }
}

async fn all(run: &Run, name: TabName, step: &EveryForeignId) -> Result<(), RunError> {
    if name.browser.who == step.of.browser.who {
        return Ok(());
    }
    let own = run.acting(&name, Via::Http)?;
    let theirs = run.acting(&step.of, Via::Http)?;
    let foreign = own.foreign(&theirs);
    let has_read = step.is_respelled && read_respelled(run, &name, step).await?;
    let sets = match step.is_respelled {
        _ if foreign.is_nothing() => Vec::new(),
        true => foreign.each_respelled(),
        false => [vec![foreign.clone()], foreign.each_alone()].concat(),
    };
    if sets.is_empty() && (has_read || !step.is_needed) {
        return Ok(());
    }
    if sets.is_empty() {
        let why = format!("{} has kept no id that {} has not", step.of, name);
        return Err(RunError::Kind(why));
    }
    let target = run.site.target();
    if target.opens_by_ids() || foreign.has_point() {
        let listened = if step.is_respelled {
            &sets[..]
        } else {
            &sets[..1]
        };
        for set in listened {
            listen(run, &name, set).await?;
        }
    }
    let mut actions = target.actions.iter();
    if !actions.any(|(_, action)| foreign.is_asked_by(action)) {
        return Ok(());
    }
    let page = page(run, &name).await?;
    for set in sets.iter().take(MOST) {
        page.borrow(set);
        act_and_read(run, &name, (&page, set)).await?;
    }
    page.close().await;
    Ok(())
}

/// What the other has begun and only they may read, by its id in other spellings. Whether anything was asked for.
async fn read_respelled(
    run: &Run,
    name: &TabName,
    step: &EveryForeignId,
) -> Result<bool, RunError> {
    let Who::User(of) = &step.of.browser.who else {
        return Ok(false);
    };
    let asking = run.acting(name, Via::Http)?;
    let mut has_read = false;
    for action in begun(run, of) {
        let begun = run.begun(&action)?;
        let action = run.site.target().action(begun.kind());
        let is_read = action.is_some_and(|action| names_it(action, &action.read));
        if is_read && !begun.is_shown_at(asking.place()) {
            let asked = asking.read_respelled(&begun).await;
            has_read |= matches!(asked, Ok(1..));
            is_sent(asked)?;
        }
    }
    Ok(has_read)
}

/// Opens a page by the other's ids. What it hears until the end of the run is judged.
async fn listen(run: &Run, name: &TabName, foreign: &Foreign) -> Result<(), RunError> {
    let browser = run.browser(&name.browser);
    let at = run.page_of(name);
    let options = options(run);
    if let Some(page) = Tab::open_with(&browser, &at, &options, foreign).await? {
        lock(&run.pages).push(page);
    }
    Ok(())
}

/// A page of its own to ask from: the target may close the socket over which it is attacked.
async fn page(run: &Run, name: &TabName) -> Result<Tab, RunError> {
    let browser = run.browser(&name.browser);
    let at = run.page_of(name);
    let nothing = Foreign::default();
    let opened = Tab::open_with(&browser, &at, &options(run), &nothing).await?;
    Ok(opened.unwrap_or_else(|| Tab::unopened(&browser, &at)))
}

fn options(run: &Run) -> OpenOptions {
    OpenOptions {
        client: run.client,
        ..OpenOptions::default()
    }
}

/// Each action of the file that asks by these ids, and what each of them shows that the user has begun.
async fn act_and_read(
    run: &Run,
    name: &TabName,
    (page, foreign): (&Tab, &Foreign),
) -> Result<(), RunError> {
    let target = run.site.target();
    let user = user_of(&name.browser).ok_or_else(|| RunError::Unknown(name.to_string()))?;
    let owner = page.place().user.clone();
    let owner = owner.as_ref().unwrap_or_else(|| run.cast.name(user));
    for kind in harmless(target) {
        let action = target.action(kind);
        let Some(action) = action.filter(|action| foreign.is_asked_by(action)) else {
            continue;
        };
        if action
            .uncounted(&action.parameters(&Map::new(), ""))
            .is_some()
        {
            continue;
        }
        let mut given = parameters(run, action, Map::new(), user)?;
        if unnamed(action, &given).is_some() {
            continue;
        }
        // A group is the user's own: what is foreign is the rest.
        let chosen = choose_groups(run, (page, user), action, &mut given).await;
        if !matches!(chosen, Ok(Ok(()))) {
            continue;
        }
        let marker = Marker::new(owner, rand::random());
        let acted = page.act(kind, None, &given, (Some(marker), Right::Undue));
        is_sent(acted.await)?;
    }
    for action in begun(run, &UserName::from(user.as_str())) {
        let begun = run.begun(&action)?;
        let described = target.action(begun.kind());
        if !described.is_some_and(|action| foreign.is_asked_by(action)) {
            continue;
        }
        is_sent(page.read(&begun).await)?;
    }
    Ok(())
}
