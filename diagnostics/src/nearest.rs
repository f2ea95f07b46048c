//! "Did you mean …": the known name that a mistyped one is nearest to.

/// The known names that are so like `typed` that one of them must have been meant, the nearest first: at most two
/// fifths of the letters differ, and at most three. Upper and lower case are the same; two letters that changed places
/// are one difference. Names that are equally near keep their order.
#[must_use]
pub fn near<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    // A longer text is no name, and the comparison takes the product of both lengths.
    const LONGEST: usize = 100;
    let typed = typed.to_lowercase();
    let n_letters = typed.chars().count();
    if n_letters > LONGEST {
        return Vec::new();
    }
    let most = (n_letters * 2 / 5).clamp(1, 3);
    let known = known.into_iter();
    let known = known.filter(|name| name.chars().count() <= LONGEST);
    let distances = known.map(|name| {
        let distance = strsim::damerau_levenshtein(&typed, &name.to_lowercase());
        (distance, name)
    });
    // Of a name of one or two letters every other one is a neighbour.
    let is_near = |distance: usize| distance == 0 || (distance <= most && n_letters > 2);
    let mut near: Vec<_> = distances
        .filter(|(distance, _)| is_near(*distance))
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, name)| name).collect()
}

/// The nearest of them, if any is [`near`].
#[must_use]
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    near(typed, known).into_iter().next()
}

/// The fix for a name that is none of `known`: the one that was meant, or all of them.
#[must_use]
pub fn meant(typed: &str, known: &[&str]) -> String {
    let all = known.join(", ");
    match nearest(typed, known.iter().copied()) {
        Some(near) => format!("write `{near}`, or one of {all}"),
        None => format!("use one of {all}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{meant, near, nearest};

    const STEPS: [&str; 6] = ["login", "logout", "open", "close", "await", "together"];

    #[track_caller]
    fn check(typed: &str, expected: Option<&str>) {
        assert_eq!(nearest(typed, STEPS), expected, "{typed}");
    }

    #[test]
    fn a_mistyped_name_is_recognised() {
        check("awiat", Some("await"));
        check("logoff", Some("logout"));
        check("OPEN", Some("open"));
        check("opne", Some("open"));
        check("toghether", Some("together"));
    }

    #[test]
    fn what_is_like_none_is_not() {
        check("explode", None);
        check("x", None);
        check("in", None);
        check("", None);
        check(&"login".repeat(50), None);
        assert_eq!(nearest("login", []), None);
    }

    #[test]
    fn the_nearest_comes_first_and_all_are_named() {
        assert_eq!(
            near("ISO4", ["ISO14", "ISO44", "OPS04", "ISO4"]),
            ["ISO4", "ISO14", "ISO44"]
        );
        assert_eq!(
            meant("opne", &["open", "close"]),
            "write `open`, or one of open, close"
        );
        assert_eq!(meant("dance", &["open", "close"]), "use one of open, close");
    }
}
