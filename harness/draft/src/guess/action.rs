//! Actions: events that a script sends, its requests, and forms.

use url::Url;

use super::address::{bare, is_login, is_logout, is_register, path_of};
use super::login::{is_csrf, is_password};
use super::payload::{Payload, literal, payload};
use crate::bounds::NAME;
use crate::found::{Act, Action, Body, Request};
use crate::page::Form;
use crate::script::calls::{Asked, Emit};
use crate::script::values::Arg;
use serde_json::Value;

/// The action of an event.
pub(crate) fn of_emit(emit: &Emit, from: &str) -> Action {
    let payload = payload(&emit.arguments);
    Action {
        name: emit.event.clone(),
        takes: payload.takes,
        is_marked: payload.is_marked,
        act: Act::Emit {
            event: literal(&emit.event),
            arguments: payload.values,
            is_acknowledged: emit.is_acknowledged,
        },
        yields: Vec::new(),
        from: from.to_owned(),
    }
}

/// The names under which the name of a frame stands.
const NAMES_OF_FRAMES: [&str; 8] = [
    "type", "event", "action", "kind", "op", "command", "cmd", "method",
];

/// The action of a frame, and where its name stands.
pub(crate) fn of_frame(frame: &Arg, from: &str) -> Option<(Action, Option<String>)> {
    let named = NAMES_OF_FRAMES
        .iter()
        .find_map(|key| match frame.get(key)? {
            Arg::Text(name) => Some(((*key).to_owned(), name.clone())),
            _ => None,
        });
    let mut payload = payload(std::slice::from_ref(frame));
    let name = named.as_ref().map_or("send", |(_, name)| name).to_owned();
    let action = Action {
        name,
        takes: payload.takes,
        is_marked: payload.is_marked,
        act: Act::Send(payload.values.pop()?),
        yields: Vec::new(),
        from: from.to_owned(),
    };
    Some((action, named.map(|(key, _)| format!("/{key}"))))
}

/// The action of a request.
pub(crate) fn of_request(page: &Url, asked: &Asked, from: &str) -> Option<Action> {
    let path = path_of(page, &asked.url)?;
    let body = asked.body.as_ref();
    let has_password = match body {
        Some(Arg::Object(entries) | Arg::Form(entries)) => {
            entries.iter().any(|(name, _)| is_password(name))
        }
        _ => false,
    };
    // What deletes or replaces is no first action.
    if has_password
        || is_login(&path)
        || is_logout(&path)
        || is_register(&path)
        || asked.method != "post"
    {
        return None;
    }
    let mut payload = payload(body.map_or(&[], std::slice::from_ref));
    let path = payload.path(&path);
    let is_form = matches!(body, Some(Arg::Form(_)));
    Some(requested(payload, &asked.method, path, is_form, from))
}

/// The action of a form.
pub(crate) fn of_form(page: &Url, form: &Form) -> Option<Action> {
    let path = form.action.as_deref().map_or_else(
        || Some(page.path().to_owned()),
        |action| path_of(page, action),
    )?;
    if form.method != "post"
        || form.password().is_some()
        || is_login(&path)
        || is_logout(&path)
        || is_register(&path)
    {
        return None;
    }
    let entries = form.fields.iter().filter_map(|field| {
        let value = match field.kind.as_str() {
            "text" | "textarea" | "input" | "search" => Arg::Named(field.name.clone()),
            "hidden" if is_csrf(&field.name) => return None,
            "hidden" | "submit" | "select" | "number" | "button" => Arg::Text(field.value.clone()),
            _ => return None,
        };
        Some((field.name.clone(), value))
    });
    let payload = payload(&[Arg::Form(entries.collect())]);
    Some(requested(
        payload,
        "post",
        literal(&path),
        true,
        &format!("the form on {}", page.path()),
    ))
}

fn requested(
    mut payload: Payload,
    method: &str,
    path: String,
    is_form: bool,
    from: &str,
) -> Action {
    let body = match payload.values.pop() {
        Some(Value::Object(fields)) if is_form => Body::Form(fields),
        Some(value @ Value::Object(_)) => Body::Json(value),
        _ => Body::Nothing,
    };
    let last = bare(&path)
        .split('/')
        .rev()
        .find(|part| !part.is_empty() && !part.contains('{'));
    Action {
        name: last.unwrap_or("post").chars().take(NAME).collect(),
        takes: payload.takes,
        is_marked: payload.is_marked,
        act: Act::Request(Request {
            method: method.to_owned(),
            path,
            body,
            headers: Vec::new(),
            from: from.to_owned(),
        }),
        yields: Vec::new(),
        from: from.to_owned(),
    }
}
