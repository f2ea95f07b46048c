//! "Did you mean …": the known name that a mistyped one is nearest to.

/// The known name that is most like `typed`, if one is so like it that it must have been meant: at most a third of
/// the letters differ, and at most three. Upper and lower case are the same; two letters that changed places are one
/// difference. Of names that are equally near, the first.
#[must_use]
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A longer text is no name, and the comparison takes the product of both lengths.
    const LONGEST: usize = 100;
    let typed = typed.to_lowercase();
    let n_letters = typed.chars().count();
    if n_letters > LONGEST {
        return None;
    }
    let most = (n_letters / 3).clamp(1, 3);
    let distances = known.into_iter().map(|name| {
        let distance = strsim::damerau_levenshtein(&typed, &name.to_lowercase());
        (distance, name)
    });
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    // Of a name of one or two letters every other one is a neighbour.
    (distance <= most && (distance == 0 || n_letters > 2)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

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
}
