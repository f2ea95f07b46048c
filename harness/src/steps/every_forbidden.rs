//! `every forbidden action`: somebody does each action that they have no right to, and asks what those of others show.
//!
//! A stranger has a right to none. A user has none to an action in a group that is closed to them. Whether the target
//! says no or says nothing is its own choice, and nothing is claimed of it: what comes of such an action is for nobody.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evidence::{Marker, UserName};
use probe::Right;
use serde_json::{Map, Value, json};
use targets::file::action::{Action, Way};

use super::entry::Entry;
use super::every_action::harmless;
use super::every_foreign::begun;
use super::reading::{Reader, StepKind};
use super::sent::is_sent;
use super::start::{parameters, unnamed};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line, user_of};
use super::strangers_page;
use crate::language::names::TabName;
use crate::language::schema_parts::{self, map, place_or};
use crate::language::spots::Spots;
use crate::language::values::{Via, if_possible, tab};
use crate::model::state::Model;
use crate::needs::{self, Needed};
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::fields::Fields;
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "every forbidden action",
    schema,
    read,
};

/// Groups of one kind that are tried.
const MOST: usize = 4;

#[derive(Debug)]
pub(crate) struct EveryForbidden {
    tab: TabName,
    /// Whether anything must be sent.
    is_needed: bool,
}

impl EveryForbidden {
    /// As far as anything can be sent.
    pub(crate) const fn as_far_as_possible(tab: TabName) -> Self {
        Self {
            tab,
            is_needed: false,
        }
    }
}

fn schema() -> Value {
    let settings = json!({ "as": schema_parts::place(), "if": { "const": "possible" } });
    place_or(&map(&settings, &["as"]))
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    if node.is_place_alone(KIND.name)? {
        return Ok(Arc::new(EveryForbidden {
            tab: tab(node, KIND.name)?,
            is_needed: true,
        }));
    }
    let mut fields = Fields::of(node, KIND.name, &["as", "if"])?;
    Ok(Arc::new(EveryForbidden {
        tab: tab(fields.need("as")?, "as")?,
        is_needed: !if_possible(fields.take("if"))?,
    }))
}

impl Step for EveryForbidden {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.tab),
            reach: Reach::Actor,
            asks: false,
            needs_observer: false,
            starts: None,
            needs: Some(Needed::Action("any")),
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        let by = json!(self.tab.written());
        KIND.entry(match self.is_needed {
            true => by,
            false => json!({ "as": by, "if": "possible" }),
        })
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each_tab(&self.tab, at, |model, tab| model.acts(tab, Via::Http, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, all(run, self))
    }
}

/// Where nothing could be sent, nothing was tried, and the scenario has not reached its point.
async fn all(run: &Run, step: &EveryForbidden) -> Result<(), RunError> {
    let n_sent = AtomicUsize::new(0);
    run.each_tab(&step.tab, |tab| each(run, tab, &n_sent))
        .await?;
    if n_sent.into_inner() > 0 || !step.is_needed {
        return Ok(());
    }
    let why =
        "no forbidden action could be sent: each needs what only a login or a membership gives";
    Err(RunError::Kind(why.to_owned()))
}

async fn each(run: &Run, name: TabName, n_sent: &AtomicUsize) -> Result<(), RunError> {
    let target = run.site.target();
    let own = user_of(&name.browser).map(|user| run.cast.name(user).as_str());
    for kind in harmless(target) {
        let Some(action) = target.action(kind) else {
            continue;
        };
        for groups in groups(run, &name, action, own)? {
            for way in ways(action) {
                let is_sent = act(run, &name, (kind, action, way), groups.clone()).await?;
                n_sent.fetch_add(usize::from(is_sent), Ordering::Relaxed);
            }
        }
    }
    let mut others: Vec<_> = run.cast.passwords.keys().collect();
    others.retain(|user| Some(*user) != user_of(&name.browser));
    for user in others {
        n_sent.fetch_add(read_all(run, &name, user).await?, Ordering::Relaxed);
    }
    Ok(())
}

