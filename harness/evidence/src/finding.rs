//! What a property found, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// One observation (or its absence) that breaks a property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Witness {
    /// The `seq` of the history's line. Absent if the witness is that something never arrived.
    pub seq: Option<u64>,
    /// What happened, in one readable line.
    pub says: String,
    /// The frame or answer as it was received. Empty if something never arrived.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub frame: String,
    /// The name of the Socket.IO event, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

/// A property's answer for one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Holds, undecided or violated.
    pub verdict: Verdict,
    /// How many observations could have broken the claim. If an undecided finding has chances, some of them are in
    /// doubt. If it has none, nothing could have broken the claim.
    pub chances: u64,
    /// Why the evidence cannot tell. Empty unless undecided.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What was not looked at, or on what the finding rests. Often empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The observations that break the claim. Empty unless violated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<Witness>,
    /// How many more witnesses there were than are kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
}

/// How many witnesses a finding keeps. A target that leaks to everybody has millions.
pub(crate) const KEPT: usize = 1000;

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
            note: String::new(),
            witnesses: Vec::new(),
            left_out: 0,
        }
    }

    /// Joins this finding with that of the `next` part. If one of the two had no chance, the other decides. A doubt
    /// remains, however well the rest went.
    pub(crate) fn and(mut self, next: Self) -> Self {
        let chances = self.chances.saturating_add(next.chances);
        let note = if self.note.is_empty() {
            next.note.clone()
        } else {
            self.note.clone()
        };
        if self.verdict != next.verdict || self.verdict == Verdict::Undecided {
            let decisive = if self.weight() < next.weight() {
                next
            } else {
                self
            };
            return Self {
                chances,
                note,
                ..decisive
            };
        }
        let room = KEPT.saturating_sub(self.witnesses.len());
        let more = next.witnesses.len().saturating_sub(room) as u64;
        self.witnesses.extend(next.witnesses.into_iter().take(room));
        Self {
            verdict: self.verdict.max(next.verdict),
            chances,
            note,
            left_out: self.left_out + next.left_out + more,
            ..self
        }
    }

    /// When two findings are joined, the one with the higher rank decides: no chance, then holds, then a doubt, then a
    /// violation.
    const fn weight(&self) -> u8 {
        match (self.verdict, self.chances) {
            (Verdict::Undecided, 0) => 0,
            (Verdict::Holds, _) => 1,
            (Verdict::Undecided, _) => 2,
            (Verdict::Violated, _) => 3,
        }
    }
}
