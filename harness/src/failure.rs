//! Why a command could not do its work: what, where and how to fix it.

use std::error::Error;
use std::fmt;

use diagnostics::{Diagnostic, Place};

/// The reason: what, where, and the fix.
///
/// A rule that the server breaks is no failure. A failure means that nothing could be found out.
#[derive(Debug)]
pub struct Failure {
    cause: Cause,
    words: Words,
}

/// What has to change before another try.
#[derive(Clone, Copy, Debug)]
enum Cause {
    /// The input: flags, files or values.
    Input,
    /// The world: the network, the disk, the server.
    World,
}

#[derive(Debug)]
enum Words {
    Ours(Box<Diagnostic>),
    Several(Vec<Diagnostic>),
    /// Those of a failure that a report has told already.
    Told(String),
}

impl Failure {
    /// The input is wrong, in a flag, a folder or whatever else has a name.
    pub(crate) fn input(
        what: impl fmt::Display,
        at: impl fmt::Display,
        fix: impl fmt::Display,
    ) -> Self {
        Self::of(Cause::Input, Diagnostic::new(what, Place::named(at), fix))
    }

    /// The world did not help.
    pub(crate) fn world(
        what: impl fmt::Display,
        at: impl fmt::Display,
        fix: impl fmt::Display,
    ) -> Self {
        Self::of(Cause::World, Diagnostic::new(what, Place::named(at), fix))
    }

    /// The input is wrong.
    pub(crate) fn wrong_input(diagnostic: Diagnostic) -> Self {
        Self::of(Cause::Input, diagnostic)
    }

    /// The input is wrong in several ways.
    pub(crate) fn wrong_inputs(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            cause: Cause::Input,
            words: Words::Several(diagnostics),
        }
    }

    /// The world did not help.
    pub(crate) fn wrong_world(diagnostic: Diagnostic) -> Self {
        Self::of(Cause::World, diagnostic)
    }

    /// The world did not help, and `text` is the failure that a report has of it.
    pub(crate) fn told(text: &str) -> Self {
        Self {
            cause: Cause::World,
            words: Words::Told(text.to_owned()),
        }
    }

    fn of(cause: Cause, diagnostic: Diagnostic) -> Self {
        Self {
            cause,
            words: Words::Ours(Box::new(diagnostic)),
        }
    }

    /// 2 for wrong input, 4 for a world that did not help.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self.cause {
            Cause::Input => 2,
            Cause::World => 4,
        }
    }

    /// What a terminal prints, with ANSI styles.
    pub(crate) fn styled(&self) -> String {
        match &self.words {
            Words::Ours(diagnostic) => diagnostic.styled(),
            Words::Several(all) => {
                let all: Vec<String> = all.iter().map(Diagnostic::styled).collect();
                all.join("\n")
            }
            Words::Told(text) => text.clone(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.words {
            Words::Ours(diagnostic) => diagnostic.fmt(f),
            Words::Several(all) => {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                f.write_str(&all.join("\n"))
            }
            Words::Told(text) => f.write_str(text),
        }
    }
}

impl Error for Failure {}
