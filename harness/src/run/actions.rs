//! The actions that a run has started: which of them a request asks for, and what becomes of one that is stopped.

use std::collections::BTreeMap;

use evidence::{ActionId, Marker};
use probe::Target;

use super::error::RunError;
use super::state::Run;
use crate::language::place::{ActionName, BrowserName, Who};
use crate::language::template::{self, Reference};
use crate::lock::lock;

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

impl Run {
    /// The id of an action, and its marker.
    pub(crate) fn action(&self, name: &ActionName) -> Result<(ActionId, Option<Marker>), RunError> {
        let actions = lock(&self.actions);
        StartedAction::last_of(&actions, name)
            .map(|started| (started.id.clone(), started.marker.clone()))
            .ok_or_else(|| RunError::Unknown(name.to_string()))
    }

    /// An action that its owner has stopped owes only what it had made; without an answer nobody knows what it
    /// makes.
    pub(crate) fn stopped(&self, by: &BrowserName, id: &ActionId, granted: Option<bool>) {
        let mut actions = lock(&self.actions);
        let is_it = |started: &&mut StartedAction| {
            started.id == *id && by.who == Who::User(started.name.user.clone())
        };
        let Some(started) = actions.iter_mut().rev().find(is_it) else {
            return;
        };
        match granted {
            Some(true) => started.yields.clear(),
            Some(false) => {}
            None => self.doubts.doubt_actions_of(&started.name.user),
        }
    }

    /// The action that these texts name, by their references.
    pub(crate) fn named_action<'a>(
        &self,
        asker: &BrowserName,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Option<ActionId>, RunError> {
        let mut named = Vec::new();
        for text in texts {
            named.extend(names(text)?);
        }
        Ok(of_somebody(&lock(&self.actions), named, asker))
    }

    /// The action that a request asks for by its path, which was made of this template.
    pub(crate) fn action_in_path(
        &self,
        asker: &BrowserName,
        template: &str,
        path: &str,
    ) -> Result<Option<ActionId>, RunError> {
        let actions = lock(&self.actions);
        asked_for(&actions, &self.site.target, asker, (template, path))
    }
}

/// The action that a path asks for: the one that its template names, somebody else's first; where none is
/// named, one whose id is written out where the target's paths have it.
fn asked_for(
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
fn of_somebody(
    actions: &[StartedAction],
    mut named: Vec<ActionName>,
    asker: &BrowserName,
) -> Option<ActionId> {
    named.sort_by_key(|action| asker.who == Who::User(action.user.clone()));
    let found = StartedAction::last_of(actions, named.first()?)?;
    Some(found.id.clone())
}

/// The actions that a template names.
fn names(template: &str) -> Result<Vec<ActionName>, RunError> {
    let references = template::references(template).map_err(RunError::Unknown)?;
    let actions = references
        .into_iter()
        .filter_map(|reference| match reference {
            Reference::Action(action) => Some(action),
            _ => None,
        });
    Ok(actions.collect())
}

#[cfg(test)]
mod tests;
