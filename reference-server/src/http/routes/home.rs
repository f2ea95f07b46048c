//! The page of a user who is logged in.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::reply::page;
use crate::ground::fault::{Fault, Open};
use crate::http::assets;
use crate::http::pages::HomePage;
use crate::identity::gate::Gate;

pub(crate) async fn show(
    State(gate): State<Gate>,
    State(fault): State<Open>,
    headers: HeaderMap,
) -> Response {
    let session = gate.session(&headers);
    let Some((session, user)) = session
        .as_ref()
        .and_then(|session| Some((session, session.user.as_ref()?)))
    else {
        return Redirect::to("/login").into_response();
    };
    // FAULT ISO15: while a page loads, the scheduler waits for its `user_connected`.
    if fault.is(Fault::Iso15) {
        fault.close_gate(Duration::from_secs(3));
    }
    let token = gate.token(session);
    page(StatusCode::OK, |nonce| HomePage {
        user: user.to_string(),
        session: session.key.public(),
        token,
        operator: gate.is_operator(user),
        assets: assets::LINKS,
        nonce,
    })
}
