//! A page: its forms, links and scripts.
//!
//! The crate `html5gum` makes tags of the text by the rules of the HTML standard, as in `walk`.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

use crate::bounds::{NAME, NAMES};

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) forms: Vec<Form>,
    /// Where links lead, with their text.
    pub(crate) links: Vec<(String, String)>,
    /// Scripts by their address.
    pub(crate) sources: Vec<String>,
    /// Style sheets and pictures by their address.
    pub(crate) files: Vec<String>,
    /// Scripts in the page itself.
    pub(crate) scripts: Vec<String>,
    /// The names in its head whose content may be asked for with a request.
    pub(crate) metas: Vec<String>,
}

/// A form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// Where it goes, as it stands; none where it goes to its own page.
    pub(crate) action: Option<String>,
    /// In small letters.
    pub(crate) method: String,
    pub(crate) fields: Vec<Field>,
    /// What stands on it.
    pub(crate) text: String,
}

/// A field of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// The type of an input, or the tag.
    pub(crate) kind: String,
    pub(crate) value: String,
}

impl Form {
    /// Its field for a password, if it is a login or a registration.
    pub(crate) fn password(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.kind == "password")
    }

    /// A login has one password; a form with two makes a user or changes a password.
    pub(crate) fn is_login(&self) -> bool {
        let passwords = self.fields.iter().filter(|field| field.kind == "password");
        passwords.count() == 1
    }
}

#[derive(Default)]
struct Reader {
    page: Page,
    form: Option<Form>,
    /// Fields outside of forms, which a script may read.
    loose: Form,
    templates: usize,
    /// The script that is open.
    script: Option<String>,
    is_in_link: bool,
}

/// Reads a page.
pub(crate) fn read(html: &str) -> Page {
    let mut reader = Reader::default();
    let mut emitter = DefaultEmitter::default();
    // Otherwise the text of a script or of a text area would be read as tags.
    emitter.naively_switch_states(true);
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => reader.open(&tag),
            Token::EndTag(tag) => reader.close(&tag.name),
            Token::String(text) => reader.text(&String::from_utf8_lossy(&text)),
            _ => {}
        }
    }
    reader.end_form();
    if reader.loose.password().is_some() {
        reader.page.forms.push(reader.loose);
    }
    reader.page
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(value.as_slice()).into_owned())
}

impl Reader {
    fn open(&mut self, tag: &StartTag<()>) {
        match tag.name.as_slice() {
            b"template" => self.templates += 1,
            _ if self.templates > 0 => {}
            b"form" => {
                self.end_form();
                let method = attribute(tag, "method")
                    .unwrap_or_default()
                    .to_ascii_lowercase();
                self.form = Some(Form {
                    action: attribute(tag, "action").filter(|action| !action.is_empty()),
                    method: if method == "post" {
                        method
                    } else {
                        "get".to_owned()
                    },
                    ..Form::default()
                });
            }
            b"input" | b"button" | b"textarea" | b"select" => self.field(tag),
            b"a" => {
                self.is_in_link = true;
                let to = attribute(tag, "href").unwrap_or_default();
                keep(&mut self.page.links, (to, String::new()));
            }
            b"script" => {
                if let Some(source) = attribute(tag, "src") {
                    keep(&mut self.page.sources, source);
                }
                self.script = Some(String::new());
            }
            b"link" if attribute(tag, "rel").as_deref() == Some("stylesheet") => {
                self.page.files.extend(attribute(tag, "href"));
            }
            b"link" if attribute(tag, "rel").as_deref() == Some("modulepreload") => {
                self.page.sources.extend(attribute(tag, "href"));
            }
            b"img" => self.page.files.extend(attribute(tag, "src")),
            b"meta" => self.page.metas.extend(attribute(tag, "name")),
            _ => {}
        }
        self.page.files.truncate(NAMES);
        self.page.metas.truncate(NAMES);
        self.page.sources.truncate(NAMES);
    }

    fn field(&mut self, tag: &StartTag<()>) {
        if attribute(tag, "disabled").is_some() {
            return;
        }
        let usual = String::from_utf8_lossy(&tag.name).into_owned();
        let kind = attribute(tag, "type").unwrap_or(usual).to_ascii_lowercase();
        let Some(name) = attribute(tag, "name").or_else(|| attribute(tag, "id")) else {
            return;
        };
        let has_name = attribute(tag, "name").is_some();
        let field = Field {
            name,
            kind,
            value: attribute(tag, "value").unwrap_or_default(),
        };
        let is_button = matches!(field.kind.as_str(), "submit" | "button" | "reset" | "image");
        let form = match &mut self.form {
            Some(form) if has_name || field.kind == "password" => form,
            None if !is_button => &mut self.loose,
            _ => return,
        };
        if form.fields.len() < NAMES && field.name.len() <= NAME {
            form.fields.push(field);
        }
    }

    fn close(&mut self, name: &[u8]) {
        match name {
            b"template" => self.templates = self.templates.saturating_sub(1),
            b"form" => self.end_form(),
            b"a" => self.is_in_link = false,
            b"script" => {
                let script = self
                    .script
                    .take()
                    .filter(|script| !script.trim().is_empty());
                if self.page.scripts.len() < NAMES {
                    self.page.scripts.extend(script);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(script) = &mut self.script {
            script.push_str(text);
            return;
        }
        let text = text.trim();
        if let Some((_, words)) = self.page.links.last_mut().filter(|_| self.is_in_link)
            && words.len() < NAME
        {
            words.push_str(text);
        }
        if let Some(form) = &mut self.form
            && form.text.len() < NAME
        {
            form.text.push_str(text);
        }
    }

    fn end_form(&mut self) {
        if let Some(form) = self.form.take() {
            keep(&mut self.page.forms, form);
        }
    }
}

fn keep<T>(all: &mut Vec<T>, one: T) {
    if all.len() < NAMES {
        all.push(one);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_forms_links_and_scripts() {
        let page = read(
            "<meta name=csrf-token content=x><script src=/a.js></script><script>io('/<b>')</script>
            <a href=/logout>Log <b>out</b></a><template><form><input type=password name=no></form></template>
            <form method=POST action=/in><input type=hidden name=_csrf value=v><input name=user>
            <input type=PASSWORD name=pw><button name=go>Go</button></form>
            <form><textarea name=t></textarea></form>",
        );
        assert_eq!(page.sources, ["/a.js"]);
        assert_eq!(page.scripts, ["io('/<b>')"]);
        assert_eq!(page.links, [("/logout".to_owned(), "Logout".to_owned())]);
        assert_eq!(page.metas, ["csrf-token"]);
        assert_eq!(page.forms.len(), 2);
        assert!(page.forms[0].is_login());
        assert_eq!(
            page.forms[0].password().map(|field| field.name.as_str()),
            Some("pw")
        );
        assert_eq!(page.forms[1].method, "get");
    }

    #[test]
    fn fields_without_a_form_are_one() {
        let page = read("<input id=user><input id=pw type=password><button id=go>Go</button>");
        assert_eq!(page.forms.len(), 1);
        assert!(page.forms[0].is_login());
        assert_eq!(page.forms[0].fields.len(), 2);
    }
}
