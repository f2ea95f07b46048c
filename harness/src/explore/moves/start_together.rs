//! All users start an action of the same kind at once, each so many: what is usually one is several.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{APART, any_of, kind, number};
use super::move_trait::{Move, MoveKind};
use super::start::{StartAction, started};
use crate::explore::offer::Kind;
use crate::explore::state::{Ends, Number, State, first_session};
use crate::steps::step_trait::Step;
use crate::steps::together::Together;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 3,
    draw: |offer| {
        let drawn = (kind(&offer.short)?, number(), 0..COUNTS.len());
        any_of(drawn.prop_map(|(kind, number, count)| StartTogether {
            // Several of one user at once owe nothing where a target keeps only the newest.
            each: if kind.is_crowd || kind.takes_group {
                1
            } else {
                COUNTS[count]
            },
            kind,
            number,
        }))
    },
};

/// How many each user starts: one is drawn most.
const COUNTS: [usize; 4] = [1, 1, 1, 4];

#[derive(Debug)]
pub(super) struct StartTogether {
    pub(super) kind: Arc<Kind>,
    /// The first one's; each further one is [`APART`] higher.
    pub(super) number: Number,
    pub(super) each: usize,
}

impl StartTogether {
    /// Whose, and the number, of each.
    fn all(&self, state: &State) -> impl Iterator<Item = (usize, Number)> + use<> {
        let (each, first) = (self.each, self.number);
        let all = 0..state.n_users() * each;
        all.map(move |index| (index / each, first + APART * index))
    }
}

impl Move for StartTogether {
    fn is_possible(&self, state: &State) -> bool {
        self.all(state)
            .all(|(user, number)| state.may_start(first_session(user), number, &self.kind))
    }

    fn change(&self, state: &mut State) {
        for (user, number) in self.all(state) {
            state.start(number, first_session(user), &self.kind, Ends::ByItself);
        }
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let start = |(user, number)| -> Arc<dyn Step> {
            Arc::new(started(state, first_session(user), &self.kind, number))
        };
        Arc::new(Together::of(self.all(state).map(start).collect()))
    }

    fn situation(&self, _: &State) -> &'static str {
        "start together"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        Some(match self.each {
            1 => Arc::new(StartAction {
                session: first_session(0),
                kind: Arc::clone(&self.kind),
                number: self.number,
                further: 0,
            }),
            _ => Arc::new(Self {
                kind: Arc::clone(&self.kind),
                number: self.number,
                each: 1,
            }),
        })
    }
}
