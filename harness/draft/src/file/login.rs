//! The part of the file that says who somebody is.

use super::lines::Lines;
use crate::found::{Body, Found, Login, Request, Session};
use crate::visitor::in_one_line;
use reading::flow::{flow, map, scalar};

pub(super) fn write(found: &Found, lines: &mut Lines) {
    let Some(login) = found.logins.first() else {
        lines.say("No login was found, and nothing asked for one. If there is one: login: {post: /login, form: {…}}");
        lines.add("login: none");
        return;
    };
    lines.say(&format!(
        "The login; it was seen in {}.",
        in_one_line(&login.request.from)
    ));
    for tried in &found.tried {
        lines.say(tried);
    }
    lines.add("login:");
    if let Some((page, keeps)) = &login.page {
        let keeps: Vec<String> = keeps
            .iter()
            .map(|(name, field)| format!("{name}: {{form: {}}}", scalar(field)))
            .collect();
        lines.add(format!(
            "  - {{get: {}, keep: {{{}}}}}",
            scalar(page),
            keeps.join(", ")
        ));
    }
    lines.add(format!("  - {}", request(&login.request)));
    if !login.request.headers.is_empty() {
        lines.add(format!("    headers: {}", headers(&login.request)));
    }
    if let Some(body) = body(&login.request) {
        lines.add(format!("    {body}"));
    }
    granted(login, lines);
    if found.session == Some(Session::Token)
        && let Some(token) = &login.token
    {
        lines.add(format!("    keep: {{token: {}}}", scalar(token)));
    }
    identity(found, lines);
    logout(found, lines);
}

/// The line with the method and the path.
pub(super) fn request(request: &Request) -> String {
    format!("{}: {}", request.method, scalar(&request.path))
}

pub(super) fn body(request: &Request) -> Option<String> {
    match &request.body {
        Body::Nothing => None,
        Body::Json(value) => Some(format!("json: {}", flow(value))),
        Body::Form(fields) => Some(format!("form: {}", map(fields))),
        Body::Query(fields) => Some(format!("query: {}", map(fields))),
    }
}

fn headers(request: &Request) -> String {
    let all: Vec<String> = request
        .headers
        .iter()
        .map(|(name, value)| format!("{}: {}", scalar(name), scalar(value)))
        .collect();
    format!("{{{}}}", all.join(", "))
}

fn granted(login: &Login, lines: &mut Lines) {
    match &login.granted {
        Some(granted) => {
            let location = granted
                .location
                .as_ref()
                .map(|to| format!(", header: {{Location: {}}}", scalar(to)));
            lines.add(format!(
                "    granted: {{status: {}{}}}",
                granted.status,
                location.unwrap_or_default()
            ));
            lines.add("    # Does a wrong password get another answer? If not, add what only a yes has, as has: WORDS.");
        }
        None => {
            lines.add("    # What counts as yes? As granted: {status: 302, header: {Location: /}}, or {/token: present}.");
            lines.add("    # Until then every status below 400 does, also the login page that comes again.");
        }
    }
}

fn identity(found: &Found, lines: &mut Lines) {
    match &found.session {
        Some(Session::Cookie(names)) => {
            let names: Vec<String> = names.iter().map(|name| scalar(name)).collect();
            let names = match names.as_slice() {
                [name] => name.clone(),
                names => format!("[{}]", names.join(", ")),
            };
            lines.add(format!(
                "session: {{cookie: {names}}}  # set by the answer to the login"
            ));
        }
        Some(Session::Token) => {
            lines.add("session: {kept: token}");
            lines.say("The token goes with every request, as is usual. Is it so here?");
            lines.add("carries: {headers: {Authorization: \"Bearer {token}\"}}");
        }
        None => {
            lines.say("Which cookie is new at each login? Its name, or `session: none`:");
            let candidate = found.cookies.first();
            let name = candidate.map_or("NAME".to_owned(), |(name, _)| scalar(name));
            let from = candidate.map(|(_, from)| format!("  ({from} sets it)"));
            lines.say(&format!(
                "session: {{cookie: {name}}}{}",
                from.unwrap_or_default()
            ));
        }
    }
}

fn logout(found: &Found, lines: &mut Lines) {
    match &found.logout {
        Some(logout) => {
            let body = body(logout).map(|body| format!(", {body}"));
            let line = format!(
                "logout: {{{}{}}}",
                request(logout),
                body.unwrap_or_default()
            );
            lines.add(format!("{line}  # {}", in_one_line(&logout.from)));
        }
        None => lines.say("How does a user log out? As logout: {post: /logout}"),
    }
}
