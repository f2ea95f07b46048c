//! What an action of each kind takes, and which events it owes to its owner's tabs.

use std::collections::{BTreeMap, BTreeSet};

use evidence::{ActionId, Marker, What};
use serde_json::{Map, Value};

use super::file::Target;
use super::yields::{Yield, whole};

impl Target {
    /// The kind's parameters: `given` over the defaults, and the marker in its place.
    #[must_use]
    pub fn parameters(
        &self,
        kind: &str,
        given: &Map<String, Value>,
        marker: &str,
    ) -> Map<String, Value> {
        let mut all = self.unmarked_parameters(kind, given);
        if let Some(kind) = self.actions.kinds.get(kind) {
            all.insert(kind.marker.clone(), Value::from(marker));
        }
        all
    }

    /// The kind's parameters without a marker.
    #[must_use]
    pub fn unmarked_parameters(
        &self,
        kind: &str,
        given: &Map<String, Value>,
    ) -> Map<String, Value> {
        let kind = self.actions.kinds.get(kind);
        let mut all = kind.map(|kind| kind.parameters.clone()).unwrap_or_default();
        all.extend(given.clone());
        all
    }

    /// What each open tab of the owner gets from an action with these parameters.
    #[must_use]
    pub fn yields(&self, kind: &str, parameters: &Map<String, Value>) -> BTreeMap<String, u64> {
        let due = |due: &Yield| {
            due.least()
                .unwrap_or_else(|name| parameters.get(name).and_then(whole).unwrap_or(0))
        };
        let kind = self.actions.kinds.get(kind);
        kind.into_iter()
            .flat_map(|kind| &kind.yields)
            .map(|(event, count)| (event.clone(), due(count)))
            .collect()
    }

    /// A parameter that says how many events are due but is not a whole number up to a thousand million.
    #[must_use]
    pub fn uncounted(&self, kind: &str, parameters: &Map<String, Value>) -> Option<String> {
        let kind = self.actions.kinds.get(kind)?;
        let names = kind.yields.values().filter_map(|due| due.least().err());
        let counted = |name: &str| parameters.get(name).and_then(whole).is_some();
        { names }.find(|name| !counted(name)).map(str::to_owned)
    }

    /// The events that come exactly as often as an action of this kind yields them.
    #[must_use]
    pub fn exact(&self, kind: &str) -> BTreeSet<String> {
        let kind = self.actions.kinds.get(kind);
        let yields = kind.into_iter().flat_map(|kind| &kind.yields);
        yields
            .filter(|(_, due)| !due.repeats())
            .map(|(event, _)| event.clone())
            .collect()
    }

    /// The observation of an action that was started: it runs, and these events are due.
    pub(crate) fn confirmation(
        &self,
        kind: &str,
        parameters: &Map<String, Value>,
        marker: Marker,
        action: ActionId,
    ) -> What {
        What::Confirmed {
            marker,
            action,
            yields: self.yields(kind, parameters),
            exact: self.exact(kind),
        }
    }
}
