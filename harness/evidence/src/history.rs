//! The evidence of a run: a header line, then one observation per line.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::marker::Owners;
use crate::name::UserName;
use crate::observation::Observation;

/// The version of the format that this crate writes. It reads version 1 as well, with the meaning that it had: all that
/// came later is optional, and means the same where it is absent.
pub const VERSION: u32 = 2;

/// The first version, which is still read.
const FIRST: u32 = 1;

/// The first line of a history: what was run, and for which claims.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// The format's version, now 2.
    pub airtight_history: u32,
    /// The scenario's sentence.
    pub scenario: String,
    /// The ids of the rules that the scenario tests.
    pub rules: Vec<String>,
    /// The users that take part.
    pub users: Vec<UserName>,
    /// The properties to judge, by name.
    pub expect: Vec<String>,
    /// The seed that repeats the run.
    pub seed: u64,
    /// For an event's name, the rule that another user's marker in it breaks, if the target file names one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub leaks: BTreeMap<String, String>,
    /// For a property's name, the rule that it breaks if it is violated, if that is not one of `rules`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub breaks: BTreeMap<String, String>,
    /// Events that come by themselves. Where they carry no marker, they are nobody's.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ambient: BTreeSet<String>,
    /// Events of which the target file does not say how many there are. A comparison gives their number some room.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub uncounted: BTreeSet<String>,
    /// Events in which the names of users are for everybody.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub public: BTreeSet<String>,
    /// An idle tab was seen to stay open: a tab that the server closes is a fault.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stays: bool,
    /// Some actions are meant for others than who acts: whom a text was meant for that was made before this history, on a
    /// system that keeps texts, nobody knows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shares: bool,
    /// The program that spoke Socket.IO, with its version, where that was no client of the harness's own process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
}

/// A run's evidence, in the order in which the recorder saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The header.
    pub scene: Scene,
    /// The observations, by rising `seq`.
    pub observations: Vec<Observation>,
    /// The run was killed while it wrote its last line, and that line is left out.
    pub cut_short: bool,
}

/// Why a text is not a history. Lines count from 1.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// There is no header line.
    #[error("the history is empty")]
    Empty,
    /// The first line is not a header.
    #[error("line 1 is not a history's header")]
    Header(#[source] serde_json::Error),
    /// The format has another version.
    #[error("the history has version {0}, this reads versions {FIRST} to {VERSION}")]
    Version(u32),
    /// A line is not an observation.
    #[error("line {line} is not an observation")]
    Line {
        /// Its number.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A line is missing, repeated or moved.
    #[error("line {line} has seq {found}, expected {expected}")]
    Order {
        /// Its number.
        line: usize,
        /// Its seq.
        found: u64,
        /// The seq that was expected.
        expected: u64,
    },
}

impl HistoryError {
    /// The line that is wrong, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        match self {
            Self::Empty | Self::Header(_) | Self::Version(_) => 1,
            Self::Line { line, .. } | Self::Order { line, .. } => *line,
        }
    }

    /// The last byte in that line that was read when it was found wrong, from 1; none where it is no JSON that is wrong.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        match self {
            Self::Header(source) | Self::Line { source, .. } => Some(source.column()),
            Self::Empty | Self::Version(_) | Self::Order { .. } => None,
        }
    }

    /// One imperative sentence.
    #[must_use]
    pub const fn fix(&self) -> &'static str {
        match self {
            Self::Empty | Self::Header(_) => "give the file that a run wrote, from its first line",
            Self::Version(_) => "judge it with the version of airtight that recorded it",
            Self::Line { .. } | Self::Order { .. } => "restore the file as the recorder wrote it",
        }
    }
}

/// Reads a history line by line. Lines come without their line breaks.
#[derive(Debug)]
pub struct Lines {
    scene: Scene,
    read: usize,
}

impl Lines {
    /// Reads the header line.
    ///
    /// # Errors
    /// If the line is not a header, or has another version.
    pub fn begin(header: &str) -> Result<Self, HistoryError> {
        if header.is_empty() {
            return Err(HistoryError::Empty);
        }
        let scene: Scene = serde_json::from_str(header).map_err(HistoryError::Header)?;
        if !(FIRST..=VERSION).contains(&scene.airtight_history) {
            return Err(HistoryError::Version(scene.airtight_history));
        }
        Ok(Self { scene, read: 0 })
    }

    /// The header.
    #[must_use]
    pub const fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Reads the next line.
    ///
    /// # Errors
    /// If the line is not an observation, or not the next one.
    pub fn next(&mut self, line: &str) -> Result<Observation, HistoryError> {
        let number = self.read + 2;
        let observation: Observation =
            serde_json::from_str(line).map_err(|source| HistoryError::Line {
                line: number,
                source,
            })?;
        let expected = self.read as u64 + 1;
        if observation.seq != expected {
            return Err(HistoryError::Order {
                line: number,
                found: observation.seq,
                expected,
            });
        }
        self.read += 1;
        Ok(observation)
    }
}

