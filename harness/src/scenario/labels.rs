//! The labels of actions: no user has two actions of one label, so that a label says which one is meant.

use std::collections::BTreeMap;

use crate::language::names::Who;
use crate::steps::step_trait::{Actor, Label, StepAt};
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};

/// By label: who starts an action of it, and at which line.
#[derive(Clone, Default)]
pub(super) struct Labels<'a>(BTreeMap<&'a str, BTreeMap<&'a Who, u64>>);

impl<'a> Labels<'a> {
    /// Adds the actions that these steps start; the rounds of a `repeat` are one.
    pub(super) fn add(&mut self, steps: &'a [StepAt]) -> Result<(), Wrong> {
        for at in steps {
            if let Actor::Inner(inner) = at.step.facts().actor {
                self.add(inner)?;
            }
            if let Some(label) = at.step.facts().starts {
                self.add_one(label, at.spots.setting(&["name", "action"]))?;
            }
        }
        Ok(())
    }

    fn add_one(&mut self, Label { who, label }: Label<'a>, at: Spot) -> Result<(), Wrong> {
        let starters = self.0.entry(label).or_default();
        let first = match who {
            Who::Everyone => starters.values().next(),
            _ => starters.get(who).or_else(|| starters.get(&Who::Everyone)),
        };
        if let Some(first) = first {
            return wrong(
                at,
                format!("`{who}` has an action `{label}` already, from line {first}"),
                "give one of them a `name` of its own",
            );
        }
        starters.insert(who, at.line());
        Ok(())
    }
}
