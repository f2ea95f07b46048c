//! The user who sends a request. The user is known only from the session.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;

use super::refusal::Refusal;
use crate::identity::gate::{self, Gate};
use crate::identity::sessions::{Session, UserId};

/// A user who is logged in.
pub(crate) struct Caller {
    pub(crate) user: UserId,
    pub(crate) session: Session,
}

impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    Gate: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let session = Gate::from_ref(state)
            .session(&parts.headers)
            .ok_or(Refusal::Guest)?;
        let user = session.user.clone().ok_or(Refusal::Guest)?;
        Ok(Self { user, session })
    }
}

/// A logged-in user who may see the server's state. Other users get the same answer as for a page that does not exist.
pub(crate) struct Operator;

impl<S: Send + Sync> FromRequestParts<S> for Operator
where
    Gate: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let caller = Caller::from_request_parts(parts, state).await?;
        if Gate::from_ref(state).is_operator(&caller.user) {
            Ok(Self)
        } else {
            Err(Refusal::NoPage)
        }
    }
}

/// A logged-in user, with a request that comes from our own page and may change state.
pub(crate) struct Changer(pub(crate) Caller);

impl<S: Send + Sync> FromRequestParts<S> for Changer
where
    Gate: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let caller = Caller::from_request_parts(parts, state).await?;
        if !Gate::from_ref(state).is_ours(&parts.headers, Some(&caller.session), None) {
            return Err(Refusal::Foreign);
        }
        if gate::is_of_another(&parts.headers, &caller.session) {
            return Err(Refusal::OtherSession);
        }
        Ok(Self(caller))
    }
}
