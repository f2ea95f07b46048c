//! The HTTP routes: login, logout, a user's own actions and uploads, and the state of the server.
//!
//! Who asks is read from the session alone. A request that changes something comes from our own pages
//! or carries the session's token; one from a foreign origin is refused whatever it carries.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::rejection::{FormRejection, JsonRejection};
use axum::extract::{DefaultBodyLimit, FromRequestParts, Multipart, Path as UrlPath, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

use crate::action::Actions;
use crate::cookies::Cookies;
use crate::fault::{Fault, Open};
use crate::guard::Transports;
use crate::kinds::Kind;
use crate::log_files::LogFiles;
use crate::openapi;
use crate::origin::{self, Origin};
use crate::pages;
use crate::password;
use crate::proxy::{Client, Scheme};
use crate::rooms::Rooms;
use crate::server::Timing;
use crate::sessions::{Fresh, Session, SessionKey, Sessions, UserId};
use crate::settings::Settings;
use crate::users::{self, FoldedName};

/// Bytes that a form or a JSON body may have.
const SMALL_BODY: usize = 64 << 10;

/// What every request can reach.
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) timing: Timing,
    pub(crate) log_files: Option<LogFiles>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) cookies: Cookies,
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) actions: Arc<Actions>,
    pub(crate) transports: Transports,
    /// Hashes at a time: each takes memory and a core.
    pub(crate) hashing: Semaphore,
    /// The hash that a user who does not exist is held against.
    pub(crate) stand_in: String,
    pub(crate) fault: Open,
}

impl App {
    /// The live session that the request's cookie names.
    pub(crate) fn session(&self, headers: &HeaderMap) -> Option<Session> {
        self.sessions.find(&self.cookies.session_id(headers)?)
    }

    /// Ends a session, its room and its sockets; all of it before the caller answers.
    async fn end(&self, key: &SessionKey) -> std::io::Result<()> {
        let ended = self.sessions.end(key).await;
        self.rooms.close(key);
        ended
    }

    /// A state-changing request must come from us.
    fn is_ours(
        &self,
        headers: &HeaderMap,
        session: Option<&Session>,
        form_token: Option<&str>,
    ) -> bool {
        let token = headers
            .get("x-csrf-token")
            .and_then(|value| value.to_str().ok())
            .or(form_token);
        let has_token = || {
            session
                .zip(token)
                .is_some_and(|(session, token)| self.cookies.is_token(&session.key, token))
        };
        match origin::of(headers, &self.settings.allowed_origins) {
            // FAULT WEB02: the check stands in a layer that nobody put around the routes.
            _ if self.fault.is(Fault::Web02) => true,
            Origin::Own => true,
            Origin::Foreign => false,
            Origin::Unknown => has_token(),
        }
    }
}

pub(crate) fn router(app: Arc<App>) -> Router {
    let upload_limit = usize::try_from(app.settings.max_content_length).unwrap_or(usize::MAX);
    Router::new()
        .route("/", get(home))
        .route("/login", get(login_page).post(login))
        .route("/logout", post(logout))
        .route("/api/actions", get(list).post(start))
        .route("/api/actions/{id}", get(read).delete(stop))
        .layer(DefaultBodyLimit::max(SMALL_BODY))
        .merge(
            Router::new()
                .route("/upload", post(upload))
                .layer(DefaultBodyLimit::max(upload_limit)),
        )
        .route(
            "/health",
            get(|| async { Json(json!({ "status": "ok", "service": "reference-server" })) }),
        )
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(openapi::answer))
        .fallback(|| async { (StatusCode::NOT_FOUND, "there is no such page\n") })
        .method_not_allowed_fallback(|| async {
            (
                StatusCode::METHOD_NOT_ALLOWED,
                "this page does not do that\n",
            )
        })
        .with_state(app)
}

/// What the server counts, in Prometheus' text; for this machine alone.
async fn metrics(State(app): State<Arc<App>>, client: Option<Extension<Client>>) -> Response {
    if !client.is_some_and(|Extension(Client(address))| address.is_loopback()) {
        return (StatusCode::NOT_FOUND, "there is no such page\n").into_response();
    }
    let sockets = app.rooms.count_sockets();
    let text = format!(
        "# HELP reference_server_sockets Sockets that are in a room.\n# TYPE reference_server_sockets gauge\nreference_server_sockets {sockets}\n"
    );
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// Somebody who is logged in.
struct Caller {
    user: UserId,
    session: Session,
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let session = app.session(&parts.headers).ok_or(Refusal::Guest)?;
        let user = session.user.clone().ok_or(Refusal::Guest)?;
        Ok(Self { user, session })
    }
}

/// Somebody who is logged in and whose request comes from our own page.
struct Changer(Caller);

impl FromRequestParts<Arc<App>> for Changer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if app.is_ours(&parts.headers, Some(&caller.session), None) {
            Ok(Self(caller))
        } else {
            Err(Refusal::Foreign)
        }
    }
}

