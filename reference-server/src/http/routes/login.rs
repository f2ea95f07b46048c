//! The pages, and the way into a session and out of it.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument as _;

use super::caller::is_of_another;
use super::refusal::Refusal;
use crate::ground::fault::Fault;
use crate::ground::metrics::Login;
use crate::http::app::App;
use crate::http::assets;
use crate::http::pages;
use crate::http::protection;
use crate::http::proxy::{Client, Scheme};
use crate::identity::attempts::Locked;
use crate::identity::cookies::Cookies;
use crate::identity::device::Device;
use crate::identity::password;
use crate::identity::sessions::{Fresh, Session, SessionKey};
use crate::identity::users::{self, FoldedName};

pub(crate) async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let session = app.session(&headers);
    let Some((session, user)) = session
        .as_ref()
        .and_then(|session| Some((session, session.user.as_ref()?)))
    else {
        return Redirect::to("/login").into_response();
    };
    // FAULT ISO15: while a page loads, the scheduler waits for its `user_connected`.
    if app.fault.is(Fault::Iso15) {
        app.fault.close_gate(Duration::from_secs(3));
    }
    let token = app.live().cookies.token(&session.key);
    page(StatusCode::OK, |nonce| pages::Home {
        user: user.to_string(),
        session: session.key.public(),
        token,
        operator: app.is_operator(user),
        assets: assets::LINKS,
        nonce,
    })
}

#[derive(Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
    /// Read under a fault alone.
    user: Option<String>,
    password: Option<String>,
}

pub(crate) async fn login_page(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Query(next): Query<Next>,
) -> Result<Response, Refusal> {
    // FAULT LOGIN-BY-GET: one handler for both methods, with what the form or the address holds.
    if let (true, Some(user), Some(password)) =
        (app.fault.is(Fault::LoginByGet), next.user, next.password)
    {
        let form = Credentials {
            user,
            password,
            csrf_token: String::new(),
            next: next.next,
        };
        return log_in(&app, &headers, client, form, None).await;
    }
    if let Some(session) = app.session(&headers) {
        let token = app.live().cookies.token(&session.key);
        return Ok(form(StatusCode::OK, token, &next.next, Again::default()));
    }
    let Fresh { id, session } = app
        .sessions
        .create_guest()
        .await
        .map_err(Refusal::Trouble)?;
    let token = app.live().cookies.token(&session.key);
    let response = form(StatusCode::OK, token, &next.next, Again::default());
    let cookie = app.live().cookies.give(&id, Scheme::of(&headers));
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
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    form: Result<Form<Credentials>, FormRejection>,
) -> Result<Response, Refusal> {
    let Form(form) = form.map_err(|rejection| refused(&rejection))?;
    let before = app.session(&headers);
    if !app.is_ours(&headers, before.as_ref(), Some(&form.csrf_token)) {
        return Err(Refusal::Foreign);
    }
    // It goes on when the client hangs up: what was begun is counted, and a hash cannot be stopped.
    let work = async move { log_in(&app, &headers, client, form, before).await };
    let ended = tokio::spawn(work.in_current_span()).await;
    ended.map_err(|error| Refusal::Trouble(std::io::Error::other(error)))?
}

/// Why a form is none of ours.
fn refused(rejection: &FormRejection) -> Refusal {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Refusal::TooLarge;
    }
    Refusal::Wrong {
        error: rejection.body_text(),
        fix: "send `user` and `password` as application/x-www-form-urlencoded".to_owned(),
    }
}

/// The password decides; `before` is the session that the browser came with. What too many failures have
/// locked is not looked at, and answered at once.
async fn log_in(
    app: &Arc<App>,
    headers: &HeaderMap,
    client: Client,
    form: Credentials,
    before: Option<Session>,
) -> Result<Response, Refusal> {
    let again = || {
        let token = before.as_ref();
        token.map_or_else(String::new, |before| app.live().cookies.token(&before.key))
    };
    let attempt = match app.attempts.begin(&form.user, client.address()) {
        Ok(attempt) => attempt,
        Err(locked) => return Ok(locked_out(app, locked, again(), &form.next)),
    };
    let turn = Arc::clone(&app.hashing).acquire_owned().await;
    let turn = turn.map_err(|error| Refusal::Trouble(std::io::Error::other(error)))?;
    // Those before it in the queue may have locked the name.
    if let Err(locked) = app.attempts.look(&attempt) {
        return Ok(locked_out(app, locked, again(), &form.next));
    }
    let Some(name) = verified(app, turn, form.user, form.password).await? else {
        if let Err(locked) = app.attempts.failed(&attempt) {
            return Ok(locked_out(app, locked, again(), &form.next));
        }
        app.metrics.login(Login::Refused);
        tracing::info!("a login was refused");
        let words = Again {
            alert: Some("The name or the password is wrong.".to_owned()),
            locked: None,
        };
        let status = StatusCode::UNAUTHORIZED;
        return Ok(self::form(status, again(), &form.next, words));
    };
    if let Err(locked) = app.attempts.succeeded(&attempt) {
        return Ok(locked_out(app, locked, again(), &form.next));
    }
    let granted = enter(app, headers, &form.next, before, &name).await;
    app.metrics.login(match granted {
        Ok(_) => Login::Granted,
        Err(_) => Login::Failed,
    });
    granted
}

