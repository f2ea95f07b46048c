//! A user begins something and is gone in the middle of it, and everybody goes on at once: what they are answered next
//! must be their own.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::any;
use proptest::strategy::Strategy;

use super::drawing::{APART, any_of, kind, number, user};
use super::move_trait::{Move, MoveKind};
use super::start::started;
use super::start_together::StartTogether;
use crate::explore::offer::Kind;
use crate::explore::state::{Ends, Listening, Number, State, TabAt, first_session, first_tab};
use crate::steps::abandon::Abandon;
use crate::steps::cut::cut;
use crate::steps::read::Read;
use crate::steps::repeat::Repeat;
use crate::steps::step_trait::Step;
use crate::steps::together::Together;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 3,
    draw: |offer| {
        offer.has_second_place.then_some(())?;
        let has_sockets = offer.has_sockets;
        let drawn = (
            user(),
            kind(&offer.short)?,
            number(),
            0..AFTER.len(),
            any::<bool>(),
            any::<bool>(),
        );
        any_of(drawn.prop_map(
            move |(user, kind, number, after, cuts, lingers)| Abandoned {
                user,
                kind,
                number,
                after: Duration::from_millis(AFTER[after]),
                cuts: cuts && has_sockets,
                lingers,
            },
        ))
    },
};

/// How long it goes on, in milliseconds.
const AFTER: [u64; 5] = [1, 5, 20, 100, 300];
/// How long the others have to ask before whoever is gone goes on.
const LINGERING: Duration = Duration::from_millis(100);

#[derive(Debug)]
struct Abandoned {
    user: usize,
    kind: Arc<Kind>,
    /// Of what everybody starts then; each further user's is [`APART`] higher.
    number: Number,
    after: Duration,
    /// Their tab is cut too.
    cuts: bool,
    /// They come back to it last: somebody else's request may wait for what they do then.
    lingers: bool,
}

impl Abandoned {
    fn tab(&self) -> TabAt {
        first_tab(self.user)
    }

    /// Who goes on: the one who is gone too, where that takes no socket.
    fn others<'a>(&'a self, state: &'a State) -> impl Iterator<Item = usize> + 'a {
        let is_back = !self.cuts || !self.kind.needs_tab;
        (0..state.n_users()).filter(move |user| *user != self.user || is_back)
    }

    const fn number_of(&self, user: usize) -> Number {
        self.number + APART * user
    }
}

impl Move for Abandoned {
    fn is_possible(&self, state: &State) -> bool {
        let is_there = state.listening(self.tab()) == Some(Listening::Open);
        let may = |user| state.may_start(first_session(user), self.number_of(user), &self.kind);
        let has_numbers = (0..state.n_users()).all(may);
        state.has_user(self.user) && is_there && !self.kind.is_crowd && has_numbers
    }

    fn change(&self, state: &mut State) {
        if self.cuts {
            state.set(self.tab(), Listening::Away);
        }
        let others: Vec<usize> = self.others(state).collect();
        for user in others {
            let (number, session) = (self.number_of(user), first_session(user));
            state.start(number, session, &self.kind, Ends::ByItself);
        }
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let tab = state.tab(self.tab());
        let mut steps: Vec<Arc<dyn Step>> = vec![Arc::new(Abandon::of(
            tab.clone(),
            &self.kind.name,
            self.after,
        ))];
        if self.cuts {
            steps.push(cut(tab));
        }
        let goes_on = |user| -> Arc<dyn Step> {
            let session = first_session(user);
            let mut own: Vec<Arc<dyn Step>> = Vec::new();
            // What they had before is asked for first: the answer to it may be another's.
            let before = state.newest_to_read(user);
            let read = |number| -> Arc<dyn Step> {
                Arc::new(Read::own(state.tab(first_tab(user)), state.action(number)))
            };
            match user == self.user {
                true if self.lingers => {
                    let tab = state.tab(self.tab());
                    own.push(Arc::new(Abandon::of(tab, &self.kind.name, LINGERING)));
                }
                true => {}
                false => own.extend(before.map(read)),
            }
            let number = self.number_of(user);
            own.push(Arc::new(started(state, session, &self.kind, number)));
            if user != self.user {
                own.extend(before.map(read));
            }
            Arc::new(Repeat::once(own))
        };
        let mut others: Vec<_> = self.others(state).map(goes_on).collect();
        match others.len() {
            1 => steps.extend(others.pop()),
            _ => steps.push(Arc::new(Together::of(others))),
        }
        Arc::new(Repeat::once(steps))
    }

    fn situation(&self, _: &State) -> &'static str {
        "abandon"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        Some(Arc::new(StartTogether {
            kind: Arc::clone(&self.kind),
            number: self.number,
            each: 1,
        }))
    }
}
