//! What a property found, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// One observation (or its absence) that breaks a property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Witness {
    /// The history line's `seq`; absent where the witness is that something never came.
    pub seq: Option<u64>,
    /// What happened, in one line a person can read.
    pub says: String,
    /// The frame or answer as it was received; empty for an absence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub frame: String,
    /// The Socket.IO event it happened in, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

/// A property's answer for one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Holds, undecided or violated.
    pub verdict: Verdict,
    /// How many observations could have broken the claim.
    pub chances: u64,
    /// Why the evidence cannot tell; empty unless undecided.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What breaks the claim; empty unless violated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<Witness>,
    /// How many more witnesses there are than are kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
}

/// Witnesses that a finding keeps: a target that leaks to everybody has millions.
const KEPT: usize = 1000;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl Finding {
    /// The evidence cannot tell, because of `reason`.
    pub fn undecided(reason: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Undecided,
            chances: 0,
            reason: reason.into(),
            witnesses: Vec::new(),
            left_out: 0,
        }
    }

    /// What was found here and then in `next`. What one of the two could not tell, the other may.
    pub(crate) fn and(mut self, next: Self) -> Self {
        let chances = self.chances + next.chances;
        if self.verdict == Verdict::Undecided || next.verdict == Verdict::Undecided {
            let told = if self.verdict == Verdict::Undecided {
                next
            } else {
                self
            };
            return Self { chances, ..told };
        }
        let room = KEPT.saturating_sub(self.witnesses.len());
        let more = next.witnesses.len().saturating_sub(room) as u64;
        self.witnesses.extend(next.witnesses.into_iter().take(room));
        Self {
            verdict: self.verdict.max(next.verdict),
            chances,
            left_out: self.left_out + next.left_out + more,
            ..self
        }
    }
}

/// What a property has found so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    chances: u64,
    witnesses: Vec<Witness>,
    left_out: u64,
}

impl Tally {
    /// So many more observations could have broken the claim.
    pub(crate) const fn chance(&mut self, count: u64) {
        self.chances += count;
    }

    /// One more witness; it is made only when it is kept.
    pub(crate) fn witness(&mut self, make: impl FnOnce() -> Witness) {
        if self.witnesses.len() < KEPT {
            self.witnesses.push(make());
        } else {
            self.left_out += 1;
        }
    }

    /// Violated when there is a witness, undecided for `no_chance` when nothing could have gone wrong.
    pub(crate) fn finding(self, no_chance: &str) -> Finding {
        let verdict = match (self.witnesses.is_empty(), self.chances) {
            (true, 0) => return Finding::undecided(no_chance),
            (true, _) => Verdict::Holds,
            (false, _) => Verdict::Violated,
        };
        Finding {
            verdict,
            chances: self.chances,
            reason: String::new(),
            witnesses: self.witnesses,
            left_out: self.left_out,
        }
    }
}
