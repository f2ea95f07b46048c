//! A request: `post: /api/login` with a body, headers and a query.

use std::fmt;

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::{Wrong, wrong};

use crate::language::json::JsonTemplate;
use crate::language::template::{Name, Template};
use crate::language::words::{flag, template, text};

/// A method of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Each method as a key.
pub(super) const METHODS: [(&str, Method); 5] = [
    ("get", Method::Get),
    ("post", Method::Post),
    ("put", Method::Put),
    ("patch", Method::Patch),
    ("delete", Method::Delete),
];

/// The other keys of a request.
pub(super) const KEYS: [&str; 7] = ["json", "form", "body", "file", "headers", "query", "follow"];

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        })
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// From the root of the target, with one `/` first.
    pub path: Template,
    /// Added to the path.
    pub query: Vec<(Template, JsonTemplate)>,
    /// Beside those of the browser.
    pub headers: Vec<(String, Template)>,
    /// What is sent.
    pub body: Body,
    /// Redirects are followed only when asked.
    pub follow: bool,
}

/// What is sent.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    Nothing,
    /// JSON.
    Json(JsonTemplate),
    /// A form.
    Form(Vec<(Template, JsonTemplate)>),
    /// A text as it stands.
    Text(Template),
    /// A small file in this field of a form.
    File(String),
}

impl Request {
    /// Takes the settings of a request.
    pub(super) fn read(
        method: Method,
        path: &Node,
        fields: &mut Fields<'_>,
    ) -> Result<Self, Wrong> {
        let words = path.text("path")?;
        // `//host` and `/\host` would leave the target, and take its cookies along.
        let leaves = words.starts_with("//") || words.contains('\\');
        if !words.starts_with(['/', '{']) || leaves {
            return wrong(
                path.at(),
                format!("the path `{words}` does not lead to the target from its root"),
                "begin it with one /",
            );
        }
        Ok(Self {
            method,
            path: template(path, words)?,
            query: pairs(fields.take("query"), "query")?,
            headers: headers(fields.take("headers"))?,
            body: body(fields)?,
            follow: fields
                .take("follow")
                .map_or(Ok(false), |node| flag(node, "follow"))?,
        })
    }

    pub(super) fn each_name<'a>(&'a self, see: &mut dyn FnMut(&'a Name)) {
        for (_, value) in &self.headers {
            value.names().for_each(&mut *see);
        }
        self.each_name_of_content(see);
    }

    /// Those of what is asked for, and not of its headers.
    pub(crate) fn each_name_of_content<'a>(&'a self, see: &mut dyn FnMut(&'a Name)) {
        self.path.names().for_each(&mut *see);
        each_in_pairs(&self.query, see);
        match &self.body {
            Body::Json(json) => json.each_name(see),
            Body::Form(form) => each_in_pairs(form, see),
            Body::Text(text) => text.names().for_each(see),
            Body::Nothing | Body::File(_) => {}
        }
    }
}

fn body(fields: &mut Fields<'_>) -> Result<Body, Wrong> {
    let kinds = ["json", "form", "body", "file"];
    let mut given = kinds
        .into_iter()
        .filter_map(|kind| Some((kind, fields.take(kind)?)));
    let (first, second) = (given.next(), given.next());
    if let Some((kind, node)) = second {
        return wrong(
            node.key(),
            format!("`{kind}` is a second body"),
            "keep one of json, form, body and file",
        );
    }
    Ok(match first {
        None => Body::Nothing,
        Some(("json", node)) => Body::Json(JsonTemplate::read(node)?),
        Some(("form", node)) => Body::Form(pairs(Some(node), "form")?),
        Some(("file", node)) => Body::File(node.text("file")?.to_owned()),
        Some((_, node)) => Body::Text(text(node, "body")?),
    })
}

/// Names and values in their order.
pub(crate) fn pairs(
    node: Option<&Node>,
    what: &str,
) -> Result<Vec<(Template, JsonTemplate)>, Wrong> {
    let Some(node) = node else {
        return Ok(Vec::new());
    };
    let pair = |(key, value): &(String, Node)| {
        if let Yaml::Map(_) | Yaml::List(_) = value.yaml {
            return wrong(
                value.at(),
                format!("`{key}` is {}", value.is()),
                "write a text, or JSON in a text",
            );
        }
        Ok((template(value, key)?, JsonTemplate::read(value)?))
    };
    node.map(what)?.iter().map(pair).collect()
}

/// Hands out the names in pairs.
pub(crate) fn each_in_pairs<'a>(
    pairs: &'a [(Template, JsonTemplate)],
    see: &mut dyn FnMut(&'a Name),
) {
    for (key, value) in pairs {
        key.names().for_each(&mut *see);
        value.each_name(see);
    }
}

/// Headers by name. What cannot be sent is said here, where its line is known.
pub(crate) fn headers(node: Option<&Node>) -> Result<Vec<(String, Template)>, Wrong> {
    let Some(node) = node else {
        return Ok(Vec::new());
    };
    let header = |(name, value): &(String, Node)| {
        let is_letter =
            |letter: char| letter.is_ascii_alphanumeric() || "-_.!#$%&'*+^`|~".contains(letter);
        if name.is_empty() || !name.chars().all(is_letter) {
            return wrong(
                value.key(),
                format!("`{name}` is no name of a header"),
                "use letters, digits and -, without blanks",
            );
        }
        let words = value.text(name)?;
        if words.contains(['\n', '\r', '\0']) {
            return wrong(
                value.at(),
                format!("the value of `{name}` cannot be sent"),
                "write it in one line; `|` and `>` add a line break at the end, `|-` and `>-` do not",
            );
        }
        Ok((name.clone(), template(value, words)?))
    };
    node.map("headers")?.iter().map(header).collect()
}
