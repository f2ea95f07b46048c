//! The id of a rule in a file: one of ours, or one that the owner of the file has invented.

use diagnostics::near;

/// Whether it may be the id of a rule. An id that looks like one of ours must be one: a misspelt rule would never be
/// named, and nobody would notice. Any other id is a rule of the file's own.
pub(crate) fn is_rule(id: &str) -> bool {
    rules::named(id).is_some_and(|rule| rule.id == id) || !looks_like_ours(id)
}

/// Whether its letters are those of one of our families, or one slip away.
fn looks_like_ours(id: &str) -> bool {
    let end = id.find(|letter: char| !letter.is_ascii_alphabetic());
    let letters = &id[..end.unwrap_or(id.len())];
    let families = rules::families().map(|family| family.prefix);
    !near(letters, families).is_empty()
}

/// The fix for an id that is none.
pub(crate) fn meant_rule(id: &str) -> String {
    let near = rules::nearest(id);
    near.first().map_or_else(
        || "choose from `airtight explain`".to_owned(),
        |rule| {
            let (id, title) = (rule.id, rule.title);
            format!("write `{id}` ({title}), or another rule from `airtight explain`")
        },
    )
}

#[cfg(test)]
mod tests {
    use super::is_rule;

    #[test]
    fn a_misspelt_rule_is_none_and_one_of_the_files_own_is() {
        for rule in ["ISO04", "BOOT01", "APP01", "SEC12", "leak of a chat"] {
            assert!(is_rule(rule), "{rule}");
        }
        for slip in ["ISO99", "iso04", "ISO4", "IOS04", "ISP04", "NGXX01"] {
            assert!(!is_rule(slip), "{slip}");
        }
    }
}
