//! What names stand for in predicates that are asked when an action is long over, as which of its events are meant.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use targets::language::template::{Lookup, Made};

use crate::action::Param;
use crate::kept::Kept;
use crate::tab::Tab;

/// The values of an action: its parameters, what its tab had kept, and what the tabs and groups keep that it names.
#[derive(Clone, Debug)]
pub struct Values {
    own: Map<String, Value>,
    kept: Arc<Kept>,
    owners: BTreeMap<String, Arc<Kept>>,
}

impl Tab {
    /// The values of an action in this tab.
    #[must_use]
    pub fn values(&self, given: &BTreeMap<String, Param>) -> Values {
        let (mut own, mut owners) = (Map::new(), BTreeMap::new());
        for (name, param) in given {
            let (value, owner) = match param {
                Param::Value(value) => (value.clone(), None),
                Param::Tab(tab) => (
                    tab.kept().get("user").unwrap_or_default(),
                    Some(Arc::clone(tab.kept())),
                ),
                Param::Group(group) => (Value::from(group.name.as_str()), Some(group.kept())),
            };
            own.insert(name.clone(), value);
            owners.extend(owner.map(|owner| (name.clone(), owner)));
        }
        Values {
            own,
            kept: Arc::clone(self.kept()),
            owners,
        }
    }
}

impl Values {
    /// With a value that is no parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.own.insert(name.to_owned(), value);
        self
    }
}

impl Lookup for Values {
    /// Nothing is made to be compared.
    fn make(&mut self, _: Made) -> Value {
        Value::Null
    }

    fn kept(&self, of: Option<&str>, name: &str) -> Option<Value> {
        match of {
            None => self.own.get(name).cloned().or_else(|| self.kept.get(name)),
            Some(owner) => self.owners.get(owner)?.get(name),
        }
    }
}
