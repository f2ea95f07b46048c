//! All users go to one meeting: what is for its members can only leak to somebody who was one, or never was, where there
//! are some.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, meeting};
use super::meet::Meet;
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Meeting, State, acting, first_session};
use crate::steps::repeat::Repeat;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 3,
    draw: |offer| {
        offer.has_meetings.then_some(())?;
        any_of(meeting().prop_map(Gather))
    },
};

#[derive(Debug)]
struct Gather(Meeting);

impl Gather {
    /// Who can go there, one after the other.
    fn arrivals(&self, state: &State) -> Vec<Meet> {
        let users = 0..state.n_users();
        let free = users.filter(|user| state.may_meet(acting(first_session(*user)), self.0));
        let arrivals = free.map(|user| Meet {
            session: first_session(user),
            meeting: self.0,
        });
        arrivals.collect()
    }
}

impl Move for Gather {
    fn is_possible(&self, state: &State) -> bool {
        self.arrivals(state).len() > 1
    }

    fn change(&self, state: &mut State) {
        for arrival in self.arrivals(state) {
            arrival.change(state);
        }
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let mut then = state.clone();
        let mut steps = Vec::new();
        for arrival in self.arrivals(state) {
            steps.push(arrival.step(&then));
            arrival.change(&mut then);
        }
        Arc::new(Repeat::once(steps))
    }

    fn situation(&self, _: &State) -> &'static str {
        "join"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
