//! The requests: signing in and out, asking a question, and withdrawing it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Form, Json, Router};
use cookie::{Cookie, SameSite};
use serde::Deserialize;
use serde_json::json;

use crate::desk::{Desk, SESSION, cookie, random};
use crate::events;

/// The cookie that must have the same value as the form's hidden field, so that no other site can sign somebody in.
const TOKEN: &str = "signin-token";

pub(crate) fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route(
            "/",
            get(async || "The help desk: ask with POST /questions."),
        )
        .route("/signin", get(form).post(sign_in))
        .route("/signout", post(sign_out))
        .route("/questions", post(ask))
        .route("/questions/{id}", delete(withdraw))
        .with_state(desk)
}

/// A cookie that scripts do not see, and that other sites' requests do not carry.
fn set_cookie(name: &'static str, value: String) -> (HeaderName, String) {
    let cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax);
    (SET_COOKIE, cookie.to_string())
}

fn redirect(to: &'static str) -> (StatusCode, [(HeaderName, &'static str); 1]) {
    (StatusCode::FOUND, [(LOCATION, to)])
}

async fn form() -> impl IntoResponse {
    let token = random();
    let page = format!(
        r#"<!doctype html><title>Help desk</title>
<form method="post">
<input type="hidden" name="_csrf" value="{token}">
<label>E-mail <input name="email"></label>
<label>Password <input type="password" name="password"></label>
<button>Sign in</button>
</form>"#
    );
    ([set_cookie(TOKEN, token)], Html(page))
}

#[derive(Deserialize)]
struct SignIn {
    email: String,
    password: String,
    _csrf: String,
}

async fn sign_in(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Form(form): Form<SignIn>,
) -> Response {
    if cookie(&headers, TOKEN) != Some(form._csrf) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(session) = desk.sign_in(&form.email, &form.password) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    // A browser has one session: whoever used it before is signed out.
    end_session(&desk, &headers).await;
    ([set_cookie(SESSION, session)], redirect("/")).into_response()
}

async fn sign_out(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> impl IntoResponse {
    end_session(&desk, &headers).await;
    redirect("/signin")
}

async fn end_session(desk: &Desk, headers: &HeaderMap) {
    if let Some(session) = cookie(headers, SESSION) {
        desk.sign_out(&session);
        events::hang_up(desk, &session).await;
    }
}

#[derive(Deserialize)]
struct Question {
    text: String,
}

async fn ask(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Json(question): Json<Question>,
) -> Response {
    let Some(user) = desk.user(&headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let id = desk.ask(&user);
    events::answer(&desk, &user, id, &question.text).await;
    (StatusCode::CREATED, Json(json!({"id": id}))).into_response()
}

async fn withdraw(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(id): Path<u64>,
) -> StatusCode {
    match desk.user(&headers) {
        None => StatusCode::UNAUTHORIZED,
        Some(user) if desk.withdraw(id, &user) => StatusCode::NO_CONTENT,
        Some(_) => StatusCode::NOT_FOUND,
    }
}
