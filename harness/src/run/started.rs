//! An action that was started, and which of several a request asks for.

use std::collections::BTreeMap;

use evidence::{ActionId, Marker};
use probe::Target;

use super::error::RunError;
use crate::language::names::{ActionName, BrowserName, Who};
use crate::language::template::{self, Reference};

/// An action that the target has granted.
pub(crate) struct StartedAction {
    pub(crate) name: ActionName,
    pub(crate) id: ActionId,
    /// None where its events cannot be told from another's.
    pub(crate) marker: Option<Marker>,
    /// How many events of each name it owes.
    pub(crate) yields: BTreeMap<String, u64>,
}

impl StartedAction {
    /// The last one of this name: the rounds of a `repeat` start several.
    pub(crate) fn last_of<'a>(actions: &'a [Self], name: &ActionName) -> Option<&'a Self> {
        actions.iter().rev().find(|started| started.name == *name)
    }
}

/// The action that a path asks for: the one that its template names, somebody else's first; where none is
/// named, one whose id is written out where the target's paths have it.
pub(super) fn asked_for(
    actions: &[StartedAction],
    target: &Target,
    asker: &BrowserName,
    (template, path): (&str, &str),
) -> Result<Option<ActionId>, RunError> {
    let named = names(template)?;
    if !named.is_empty() {
        return Ok(of_somebody(actions, named, asker));
    }
    let written = target.id_in_path(path);
    let mut all = actions.iter();
    let found = all.find(|started| Some(started.id.as_str()) == written);
    Ok(found.map(|started| started.id.clone()))
}

/// Of these actions the one that is asked for: somebody else's before the asker's own.
pub(super) fn of_somebody(
    actions: &[StartedAction],
    mut named: Vec<ActionName>,
    asker: &BrowserName,
) -> Option<ActionId> {
    named.sort_by_key(|action| asker.who == Who::User(action.user.clone()));
    let found = StartedAction::last_of(actions, named.first()?)?;
    Some(found.id.clone())
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
