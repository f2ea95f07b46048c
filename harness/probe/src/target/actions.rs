//! The actions in a target file: how to start and stop one, and which kinds exist.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::call::Call;
use super::yields::Yield;

/// A system's actions.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Actions {
    /// The request that starts an action.
    pub start: Call,
    /// The request that stops an action by its id.
    pub stop: Call,
    /// The request that lists the user's own actions, if there is one.
    #[serde(default)]
    pub list: Option<Call>,
    /// The kinds of actions that can be started, by name.
    pub kinds: BTreeMap<String, Kind>,
}

/// A kind of action.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// The parameter that carries the marker.
    pub marker: String,
    /// Other parameters, with their defaults.
    #[serde(default)]
    #[schemars(with = "Map<String, Value>")]
    pub parameters: Map<String, Value>,
    /// The events that each open tab of the owner gets, and how many: a number, or the parameter that has the number.
    #[serde(default)]
    pub yields: BTreeMap<String, Yield>,
}
