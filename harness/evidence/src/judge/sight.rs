//! Whether a place may see something, as far as is known by now.

use super::members::Admission;

/// Something that is asked for, and may still be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    /// The action with the marker of this key.
    Action(u64),
    /// The membership that was asked for in this line.
    Membership(u64),
}

/// Why a place may see something: each reason is a list of what must not be refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sight(Vec<Vec<Ground>>);

impl Sight {
    /// It may, whatever is refused.
    pub(crate) fn free() -> Self {
        Self(vec![Vec::new()])
    }

    /// No reason is left.
    pub(crate) const fn is_never(&self) -> bool {
        self.0.is_empty()
    }

    /// One reason at least cannot fall any more.
    pub(crate) fn is_free(&self) -> bool {
        self.0.iter().any(Vec::is_empty)
    }

    pub(crate) fn admit(&mut self, admission: Admission) {
        self.0.push(match admission {
            Admission::Sure => Vec::new(),
            Admission::Asked(line) => vec![Ground::Membership(line)],
        });
    }

    /// Each of its reasons, or each of the other's.
    pub(crate) fn or(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Each reason rests on this too.
    pub(crate) fn rests_on(&mut self, ground: Ground) {
        self.0.iter_mut().for_each(|reason| reason.push(ground));
    }

    /// This was not refused, and will not be.
    pub(crate) fn stands(&mut self, ground: Ground) {
        let reasons = self.0.iter_mut();
        reasons.for_each(|reason| reason.retain(|other| *other != ground));
    }

    /// This was refused.
    pub(crate) fn falls(&mut self, ground: Ground) {
        self.0.retain(|reason| !reason.contains(&ground));
    }
}
