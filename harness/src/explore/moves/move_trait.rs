//! What a move is: the questions that each kind of move answers, all of them in its own file.
//!
//! No question has a default answer: a new move that has not thought of one does not compile.

use std::fmt;
use std::sync::Arc;

use proptest::strategy::BoxedStrategy;

use crate::explore::offer::Offer;
use crate::explore::state::State;
use crate::steps::step_trait::Step;

/// Draws moves of one kind.
pub(in crate::explore) type Drawn = BoxedStrategy<Arc<dyn Move>>;

/// A kind of move: its line in the list of all.
pub(in crate::explore) struct MoveKind {
    /// How often it is drawn: 3 is three times as often as 1.
    pub(in crate::explore) weight: u32,
    /// Draws one; none where the target offers nothing for it. It may be impossible in the state that it is drawn for:
    /// then another one is drawn.
    pub(in crate::explore) draw: fn(&Offer) -> Option<Drawn>,
}

/// One move of a schedule. Its users, tabs and actions are numbers until it becomes a step.
pub(in crate::explore) trait Move: fmt::Debug + Send + Sync {
    /// Whether it can happen in this state.
    fn is_possible(&self, state: &State) -> bool;

    /// Makes the state what it is once this has happened.
    fn change(&self, state: &mut State);

    /// Its step in the scenario. `state` is what is there before it.
    fn step(&self, state: &State) -> Arc<dyn Step>;

    /// What it is counted as on the screen. Moves that try the same thing have one name. `state` is what is there before.
    fn situation(&self, state: &State) -> &'static str;

    /// Another one that does less of the same: a counterexample is shrunk to it where it still breaks the property.
    fn simpler(&self) -> Option<Arc<dyn Move>>;
}
