//! A user asks by another user's ids in the place of their own, as they are or in other spellings.

use std::sync::Arc;

use proptest::arbitrary::any;
use proptest::strategy::Strategy;

use super::drawing::{any_of, further, user};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Listening, State, first_tab};
use crate::steps::every_foreign_id::EveryForeignId;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 4,
    draw: |offer| {
        offer.has_second_place.then_some(())?;
        offer.has_any_ids.then_some(())?;
        let has_ids = offer.has_ids;
        let drawn = (user(), further(), any::<bool>());
        any_of(
            drawn.prop_map(move |(user, further, is_respelled)| ForeignIds {
                user,
                further,
                is_respelled: is_respelled || !has_ids,
                may_be_plain: has_ids,
            }),
        )
    },
};

#[derive(Debug)]
struct ForeignIds {
    user: usize,
    /// Which other user's.
    further: usize,
    /// Whether they are written otherwise than they are.
    is_respelled: bool,
    /// Whether there are any as they are.
    may_be_plain: bool,
}

impl Move for ForeignIds {
    fn is_possible(&self, state: &State) -> bool {
        let is_there = |user| state.listening(first_tab(user)) == Some(Listening::Open);
        state.has_user(self.user)
            && is_there(self.user)
            && is_there(state.another(self.user, self.further))
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let of = state.another(self.user, self.further);
        let (tab, of) = (state.tab(first_tab(self.user)), state.tab(first_tab(of)));
        Arc::new(EveryForeignId::as_far_as_possible(
            tab,
            of,
            self.is_respelled,
        ))
    }

    fn situation(&self, _: &State) -> &'static str {
        match self.is_respelled {
            true => "other spelling",
            false => "foreign ids",
        }
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        let plain = Self {
            is_respelled: false,
            ..*self
        };
        (self.is_respelled && self.may_be_plain).then(|| Arc::new(plain) as Arc<dyn Move>)
    }
}
