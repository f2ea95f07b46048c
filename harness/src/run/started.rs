//! An action that was started, and which of several a request asks for.

use evidence::{ActionId, Marker};
use probe::{Begun, Tab};

use super::error::RunError;
use crate::language::names::{ActionName, BrowserName, Who};
use crate::language::template::{self, Reference};

/// An action that was begun.
pub(crate) struct StartedAction {
    pub(crate) name: ActionName,
    /// None where its events cannot be told from another's.
    pub(crate) marker: Option<Marker>,
    /// The tab that acted.
    pub(crate) tab: Tab,
    pub(crate) begun: Begun,
    /// How many events without a text had come to a tab before it, by their names.
    pub(crate) before: Vec<(Tab, String, usize)>,
}

impl StartedAction {
    pub(crate) const fn id(&self) -> &ActionId {
        &self.begun.id
    }

    /// How many events of this name, without a text, had come to a tab before it.
    pub(crate) fn before(&self, tab: &Tab, event: &str) -> usize {
        let mut known = self.before.iter();
        let found = known.find(|(known, name, _)| known.is(tab) && name == event);
        found.map_or(0, |(_, _, before)| *before)
    }

    /// The last one of this name: the rounds of a `repeat` start several.
    pub(crate) fn last_of<'a>(actions: &'a [Self], name: &ActionName) -> Option<&'a Self> {
        actions.iter().rev().find(|started| started.name == *name)
    }
}

/// An action's name in the scenario, and its id.
pub(super) type NamedId = (ActionName, ActionId);

/// The action that a path asks for: the one that its template names, somebody else's first; where none is
/// named, one whose id is written out where the target's paths have it.
pub(super) fn asked_for(
    actions: &[NamedId],
    written: Option<&str>,
    asker: &BrowserName,
    template: &str,
) -> Result<Option<ActionId>, RunError> {
    let named = names(template)?;
    if !named.is_empty() {
        return Ok(of_somebody(actions, named, asker));
    }
    let mut all = actions.iter();
    let found = all.find(|(_, id)| Some(id.as_str()) == written);
    Ok(found.map(|(_, id)| id.clone()))
}

/// Of these actions the one that is asked for: somebody else's before the asker's own.
pub(super) fn of_somebody(
    actions: &[NamedId],
    mut named: Vec<ActionName>,
    asker: &BrowserName,
) -> Option<ActionId> {
    named.sort_by_key(|action| asker.who == Who::User(action.user.clone()));
    let wanted = named.first()?;
    let mut all = actions.iter().rev();
    all.find(|(name, _)| name == wanted)
        .map(|(_, id)| id.clone())
}

/// The actions that a template names.
pub(super) fn names(template: &str) -> Result<Vec<ActionName>, RunError> {
    let references = template::references(template).map_err(RunError::Unknown)?;
    let actions = references
        .into_iter()
        .filter_map(|reference| match reference {
            (_, Reference::Action(action)) => Some(action),
            _ => None,
        });
    Ok(actions.collect())
}

#[cfg(test)]
mod tests;
