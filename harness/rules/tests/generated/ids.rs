//! What looks like the id of a rule.

/// Whether `text` is the prefix of a family and two digits: such an id is meant as a rule, also where there is none.
pub(crate) fn is_id(text: &str) -> bool {
    rules::families().any(|family| {
        let number = text.strip_prefix(family.prefix);
        number.is_some_and(|number| {
            number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    })
}

/// The words of `text` that look like ids.
pub(crate) fn within(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| is_id(word))
}

#[test]
fn an_id_is_a_prefix_and_two_digits() {
    let found: Vec<&str> =
        within("ISO04, (BOOT11) `NGX99` iso01 ISO123 HTTP11 XISO01 ISO0").collect();
    assert_eq!(found, ["ISO04", "BOOT11", "NGX99"]);
}