/// Why a request is not answered.
enum Refusal {
    Guest,
    Foreign,
    NoAction,
    Wrong { error: String, fix: String },
    Busy { error: String },
    TooLarge,
    Trouble(std::io::Error),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error, fix) = match self {
            Self::Guest => (
                StatusCode::UNAUTHORIZED,
                "nobody is logged in".to_owned(),
                "log in at /login".to_owned(),
            ),
            Self::Foreign => (
                StatusCode::FORBIDDEN,
                "the request does not come from this server's pages".to_owned(),
                "send the page's token as X-CSRF-Token, or this server's Origin".to_owned(),
            ),
            Self::NoAction => (
                StatusCode::NOT_FOUND,
                "no such action".to_owned(),
                "see GET /api/actions".to_owned(),
            ),
            Self::Wrong { error, fix } => (StatusCode::BAD_REQUEST, error, fix),
            Self::Busy { error } => (StatusCode::CONFLICT, error, "stop one first".to_owned()),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is too large".to_owned(),
                "send less".to_owned(),
            ),
            Self::Trouble(error) => {
                tracing::error!(%error, "a request failed");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the server is in trouble".to_owned(),
                    "try again later".to_owned(),
                )
            }
        };
        (status, Json(json!({ "error": error, "fix": fix }))).into_response()
    }
}

async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
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
    page(
        StatusCode::OK,
        &pages::Home {
            user: &user.to_string(),
            token: &app.cookies.token(&session.key),
        },
    )
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
    /// Read under a fault alone.
    user: Option<String>,
    password: Option<String>,
}

async fn login_page(
    State(app): State<Arc<App>>,
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
        return log_in(&app, &headers, form, None).await;
    }
    if let Some(session) = app.session(&headers) {
        let token = app.cookies.token(&session.key);
        return Ok(page(
            StatusCode::OK,
            &pages::Login {
                token: &token,
                next: local(&next.next),
                failed: false,
            },
        ));
    }
    let Fresh { id, session } = app
        .sessions
        .create_guest()
        .await
        .map_err(Refusal::Trouble)?;
    let token = app.cookies.token(&session.key);
    let response = page(
        StatusCode::OK,
        &pages::Login {
            token: &token,
            next: local(&next.next),
            failed: false,
        },
    );
    let cookie = app.cookies.give(&id, Scheme::of(&headers));
    Ok(with_cookie(response, cookie))
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
    password: String,
    #[serde(default)]
    csrf_token: String,
    #[serde(default)]
    next: String,
}

async fn login(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(form): Form<Credentials>,
) -> Result<Response, Refusal> {
    let before = app.session(&headers);
    if !app.is_ours(&headers, before.as_ref(), Some(&form.csrf_token)) {
        return Err(Refusal::Foreign);
    }
    log_in(&app, &headers, form, before).await
}

/// The password decides; `before` is the session that the browser came with.
async fn log_in(
    app: &Arc<App>,
    headers: &HeaderMap,
    form: Credentials,
    before: Option<Session>,
) -> Result<Response, Refusal> {
    let Some(name) = verified(app, form.user, form.password).await? else {
        let token = before
            .map(|session| app.cookies.token(&session.key))
            .unwrap_or_default();
        return Ok(page(
            StatusCode::UNAUTHORIZED,
            &pages::Login {
                token: &token,
                next: local(&form.next),
                failed: true,
            },
        ));
    };
    let shown = app.cookies.session_id(headers);
    // FAULT FIXATION: the id that the browser shows is as good as any.
    if let Some(id) = shown.filter(|_| app.fault.is(Fault::Fixation)) {
        let Fresh { id, .. } = app
            .sessions
            .adopt(id, &name)
            .await
            .map_err(Refusal::Trouble)?;
        return Ok(logged_in(app, headers, &form.next, &id));
    }
    // A new id at every login; what the browser had before is over, with its sockets.
    if let Some(before) = before {
        app.end(&before.key).await.map_err(Refusal::Trouble)?;
    }
    let Fresh { id, .. } = app
        .sessions
        .create_for(&name)
        .await
        .map_err(Refusal::Trouble)?;
    Ok(logged_in(app, headers, &form.next, &id))
}

fn logged_in(app: &App, headers: &HeaderMap, next: &str, id: &str) -> Response {
    let cookie = app.cookies.give(id, Scheme::of(headers));
    // FAULT LOGGED-ID: a line that helped once.
    if app.fault.is(Fault::LoggedId) {
        tracing::warn!(?cookie, "a login");
    }
    with_cookie(Redirect::to(local(next)).into_response(), cookie)
}

