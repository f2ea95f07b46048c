//! What the formats of others are made of: scenarios, and each property's answer in them.

use std::path::Path;
use std::time::Duration;

use evidence::{Verdict, properties};

use super::{Judged, Report};

/// One claim's answer.
pub(super) struct Claim {
    /// A property's or a check's name.
    pub(super) name: &'static str,
    /// The claim as a sentence.
    pub(super) sentence: &'static str,
    pub(super) verdict: Verdict,
    /// The rules that are broken.
    pub(super) rules: Vec<String>,
    /// What was found, in one line.
    pub(super) summary: String,
    /// All that was found.
    pub(super) details: String,
    /// The first witness's line in the history.
    pub(super) line: Option<u64>,
}

/// One scenario's outcome, as far as it is known.
pub(super) struct Outcome<'a> {
    /// The last folder and the file, or the scenario's sentence.
    pub(super) name: String,
    /// The scenario's file, where there was one.
    pub(super) file: Option<&'a Path>,
    pub(super) history: Option<&'a Path>,
    /// Absent where a report must be the same each time.
    pub(super) took: Option<Duration>,
    /// Why it could not be run to its end.
    pub(super) error: Option<&'a str>,
    pub(super) claims: Vec<Claim>,
}

/// All that a run shows.
pub(crate) struct Results<'a> {
    pub(super) name: &'a str,
    pub(super) verdict: Option<Verdict>,
    pub(super) outcomes: Vec<Outcome<'a>>,
}

impl Outcome<'_> {
    /// The line that shows the same again.
    pub(super) fn again(&self) -> Option<String> {
        Some(format!("airtight recheck {}", self.history?.display()))
    }
}

impl Report {
    pub(super) fn claims(&self) -> Vec<Claim> {
        self.findings.iter().map(Judged::claim).collect()
    }
}

impl Judged {
    fn claim(&self) -> Claim {
        let named = properties::named(self.property);
        let first = self.finding.witnesses.first();
        Claim {
            name: self.property,
            sentence: named.map_or(self.property, |named| named.claim),
            verdict: self.finding.verdict,
            rules: self.rules.clone(),
            summary: self.summary(),
            details: self.details(),
            // The header is the first line.
            line: first.and_then(|first| first.seq).map(|seq| seq + 1),
        }
    }

    /// What was found, in one line.
    fn summary(&self) -> String {
        let finding = &self.finding;
        match (finding.verdict, finding.witnesses.first()) {
            (Verdict::Violated, Some(first)) => {
                let more = finding.witnesses.len() as u64 + finding.left_out - 1;
                let more = if more > 0 {
                    format!(", and {more} more")
                } else {
                    String::new()
                };
                format!("{}{more}", first.says)
            }
            (Verdict::Undecided, _) => finding.reason.clone(),
            _ => format!("{} chances", finding.chances),
        }
    }

    /// Every witness that is kept, one a line, with its frame.
    fn details(&self) -> String {
        let mut text = String::new();
        if !self.rules.is_empty() {
            text += &format!("breaks {}\n", self.rules.join(", "));
        }
        for witness in &self.finding.witnesses {
            if let Some(seq) = witness.seq {
                text += &format!("#{seq}: ");
            }
            text += &witness.says;
            text.push('\n');
            if !witness.frame.is_empty() {
                text += &format!("frame: {}\n", super::printable(&witness.frame));
            }
        }
        if self.finding.left_out > 0 {
            text += &format!("and {} more\n", self.finding.left_out);
        }
        text
    }
}
