//! Login and logout.

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use serde::Deserialize;
use tracing::Instrument as _;

use super::refusal::Refusal;
use super::reply::{page, with_cookie};
use crate::actions::session_end::SessionEnd;
use crate::ground::fault::{Fault, Open};
use crate::ground::folded_name::FoldedName;
use crate::ground::metrics::{LoginOutcome, Metrics};
use crate::http::assets;
use crate::http::pages::LoginPage;
use crate::identity::attempts::{Attempts, Locked};
use crate::identity::client::{Client, Scheme};
use crate::identity::cookies::Cookies;
use crate::identity::device::Device;
use crate::identity::gate::{self, Gate};
use crate::identity::live::Live;
use crate::identity::session_key::SessionKey;
use crate::identity::sessions::{Fresh, Session, Sessions};
use crate::identity::verifier::Verifier;

/// What a login and a logout need. Clones are the same.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) live: Live,
    pub(crate) gate: Gate,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) session_end: SessionEnd,
    pub(crate) attempts: Arc<Attempts>,
    pub(crate) verifier: Verifier,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) fault: Open,
}

#[derive(Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
    /// Read only under a fault, like the password.
    user: Option<String>,
    password: Option<String>,
}

pub(crate) async fn login_page(
    State(desk): State<Desk>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Query(next): Query<Next>,
) -> Result<Response, Refusal> {
    // FAULT LOGIN-BY-GET: one handler for both methods, which reads the form or the URL.
    if let (true, Some(user), Some(password)) =
        (desk.fault.is(Fault::LoginByGet), next.user, next.password)
    {
        let form = Credentials {
            user,
            password,
            csrf_token: String::new(),
            next: next.next,
        };
        return log_in(&desk, &headers, client, form, None).await;
    }
    if let Some(session) = desk.gate.session(&headers) {
        let token = desk.gate.token(&session);
        return Ok(form(StatusCode::OK, token, &next.next, Again::default()));
    }
    let Fresh { id, session } = desk
        .sessions
        .create_guest()
        .await
        .map_err(Refusal::Trouble)?;
    let token = desk.gate.token(&session);
    let response = form(StatusCode::OK, token, &next.next, Again::default());
    let cookie = desk.live.now().cookies.give(&id, Scheme::of(&headers));
    Ok(with_cookie(response, cookie))
}

#[derive(Deserialize)]
pub(crate) struct Credentials {
    user: String,
    password: String,
    #[serde(default)]
    csrf_token: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn login(
    State(desk): State<Desk>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    form: Result<Form<Credentials>, FormRejection>,
) -> Result<Response, Refusal> {
    let Form(form) = form.map_err(|rejection| refusal_of(&rejection))?;
    let before = desk.gate.session(&headers);
    if !desk
        .gate
        .is_ours(&headers, before.as_ref(), Some(&form.csrf_token))
    {
        return Err(Refusal::Foreign);
    }
    // A task of its own, so that it continues if the client disconnects: a started attempt must be counted, and a hash
    // cannot be stopped.
    let work = async move { log_in(&desk, &headers, client, form, before).await };
    let ended = tokio::spawn(work.in_current_span()).await;
    ended.map_err(|error| Refusal::Trouble(std::io::Error::other(error)))?
}

/// The refusal of a form that is not a login form.
fn refusal_of(rejection: &FormRejection) -> Refusal {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Refusal::TooLarge;
    }
    Refusal::Wrong {
        error: rejection.body_text(),
        fix: "send `user` and `password` as application/x-www-form-urlencoded".to_owned(),
    }
}

/// Logs in if the password is right. `before` is the session that the browser already had. If the name or address is
/// locked, the password is not checked, and the answer comes at once.
async fn log_in(
    desk: &Desk,
    headers: &HeaderMap,
    client: Client,
    form: Credentials,
    before: Option<Session>,
) -> Result<Response, Refusal> {
    let again = || {
        let token = before.as_ref();
        token.map_or_else(String::new, |before| desk.gate.token(before))
    };
    let attempt = match desk.attempts.begin(&form.user, client.address()) {
        Ok(attempt) => attempt,
        Err(locked) => return Ok(locked_out(desk, locked, again(), &form.next)),
    };
    let turn = desk.verifier.turn().await.map_err(Refusal::Trouble)?;
    // Attempts before this one in the queue may have locked the name.
    if let Err(locked) = desk.attempts.look(&attempt) {
        return Ok(locked_out(desk, locked, again(), &form.next));
    }
    let users_file = desk.live.now().settings.users_file.clone();
    let verified = desk
        .verifier
        .verified(turn, users_file, form.user, form.password);
    let Some(name) = verified.await.map_err(Refusal::Trouble)? else {
        if let Err(locked) = desk.attempts.failed(&attempt) {
            return Ok(locked_out(desk, locked, again(), &form.next));
        }
        desk.metrics.login(LoginOutcome::Refused);
        tracing::info!("a login was refused");
        let words = Again {
            alert: Some("The name or the password is wrong.".to_owned()),
            locked: None,
        };
        let status = StatusCode::UNAUTHORIZED;
        return Ok(self::form(status, again(), &form.next, words));
    };
    if let Err(locked) = desk.attempts.succeeded(&attempt) {
        return Ok(locked_out(desk, locked, again(), &form.next));
    }
    let granted = enter(desk, headers, &form.next, before, &name).await;
    desk.metrics.login(match granted {
        Ok(_) => LoginOutcome::Granted,
        Err(_) => LoginOutcome::Failed,
    });
    granted
}

