//! A user asks to join a group that is closed to them, by its name or by the same otherwise written.

use std::sync::Arc;

use proptest::arbitrary::any;
use proptest::strategy::Strategy;

use super::drawing::{any_of, user};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Listening, State, first_tab};
use crate::steps::membership::Membership;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 2,
    draw: |offer| {
        offer.has_closed_groups.then_some(())?;
        let drawn = (user(), any::<bool>());
        any_of(drawn.prop_map(|(user, is_respelled)| JoinClosed { user, is_respelled }))
    },
};

#[derive(Debug)]
struct JoinClosed {
    user: usize,
    is_respelled: bool,
}

impl Move for JoinClosed {
    fn is_possible(&self, state: &State) -> bool {
        let tab = first_tab(self.user);
        // A target may take whoever joins another group out of the first.
        let is_free = !self.is_respelled || state.meeting_of(tab).is_none();
        state.listening(tab) == Some(Listening::Open) && is_free
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let tab = state.tab(first_tab(self.user));
        Arc::new(Membership::closed(tab, self.is_respelled))
    }

    fn situation(&self, _: &State) -> &'static str {
        match self.is_respelled {
            true => "other spelling",
            false => "forbidden",
        }
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
