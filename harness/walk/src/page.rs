//! What a page has for a request that follows it: the fields of its forms, and the names in its head.
//!
//! In: the page's text. Out: names and values in the order in which a place should prefer them: the last one of a name
//! counts, so the form with a password comes last. The crate `html5gum` makes tags of the text by the rules of the HTML
//! standard, so nothing is found in comments or scripts.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// Bytes of a page that are read: the target decides how long it is, and no form comes later.
const READ: usize = 4 << 20;
/// Fields that are kept.
const FIELDS: usize = 10_000;

#[derive(Default)]
struct Page {
    /// How many templates are open: what is in one is not part of the page.
    templates: usize,
    /// The fields of the form that is open.
    form: Vec<(String, String)>,
    has_password: bool,
    /// Those of forms without a password, and of none.
    others: Vec<(String, String)>,
    logins: Vec<(String, String)>,
}

/// The fields of a page.
pub(crate) fn fields(html: &str) -> Vec<(String, String)> {
    let mut page = Page::default();
    let mut emitter = DefaultEmitter::default();
    // Otherwise the text of a script or of a text area would be read as tags.
    emitter.naively_switch_states(true);
    let html = &html[..html.floor_char_boundary(READ)];
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => page.open(&tag),
            Token::EndTag(tag) => page.close(&tag.name),
            _ => {}
        }
        if page.form.len() + page.others.len() + page.logins.len() > FIELDS {
            break;
        }
    }
    page.end_form();
    // The first of several alike counts: a page repeats its own form below.
    let Page {
        mut others,
        mut logins,
        ..
    } = page;
    others.reverse();
    logins.reverse();
    others.extend(logins);
    others
}

impl Page {
    fn open(&mut self, tag: &StartTag<()>) {
        let attribute = |name: &str| {
            let value = tag.attributes.get(name.as_bytes())?;
            Some(String::from_utf8_lossy(value.as_slice()).into_owned())
        };
        match tag.name.as_slice() {
            b"template" => self.templates += 1,
            _ if self.templates > 0 => {}
            b"form" => self.end_form(),
            b"meta" => {
                if let (Some(name), Some(content)) = (attribute("name"), attribute("content")) {
                    self.others.push((name, content));
                }
            }
            b"input" | b"button" if attribute("disabled").is_none() => {
                let kind = attribute("type").unwrap_or_default();
                self.has_password |= kind.eq_ignore_ascii_case("password");
                if let Some(name) = attribute("name") {
                    self.form
                        .push((name, attribute("value").unwrap_or_default()));
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &[u8]) {
        match name {
            b"template" => self.templates = self.templates.saturating_sub(1),
            b"form" if self.templates == 0 => self.end_form(),
            _ => {}
        }
    }

    fn end_form(&mut self) {
        let fields = std::mem::take(&mut self.form);
        if std::mem::take(&mut self.has_password) {
            self.logins.extend(fields);
        } else {
            self.others.extend(fields);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, name: &str, value: Option<&str>) {
        let fields = fields(html);
        let found = fields.iter().rev().find(|(known, _)| known == name);
        assert_eq!(found.map(|(_, value)| value.as_str()), value, "{html}");
    }

    #[test]
    fn the_login_form_is_preferred() {
        let search = "<form><input name=csrf value=search></form>";
        let login = "<form><input name=csrf value=login><input type=PASSWORD></form>";
        check(&format!("{search}{login}"), "csrf", Some("login"));
        check(&format!("{login}{search}"), "csrf", Some("login"));
        check(search, "csrf", Some("search"));
        check(
            "<meta name=csrf-token content='a&amp;b'>",
            "csrf-token",
            Some("a&b"),
        );
        check("<input name=csrf value=outside>", "csrf", Some("outside"));
        check("<!-- <input name=csrf value=x> -->", "csrf", None);
        check("<script>'<input name=csrf value=x>'</script>", "csrf", None);
        check(
            "<template><input name=csrf value=x></template>",
            "csrf",
            None,
        );
        check("<input name=csrf value=x disabled>", "csrf", None);
        check(
            "<input name=csrf value=1><input name=csrf value=2>",
            "csrf",
            Some("1"),
        );
    }
}