/// The folded name, when there is such a user and the password is theirs.
async fn verified(
    app: &Arc<App>,
    user: String,
    password: String,
) -> Result<Option<FoldedName>, Refusal> {
    let _turn = app
        .hashing
        .acquire()
        .await
        .map_err(|error| Refusal::Trouble(std::io::Error::other(error)))?;
    let app = Arc::clone(app);
    let work = move || {
        let all = users::read(&app.settings.users_file).map_err(std::io::Error::other)?;
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
struct Token {
    #[serde(default)]
    csrf_token: String,
}

async fn logout(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    form: Result<Form<Token>, FormRejection>,
) -> Result<Response, Refusal> {
    let session = app.session(&headers);
    let token = form.ok().map(|Form(token)| token.csrf_token);
    if !app.is_ours(&headers, session.as_ref(), token.as_deref()) {
        return Err(Refusal::Foreign);
    }
    // FAULT SURVIVES-LOGOUT: the cookie was all there is, and now it is gone.
    let session = session.filter(|_| !app.fault.is(Fault::SurvivesLogout));
    if let Some(session) = session {
        app.end(&session.key).await.map_err(Refusal::Trouble)?;
    }
    Ok(with_cookie(
        Redirect::to("/login").into_response(),
        Cookies::take(Scheme::of(&headers)),
    ))
}

async fn list(State(app): State<Arc<App>>, caller: Caller) -> Json<Value> {
    Json(json!({ "actions": app.actions.list(&caller.user) }))
}

async fn start(
    State(app): State<Arc<App>>,
    Changer(caller): Changer,
    request: Result<Json<Value>, JsonRejection>,
) -> Result<Response, Refusal> {
    let Json(request) = request.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Refusal::TooLarge;
        }
        Refusal::Wrong {
            error: rejection.body_text(),
            fix: "send one JSON object".to_owned(),
        }
    })?;
    let kind = Kind::read(request).map_err(|wrong| Refusal::Wrong {
        error: wrong.error,
        fix: wrong.fix,
    })?;
    let started = app
        .actions
        .start(&caller.user, kind)
        .map_err(|many| Refusal::Busy {
            error: many.to_string(),
        })?;
    Ok((StatusCode::CREATED, Json(started)).into_response())
}

async fn read(
    State(app): State<Arc<App>>,
    caller: Result<Caller, Refusal>,
    UrlPath(id): UrlPath<String>,
) -> Result<Response, Refusal> {
    // FAULT WEB10: the one route where the check was forgotten.
    let anybody = app
        .fault
        .is(Fault::Web10)
        .then(|| app.actions.owner_of(&id));
    let user = match anybody.flatten() {
        Some(owner) => owner,
        None => caller?.user,
    };
    let found = app.actions.find(&user, &id).ok_or(Refusal::NoAction)?;
    Ok(Json(found).into_response())
}

async fn stop(
    State(app): State<Arc<App>>,
    Changer(caller): Changer,
    UrlPath(id): UrlPath<String>,
) -> Result<Response, Refusal> {
    let stopped = app
        .actions
        .stop(&caller.user, &id)
        .ok_or(Refusal::NoAction)?;
    Ok(Json(stopped).into_response())
}

/// Streams each file of the form into the user's own folder; no name of a client reaches the disk.
async fn upload(
    State(app): State<Arc<App>>,
    Changer(caller): Changer,
    mut form: Multipart,
) -> Result<Response, Refusal> {
    let folder = app
        .settings
        .upload_folder
        .join(SessionKey::of(&caller.user.to_string()).as_str());
    tokio::fs::create_dir_all(&folder)
        .await
        .map_err(Refusal::Trouble)?;
    let mut bytes = 0;
    loop {
        let field = form
            .next_field()
            .await
            .map_err(|error| too_large_or_wrong(&error))?;
        let Some(field) = field else { break };
        bytes += keep(&folder, field).await?;
    }
    Ok((StatusCode::CREATED, Json(json!({ "bytes": bytes }))).into_response())
}

async fn keep(
    folder: &Path,
    mut field: axum::extract::multipart::Field<'_>,
) -> Result<u64, Refusal> {
    // Removed when it is dropped before it is kept, so that a refused upload leaves nothing.
    let file = tempfile::NamedTempFile::new_in(folder).map_err(Refusal::Trouble)?;
    let mut out = tokio::fs::File::from_std(file.reopen().map_err(Refusal::Trouble)?);
    let mut bytes = 0;
    while let Some(chunk) = field
        .chunk()
        .await
        .map_err(|error| too_large_or_wrong(&error))?
    {
        bytes += chunk.len() as u64;
        out.write_all(&chunk).await.map_err(Refusal::Trouble)?;
    }
    out.sync_all().await.map_err(Refusal::Trouble)?;
    let name = folder.join(format!("{:032x}", rand::random::<u128>()));
    file.persist(name)
        .map_err(|error| Refusal::Trouble(error.error))?;
    Ok(bytes)
}

fn too_large_or_wrong(error: &axum::extract::multipart::MultipartError) -> Refusal {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Refusal::TooLarge;
    }
    Refusal::Wrong {
        error: error.body_text(),
        fix: "send multipart/form-data with a file".to_owned(),
    }
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, [(header::CACHE_CONTROL, "no-store")], Html(text)).into_response(),
        Err(error) => Refusal::Trouble(std::io::Error::other(error)).into_response(),
    }
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
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
