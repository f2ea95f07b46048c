//! What was kept, and where: values live as long as what kept them, and are looked up from within outwards.
//!
//! In: values by name, from a login, an opening, a join or an action. Out: what a name in a step stands for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use targets::language::template::{Lookup, Made};

use crate::lock::lock;

/// Values that one thing keeps: a user, a session, a tab, a membership or an action.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    own: Mutex<Values>,
    /// Whose it is: the session of a tab, the tab of a membership.
    outer: Option<Arc<Self>>,
}

#[derive(Debug, Default)]
struct Values {
    by_name: BTreeMap<String, Value>,
    /// What stands for these names whatever is kept: it is somebody else's.
    borrowed: BTreeMap<String, Value>,
    /// How many numbers were made. Only a tab counts; whatever is in it counts there.
    n_made: u64,
}

impl Kept {
    /// Nothing is kept yet, and nothing is around it.
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Nothing is kept yet inside of this.
    pub(crate) fn inside(outer: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self {
            own: Mutex::default(),
            outer: Some(Arc::clone(outer)),
        })
    }

    /// Keeps a value. An older one of this name is forgotten.
    pub(crate) fn keep(&self, name: &str, value: Value) {
        lock(&self.own).by_name.insert(name.to_owned(), value);
    }

    /// From now on these values stand for their names here and within, and none that was borrowed before.
    pub(crate) fn borrow(&self, values: BTreeMap<String, Value>) {
        lock(&self.own).borrowed = values;
    }

    /// What is kept here or around it, unless it is borrowed.
    pub(crate) fn get(&self, name: &str) -> Option<Value> {
        self.find(|kept| kept.borrowed.get(name).cloned())
            .or_else(|| self.find(|kept| kept.by_name.get(name).cloned()))
    }

    /// What `look` finds first, from within outwards.
    fn find(&self, look: impl Fn(&Values) -> Option<Value>) -> Option<Value> {
        let mut scope = Some(self);
        while let Some(kept) = scope {
            if let Some(value) = look(&lock(&kept.own)) {
                return Some(value);
            }
            scope = kept.outer.as_deref();
        }
        None
    }

    /// Whether it is directly inside of this.
    pub(crate) fn is_inside(&self, outer: &Arc<Self>) -> bool {
        self.outer
            .as_ref()
            .is_some_and(|own| Arc::ptr_eq(own, outer))
    }

    /// Copies what is kept here, and not what is around it.
    pub(crate) fn copy_into(&self, other: &Self) {
        let values = lock(&self.own).by_name.clone();
        lock(&other.own).by_name.extend(values);
    }

    /// Copies what is kept here and around it.
    pub(crate) fn copy_all_into(&self, other: &Self) {
        if let Some(outer) = &self.outer {
            outer.copy_all_into(other);
        }
        self.copy_into(other);
    }

    /// The next number, counted from 1.
    fn next_number(&self) -> u64 {
        let mut own = lock(&self.own);
        own.n_made += 1;
        own.n_made
    }
}

/// What names stand for in one step.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    /// The innermost scope.
    pub(crate) kept: &'a Kept,
    /// The tab, which counts the numbers that are made.
    pub(crate) counter: &'a Kept,
    /// Users, sessions, tabs and groups that parameters name.
    pub(crate) owners: &'a BTreeMap<String, Arc<Kept>>,
    /// The browser's cookies.
    pub(crate) cookies: &'a [(String, String)],
    /// The id of the socket.
    pub(crate) socket_id: Option<&'a str>,
    /// What only this step knows, as the event of a frame that is written.
    pub(crate) own: BTreeMap<String, Value>,
    /// An entry without a value is left out.
    pub(crate) leaves_out: bool,
}

impl Lookup for Names<'_> {
    fn leaves_out(&self) -> bool {
        self.leaves_out
    }

    fn make(&mut self, made: Made) -> Value {
        match made {
            Made::Uuid => Value::from(uuid()),
            Made::Number => Value::from(self.counter.next_number()),
            Made::Now => Value::from(now()),
        }
    }

    fn kept(&self, of: Option<&str>, name: &str) -> Option<Value> {
        match of {
            None => self.own.get(name).cloned().or_else(|| self.kept.get(name)),
            Some("cookie") => {
                let mut cookies = self.cookies.iter();
                let found = cookies.find(|(known, _)| known == name);
                found.map(|(_, value)| Value::from(value.as_str()))
            }
            Some("socket") => self.socket_id.map(Value::from),
            Some(owner) => self.owners.get(owner)?.get(name),
        }
    }
}

/// A random UUID, version 4.
fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The time in the form of RFC 3339.
fn now() -> String {
    let now = time::OffsetDateTime::now_utc();
    now.format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}
