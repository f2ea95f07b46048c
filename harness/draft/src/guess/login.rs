//! Logins: a form with a password, or a request of a script.

use serde_json::{Map, Value};
use url::Url;

use super::address::{is_login, is_register, path_of};
use super::payload::literal;
use crate::found::{Body, Login, Request};
use crate::page::{Field, Form, Page};
use crate::script::calls::{Asked, Script};
use crate::script::values::Arg;

/// How users are called in a login, the likeliest first.
const USERS: [&str; 10] = [
    "username",
    "user",
    "email",
    "login",
    "name",
    "identifier",
    "userid",
    "account",
    "handle",
    "nickname",
];

/// Whether something is called as a password.
pub(crate) fn is_password(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("pass") || matches!(name.as_str(), "pw" | "pwd" | "secret" | "pin")
}

/// Whether something is called as what protects a form.
pub(crate) fn is_csrf(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["csrf", "xsrf", "authenticity", "requestverification"]
        .iter()
        .any(|word| name.contains(word))
}

/// A hidden value that is made for each visit.
fn is_made(field: &Field) -> bool {
    let is_long = field.value.len() >= 16 && !field.value.contains([' ', '/']);
    is_csrf(&field.name) || field.name.to_ascii_lowercase().contains("nonce") || is_long
}

/// The name for what is kept of a field.
fn kept(field: &str, number: usize) -> String {
    match (is_csrf(field), number) {
        (true, 0) => "csrf".to_owned(),
        _ => format!("hidden{}", number + 1),
    }
}

/// Which of these is the user.
fn user_among<'a>(names: &[&'a str]) -> Option<&'a str> {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '-'], "");
    let like = |wanted: &str| names.iter().find(|name| plain(name) == wanted);
    let with = |wanted: &str| names.iter().find(|name| plain(name).contains(wanted));
    let found = USERS
        .iter()
        .find_map(|user| like(user))
        .or_else(|| USERS.iter().find_map(|user| with(user)));
    found.or_else(|| names.first()).copied()
}

/// The login of a form on this page.
pub(crate) fn of_form(page: &Url, form: &Form) -> Option<Login> {
    if !form.is_login() {
        return None;
    }
    let own = page.path();
    let path = form
        .action
        .as_deref()
        .map_or_else(|| Some(own.to_owned()), |action| path_of(page, action))?;
    let password = form.password()?;
    let texts = form
        .fields
        .iter()
        .filter(|field| matches!(field.kind.as_str(), "text" | "email" | "input" | "tel"));
    let texts: Vec<&str> = texts.map(|field| field.name.as_str()).collect();
    let user = user_among(&texts);
    let (mut fields, mut keeps) = (Map::new(), Vec::new());
    for field in &form.fields {
        let name = field.name.as_str();
        let value = match field.kind.as_str() {
            _ if Some(name) == user => "{user}".to_owned(),
            "password" if *field == *password => "{password}".to_owned(),
            "hidden" if is_made(field) => {
                let kept = kept(name, keeps.len());
                keeps.push((kept.clone(), name.to_owned()));
                format!("{{{kept}}}")
            }
            "hidden" | "submit" | "button" | "text" | "select" => literal(&field.value),
            _ => continue,
        };
        fields.insert(literal(name), Value::from(value));
    }
    let page_first = (!keeps.is_empty()).then(|| (own.to_owned(), keeps));
    let body = if form.method == "get" {
        Body::Query(fields)
    } else {
        Body::Form(fields)
    };
    Some(Login {
        page: page_first,
        request: Request {
            method: form.method.clone(),
            path,
            body,
            headers: Vec::new(),
            from: format!("the form on {own}"),
        },
        is_seen: true,
        ..Login::default()
    })
}

/// The login that a script asks for. The fields of a page stand in for what it does not show.
pub(crate) fn of_request(
    page: &Url,
    from: &str,
    asked: &Asked,
    script: &Script,
    seen: &Page,
) -> Option<Login> {
    let path = path_of(page, &asked.url)?;
    if asked.method != "post" || is_register(&path) {
        return None;
    }
    let (mut entries, is_form) = match &asked.body {
        Some(Arg::Object(entries)) => (entries.clone(), false),
        Some(Arg::Form(entries)) => (entries.clone(), true),
        _ => (Vec::new(), false),
    };
    let has_password = entries.iter().any(|(name, _)| is_password(name));
    if !has_password {
        // What it does not show is in a form of the page, or has the usual names.
        let form = seen.forms.iter().find(|form| form.is_login());
        if !is_login(&path) || !entries.is_empty() && form.is_none() {
            return None;
        }
        let names = match form {
            Some(form) => form.fields.iter().map(|field| field.name.clone()).collect(),
            None => vec!["username".to_owned(), "password".to_owned()],
        };
        entries = names
            .into_iter()
            .map(|name| (name.clone(), Arg::Named(name)))
            .collect();
    }
    let open: Vec<&str> = entries
        .iter()
        .filter(|(name, value)| {
            !is_password(name) && !matches!(value, Arg::Literal(_) | Arg::Function)
        })
        .map(|(name, _)| name.as_str())
        .collect();
    let user = user_among(&open);
    let mut fields = Map::new();
    for (name, value) in &entries {
        let value = match value {
            _ if Some(name.as_str()) == user => Value::from("{user}"),
            _ if is_password(name) => Value::from("{password}"),
            Arg::Text(text) => Value::from(literal(text)),
            Arg::Literal(text) => serde_json::from_str(text).unwrap_or_default(),
            _ => continue,
        };
        fields.insert(literal(name), value);
    }
    let (page_first, headers) = protection(page, asked, seen);
    let body = if is_form {
        Body::Form(fields)
    } else {
        Body::Json(Value::Object(fields))
    };
    Some(Login {
        page: page_first,
        request: Request {
            method: "post".to_owned(),
            path,
            body,
            headers,
            from: from.to_owned(),
        },
        token: script.tokens.first().map(|token| format!("/{token}")),
        granted: None,
        is_seen: true,
    })
}

type PageFirst = Option<(String, Vec<(String, String)>)>;

/// A header that protects the request, and where its value is.
fn protection(page: &Url, asked: &Asked, seen: &Page) -> (PageFirst, Vec<(String, String)>) {
    let header = asked.headers.iter().find(|(name, _)| is_csrf(name));
    let meta = seen.metas.iter().find(|meta| is_csrf(meta));
    match (header, meta) {
        (Some((header, _)), Some(meta)) => {
            let keeps = vec![("csrf".to_owned(), meta.clone())];
            let headers = vec![(header.clone(), "{csrf}".to_owned())];
            (Some((page.path().to_owned(), keeps)), headers)
        }
        _ => (None, Vec::new()),
    }
}

/// The usual logins by JSON, for a system that shows none. The first is written where no other is found.
pub(crate) fn usual() -> Vec<Login> {
    let mut all = Vec::new();
    for path in ["/login", "/api/login", "/api/auth/login"] {
        for user in ["username", "user", "email"] {
            let mut fields = Map::new();
            fields.insert(user.to_owned(), Value::from("{user}"));
            fields.insert("password".to_owned(), Value::from("{password}"));
            all.push(Login {
                request: Request {
                    method: "post".to_owned(),
                    path: path.to_owned(),
                    body: Body::Json(Value::Object(fields)),
                    headers: Vec::new(),
                    from: "no page and no script: this is a usual one".to_owned(),
                },
                ..Login::default()
            });
        }
    }
    all
}
