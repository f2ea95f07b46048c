//! The one thing that is read from an HTML page: the value of a hidden field of the login form.
//!
//! In: the page's text, and what the target file says of the login. Out: the value that a browser would send, with its
//! entities decoded. The crate `html5gum` makes tags of the text by the rules of the HTML standard, so attributes may
//! have any order, case and quotes, and nothing is found in comments, in scripts or in text areas. It builds no tree,
//! so what a field needs of one is here: which form it belongs to, and that a `<template>` is not part of the page.
//! Crates that build the tree bring thirty packages or more with them.
//!
//! A page may have several forms with a field of this name. The login form is the first that has both the field of the
//! name and the field of the password, as the target file names them. If there is none, it is the first with an
//! `<input type=password>`, because a page may name its fields otherwise than its script sends them. If the login form
//! has no such field, the first on the page counts, because a script may move it. A form's `action` is not looked at.
//!
//! The text is UTF-8, as `body.rs` has read it.

use std::collections::{BTreeMap, HashMap};

use html5gum::{DefaultEmitter, HtmlString, Spanned, StartTag, Token, Tokenizer};

use crate::target::Login;

/// Bytes of a page that are read: the target decides how long it is, and no login form comes later. Reading this many
/// takes two seconds at most, even in a build that is not optimised, whatever they are.
const READ: usize = 4 << 20;

/// The value of the hidden field that the target file names, if it names one and the page has it.
pub(super) fn token(html: &str, login: &Login) -> Option<String> {
    let name = login.token.as_deref()?;
    let mut page = Page::default();
    let mut emitter = DefaultEmitter::default();
    // Otherwise the text of a script or of a text area would be read as tags.
    emitter.naively_switch_states(true);
    let html = &html[..html.floor_char_boundary(READ)];
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => page.open(&tag, name, login),
            Token::EndTag(tag) => page.close(&tag.name),
            _ => {}
        }
    }
    page.value()
}

/// What was seen of a page.
#[derive(Default)]
struct Page {
    /// How many templates are open.
    templates: usize,
    forms: usize,
    /// The form that is open. Forms do not nest.
    form: Option<usize>,
    ids: HashMap<Vec<u8>, usize>,
    fields: Vec<Field>,
}

/// An input that matters.
struct Field {
    owner: Owner,
    role: Role,
}

/// The form that a field belongs to.
enum Owner {
    Nobody,
    Form(usize),
    /// The field names it by its id, and it may come later.
    Id(Vec<u8>),
}

enum Role {
    /// Its name is that of the user's field.
    User,
    /// Its name is that of the password's field.
    Password,
    /// It is a password by its type alone.
    OtherPassword,
    Token(String),
}

type Attributes = BTreeMap<HtmlString, Spanned<HtmlString, ()>>;

fn attribute<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a [u8]> {
    let value = attributes.get(name.as_bytes())?;
    Some(value.as_slice())
}

impl Page {
    fn open(&mut self, tag: &StartTag<()>, name: &str, login: &Login) {
        match tag.name.as_slice() {
            b"template" => self.templates += 1,
            _ if self.templates > 0 => {}
            b"form" if self.form.is_none() => {
                self.form = Some(self.forms);
                if let Some(id) = attribute(&tag.attributes, "id") {
                    self.ids.entry(id.to_vec()).or_insert(self.forms);
                }
                self.forms += 1;
            }
            b"input" => self.fields.extend(self.field(&tag.attributes, name, login)),
            _ => {}
        }
    }

    fn close(&mut self, name: &[u8]) {
        match name {
            b"template" => self.templates = self.templates.saturating_sub(1),
            b"form" if self.templates == 0 => self.form = None,
            _ => {}
        }
    }

    fn field(&self, attributes: &Attributes, name: &str, login: &Login) -> Option<Field> {
        // A browser does not send it.
        if attribute(attributes, "disabled").is_some() {
            return None;
        }
        let named = attribute(attributes, "name").unwrap_or_default();
        let kind = attribute(attributes, "type").unwrap_or_default();
        let role = if named == name.as_bytes() {
            let value = attribute(attributes, "value").unwrap_or_default();
            Role::Token(String::from_utf8_lossy(value).into_owned())
        } else if named == login.user.as_bytes() {
            Role::User
        } else if named == login.password.as_bytes() {
            Role::Password
        } else if kind.eq_ignore_ascii_case(b"password") {
            Role::OtherPassword
        } else {
            return None;
        };
        let owner = match (attribute(attributes, "form"), self.form) {
            (Some(id), _) => Owner::Id(id.to_vec()),
            (None, Some(form)) => Owner::Form(form),
            (None, None) => Owner::Nobody,
        };
        Some(Field { owner, role })
    }

