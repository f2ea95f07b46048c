//! The id of a rule in a file.

/// Whether it is the id of a rule, as reports write it.
pub(crate) fn is_rule(id: &str) -> bool {
    rules::named(id).is_some_and(|rule| rule.id == id)
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
