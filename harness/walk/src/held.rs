//! What is newer than what a tab missed: it is held until that is there, so that everything is seen in its order.
//!
//! In: what comes while a tab comes back. Out: the same, later. Steps that wait hear it at once; only the witness, and the
//! number that a tab counts, see it later. The socket is not read any further while too much is held: then the answer
//! with what was missed does not come either, and the step says so.

use std::mem;

use targets::language::came::Came;

/// Messages that are held.
const MOST: usize = 100_000;
/// Bytes of them.
const BYTES: usize = 64 << 20;

/// What came over a socket.
#[derive(Debug)]
pub(crate) struct Late {
    /// The socket, by its name in the target file.
    pub(crate) socket: String,
    pub(crate) came: Came,
    /// What it answers, where it is an acknowledgement.
    pub(crate) asked: Option<String>,
    pub(crate) raw: String,
}

/// What is held.
#[derive(Debug, Default)]
pub(crate) struct Held {
    is_holding: bool,
    all: Vec<Late>,
    bytes: usize,
}

impl Held {
    /// From now on everything is held.
    pub(crate) const fn begin(&mut self) {
        self.is_holding = true;
    }

    pub(crate) const fn is_holding(&self) -> bool {
        self.is_holding
    }

    /// Takes what came.
    pub(crate) fn take(&mut self, late: Late) {
        self.bytes += late.raw.len();
        self.all.push(late);
    }

    /// Whether no more should come.
    pub(crate) const fn is_full(&self) -> bool {
        self.all.len() >= MOST || self.bytes >= BYTES
    }

    /// Everything, oldest first. From now on nothing is held.
    pub(crate) fn release(&mut self) -> Vec<Late> {
        mem::take(self).all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_held_up_to_a_bound() {
        let mut held = Held::default();
        held.begin();
        let late = |size: usize| Late {
            asked: None,
            socket: String::new(),
            came: Came::default(),
            raw: "x".repeat(size),
        };
        held.take(late(BYTES - 1));
        assert!(!held.is_full() && held.is_holding());
        held.take(late(1));
        assert!(held.is_full());
        assert_eq!(held.release().len(), 2);
        assert!(!held.is_full() && !held.is_holding());
        for _ in 0..MOST {
            held.take(late(0));
        }
        assert!(held.is_full());
    }
}