    fn form_of(&self, field: &Field) -> Option<usize> {
        match &field.owner {
            Owner::Nobody => None,
            Owner::Form(form) => Some(*form),
            Owner::Id(id) => self.ids.get(id).copied(),
        }
    }

    fn value(self) -> Option<String> {
        let login = self.login_form();
        let of_login = |field: &&Field| login.is_some() && self.form_of(field) == login;
        let mut fields = self.fields.iter().filter(of_login);
        fields
            .find_map(Field::token)
            .or_else(|| self.fields.iter().find_map(Field::token))
            .map(str::to_owned)
    }

    fn login_form(&self) -> Option<usize> {
        let mut signs = vec![Signs::default(); self.forms];
        for field in &self.fields {
            let Some(form) = self.form_of(field) else {
                continue;
            };
            match field.role {
                Role::User => signs[form].user = true,
                Role::Password => signs[form].password = true,
                Role::OtherPassword => signs[form].other_password = true,
                Role::Token(_) => {}
            }
        }
        let first = |is: fn(&Signs) -> bool| signs.iter().position(is);
        first(|form| form.user && form.password)
            .or_else(|| first(|form| form.password || form.other_password))
    }
}

impl Field {
    fn token(&self) -> Option<&str> {
        match &self.role {
            Role::Token(value) => Some(value),
            _ => None,
        }
    }
}

/// What tells a login form from another.
#[derive(Clone, Default)]
struct Signs {
    user: bool,
    password: bool,
    other_password: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const USER: &str = r#"<input name="user"><input name="password" type="password">"#;

    fn read(page: &str) -> Option<String> {
        let login = Login {
            page: "/login".to_owned(),
            user: "user".to_owned(),
            password: "password".to_owned(),
            token: Some("csrf".to_owned()),
            granted: 303,
        };
        token(page, &login)
    }

    /// A login form with this inside, and what is sent; `-` stands for a field that is not.
    #[track_caller]
    fn check(inside: &str, sent: &str) {
        check_page(&format!("<p>in<form>{inside}{USER}</form>"), sent);
    }

    #[track_caller]
    fn check_page(page: &str, sent: &str) {
        assert_eq!(read(page).as_deref().unwrap_or("-"), sent, "{page}");
    }

