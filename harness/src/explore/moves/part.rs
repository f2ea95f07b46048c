//! One of several members leaves a group, and another one acts in it at once: what goes to the group is not for who has
//! left.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, kind_in_meeting, meeting, number};
use super::leave::leaves;
use super::move_trait::{Move, MoveKind};
use super::start::StartAction;
use crate::explore::offer::Kind;
use crate::explore::state::{Listening, Meeting, Number, State, TabAt, acting};
use crate::steps::repeat::Repeat;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 4,
    draw: |offer| {
        (offer.has_meetings && offer.has_leave).then_some(())?;
        let drawn = (meeting(), 0..2_usize, kind_in_meeting(offer)?, number());
        any_of(drawn.prop_map(|(meeting, leaver, kind, number)| Part {
            meeting,
            leaver,
            kind,
            number,
        }))
    },
};

#[derive(Debug)]
struct Part {
    meeting: Meeting,
    /// Which of the first two members leaves. The other one acts.
    leaver: usize,
    kind: Arc<Kind>,
    number: Number,
}

impl Part {
    /// Who leaves, and who acts then.
    fn both(&self, state: &State) -> Option<(TabAt, TabAt)> {
        let members: Vec<TabAt> = { state.members_of(self.meeting) }
            .filter(|at| *at == acting(at.session))
            .collect();
        let [first, second, ..] = members[..] else {
            return None;
        };
        Some(match self.leaver {
            0 => (first, second),
            _ => (second, first),
        })
    }

    fn act(&self, by: TabAt) -> StartAction {
        StartAction {
            session: by.session,
            kind: Arc::clone(&self.kind),
            number: self.number,
            further: 0,
        }
    }
}

impl Move for Part {
    fn is_possible(&self, state: &State) -> bool {
        let Some((leaver, other)) = self.both(state) else {
            return false;
        };
        let are_there = [leaver, other]
            .iter()
            .all(|at| state.listening(*at) == Some(Listening::Open));
        let mut then = state.clone();
        then.leave(leaver, self.meeting);
        are_there && self.act(other).is_possible(&then)
    }

    fn change(&self, state: &mut State) {
        if let Some((leaver, other)) = self.both(state) {
            state.leave(leaver, self.meeting);
            self.act(other).change(state);
        }
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let mut steps = Vec::new();
        if let Some((leaver, other)) = self.both(state) {
            steps.push(leaves(state, leaver, self.meeting));
            let mut then = state.clone();
            then.leave(leaver, self.meeting);
            steps.push(self.act(other).step(&then));
        }
        Arc::new(Repeat::once(steps))
    }

    fn situation(&self, _: &State) -> &'static str {
        "leave"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
