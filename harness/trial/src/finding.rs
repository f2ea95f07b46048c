//! What was noticed: a line for each thing that was tried, what does not fit, and what the file could say.

use reading::spot::Spot;
use reading::wrong::Wrong;

/// Something that was tried, and how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What was tried, in a word; empty where the line goes on with the one before it.
    pub what: String,
    /// How it went.
    pub told: String,
}

/// How sure it is that the file does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What the target did is not what the file says.
    Mistake,
    /// Nothing came that would tell.
    Open,
}

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How sure that is.
    pub kind: Kind,
    /// Where it stands in the target file; none where the whole file is meant.
    pub at: Option<Spot>,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub fix: String,
}

impl Finding {
    /// What the target did is not what the file says.
    pub(crate) fn mistake(
        at: Option<Spot>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            kind: Kind::Mistake,
            at,
            what: what.into(),
            fix: fix.into(),
        }
    }

    /// Nothing came that would tell.
    pub(crate) fn open(at: Option<Spot>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            kind: Kind::Open,
            ..Self::mistake(at, what, fix)
        }
    }

    pub(crate) fn wrong(&self) -> Wrong {
        Wrong {
            at: self.at.filter(|at| at.line() > 0),
            part: None,
            message: self.what.clone(),
            fix: self.fix.clone(),
        }
    }
}

/// What the file could say, by what was seen. Nothing is wrong without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// Where it would stand.
    pub at: Option<Spot>,
    /// What would stand there.
    pub says: String,
    /// What was seen.
    pub because: String,
}

/// Everything that was noticed, in its order.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) lines: Vec<Line>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) guesses: Vec<Guess>,
}

impl Notes {
    /// How something went.
    pub(crate) fn line(&mut self, what: &str, told: impl Into<String>) {
        let is_further = { self.lines.iter().rev() }
            .find(|line| !line.what.is_empty())
            .is_some_and(|line| line.what == what);
        self.lines.push(Line {
            what: if is_further {
                String::new()
            } else {
                what.to_owned()
            },
            told: told.into(),
        });
    }

    /// Something does not fit. What stands at one place and is mended in one way is told once: the second user goes
    /// the same way as the first.
    pub(crate) fn finding(&mut self, finding: Finding) {
        let is_same = |known: &Finding| known.at == finding.at && known.fix == finding.fix;
        if !self.findings.iter().any(is_same) {
            self.findings.push(finding);
        }
    }

    /// The file could say this.
    pub(crate) fn guess(
        &mut self,
        at: Option<Spot>,
        says: impl Into<String>,
        because: impl Into<String>,
    ) {
        let guess = Guess {
            at,
            says: says.into(),
            because: because.into(),
        };
        if !self.guesses.contains(&guess) {
            self.guesses.push(guess);
        }
    }
}
