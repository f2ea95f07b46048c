//! What names stand for in predicates that are asked when an action is long over, as which of its events are meant.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use targets::file::action::{Action, Takes};
use targets::language::template::{Lookup, Made};

use crate::action::{Act, Param};
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
    /// The values of an action in this tab that is about to begin with this text.
    #[must_use]
    pub fn values(&self, action: &Action, given: &BTreeMap<String, Param>, text: &str) -> Values {
        let (mut own, mut owners) = (Map::new(), BTreeMap::new());
        own.insert("marker".to_owned(), Value::from(text));
        for (name, takes) in &action.takes {
            let (value, owner) = match (given.get(name), takes) {
                (Some(Param::Value(value)), _) | (None, Takes::Value(value)) => {
                    (value.clone(), None)
                }
                (Some(Param::Tab(tab)), _) => (
                    tab.kept().get("user").unwrap_or_default(),
                    Some(Arc::clone(tab.kept())),
                ),
                (Some(Param::Group(group)), _) => {
                    (Value::from(group.name.as_str()), Some(group.kept()))
                }
                (None, Takes::Marker(_)) => (Value::from(text), None),
                (None, _) => continue,
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

impl Act {
    /// Its values, with its id and all that its steps have kept.
    #[must_use]
    pub fn values(&self) -> Values {
        Values {
            own: Map::new(),
            kept: Arc::clone(&self.kept),
            owners: self.owners.clone(),
        }
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
