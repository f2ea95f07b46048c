//! A tab opens, and its session begins with it where there is none.

use std::sync::Arc;

use probe::Transport;
use proptest::prelude::*;

use super::drawing::{any_of, tab};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{State, TabAt};
use crate::steps::open::Open;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 3,
    draw: |offer| {
        let may_poll = offer.is_socket_io;
        any_of(
            (tab(), any::<bool>()).prop_map(move |(at, polling)| OpenTab {
                at,
                transport: if polling && may_poll {
                    Transport::Polling
                } else {
                    Transport::WebSocket
                },
            }),
        )
    },
};

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

    fn situation(&self) -> &'static str {
        "open"
    }
}