/// Asks what each action of somebody else shows, where it is not meant for who asks; of how many.
async fn read_all(run: &Run, name: &TabName, of: &UserName) -> Result<usize, RunError> {
    let mut n_sent = 0;
    for action in begun(run, of) {
        let begun = run.begun(&action)?;
        let place = run.browser(&name.browser).place();
        if begun.is_shown_at(&place) || run.is_also_own(place.user.as_ref(), &begun) {
            continue;
        }
        let tab = run.acting(name, Via::Http)?;
        let described = run.site.target().action(begun.kind());
        let steps = described.map_or(&[][..], |action| &action.read);
        let page = strangers_page::opened(run, (name, tab), steps);
        let Ok(page) = page.await? else { continue };
        let shown = page.tab.read(&begun).await;
        page.close().await;
        n_sent += usize::from(is_sent(shown)?);
    }
    Ok(n_sent)
}

/// Groups for the parameters that name one, where the action is forbidden there; as many sets as there are groups to
/// try. A user may act in what is closed to nobody, and a stranger nowhere.
fn groups(
    run: &Run,
    name: &TabName,
    action: &Action,
    user: Option<&str>,
) -> Result<Vec<Map<String, Value>>, RunError> {
    let target = run.site.target();
    let tab = run.acting(name, Via::Http)?;
    let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (parameter, kind) in needs::unlisted(target, action) {
        let foreign = tab.foreign_groups(kind);
        if !foreign.is_empty() {
            groups.insert(parameter, foreign);
        }
    }
    for (parameter, group) in needs::closed_for(target, action, user.unwrap_or_default()) {
        groups.entry(parameter).or_default().push(group);
    }
    if user.is_none() {
        for (parameter, takes) in &action.takes {
            let Some((kind, _)) = needs::kind_of(target, takes) else {
                continue;
            };
            let any = groups.entry(parameter).or_default();
            if any.is_empty() {
                *any = tab.foreign_groups(kind);
            }
            if any.is_empty() {
                any.push(format!("{kind}/{}", run.common_group));
            }
        }
    }
    let fewest = usize::from(user.is_none());
    let most = groups.values().map(Vec::len).max().unwrap_or(fewest);
    let most = most.min(MOST);
    let set = |round: usize| {
        let each = groups.iter().filter_map(|(parameter, closed)| {
            let group = closed.get(round.min(closed.len() - 1))?;
            Some(((*parameter).to_owned(), Value::from(group.as_str())))
        });
        each.collect()
    };
    Ok((0..most).map(set).collect())
}

/// The way of this name, or the usual one.
fn described<'a>(action: &'a Action, way: Option<&str>) -> &'a Way {
    let mut others = action.ways.iter();
    let found = others.find(|(known, _)| Some(known.as_str()) == way);
    found.map_or(&action.way, |(_, way)| way)
}

/// The usual way to do it, and each other.
fn ways(action: &Action) -> impl Iterator<Item = Option<&str>> {
    let others = action.ways.iter().map(|(way, _)| Some(way.as_str()));
    std::iter::once(None).chain(others)
}

async fn act(
    run: &Run,
    name: &TabName,
    (kind, action, way): (&str, &Action, Option<&str>),
    groups: Map<String, Value>,
) -> Result<bool, RunError> {
    if action.uncounted(&action.parameters(&groups, "")).is_some() {
        return Ok(false);
    }
    let place = run.browser(&name.browser).place();
    let stranger = UserName::from("stranger");
    let user = user_of(&name.browser).unwrap_or(&stranger);
    let given = parameters(run, action, groups, user)?;
    if unnamed(action, &given).is_some() {
        return Ok(false);
    }
    let owner = place.user.as_ref().unwrap_or(user);
    let marker = Marker::new(owner, rand::random());
    let tab = run.acting(name, Via::Http)?;
    let steps = &described(action, way).act;
    let page = strangers_page::opened(run, (name, tab), steps);
    let Ok(page) = page.await? else {
        // The stranger has no socket to do it over.
        return Ok(false);
    };
    let acted = page.tab.act(kind, way, &given, (Some(marker), Right::None));
    let acted = acted.await;
    page.close().await;
    is_sent(acted)
}
