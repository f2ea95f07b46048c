//! A tab opens, and its session begins with it where there is none.

use std::sync::Arc;

use probe::Transport;
use proptest::prelude::*;

use super::drawing::{any_of, tab};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{State, TabAt, first_session};
use crate::steps::open::Open;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 3,
    draw: |offer| {
        offer.has_second_place.then_some(())?;
        let (may_poll, has_devices) = (offer.may_poll, offer.has_devices);
        let may_upgrade = offer.may_upgrade;
        any_of(
            (tab(), any::<bool>()).prop_map(move |(at, polling)| OpenTab {
                at: match has_devices {
                    true => at,
                    false => on_the_first(at),
                },
                transport: if may_poll && (polling || !may_upgrade) {
                    Transport::Polling
                } else {
                    Transport::WebSocket
                },
            }),
        )
    },
};

/// The same tab on its user's first device.
const fn on_the_first(at: TabAt) -> TabAt {
    TabAt {
        session: first_session(at.session.user),
        tab: at.tab,
    }
}

#[derive(Debug)]
struct OpenTab {
    at: TabAt,
    transport: Transport,
}

impl Move for OpenTab {
    fn is_possible(&self, state: &State) -> bool {
        state.may_open(self.at)
    }

    fn change(&self, state: &mut State) {
        state.open(self.at);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        Arc::new(Open::at(state.tab(self.at)).over(self.transport))
    }

    fn situation(&self, _: &State) -> &'static str {
        "open"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
