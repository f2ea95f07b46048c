//! What somebody asks by who asks for what is not theirs: ids of another user, and how far another one has heard.

use std::collections::BTreeMap;

use serde_json::Value;
use targets::file::action::Action;
use targets::ids::asks_by;
use targets::language::template::as_text;

use crate::tab::Tab;

/// What `resume` counts.
const LAST: &str = "last";

/// What one tab has of its own and another would ask by.
#[derive(Clone, Debug, Default)]
pub struct Foreign {
    ids: BTreeMap<String, Value>,
    pub(crate) last_event_id: Option<String>,
}

impl Foreign {
    /// Whether there is nothing to ask by.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.ids.is_empty() && self.last_event_id.is_none()
    }

    /// Whether a tab would open otherwise with it where its opening has no ids.
    #[must_use]
    pub const fn has_point(&self) -> bool {
        self.last_event_id.is_some()
    }

    /// Whether somebody who does this asks by it.
    #[must_use]
    pub fn is_asked_by(&self, action: &Action) -> bool {
        asks_by(action, |name| self.ids.contains_key(name))
    }

    /// Whether the number of an event is among it.
    pub(crate) fn has_number(&self) -> bool {
        self.ids.contains_key(LAST)
    }

    /// Each id alone, where there are several: a target may look at one and forget another.
    #[must_use]
    pub fn each_alone(&self) -> Vec<Self> {
        let alone = |(name, value): (&String, &Value)| Self {
            ids: BTreeMap::from([(name.clone(), value.clone())]),
            last_event_id: None,
        };
        match self.ids.len() {
            0 | 1 => Vec::new(),
            _ => self.ids.iter().map(alone).collect(),
        }
    }
}

impl Tab {
    /// What another tab has by which this one could ask for what is not its own. What is the same in both is nobody's.
    #[must_use]
    pub fn foreign(&self, other: &Self) -> Foreign {
        let names = self.browser().site().target.names_of_ids();
        let ids = names.into_iter().filter_map(|name| {
            let theirs = other.value(name)?;
            let says_something = match &theirs {
                Value::String(text) => !text.is_empty(),
                Value::Number(_) => true,
                _ => false,
            };
            let own = self.value(name).map(|own| as_text(&own));
            let is_foreign = says_something && own != Some(as_text(&theirs));
            is_foreign.then(|| (name.to_owned(), theirs))
        });
        let (own, theirs) = (
            self.marks(|marks| marks.event_id.clone()),
            other.marks(|marks| marks.event_id.clone()),
        );
        Foreign {
            ids: ids.collect(),
            last_event_id: theirs.filter(|theirs| own.as_ref() != Some(theirs)),
        }
    }

    /// From now on this tab asks by what is somebody else's.
    pub fn borrow(&self, foreign: &Foreign) {
        self.kept().borrow(foreign.ids.clone());
    }
}
