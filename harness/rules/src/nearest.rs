//! The rules that somebody may have meant.

use crate::catalogue::{all, named};
use crate::rule::Rule;

/// How many are offered at most.
const OFFERED: usize = 3;
/// The rules whose ids are nearest to `id`, the nearest first; none where nothing is near.
#[must_use]
pub fn nearest(id: &str) -> Vec<&'static Rule> {
    let id: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    diagnostics::near(&id, all().map(|rule| rule.id))
        .into_iter()
        .filter_map(named)
        .take(OFFERED)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[track_caller]
    fn check(id: &str, expected: &[&str]) {
        let ids: Vec<&str> = nearest(id).iter().map(|rule| rule.id).collect();
        assert_eq!(ids, expected, "{id}");
    }

    #[test]
    fn a_slip_finds_what_was_meant() {
        check("ISO4", &["ISO04", "ISO14", "ISO24"]);
        check("iso-04", &["ISO04", "ISO01", "ISO02"]);
        check("OSI04", &["ISO04", "OPS04"]);
        check("ISO99", &["ISO09", "ISO19", "ISO01"]);
        check("VAC1", &["VAC01"]);
    }

    #[test]
    fn an_id_far_from_every_rule_finds_none() {
        for id in ["", "leak", "X", "VAC7", "no_foreign_events", "ÄÖÜ"] {
            check(id, &[]);
        }
    }
}
