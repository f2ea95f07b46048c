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
    /// Starts one.
    pub start: Call,
    /// Stops one by its id.
    pub stop: Call,
    /// Lists one's own, where that can be asked for.
    #[serde(default)]
    pub list: Option<Call>,
    /// What can be started.
    pub kinds: BTreeMap<String, Kind>,
}

/// A kind of action.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// The parameter that carries the marker.
    pub marker: String,
    /// Parameters and their defaults.
    #[serde(default)]
    #[schemars(with = "Map<String, Value>")]
    pub parameters: Map<String, Value>,
    /// What each open tab of the owner gets: how many, or the parameter that says how many.
    #[serde(default)]
    pub yields: BTreeMap<String, Yield>,
}
