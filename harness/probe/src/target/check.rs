//! Rules that the types of a target file cannot express: paths from the root, statuses, names that exist.
//!
//! In: a target that was read. Out: the first thing that is wrong, with the keys that lead to it.

use reqwest::header::{HeaderName, HeaderValue};
use serde_json::Value;

use super::actions::Kind;
use super::call::Call;
use super::file::Target;
use super::start::Start;
use super::yields::{MOST, Yield};

/// What is wrong.
pub(super) struct Wrong {
    /// The keys that lead to it.
    pub(super) at: Vec<String>,
    pub(super) message: String,
    pub(super) fix: &'static str,
}

type Checked = Result<(), Wrong>;

fn wrong(at: &[&str], message: String, fix: &'static str) -> Checked {
    Err(Wrong {
        at: at.iter().map(|key| (*key).to_owned()).collect(),
        message,
        fix,
    })
}

/// Checks all of it.
pub(super) fn check(target: &Target) -> Checked {
    if !matches!(target.base.scheme(), "http" | "https") || target.base.host().is_none() {
        return wrong(
            &["base"],
            // Not the address itself, which may hold a password.
            format!(
                "`base` is an address of the kind `{}:`",
                target.base.scheme()
            ),
            "give an http or https address",
        );
    }
    if let Some(health) = &target.health {
        path(&["health", "path"], &health.path)?;
    }
    path(&["login", "page"], &target.login.page)?;
    status(&["login", "granted"], target.login.granted)?;
    path(&["socket", "path"], &target.socket.path)?;
    headers(target)?;
    call(&["logout"], &target.logout)?;
    call(&["actions", "start"], &target.actions.start)?;
    call(&["actions", "stop"], &target.actions.stop)?;
    names_the_action(target)?;
    pointer(&["socket", "refused"], &target.socket.refused)?;
    if let Some(list) = &target.actions.list {
        call(&["actions", "list"], list)?;
    }
    if let Some(upload) = &target.upload {
        path(&["upload", "path"], &upload.path)?;
        status(&["upload", "granted"], upload.granted)?;
    }
    kinds(target)?;
    target.start.as_ref().map_or(Ok(()), start)
}

fn path(at: &[&str], path: &str) -> Checked {
    if path.starts_with('/') {
        return Ok(());
    }
    wrong(
        at,
        format!("the path `{path}` does not begin with /"),
        "write the path from the root",
    )
}

fn status(at: &[&str], status: u16) -> Checked {
    if (100..600).contains(&status) {
        return Ok(());
    }
    wrong(
        at,
        format!("{status} is no status"),
        "use a status from 100 to 599",
    )
}

/// What cannot be sent is said here, where its line is known, and not by the first request. The values may be secrets.
fn headers(target: &Target) -> Checked {
    for (name, value) in &target.headers {
        let at = ["headers", name];
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            return wrong(
                &at,
                "the name of this header cannot be sent".to_owned(),
                "use letters, digits and -, without blanks",
            );
        }
        if HeaderValue::from_str(value).is_err() {
            return wrong(
                &at,
                "the value of this header cannot be sent".to_owned(),
                "write it in one line; `|` and `>` add a line break at the end, `|-` and `>-` do not",
            );
        }
    }
    Ok(())
}

fn call(at: &[&str], call: &Call) -> Checked {
    let inside = |key| [at, &[key]].concat();
    path(&inside("path"), &call.path)?;
    status(&inside("granted"), call.granted)?;
    if let Some(id) = &call.id {
        pointer(&inside("id"), id)?;
    }
    if matches!(
        call.method.as_str(),
        "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
    ) {
        return Ok(());
    }
    wrong(
        &inside("method"),
        format!("`{}` is no method", call.method),
        "use GET, POST, PUT, PATCH or DELETE",
    )
}

/// A JSON pointer. The empty one means the whole answer.
fn pointer(at: &[&str], pointer: &str) -> Checked {
    if pointer.is_empty() || pointer.starts_with('/') {
        return Ok(());
    }
    wrong(
        at,
        format!("`{pointer}` is no JSON pointer"),
        "write it from the root of the answer, as /id",
    )
}

/// A stop that names no action stops nobody's action, so an attack with it would prove nothing.
fn names_the_action(target: &Target) -> Checked {
    let stop = &target.actions.stop;
    let json = stop.json.as_ref().map(Value::to_string);
    if stop.path.contains("{id}") || json.is_some_and(|json| json.contains("{id}")) {
        return Ok(());
    }
    wrong(
        &["actions", "stop", "path"],
        format!("`{}` does not say which action is stopped", stop.path),
        "put {id} where the action's id stands",
    )
}

fn kinds(target: &Target) -> Checked {
    let kinds = &target.actions.kinds;
    if let Some(smoke) = &target.smoke
        && !kinds.contains_key(smoke)
    {
        return wrong(
            &["smoke"],
            format!("there is no kind `{smoke}`"),
            "name one of `actions.kinds`",
        );
    }
    if target.actions.start.id.is_none() {
        return wrong(
            &["actions", "start"],
            "`actions.start` does not say where the id is".to_owned(),
            "add `id: /id`, a JSON pointer",
        );
    }
    for (name, kind) in kinds {
        for (event, due) in &kind.yields {
            yields(&["actions", "kinds", name, "yields", event], kind, due)?;
        }
    }
    Ok(())
}

fn yields(at: &[&str], kind: &Kind, due: &Yield) -> Checked {
    let event = at.last().copied().unwrap_or_default();
    match due.least() {
        Ok(count) if count > MOST => wrong(
            at,
            format!("`{event}` is due {count} times"),
            "write a number up to 1000000000",
        ),
        Err(parameter) if !kind.parameters.get(parameter).is_some_and(Value::is_u64) => wrong(
            at,
            format!("`{event}` counts by `{parameter}`, which has no number"),
            "name a parameter with a number as its default",
        ),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn start(start: &Start) -> Checked {
    let missing = [
        ("program", &start.program),
        ("ready_line", &start.ready_line),
    ];
    match missing.into_iter().find(|(_, text)| text.is_empty()) {
        None => Ok(()),
        Some((key, _)) => wrong(
            &["start", key],
            "`start` has no program or no ready_line".to_owned(),
            "say what to run and what it prints",
        ),
    }
}
