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

    /// Violated when there is a witness, undecided for `no_chance` when nothing could have gone wrong.
    pub fn judge(chances: u64, mut witnesses: Vec<Witness>, no_chance: &str) -> Self {
        if !witnesses.is_empty() {
            let left_out = witnesses.len().saturating_sub(KEPT) as u64;
            witnesses.truncate(KEPT);
            return Self {
                left_out,
                verdict: Verdict::Violated,
                chances,
                reason: String::new(),
                witnesses,
            };
        }
        if chances == 0 {
            return Self::undecided(no_chance);
        }
        Self {
            verdict: Verdict::Holds,
            chances,
            reason: String::new(),
            witnesses,
            left_out: 0,
        }
    }
}
