//! Why a command could not do its work: what, where and how to mend it.

use std::fmt;

/// The reason, with the exit code that it stands for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input is wrong: exit code 2.
    Input(String),
    /// The world did not help: exit code 4.
    World(String),
    /// A file of the user's is wrong, already told in full: exit code 2.
    Told(String),
}

impl Failure {
    pub(crate) fn input(
        what: impl fmt::Display,
        at: impl fmt::Display,
        fix: impl fmt::Display,
    ) -> Self {
        Self::Input(told(&what, &at, &fix))
    }

    pub(crate) fn world(
        what: impl fmt::Display,
        at: impl fmt::Display,
        fix: impl fmt::Display,
    ) -> Self {
        Self::World(told(&what, &at, &fix))
    }

    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Input(_) | Self::Told(_) => 2,
            Self::World(_) => 4,
        }
    }
}

fn told(what: &dyn fmt::Display, at: &dyn fmt::Display, fix: &dyn fmt::Display) -> String {
    format!("error: {what}\n  at:  {at}\n  fix: {fix}")
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(text) | Self::World(text) | Self::Told(text) => f.write_str(text),
        }
    }
}
