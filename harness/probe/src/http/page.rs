//! The one thing that is read from an HTML page: the value of a hidden field of the login form.
//!
//! Read by hand, because it is one attribute of one tag and an HTML parser would be a new dependency. It finds
//! lowercase `input` tags with double-quoted attributes, which is what template engines write. It does not decode
//! entities, and it does not know comments or scripts.

/// The value of a hidden field, in whatever order its attributes are.
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
