//! The rules that somebody may have meant.

use crate::catalogue::all;
use crate::rule::Rule;

/// How many are offered at most.
const OFFERED: usize = 3;
/// How many letters may be missing, wrong, swapped or too many. With more, every id of a family would be near.
const SLIPS: usize = 2;

/// The rules whose ids are nearest to `id`, the nearest first; none where nothing is near.
#[must_use]
pub fn nearest(id: &str) -> Vec<&'static Rule> {
    let id: String = id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let mut near: Vec<(usize, &'static Rule)> = all()
        .map(|rule| (strsim::damerau_levenshtein(&id, rule.id), rule))
        .filter(|(slips, _)| *slips <= SLIPS)
        .collect();
    // Stable, so that rules that are equally near keep the order of the catalogue.
    near.sort_by_key(|(slips, _)| *slips);
    near.into_iter()
        .map(|(_, rule)| rule)
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
        check("VAC7", &["VAC01", "VAC02", "VAC03"]);
    }

    #[test]
    fn an_id_far_from_every_rule_finds_none() {
        for id in ["", "leak", "X", "no_foreign_events", "ÄÖÜ"] {
            check(id, &[]);
        }
    }
}
