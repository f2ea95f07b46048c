//! Everybody leaves a group, or one of its members does, and somebody makes another at once: a server that names groups by
//! short codes may give the same name out again, and what it has forgotten to end goes on in the new one.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, kind_in_meeting, meeting, number, session};
use super::leave::leaves;
use super::meet::Meet;
use super::move_trait::{Move, MoveKind};
use super::start::StartAction;
use crate::explore::state::{Listening, Meeting, State, TabAt, acting};
use crate::steps::repeat::Repeat;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 3,
    draw: |offer| {
        (offer.has_meetings && offer.has_leave).then_some(())?;
        let drawn = (
            session(),
            meeting(),
            meeting(),
            kind_in_meeting(offer)?,
            number(),
        );
        let drawn = (drawn, proptest::option::of(0..2_usize));
        any_of(
            drawn.prop_map(|((by, left, made, kind, number), alone)| MakeAnew {
                left,
                alone,
                made,
                act: StartAction {
                    session: by,
                    kind,
                    number,
                    further: 0,
                },
            }),
        )
    },
};

#[derive(Debug)]
struct MakeAnew {
    /// The group that its members leave.
    left: Meeting,
    /// Which of several members leaves alone; none: all of them do.
    alone: Option<usize>,
    /// The group that is made then.
    made: Meeting,
    /// What whoever makes it does in it.
    act: StartAction,
}

impl MakeAnew {
    /// Who leaves.
    fn leavers(&self, state: &State) -> Vec<TabAt> {
        let mut members: Vec<TabAt> = state.members_of(self.left).collect();
        if let Some(alone) = self.alone {
            members = members.into_iter().skip(alone).take(1).collect();
        }
        members
    }

    /// What is there once they have left.
    fn once_left(&self, state: &State) -> State {
        let mut then = state.clone();
        for at in self.leavers(state) {
            then.leave(at, self.left);
        }
        then
    }
}

impl Move for MakeAnew {
    fn is_possible(&self, state: &State) -> bool {
        let leavers = self.leavers(state);
        let are_any = !leavers.is_empty();
        let mut all = leavers.into_iter();
        let may_leave = all.all(|at| state.listening(at) == Some(Listening::Open));
        let is_new = !state.is_made(self.made) && self.made != self.left;
        if !(are_any && may_leave && is_new) {
            return false;
        }
        let mut then = self.once_left(state);
        let maker = acting(self.act.session);
        then.may_meet(maker, self.made) && {
            then.meet(maker, self.made);
            self.act.is_possible(&then)
        }
    }

    fn change(&self, state: &mut State) {
        *state = self.once_left(state);
        state.meet(acting(self.act.session), self.made);
        self.act.change(state);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let leavers = self.leavers(state).into_iter();
        let mut steps: Vec<Arc<dyn Step>> =
            leavers.map(|at| leaves(state, at, self.left)).collect();
        let mut then = self.once_left(state);
        let meet = Meet {
            session: self.act.session,
            meeting: self.made,
        };
        steps.push(meet.step(&then));
        meet.change(&mut then);
        steps.push(self.act.step(&then));
        Arc::new(Repeat::once(steps))
    }

    fn situation(&self, _: &State) -> &'static str {
        "make anew"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