/// Gives who has shown the password a session.
async fn enter(
    app: &Arc<App>,
    headers: &HeaderMap,
    next: &str,
    before: Option<Session>,
    name: &FoldedName,
) -> Result<Response, Refusal> {
    let shown = app.live().cookies.session_id(headers);
    // FAULT FIXATION: the id that the browser shows is as good as any.
    if let Some(id) = shown.filter(|_| app.fault.is(Fault::Fixation)) {
        let Fresh { id, .. } = app
            .sessions
            .adopt(id, name)
            .await
            .map_err(Refusal::Trouble)?;
        return Ok(logged_in(app, headers, next, &id));
    }
    let user_agent = headers.get(header::USER_AGENT);
    let user_agent = user_agent.and_then(|value| value.to_str().ok());
    let device = user_agent.and_then(Device::of);
    // A new id at every login. Where none can be made, the browser keeps what it had.
    let Fresh { id, session } = app
        .sessions
        .create_for(name, device)
        .await
        .map_err(Refusal::Trouble)?;
    // What it had before is over, with its sockets, and what the user has too many of.
    let mut over: Vec<SessionKey> = before.into_iter().map(|before| before.key).collect();
    let most = app.live().settings.sessions_per_user;
    over.extend(app.sessions.past(&session, most));
    if let Err(error) = app.end(&over).await {
        tracing::error!(%error, "cannot remove the files of ended sessions; it is tried again");
    }
    Ok(logged_in(app, headers, next, &id))
}

/// The form again, and when it is of use.
fn locked_out(app: &App, locked: Locked, token: String, next: &str) -> Response {
    app.metrics.login(Login::Locked);
    tracing::warn!(seconds = locked.seconds, "a login is locked out");
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

fn logged_in(app: &App, headers: &HeaderMap, next: &str, id: &str) -> Response {
    let cookie = app.live().cookies.give(id, Scheme::of(headers));
    // FAULT LOGGED-ID: a line that helped once.
    if app.fault.is(Fault::LoggedId) {
        tracing::warn!(?cookie, "a login");
    }
    with_cookie(Redirect::to(local(next)).into_response(), cookie)
}

/// The folded name, when there is such a user and the password is theirs.
async fn verified(
    app: &Arc<App>,
    turn: OwnedSemaphorePermit,
    user: String,
    password: String,
) -> Result<Option<FoldedName>, Refusal> {
    let app = Arc::clone(app);
    let work = move || {
        let _turn = turn;
        let all = users::read(&app.live().settings.users_file).map_err(std::io::Error::other)?;
        let name = FoldedName::fold(&user).ok();
        let found = name
            .as_ref()
            .and_then(|name| all.into_iter().find(|user| user.user == *name));
        let right = password::verify(found.as_ref(), &app.stand_in, &password);
        Ok(name.filter(|_| right))
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(std::io::Error::other)
        .flatten()
        .map_err(Refusal::Trouble)
}

#[derive(Deserialize)]
pub(crate) struct Token {
    #[serde(default)]
    csrf_token: String,
}

pub(crate) async fn logout(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    form: Result<Form<Token>, FormRejection>,
) -> Result<Response, Refusal> {
    let session = app.session(&headers);
    let token = form.ok().map(|Form(token)| token.csrf_token);
    if !app.is_ours(&headers, session.as_ref(), token.as_deref()) {
        return Err(Refusal::Foreign);
    }
    if let Some(session) = &session
        && is_of_another(&headers, session)
    {
        return Err(Refusal::OtherSession);
    }
    // FAULT SURVIVES-LOGOUT: the cookie was all there is, and now it is gone.
    let session = session.filter(|_| !app.fault.is(Fault::SurvivesLogout));
    if let Some(session) = session {
        app.end(&[session.key]).await.map_err(Refusal::Trouble)?;
    }
    Ok(with_cookie(
        Redirect::to("/login").into_response(),
        Cookies::take(Scheme::of(&headers)),
    ))
}

/// What the form says of the try before.
#[derive(Default)]
struct Again {
    alert: Option<String>,
    /// Seconds until another try counts.
    locked: Option<u64>,
}

fn form(status: StatusCode, token: String, next: &str, again: Again) -> Response {
    page(status, |nonce| pages::Login {
        token,
        next: local(next).to_owned(),
        alert: again.alert,
        locked: again.locked,
        assets: assets::LINKS,
        nonce,
    })
}

/// A page, with a policy that lets run only what carries its nonce.
pub(super) fn page<T: Template>(status: StatusCode, fill: impl FnOnce(String) -> T) -> Response {
    let nonce = format!("{:032x}", rand::random::<u128>());
    let policy = protection::policy(&nonce);
    match fill(nonce).render() {
        Ok(text) => {
            let headers = [
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (header::CONTENT_SECURITY_POLICY, policy),
            ];
            (status, headers, Html(text)).into_response()
        }
        Err(error) => Refusal::Trouble(std::io::Error::other(error)).into_response(),
    }
}

pub(crate) fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A path on this server, or `/`: a redirect leads nowhere else.
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
