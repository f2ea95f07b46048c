//! The three answers a property can give, worst last.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the evidence shows. The order is from best to worst, so that merging is `max`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There was a chance to break the claim, and it was not broken.
    Holds,
    /// The evidence cannot tell.
    Undecided,
    /// The claim was broken, and a witness shows it.
    Violated,
}

impl Verdict {
    /// The worst of `all`; a run that proved nothing is undecided, never a pass.
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().max().unwrap_or(Self::Undecided)
    }

    /// The process exit code that says this: 0 holds, 1 violated, 3 undecided.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Holds => 0,
            Self::Violated => 1,
            Self::Undecided => 3,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Holds => "holds",
            Self::Undecided => "undecided",
            Self::Violated => "violated",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{self, Holds, Undecided, Violated};

    #[test]
    fn the_worst_wins_and_nothing_is_undecided() {
        assert_eq!(Verdict::worst([]), Undecided);
        assert_eq!(Verdict::worst([Holds, Holds]), Holds);
        assert_eq!(Verdict::worst([Holds, Undecided]), Undecided);
        assert_eq!(Verdict::worst([Undecided, Violated, Holds]), Violated);
    }

    #[test]
    fn a_verdict_has_its_exit_code() {
        let codes = [Holds, Violated, Undecided].map(Verdict::exit_code);
        assert_eq!(codes, [0, 1, 3]);
    }
}
