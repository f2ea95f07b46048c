//! What a place saw because of an action or a membership that nobody had answered.

use std::collections::VecDeque;

use crate::finding::{KEPT, Witness};
use crate::judge::{Ground, Sight};

/// What was seen on grounds that may still fall. The newest are kept.
#[derive(Default)]
pub(super) struct Suspicions {
    held: VecDeque<(Sight, Witness)>,
    is_full: bool,
}

impl Suspicions {
    /// It was seen; it is a leak once no reason for it is left.
    pub(super) fn hold(&mut self, sight: Sight, witness: impl FnOnce() -> Witness) {
        self.held.push_back((sight, witness()));
        if self.held.len() > KEPT {
            self.held.pop_front();
            self.is_full = true;
        }
    }

    /// This was not refused.
    pub(super) fn stands(&mut self, ground: Ground) {
        self.held.retain_mut(|(sight, _)| {
            sight.stands(ground);
            !sight.is_free()
        });
    }

    /// This was refused. Gives what was a leak for it.
    pub(super) fn falls(&mut self, ground: Ground) -> Vec<Witness> {
        let mut leaked = Vec::new();
        let held = std::mem::take(&mut self.held);
        for (mut sight, witness) in held {
            sight.falls(ground);
            if sight.is_never() {
                leaked.push(witness);
            } else {
                self.held.push_back((sight, witness));
            }
        }
        leaked
    }

    /// Some of what was held has been dropped.
    pub(super) const fn is_full(&self) -> bool {
        self.is_full
    }
}
