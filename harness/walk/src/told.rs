//! How something ended that a user wanted, with the step that decided it.

use reading::spot::Spot;
use targets::language::came::Came;

use crate::outcome::Outcome;
use crate::walker::Walked;

/// How something ended.
#[derive(Clone, Debug)]
pub struct Told {
    /// Whether it happened.
    pub answer: Answer,
    /// The step that decided it.
    pub at: Spot,
    /// What came to it.
    pub came: Came,
    /// The number of what the tab had heard last when the target said so.
    pub heard: u64,
}

/// Whether something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The target said yes.
    Yes,
    /// Nothing is ever answered: it holds as long as both ends keep the socket open.
    Sent,
    /// It was asked, and nothing says what a yes looks like: it may have happened.
    Asked,
    /// The target said no, in these words.
    No(String),
    /// Nobody knows, for this reason.
    Unknown(String),
}

impl Answer {
    /// Whether it may have happened.
    #[must_use]
    pub const fn may_be(&self) -> bool {
        !matches!(self, Self::No(_))
    }
}

impl From<Walked> for Told {
    fn from(walked: Walked) -> Self {
        Self {
            answer: match walked.outcome {
                Outcome::Granted => Answer::Yes,
                Outcome::Sent => Answer::Sent,
                Outcome::Asked => Answer::Asked,
                Outcome::Refused(why) => Answer::No(why),
                Outcome::Open(why) | Outcome::TooFast(why) => Answer::Unknown(why),
            },
            at: walked.at,
            came: walked.came,
            heard: walked.heard,
        }
    }
}
