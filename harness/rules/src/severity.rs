//! How much harm a broken rule does.

use std::fmt;

/// How much harm a broken rule does. The order is from the worst to the least.
///
/// A rule has the worst severity whose meaning fits an ordinary case of its fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Another user's data or name is open to somebody.
    Critical,
    /// It is one step from that, or everybody loses the service.
    High,
    /// Some users lose something, or one defence of several.
    Medium,
    /// Nobody is harmed directly.
    Low,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// Its name in texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    /// What it means, in one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Critical => {
                "Somebody gets another user's data or session, or acts in another user's name, and nothing else has to go wrong first."
            }
            Self::High => {
                "One more step, such as a click or a second fault, separates an attacker from another user's data; or every user loses the service, a login or events."
            }
            Self::Medium => {
                "Some users lose service or events, or one of several defences is missing, so that the next fault does more harm."
            }
            Self::Low => {
                "Nobody is harmed directly: the fault misleads an operator, breaks a step that stops with an error, or keeps an outdated setting."
            }
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
