//! A number with its noun.

/// `1 chance`, and `2 chances`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{number} {}", form(number, noun))
}

/// The noun behind this number.
pub(crate) fn form(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => noun.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_nothing_is_plural() {
        let all = [0, 1, 2].map(|number| counted(number, "delivery"));
        assert_eq!(all, ["0 deliveries", "1 delivery", "2 deliveries"]);
        assert_eq!(counted(2, "chance"), "2 chances");
    }
}
