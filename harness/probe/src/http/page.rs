//! The one thing that is read of an HTML page: the value of a hidden field of its login form.

/// The value of a hidden field, wherever its attributes stand.
pub(super) fn hidden(html: &str, field: &str) -> Option<String> {
    html.split('<')
        .filter(|tag| tag.starts_with("input"))
        .find_map(|tag| {
            let named = tag.contains(&format!("name=\"{field}\""));
            let value = tag.split_once("value=\"")?.1.split_once('"')?.0;
            named.then(|| value.to_owned())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_a_page() {
        let page =
            r#"<form><input type="hidden" name="a" value="1"><input value="2" name="b"></form>"#;
        assert_eq!(hidden(page, "a").as_deref(), Some("1"));
        assert_eq!(hidden(page, "b").as_deref(), Some("2"));
        assert_eq!(hidden(page, "c"), None);
    }
}
