//! Whom something was meant for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::UserName;
use crate::place::Place;

/// A set of places: those of any of some scopes, but not of others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// In at least one of these.
    pub any: Vec<Scope>,
    /// In none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub but: Vec<Scope>,
}

/// Places that have something in common.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One tab, and what its session is answered over HTTP outside any tab.
    Tab(Place),
    /// Each place of this place's session.
    Session(Place),
    /// Each place of this user.
    User(UserName),
    /// Each member of this group, while it is one.
    Group(String),
    /// Each place that has a user.
    Everyone,
    /// Each place.
    Anybody,
}

/// Whom one of an action's events is meant for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Meant {
    /// Its audience.
    pub to: Audience,
    /// What somebody gets who joins the audience after the action was confirmed.
    #[serde(default, skip_serializing_if = "Later::is_none")]
    pub history: Later,
    /// It comes once for each membership of a place, and not once for each place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub per_join: bool,
    /// The marker does not stand in this event.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unmarked: bool,
}

/// What somebody gets of an action that was confirmed before they joined its audience.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Later {
    /// Nothing, or it is a leak.
    #[default]
    None,
    /// They may get it.
    May,
    /// They must get it.
    Must,
}

impl Later {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

impl Audience {
    /// The places of one scope.
    #[must_use]
    pub fn of(scope: Scope) -> Self {
        Self {
            any: vec![scope],
            but: Vec::new(),
        }
    }
}
