//! What a judge counts: chances, witnesses and doubts. At the end they become a finding.

use crate::finding::{Finding, KEPT, Witness};
use crate::verdict::Verdict;

/// What a finding says where nothing numbers the events.
pub(crate) const UNNUMBERED: &str = "unnumbered: judged by markers only";

/// What a property has found so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    chances: u64,
    witnesses: Vec<Witness>,
    left_out: u64,
    /// The first doubt, and how many there are.
    doubt: Option<(String, u64)>,
}

impl Tally {
    /// Adds `count` observations that could have broken the claim.
    pub(crate) const fn chance(&mut self, count: u64) {
        // It must not overflow: a history may claim that a target owes any number of events.
        self.chances = self.chances.saturating_add(count);
    }

    /// Adds a witness. It is only made if there is room to keep it.
    pub(crate) fn witness(&mut self, make: impl FnOnce() -> Witness) {
        if self.witnesses.len() < KEPT {
            self.witnesses.push(make());
        } else {
            self.left_out += 1;
        }
    }

    /// Adds a doubt: why nobody can tell how one of the chances ended.
    pub(crate) fn doubt(&mut self, why: impl FnOnce() -> String) {
        match &mut self.doubt {
            Some((_, count)) => *count += 1,
            None => self.doubt = Some((why(), 1)),
        }
    }

    /// Violated when there is a witness, undecided when there is a doubt. With no chances it is undecided
    /// because of `no_chance`.
    pub(crate) fn finding(self, no_chance: &str) -> Finding {
        let (verdict, reason) = match (self.witnesses.is_empty(), self.doubt, self.chances) {
            (false, ..) => (Verdict::Violated, String::new()),
            (true, Some((why, 1)), _) => (Verdict::Undecided, why),
            (true, Some((why, count)), _) => {
                (Verdict::Undecided, format!("{why}; and {} more", count - 1))
            }
            (true, None, 0) => return Finding::undecided(no_chance),
            (true, None, _) => (Verdict::Holds, String::new()),
        };
        Finding {
            verdict,
            // A witness is a chance, even if nobody counted it.
            chances: self.chances.max(u64::from(verdict == Verdict::Violated)),
            reason,
            note: String::new(),
            witnesses: self.witnesses,
            left_out: self.left_out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Verdict::{Holds, Undecided, Violated};

    fn witness(says: &str) -> Witness {
        Witness {
            seq: None,
            says: says.to_owned(),
            frame: String::new(),
            event: None,
        }
    }

    fn found(chances: u64, witnesses: &[&str]) -> Finding {
        let mut tally = Tally::default();
        tally.chance(chances);
        for says in witnesses {
            tally.witness(|| witness(says));
        }
        tally.finding("no chance")
    }

    /// Of two doubts the first is reported, as within a part.
    #[test]
    fn the_first_doubt_is_reported() {
        let doubt = |why: &str| {
            let mut tally = Tally::default();
            tally.chance(1);
            tally.doubt(|| why.to_owned());
            tally.finding("no chance")
        };
        let joined = doubt("one").and(doubt("two"));
        assert_eq!((joined.reason.as_str(), joined.chances), ("one", 2));
        let joined = Finding::undecided("nothing").and(doubt("two"));
        assert_eq!(joined.reason, "two");
    }

    #[track_caller]
    fn both(first: Finding, second: Finding, verdict: Verdict, chances: u64, says: &[&str]) {
        let both = first.and(second);
        let joined: Vec<&str> = both.witnesses.iter().map(|one| one.says.as_str()).collect();
        assert_eq!((both.verdict, both.chances), (verdict, chances));
        assert_eq!(joined, says);
        assert_eq!(both.reason.is_empty(), verdict != Undecided);
    }

    #[test]
    fn two_findings_join_into_one() {
        both(found(2, &[]), found(3, &[]), Holds, 5, &[]);
        both(found(2, &["a"]), found(3, &["b"]), Violated, 5, &["a", "b"]);
        both(found(2, &[]), found(3, &["b"]), Violated, 5, &["b"]);
        both(found(2, &["a"]), found(3, &[]), Violated, 5, &["a"]);
    }

    #[test]
    fn a_finding_without_chances_leaves_the_decision_to_the_other() {
        both(found(0, &[]), found(0, &[]), Undecided, 0, &[]);
        both(found(0, &[]), found(3, &[]), Holds, 3, &[]);
        both(found(2, &[]), found(0, &[]), Holds, 2, &[]);
        both(found(0, &[]), found(3, &["b"]), Violated, 3, &["b"]);
        both(found(2, &["a"]), found(0, &[]), Violated, 2, &["a"]);
    }

    #[test]
    fn a_doubt_outweighs_a_finding_that_holds() {
        let doubted = |chances: u64, witnesses: &[&str]| {
            let mut tally = Tally::default();
            tally.chance(chances);
            tally.doubt(|| "late".to_owned());
            witnesses
                .iter()
                .for_each(|says| tally.witness(|| witness(says)));
            tally.finding("no chance")
        };
        both(doubted(2, &[]), found(3, &[]), Undecided, 5, &[]);
        both(found(3, &[]), doubted(2, &[]), Undecided, 5, &[]);
        both(doubted(2, &[]), found(0, &[]), Undecided, 2, &[]);
        both(found(0, &[]), doubted(2, &[]), Undecided, 2, &[]);
        both(doubted(2, &[]), found(3, &["b"]), Violated, 5, &["b"]);
        assert_eq!(doubted(2, &["a"]).verdict, Violated);
        assert_eq!(doubted(2, &[]).and(found(3, &[])).reason, "late");
    }

    #[test]
    fn a_finding_keeps_a_thousand_witnesses_and_counts_the_rest() {
        let many = |count: usize| found(1, &vec!["x"; count]);
        assert_eq!(many(KEPT).left_out, 0);
        assert_eq!(
            (many(KEPT + 2).witnesses.len(), many(KEPT + 2).left_out),
            (KEPT, 2)
        );
        let both = many(KEPT - 1).and(many(3));
        assert_eq!((both.witnesses.len(), both.left_out), (KEPT, 2));
        let both = many(KEPT + 1).and(many(KEPT + 3));
        assert_eq!(
            (both.witnesses.len(), both.left_out),
            (KEPT, 1 + KEPT as u64 + 3)
        );
    }

    #[test]
    fn a_violation_had_a_chance() {
        let found = found(0, &["a"]);
        assert_eq!((found.verdict, found.chances), (Violated, 1));
    }

    #[test]
    fn empty_fields_are_not_written() {
        let written = |finding: &Finding| serde_json::to_string(finding).expect("JSON");
        assert_eq!(
            written(&found(2, &[])),
            "{\"verdict\":\"holds\",\"chances\":2}"
        );
        let more = written(&found(2, &vec!["x"; KEPT + 7]));
        assert!(
            more.ends_with("\"left_out\":7}"),
            "{}",
            &more[more.len() - 40..]
        );
    }
}
