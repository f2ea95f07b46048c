//! The ids that a connection is made with belong to its tab: it brings the same when it comes back.

use serde_json::Value;
use targets::language::template::{Lookup, Made};

/// Names in a connection's step. The first ids that it makes are those of the time before.
pub(crate) struct AsBefore<'a> {
    names: &'a mut dyn Lookup,
    made: Vec<Value>,
    n_used: usize,
}

impl<'a> AsBefore<'a> {
    pub(crate) fn new(names: &'a mut dyn Lookup, made: Vec<Value>) -> Self {
        let n_used = 0;
        Self {
            names,
            made,
            n_used,
        }
    }

    /// All of them, for the next time.
    pub(crate) fn made(self) -> Vec<Value> {
        self.made
    }
}

impl Lookup for AsBefore<'_> {
    fn make(&mut self, made: Made) -> Value {
        if made != Made::Uuid {
            return self.names.make(made);
        }
        if self.n_used == self.made.len() {
            self.made.push(self.names.make(made));
        }
        self.n_used += 1;
        self.made[self.n_used - 1].clone()
    }

    fn kept(&self, of: Option<&str>, name: &str) -> Option<Value> {
        self.names.kept(of, name)
    }

    fn leaves_out(&self) -> bool {
        self.names.leaves_out()
    }
}