/// Creates a session for a user whose password was right.
async fn enter(
    desk: &Desk,
    headers: &HeaderMap,
    next: &str,
    before: Option<Session>,
    name: &FoldedName,
) -> Result<Response, Refusal> {
    let cookie_id = desk.live.now().cookies.session_id(headers);
    // FAULT FIXATION: the browser keeps its session id.
    if let Some(id) = cookie_id.filter(|_| desk.fault.is(Fault::Fixation)) {
        let Fresh { id, .. } = desk
            .sessions
            .adopt(id, name)
            .await
            .map_err(Refusal::Trouble)?;
        return Ok(logged_in(desk, headers, next, &id));
    }
    let user_agent = headers.get(header::USER_AGENT);
    let user_agent = user_agent.and_then(|value| value.to_str().ok());
    let device = user_agent.and_then(Device::of);
    // A new id at every login. If the session cannot be created, the browser keeps its old one.
    let Fresh { id, session } = desk
        .sessions
        .create_for(name, device)
        .await
        .map_err(Refusal::Trouble)?;
    // Ends the browser's old session with its sockets, and the user's oldest sessions above the limit.
    let mut over: Vec<SessionKey> = before.into_iter().map(|before| before.key).collect();
    let most = desk.live.now().settings.sessions_per_user;
    over.extend(desk.sessions.oldest_above(&session, most));
    if let Err(error) = desk.session_end.end(&over).await {
        tracing::error!(%error, "cannot remove the files of ended sessions; the server will try again");
    }
    Ok(logged_in(desk, headers, next, &id))
}

/// The form again, with the time after which an attempt counts.
fn locked_out(desk: &Desk, locked: Locked, token: String, next: &str) -> Response {
    desk.metrics.login(LoginOutcome::Locked);
    tracing::warn!(
        seconds = locked.seconds,
        "a login was refused, because its name or address is locked"
    );
    let words = Again {
        alert: Some(format!(
            "Too many failed logins. Wait {} seconds and try again.",
            locked.seconds
        )),
        locked: Some(locked.seconds),
    };
    let mut response = form(StatusCode::TOO_MANY_REQUESTS, token, next, words);
    let wait = HeaderValue::from(locked.seconds);
    response.headers_mut().insert(header::RETRY_AFTER, wait);
    response
}

fn logged_in(desk: &Desk, headers: &HeaderMap, next: &str, id: &str) -> Response {
    let cookie = desk.live.now().cookies.give(id, Scheme::of(headers));
    // FAULT LOGGED-ID: a line that was once useful for debugging.
    if desk.fault.is(Fault::LoggedId) {
        tracing::warn!(?cookie, "a login");
    }
    with_cookie(Redirect::to(local(next)).into_response(), cookie)
}

#[derive(Deserialize)]
pub(crate) struct Token {
    #[serde(default)]
    csrf_token: String,
}

pub(crate) async fn logout(
    State(desk): State<Desk>,
    headers: HeaderMap,
    form: Result<Form<Token>, FormRejection>,
) -> Result<Response, Refusal> {
    let session = desk.gate.session(&headers);
    let token = form.ok().map(|Form(token)| token.csrf_token);
    if !desk
        .gate
        .is_ours(&headers, session.as_ref(), token.as_deref())
    {
        return Err(Refusal::Foreign);
    }
    if let Some(session) = &session
        && gate::is_of_another(&headers, session)
    {
        return Err(Refusal::OtherSession);
    }
    // FAULT SURVIVES-LOGOUT: only the cookie is removed.
    let session = session.filter(|_| !desk.fault.is(Fault::SurvivesLogout));
    if let Some(session) = session {
        desk.session_end
            .end(&[session.key])
            .await
            .map_err(Refusal::Trouble)?;
    }
    Ok(with_cookie(
        Redirect::to("/login").into_response(),
        Cookies::take(Scheme::of(&headers)),
    ))
}

/// What the form says about the last attempt.
#[derive(Default)]
struct Again {
    alert: Option<String>,
    /// Seconds until another attempt counts.
    locked: Option<u64>,
}

fn form(status: StatusCode, token: String, next: &str, again: Again) -> Response {
    page(status, |nonce| LoginPage {
        token,
        next: local(next).to_owned(),
        alert: again.alert,
        locked: again.locked,
        assets: assets::LINKS,
        nonce,
    })
}

/// The path if it is on this server, otherwise `/`, so that a redirect never leads elsewhere.
fn local(next: &str) -> &str {
    let clean = next
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if clean && next.starts_with('/') && !next.starts_with("//") {
        next
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_stays_here() {
        for (next, to) in [
            ("/api/actions?x=1", "/api/actions?x=1"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
        ] {
            assert_eq!(local(next), to, "{next}");
        }
    }
}