    #[test]
    fn a_tag_is_read_however_it_is_written() {
        check(r#"<input type="hidden" name="csrf" value="1">"#, "1");
        check(r#"<input value="1" name="csrf" type="hidden"/>"#, "1");
        check("<INPUT TYPE=HIDDEN NAME=csrf VALUE=Aa1>", "Aa1");
        check("<input type='hidden' name='csrf' value='a\"b'>", "a\"b");
        check("<input\n\tname = csrf\n value\n=\n\"1\"\n>", "1");
        check("<input name=csrf value=a/b=c==>", "a/b=c==");
        check(r#"<input name="csrf"value="1">"#, "1");
        check("<input name=csrf value=1 value=2 name=other>", "1");
        check(r#"<input data-value="0" value=">1" name="csrf">"#, ">1");
        check(r#"<input name=csrf title="value=0" value=1>"#, "1");
        check("<input name=csrf>", "");
        check("<input name=csrf value>", "");
        check("<input name=csrf value=''>", "");
        check("<input name=csrf2 value=1><input name=CSRF value=2>", "-");
        check(
            "<input name=csrf value=1 disabled><input name=csrf value=2>",
            "2",
        );
        check("<inputs name=csrf value=1>", "-");
        check("< input name=csrf value=1>", "-");
        // A tag that is not closed goes on into the next, and at the page's end it is none.
        check("<input name=csrf value=1", "1<input");
        check_page("<form><input name=csrf value=1", "-");
    }

    #[test]
    fn entities_are_decoded() {
        check(
            "<input name=csrf value='a&amp;b&lt;&quot;&#39;'>",
            "a&b<\"'",
        );
        check("<input name=csrf value=a&#x3d;&#61;&equals;>", "a===");
        check("<input name=cs&#114;f value=1>", "1");
        check(
            "<input name=csrf value='&unknown; & &#0;&#xffffff;'>",
            "&unknown; & \u{fffd}\u{fffd}",
        );
        // In an attribute, one without a semicolon before `=` or a letter is text.
        check(
            "<input name=csrf value='?a=1&copy=2&amp=3'>",
            "?a=1&copy=2&amp=3",
        );
    }

    #[test]
    fn what_only_looks_like_a_tag_is_none() {
        let decoy = "<input name=csrf value=0>";
        for (before, after) in [
            ("<!-- ", " -->"),
            ("<!-- -- > ", " --!>"),
            ("<script>", "</script>"),
            ("<script>'<!-- <script>'", "'</script>'</script>"),
            ("<SCRIPT type=text/template>", "</script >"),
            ("<style>", "</style>"),
            ("<textarea>", "</textarea>"),
            ("<title>", "</title>"),
            ("<noscript>", "</noscript>"),
            ("<template>", "</template>"),
            (
                "<template><form><template>",
                "</template></form></template>",
            ),
            ("<p title='", "'>"),
        ] {
            let hidden = format!("{before}{decoy}{after}");
            check(&hidden, "-");
            check(&format!("{hidden}<input name=csrf value=1>"), "1");
        }
        check("<!-- <script> --><input name=csrf value=1>", "1");
        check("</template><input name=csrf value=1>", "1");
        // The language knows fields alone.
        check(
            "<meta name=csrf content=0><button name=csrf value=0></button>",
            "-",
        );
    }

    #[test]
    fn the_field_is_that_of_the_login_form() {
        let other = "<form action=/search><input name=q><input name=csrf value=0></form>";
        let login = format!("<form><input name=csrf value=1>{USER}</form>");
        check_page(&format!("{other}{login}"), "1");
        check_page(&format!("{login}{other}"), "1");
        // One that changes a password, before it.
        let change = "<form><input name=csrf value=0><input type=password name=new></form>";
        check_page(&format!("{change}{login}"), "1");
        // The fields of the page are named otherwise.
        let named = "<form><input name=csrf value=1><input type=PASSWORD></form>";
        check_page(&format!("{other}{named}"), "1");
        // A form inside a form is none, and one that is not closed goes on.
        check_page(
            &format!("<form><form><input name=csrf value=1></form>{other}"),
            "1",
        );
        check_page(
            &format!("{other}<table><form><tr>{USER}<td><input name=csrf value=1>"),
            "1",
        );
        // A field names its form, wherever it stands.
        let far = "<input name=csrf value=1 form=in>";
        let form = format!("<form id=in>{USER}</form>");
        check_page(&format!("{far}{other}{form}"), "1");
        check_page(&format!("{other}{form}{far}"), "1");
        let away = "<input name=csrf value=0 form=elsewhere>";
        check_page(
            &format!("<form>{away}<input name=csrf value=1>{USER}</form>"),
            "1",
        );
    }

    #[test]
    fn a_field_outside_of_the_login_form_counts_if_there_is_no_other() {
        check_page("<input name=csrf value=1>", "1");
        check_page("<form><input name=csrf value=1></form>", "1");
        check_page(
            &format!("<input name=csrf value=1><form>{USER}</form>"),
            "1",
        );
        check_page(&format!("<form>{USER}</form>"), "-");
        check_page("", "-");
    }

    #[test]
    fn bytes_that_are_not_utf8_leave_the_rest_as_it_is() {
        let page = b"<title>\xe9\xff</title><form><input name=csrf value='a\xe9b'></form>";
        check_page(&String::from_utf8_lossy(page), "a\u{fffd}b");
        check_page(
            "\u{feff}<form><input name=csrf value='é\u{0}'></form>",
            "é\u{fffd}",
        );
    }

    #[test]
    fn only_the_beginning_of_a_long_page_is_read() {
        let form = "<form><input name=csrf value=1></form>";
        let long = "é".repeat(READ);
        check_page(&format!("{form}{long}"), "1");
        check_page(&format!("{long}{form}"), "-");
        check_page(&format!("x{long}{form}"), "-");
    }

    proptest! {
        #[test]
        fn no_page_makes_it_panic(page in any::<String>(), bytes in any::<Vec<u8>>()) {
            read(&page);
            read(&String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn no_pieces_of_pages_make_it_panic(pieces in prop::collection::vec(piece(), 0..60)) {
            read(&pieces.concat());
        }

        #[test]
        fn a_value_comes_back_as_it_was_escaped(value in "[^\r\u{0}]*", quote in prop::sample::select(vec!['"', '\''])) {
            let escaped: String = value.chars().map(|c| match c {
                '&' | '"' | '\'' | '<' => format!("&#{};", u32::from(c)),
                c => c.to_string(),
            }).collect();
            let page = format!("<form><input value={quote}{escaped}{quote} name=csrf></form>");
            prop_assert_eq!(read(&page), Some(value));
        }
    }

    /// A part of a page, whole or broken.
    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "<",
            ">",
            "/",
            "=",
            "\"",
            "'",
            "&",
            ";",
            "&#x",
            "&#61;",
            "&amp",
            "&notin;",
            "<!--",
            "-->",
            "--!>",
            "<![CDATA[",
            "]]>",
            "<!doctype",
            "<?",
            "</",
            "<input",
            " name=csrf",
            " value=",
            " form=a",
            " id=a",
            "<form",
            "</form>",
            "<template>",
            "</template>",
            "<script>",
            "</script",
            "<textarea>",
            "<plaintext>",
            "<svg>",
            " ",
            "\n",
            "\r",
            "\u{0}",
            "é",
            "\u{10ffff}",
        ])
    }
}
