//! OpenAPI 2 and 3: requests that log in and act, and pages.

use serde_json::{Map, Value};
use url::Url;

use super::{DEPTH, entries, followed, read, sent, strings};
use crate::found::{Action, Body, Found, Login, Request, Status, Surface};
use crate::guess::action;
use crate::guess::address::{is_login, is_logout, is_register};
use crate::guess::login::{self, is_password};
use crate::page::Page;
use crate::script::calls::{Asked, Script};
use crate::script::tokens::HOLE;
use crate::script::values::Arg;

/// A request of a description.
struct Operation<'a> {
    whole: &'a Value,
    method: &'a str,
    /// With the base of the description before it.
    path: String,
    value: &'a Value,
}

/// Adds what a description says. Gives whether it is one.
pub(crate) fn add(text: &str, from: &str, page: &Url, found: &mut Found) -> bool {
    let Some(whole) = read(text) else {
        return false;
    };
    if whole.get("openapi").is_none() && whole.get("swagger").is_none() {
        return false;
    }
    let base = base(&whole, page);
    for (path, item) in entries(whole.get("paths")) {
        for (method, value) in entries(Some(item)) {
            let method = method.to_ascii_lowercase();
            let path = format!("{base}{path}");
            let operation = Operation {
                whole: &whole,
                method: &method,
                path,
                value,
            };
            operation.add(page, from, found);
        }
    }
    true
}

/// What stands before each path.
fn base(whole: &Value, page: &Url) -> String {
    let server = whole
        .pointer("/servers/0/url")
        .or_else(|| whole.get("basePath"));
    let server = server.and_then(Value::as_str).unwrap_or_default();
    let path = match page.join(server) {
        Ok(url) => url.path().to_owned(),
        Err(_) => String::new(),
    };
    // Relative to the description's own place, which is mostly the root.
    match server {
        "" => String::new(),
        _ => path.trim_end_matches('/').to_owned(),
    }
}

impl Operation<'_> {
    fn add(&self, page: &Url, from: &str, found: &mut Found) {
        let has_parameters = self.path.contains('{') || self.needs_query();
        match self.method {
            _ if is_logout(&self.path) && matches!(self.method, "get" | "post" | "delete") => {
                found.logout.get_or_insert_with(|| Request {
                    method: self.method.to_owned(),
                    path: self.path.clone(),
                    from: from.to_owned(),
                    ..Request::default()
                });
            }
            "get" if !has_parameters => self.surface(from, found),
            "post" => {
                let (body, is_form) = self.body();
                if let Some(login) = self.login(page, from, body.as_ref(), is_form) {
                    found.logins.push(login);
                } else {
                    found.actions.extend(self.action(page, from, body, is_form));
                }
            }
            _ => {}
        }
    }

    fn needs_query(&self) -> bool {
        let parameters = self.value.get("parameters").and_then(Value::as_array);
        let mut parameters = parameters
            .into_iter()
            .flatten()
            .map(|one| followed(self.whole, one));
        parameters.any(|one| {
            one.get("required").and_then(Value::as_bool) == Some(true) && one["in"] != "header"
        })
    }

    /// Whether somebody must have logged in for it.
    fn is_closed(&self) -> bool {
        let security = self
            .value
            .get("security")
            .or_else(|| self.whole.get("security"));
        security
            .and_then(Value::as_array)
            .is_some_and(|all| !all.is_empty())
    }

    fn surface(&self, from: &str, found: &mut Found) {
        let (name, status) = match self.is_closed() {
            _ if self.path.contains("health") => ("health", None),
            true => ("private page", Some(Status::Refused(401))),
            false => ("public page", None),
        };
        found.surface(Surface {
            name,
            path: self.path.clone(),
            status,
            from: from.to_owned(),
        });
    }

    /// What it sends, and whether as a form.
    fn body(&self) -> (Option<Arg>, bool) {
        let body = followed(
            self.whole,
            self.value.get("requestBody").unwrap_or(&Value::Null),
        );
        let json = body.pointer("/content/application~1json/schema");
        let form = body.pointer("/content/application~1x-www-form-urlencoded/schema");
        let form = form.or_else(|| body.pointer("/content/multipart~1form-data/schema"));
        if let Some(schema) = json.or(form) {
            return (Some(sent(self.whole, schema, "", DEPTH)), json.is_none());
        }
        // OpenAPI 2 has it among the parameters.
        let parameters = self.value.get("parameters").and_then(Value::as_array);
        let mut fields = Vec::new();
        for one in parameters
            .into_iter()
            .flatten()
            .map(|one| followed(self.whole, one))
        {
            match one["in"].as_str() {
                Some("body") => return (Some(sent(self.whole, &one["schema"], "", DEPTH)), false),
                Some("formData") => {
                    let name = one["name"].as_str().unwrap_or_default();
                    fields.push((name.to_owned(), Arg::Named(name.to_owned())));
                }
                _ => {}
            }
        }
        ((!fields.is_empty()).then_some(Arg::Form(fields)), true)
    }

    fn asked(&self, body: Option<Arg>, is_form: bool) -> Asked {
        let body = match body {
            Some(Arg::Object(entries)) if is_form => Some(Arg::Form(entries)),
            body => body,
        };
        Asked {
            method: self.method.to_owned(),
            url: holes(&self.path),
            body,
            headers: Vec::new(),
        }
    }

    fn login(&self, page: &Url, from: &str, body: Option<&Arg>, is_form: bool) -> Option<Login> {
        let (Some(Arg::Object(entries)) | Some(Arg::Form(entries))) = body else {
            return None;
        };
        let has_password = entries.iter().any(|(name, _)| is_password(name));
        if !has_password || is_register(&self.path) || !(is_login(&self.path) || entries.len() == 2)
        {
            return None;
        }
        let asked = self.asked(body.cloned(), is_form);
        let mut login =
            login::of_request(page, from, &asked, &Script::default(), &Page::default())?;
        login.token = self.token();
        // Fields that the standard of OAuth asks for.
        if let Body::Form(fields) = &mut login.request.body {
            drop_empty(fields);
        }
        Some(login)
    }

    /// Where the answer has a token.
    fn token(&self) -> Option<String> {
        let answers = entries(self.value.get("responses"));
        let good = answers.filter(|(status, _)| status.starts_with('2'));
        let schemas = good.filter_map(|(_, answer)| {
            let answer = followed(self.whole, answer);
            answer
                .pointer("/content/application~1json/schema")
                .or_else(|| answer.get("schema"))
        });
        let mut names = schemas.flat_map(|schema| {
            let schema = followed(self.whole, schema);
            entries(schema.get("properties"))
                .map(|(name, _)| name.as_str())
                .chain(strings(schema.get("required")))
        });
        let name = names
            .find(|name| name.to_ascii_lowercase().contains("token") && !name.contains("type"));
        name.map(|name| format!("/{name}"))
    }

    fn action(&self, page: &Url, from: &str, body: Option<Arg>, is_form: bool) -> Option<Action> {
        action::of_request(page, &self.asked(body, is_form), from)
    }
}

/// The path with a hole for each of its parameters.
fn holes(path: &str) -> String {
    let mut whole = String::new();
    let mut is_inside = false;
    for sign in path.chars() {
        match sign {
            '{' => {
                is_inside = true;
                whole.push(HOLE);
            }
            '}' => is_inside = false,
            _ if is_inside => {}
            _ => whole.push(sign),
        }
    }
    whole
}

fn drop_empty(fields: &mut Map<String, Value>) {
    fields.retain(|_, value| !value.as_str().is_some_and(str::is_empty));
}
