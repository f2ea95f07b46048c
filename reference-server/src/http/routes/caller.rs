//! Who asks, read from the session alone, and whether the request comes from our own pages.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::refusal::Refusal;
use crate::http::app::App;
use crate::identity::sessions::{Session, UserId};

/// Somebody who is logged in.
pub(crate) struct Caller {
    pub(crate) user: UserId,
    pub(crate) session: Session,
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let session = app.session(&parts.headers).ok_or(Refusal::Guest)?;
        let user = session.user.clone().ok_or(Refusal::Guest)?;
        Ok(Self { user, session })
    }
}

/// Somebody who is logged in and may see the server's state; for anybody else it is not there.
pub(crate) struct Operator;

impl FromRequestParts<Arc<App>> for Operator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if app.is_operator(&caller.user) {
            Ok(Self)
        } else {
            Err(Refusal::NoPage)
        }
    }
}

/// Somebody who is logged in and whose request comes from our own page.
pub(crate) struct Changer(pub(crate) Caller);

impl FromRequestParts<Arc<App>> for Changer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if !app.is_ours(&parts.headers, Some(&caller.session), None) {
            return Err(Refusal::Foreign);
        }
        if is_of_another(&parts.headers, &caller.session) {
            return Err(Refusal::OtherSession);
        }
        Ok(Self(caller))
    }
}

/// Whether the page that asks says it was made for another session: a browser has one cookie for all of its tabs,
/// and somebody else may have logged in with one of them since.
pub(super) fn is_of_another(headers: &HeaderMap, session: &Session) -> bool {
    let said = headers.get("x-session");
    said.is_some_and(|said| said.as_bytes() != session.key.public().as_bytes())
}
