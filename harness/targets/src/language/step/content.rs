//! A step as it is kept: what is done, and what counts.

use std::time::Duration;

use reading::spot::Spot;

use super::act::Act;
use super::delivers::Delivers;
use super::granted::Granted;
use crate::language::json::JsonTemplate;
use crate::language::place::Place;
use crate::language::predicate::Predicate;
use crate::language::template::Name;

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands.
    pub at: Spot,
    /// What is done; nothing where it only keeps something.
    pub act: Option<Act>,
    /// The socket that it goes over, where that is not the innermost one.
    pub on: Option<String>,
    /// What counts as yes.
    pub granted: Option<Granted>,
    /// What counts as no. Where it is absent, anything that came and is not granted does.
    pub refused: Option<Predicate>,
    /// What is kept of what came, by name.
    pub keep: Vec<(String, Keep)>,
    /// It is taken again where no answer comes.
    pub repeat: Option<Repeat>,
    /// How long an answer or an event may take. Later is undecided, not violated.
    pub within: Option<Duration>,
    /// Events that stand in its answer.
    pub delivers: Option<Delivers>,
    /// Whoever takes it becomes a member of the group that it makes.
    pub joins: bool,
}

/// What is kept under a name.
#[derive(Clone, Debug)]
pub enum Keep {
    /// What stands there in what came.
    Place(Place),
    /// A value that is made.
    Value(JsonTemplate),
}

/// How a step is taken again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// After this time without an answer.
    pub after: Duration,
    /// At most so many times more.
    pub times: u64,
}

impl Step {
    /// Hands out the names in its texts.
    pub fn each_name<'a>(&'a self, see: &mut dyn FnMut(&'a Name)) {
        self.each_name_before(see);
        self.each_name_after(see);
    }

    /// Those that must be known when it is taken.
    pub fn each_name_before<'a>(&'a self, see: &mut dyn FnMut(&'a Name)) {
        if let Some(act) = &self.act {
            act.each_name(see);
        }
        for (_, keep) in &self.keep {
            if let Keep::Value(value) = keep {
                value.each_name(see);
            }
        }
    }

    /// Those that must be known when its answer is there, and what it keeps with it.
    pub fn each_name_after<'a>(&'a self, see: &mut dyn FnMut(&'a Name)) {
        if let Some(Granted::When(predicate)) = &self.granted {
            predicate.each_name(see);
        }
        if let Some(refused) = &self.refused {
            refused.each_name(see);
        }
    }

    /// Whether events stand in its acknowledgement.
    #[must_use]
    pub fn takes_delivery(&self) -> bool {
        let delivers = self.delivers.as_ref();
        delivers.is_some_and(|delivers| delivers.each.is_ack())
    }

    /// Whether its answer must be an acknowledgement.
    #[must_use]
    pub fn wants_ack(&self) -> bool {
        let granted = match &self.granted {
            Some(Granted::When(predicate)) => predicate.wants_ack(),
            _ => false,
        };
        granted || self.takes_delivery() || self.refused.as_ref().is_some_and(Predicate::wants_ack)
    }
}
