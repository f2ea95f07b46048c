//! What somebody asks by who asks for what is not theirs: ids of another user, and how far another one has heard.

use std::collections::BTreeMap;

use serde_json::Value;
use targets::file::action::Action;
use targets::ids::asks_by;
use targets::language::template::as_text;

use crate::spelling::{SPELLINGS, Spelling, respelled};
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

impl Foreign {
    /// The same ids in other spellings: each set has all of them in one spelling.
    #[must_use]
    pub fn each_respelled(&self) -> Vec<Self> {
        let spelled = |spelling: &Spelling| {
            let ids = { self.ids.iter() }.filter(|(name, _)| *name != LAST);
            let ids = ids.filter_map(|(name, id)| Some((name.clone(), respelled(id, *spelling)?)));
            let ids: BTreeMap<String, Value> = ids.collect();
            (!ids.is_empty()).then_some(Self {
                ids,
                last_event_id: None,
            })
        };
        SPELLINGS.iter().filter_map(spelled).collect()
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_asked_by_in_other_spellings_and_numbers_of_events_are_not() {
        let foreign = Foreign {
            ids: BTreeMap::from([
                ("note".to_owned(), json!("aB1")),
                ("n".to_owned(), json!(7)),
                (LAST.to_owned(), json!(3)),
            ]),
            last_event_id: Some("3".to_owned()),
        };
        let all: Vec<_> = { foreign.each_respelled() }
            .into_iter()
            .map(|set| Value::from_iter(set.ids))
            .collect();
        let spelled = [
            json!({"note": "AB1"}),
            json!({"note": "aB1 ", "n": "7 "}),
            json!({"note": "./aB1", "n": "./7"}),
            json!({"note": "0aB1", "n": "07"}),
        ];
        assert_eq!(all, spelled);
    }
}