impl History {
    /// Reads a history. A killed run may leave a last line without its line break; it is left out.
    ///
    /// # Errors
    /// The number of the first wrong line, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, HistoryError> {
        let (whole, rest) = text.rsplit_once('\n').unwrap_or(("", text));
        let mut split = whole.split('\n');
        let mut lines = Lines::begin(split.next().unwrap_or_default())?;
        let observations = split.map(|line| lines.next(line));
        let observations = observations.collect::<Result<_, _>>()?;
        Ok(Self {
            scene: lines.scene,
            observations,
            cut_short: !rest.is_empty(),
        })
    }

    /// Which markers belong to which user.
    #[must_use]
    pub fn owners(&self) -> Owners {
        Owners::of(&self.scene.users)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_histories::history;

    fn written(history: &History) -> String {
        let lines = history
            .observations
            .iter()
            .map(|line| serde_json::to_string(line).expect("plain data"));
        let header = serde_json::to_string(&history.scene).expect("plain data");
        std::iter::once(header)
            .chain(lines)
            .map(|line| line + "\n")
            .collect()
    }

    #[test]
    fn a_written_history_reads_back_the_same() {
        for script in [
            "amy+ bob+ amy!1 amy<amy1#1 amy-",
            "stays ambient:tick amy+ amy@red:user? amy$ace-of-spades>amy/desktop amy</hand amy<(amy1",
            "amy+ amy!1{result>@red,*,-amy,must,per;to>**;unmarked;acting>amy/desktop/1} amy!x1 amy<<amy1",
        ] {
            let history = history(script);
            assert_eq!(History::parse(&written(&history)).expect("reads"), history);
        }
    }

    /// What is declared looks so: other recorders write it, too.
    #[test]
    fn what_is_declared_is_written_as_short_as_it_is() {
        let line = |script: &str| {
            let history = history(script);
            serde_json::to_string(&history.observations[0].what).expect("plain data")
        };
        let marker = "z337klyrcehka76rhddm54qbnhe";
        assert_eq!(
            line("amy!1{result>@red,-amy,may;to>*;acting>amy/desktop/1}"),
            format!(
                "{{\"what\":\"sent\",\"marker\":\"{marker}\",\"to\":{{\"any\":[\"everyone\"]}},\"events\":{{\"result\":{{\"to\":{{\"any\":[{{\"group\":\"red\"}}],\"but\":[{{\"user\":\"amy\"}}]}},\"history\":\"may\"}}}},\"acting\":{{\"user\":\"amy\",\"session\":\"desktop\",\"tab\":\"1\"}}}}"
            )
        );
        assert_eq!(
            line("amy@red+"),
            "{\"what\":\"member\",\"group\":\"red\",\"who\":\"tab\",\"is\":\"joined\"}"
        );
        assert_eq!(
            line("amy$ace-of-spades>amy"),
            "{\"what\":\"secret\",\"value\":\"ace-of-spades\",\"to\":{\"any\":[{\"user\":\"amy\"}]},\"is\":\"seen\"}"
        );
    }

    #[test]
    fn the_first_version_is_still_read() {
        let text = written(&history("amy+ bob+ amy!1 amy<amy1#1 amy-"));
        let first = text.replace("\"airtight_history\":2", "\"airtight_history\":1");
        let (first, now) = (History::parse(&first), History::parse(&text));
        let observations = |read: Result<History, HistoryError>| read.expect("reads").observations;
        assert_eq!(observations(first), observations(now));
        assert!(History::parse(&text.replace("history\":2", "history\":0")).is_err());
    }

    #[test]
    fn a_killed_run_can_still_be_read() {
        let history = history("amy+ bob+ amy!1 amy<amy1");
        let text = written(&history);
        let cut = History::parse(&text[..text.len() - 9]).expect("reads");
        assert!(cut.cut_short);
        assert_eq!(
            cut.observations,
            history.observations[..history.observations.len() - 1]
        );
    }

    #[track_caller]
    fn refuses(text: &str, message: &str) {
        assert_eq!(
            History::parse(text)
                .expect_err("must be refused")
                .to_string(),
            message,
            "{text}"
        );
    }

    #[test]
    fn an_error_in_a_history_has_a_line_and_a_column() {
        let text = written(&history("amy+ bob+"));
        let place = |text: &str| {
            let error = History::parse(text).expect_err("must be refused");
            (error.line(), error.column())
        };
        assert_eq!(place(""), (1, None));
        assert_eq!(place("{x}\n"), (1, Some(2)));
        assert_eq!(place(&format!("{text}{{\"seq\":\"7\"}}\n")), (7, Some(10)));
        assert_eq!(place(&text.replace("\"seq\":2", "\"seq\":9")), (3, None));
    }

    #[test]
    fn an_error_in_a_history_says_where() {
        let text = written(&history("amy+ bob+"));
        refuses("", "the history is empty");
        refuses("\n", "the history is empty");
        refuses("{}\n", "line 1 is not a history's header");
        refuses(
            &text.replace("history\":2", "history\":7"),
            "the history has version 7, this reads versions 1 to 2",
        );
        refuses(&format!("{text}{{}}\n"), "line 7 is not an observation");
        refuses(
            &text.replace("\"seq\":2", "\"seq\":9"),
            "line 3 has seq 9, expected 2",
        );
    }
}
