//! A user joins a group that is called like another user: where the names of groups and of users' own rooms are one kind
//! of names to the server, what is the other's alone comes there.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, further, user};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Listening, State, first_tab};
use crate::steps::membership::Membership;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 2,
    draw: |offer| {
        // What is made gets its name from the server, perhaps.
        (offer.has_meetings && !offer.makes_meetings).then_some(())?;
        let drawn = (user(), further(), 0..FORMS.len());
        any_of(drawn.prop_map(|(user, further, form)| JoinNamed {
            user,
            further,
            form,
        }))
    },
};

/// How servers call a user's own room, before the name.
const FORMS: [&str; 4] = ["", "user:", "user_", "user-"];

#[derive(Debug)]
struct JoinNamed {
    user: usize,
    /// After which other user the group is called.
    further: usize,
    form: usize,
}

impl Move for JoinNamed {
    fn is_possible(&self, state: &State) -> bool {
        let tab = first_tab(self.user);
        let is_open = state.listening(tab) == Some(Listening::Open);
        // A target may take whoever joins another group out of the first.
        state.has_user(self.user) && is_open && state.meeting_of(tab).is_none()
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let of = state.another(self.user, self.further);
        let group = format!("{}{}", FORMS[self.form], state.names[of]);
        // In a scenario it is a template.
        let group = group.replace('{', "{{").replace('}', "}}");
        Arc::new(Membership::named(state.tab(first_tab(self.user)), group))
    }

    fn situation(&self, _: &State) -> &'static str {
        "join by name"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        let plain = Self { form: 0, ..*self };
        (self.form > 0).then(|| Arc::new(plain) as Arc<dyn Move>)
    }
}
