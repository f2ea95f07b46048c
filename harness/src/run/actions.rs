//! The actions that a run has started: which of them a request asks for, and what becomes of one that is stopped.

use evidence::{ActionId, Marker, Place, UserName};
use probe::{Begun, Tab};

use super::error::RunError;
use super::started::{NamedId, StartedAction, asked_for, names, of_somebody};
use super::state::Run;
use crate::language::names::{ActionName, BrowserName, Who};
use crate::lock::lock;

/// Letters of an id that stands in no other text by chance.
const UNIQUE: usize = 6;

impl Run {
    /// The actions by name, with their ids.
    fn ids(&self) -> Vec<NamedId> {
        let actions = lock(&self.actions);
        let all = actions.iter();
        all.map(|started| (started.name.clone(), started.id().clone()))
            .collect()
    }

    /// An action that was begun.
    pub(crate) fn begun(&self, name: &ActionName) -> Result<Begun, RunError> {
        let actions = lock(&self.actions);
        let found = StartedAction::last_of(&actions, name).map(|started| started.begun.clone());
        found.ok_or_else(|| RunError::Unknown(name.to_string()))
    }

    /// How many events of this name, without a text, had come to a tab before the action.
    pub(crate) fn came_before(&self, name: &ActionName, tab: &Tab, event: &str) -> usize {
        let actions = lock(&self.actions);
        let found = StartedAction::last_of(&actions, name);
        found.map_or(0, |started| started.before(tab, event))
    }

    /// The id of an action, and its marker.
    pub(crate) fn action(&self, name: &ActionName) -> Result<(ActionId, Option<Marker>), RunError> {
        let actions = lock(&self.actions);
        StartedAction::last_of(&actions, name)
            .map(|started| (started.id().clone(), started.marker.clone()))
            .ok_or_else(|| RunError::Unknown(name.to_string()))
    }

    /// An action that its owner has stopped owes only what it had made; without an answer nobody knows what it
    /// makes.
    pub(crate) fn stopped(&self, by: &BrowserName, id: &ActionId, granted: Option<bool>) {
        let mut actions = lock(&self.actions);
        let is_it = |started: &&mut StartedAction| {
            *started.id() == *id && by.who == Who::User(started.name.user.clone())
        };
        let Some(started) = actions.iter_mut().rev().find(is_it) else {
            return;
        };
        match granted {
            Some(true) => started.begun.owes.clear(),
            Some(false) => {}
            None => self.doubts.doubt_actions_of(&started.name.user),
        }
    }

    /// Whether somebody asks for an action of their own by this id: a target may count for each user.
    pub(crate) fn is_also_own(&self, user: Option<&UserName>, begun: &Begun) -> bool {
        let actions = lock(&self.actions);
        let is_same = |started: &StartedAction| {
            *started.id() == begun.id
                && started.tab.place().user.as_ref() == user
                && started.begun.kind() == begun.kind()
        };
        actions.iter().any(is_same)
    }

    /// Whether each of these texts names an action that the target file lets somebody at this place see, or one whose
    /// id is that of an action of theirs, or so short that anything may contain it.
    pub(crate) fn is_shown(&self, texts: &[String], place: &Place) -> Result<bool, RunError> {
        let actions = lock(&self.actions);
        let is_shown = |name: &ActionName| {
            let found = StartedAction::last_of(&actions, name);
            let is_own = |id: &ActionId| {
                let mut all = actions.iter();
                all.any(|own| own.id() == id && own.tab.place().user == place.user)
            };
            found.is_some_and(|started| {
                started.id().as_str().len() < UNIQUE
                    || started.begun.is_shown_at(place)
                    || is_own(started.id())
            })
        };
        for text in texts {
            let named = names(text)?;
            if named.is_empty() || !named.iter().all(is_shown) {
                return Ok(false);
            }
        }
        Ok(!texts.is_empty())
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
        Ok(of_somebody(&self.ids(), named, asker))
    }

    /// The action that a request asks for by its path, which was made of this template.
    pub(crate) fn action_in_path(
        &self,
        asker: &BrowserName,
        template: &str,
        (method, path): (&str, &str),
    ) -> Result<Option<ActionId>, RunError> {
        let written = self.site.id_in(method, path);
        asked_for(&self.ids(), written.as_deref(), asker, template)
    }
}
