//! A schedule: its moves, and the steps of a scenario that they are.

use std::ops::Range;
use std::sync::Arc;

use super::moves::move_trait::Move;
use super::state::{State, first_tab};
use crate::language::names::TabName;
use crate::steps::every_stop::EveryStop;
use crate::steps::resume::resume;
use crate::steps::step_trait::{Reach, Step};

/// A name for what happened, to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Situation(pub(super) &'static str);

/// A schedule, from its first state on.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    start: State,
    pub(super) moves: Vec<Arc<dyn Move>>,
    /// A step for each move.
    pub(super) steps: Vec<Arc<dyn Step>>,
    /// The steps that end the schedule.
    pub(super) endings: Vec<Arc<dyn Step>>,
    pub(super) situations: Vec<Situation>,
}

impl Schedule {
    /// Each of the moves is possible after those before it.
    pub(super) fn of(start: State, moves: Vec<Arc<dyn Move>>) -> Self {
        let mut state = start.clone();
        let mut steps = Vec::new();
        let mut situations = Vec::new();
        for next in &moves {
            steps.push(next.step(&state));
            situations.push(Situation(next.situation(&state)));
            next.change(&mut state);
        }
        let mut endings: Vec<Arc<dyn Step>> = Vec::new();
        // A stalled tab gets what it is owed only when it reads again.
        for at in state.stalled() {
            endings.push(resume(state.tab(at)));
        }
        // What was begun on a running system would stay there.
        for at in state.running() {
            endings.push(Arc::new(EveryStop(state.tab(at))));
        }
        Self {
            start,
            moves,
            steps,
            endings,
            situations,
        }
    }

    /// The same without these moves, when all that are left are still possible.
    pub(super) fn without(&self, taken_out: &Range<usize>) -> Option<Self> {
        let kept = self.moves.iter().enumerate();
        let kept = kept.filter(|(index, _)| !taken_out.contains(index));
        let moves: Vec<Arc<dyn Move>> = kept.map(|(_, next)| Arc::clone(next)).collect();
        let is_less = moves.len() < self.moves.len();
        (is_less && self.is_possible(&moves)).then(|| Self::of(self.start.clone(), moves))
    }

    /// The same with something simpler in the place of one move, for each move that has it, as far as it is possible.
    pub(super) fn each_simpler(&self) -> Vec<Self> {
        let simpler = |at: usize| {
            let mut moves = self.moves.clone();
            moves[at] = moves[at].simpler()?;
            self.is_possible(&moves)
                .then(|| Self::of(self.start.clone(), moves))
        };
        (0..self.moves.len()).filter_map(simpler).collect()
    }

    /// Whether each of the moves can happen after those before it.
    fn is_possible(&self, moves: &[Arc<dyn Move>]) -> bool {
        let mut state = self.start.clone();
        moves.iter().all(|next| {
            let is_possible = next.is_possible(&state);
            if is_possible {
                next.change(&mut state);
            }
            is_possible
        })
    }

    /// All of its steps, in their order.
    pub(super) fn all_steps(&self) -> impl Iterator<Item = &Arc<dyn Step>> {
        self.steps.iter().chain(&self.endings)
    }

    pub(super) fn users(&self) -> &[String] {
        &self.start.names
    }

    /// The tab that each user has from the start.
    pub(super) fn first_tabs(&self) -> impl Iterator<Item = TabName> + '_ {
        (0..self.users().len()).map(|user| self.start.tab(first_tab(user)))
    }

    /// Whether other users of the same server would notice it.
    pub(super) fn disturbs_others(&self) -> bool {
        self.all_steps()
            .any(|step| step.facts().reach == Reach::Everybody)
    }
}
