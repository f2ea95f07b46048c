//! Why a command could not do its work: what, where and how to fix it.

use std::error::Error;
use std::fmt;

/// The reason, in three lines: what, where, and the fix.
///
/// A rule that the server breaks is no failure. A failure means that nothing could be found out.
#[derive(Debug)]
pub struct Failure {
    cause: Cause,
    text: String,
}

/// What has to change before another try.
#[derive(Clone, Copy, Debug)]
enum Cause {
    /// The input: flags, files or values.
    Input,
    /// The world: the network, the disk, the server.
    World,
}

impl Failure {
    /// The input is wrong.
    pub(crate) fn input(
        what: impl fmt::Display,
        at: impl fmt::Display,
        fix: impl fmt::Display,
    ) -> Self {
        Self::of(Cause::Input, &what, &at, &fix)
    }

    /// The world did not help.
    pub(crate) fn world(
        what: impl fmt::Display,
        at: impl fmt::Display,
        fix: impl fmt::Display,
    ) -> Self {
        Self::of(Cause::World, &what, &at, &fix)
    }

    /// The input is wrong, and `text` says all three already.
    pub(crate) fn input_in_full(text: &impl fmt::Display) -> Self {
        Self {
            cause: Cause::Input,
            text: text.to_string(),
        }
    }

    /// The world did not help, and `text` says all three already.
    pub(crate) fn world_in_full(text: &impl fmt::Display) -> Self {
        Self {
            cause: Cause::World,
            text: text.to_string(),
        }
    }

    fn of(
        cause: Cause,
        what: &dyn fmt::Display,
        at: &dyn fmt::Display,
        fix: &dyn fmt::Display,
    ) -> Self {
        let text = format!("error: {what}\n  at:  {at}\n  fix: {fix}");
        Self { cause, text }
    }

    /// 2 for wrong input, 4 for a world that did not help.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self.cause {
            Cause::Input => 2,
            Cause::World => 4,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Failure {}
