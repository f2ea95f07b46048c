//! The pages: the login, the user's page, and the server's state. Text that somebody typed is escaped, so it is never
//! HTML.

use askama::Template;

use crate::http::assets::Links;
use crate::operation::status::Status;

#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage {
    pub(crate) token: String,
    pub(crate) next: String,
    /// Why the last attempt failed.
    pub(crate) alert: Option<String>,
    /// Seconds until the next attempt counts.
    pub(crate) locked: Option<u64>,
    pub(crate) assets: Links,
    /// The nonce of the page's own links, which the policy demands.
    pub(crate) nonce: String,
}

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct HomePage {
    pub(crate) user: String,
    /// The public id of the session.
    pub(crate) session: String,
    pub(crate) token: String,
    /// Whether the user may see the server's state.
    pub(crate) operator: bool,
    pub(crate) assets: Links,
    pub(crate) nonce: String,
}

#[derive(Template)]
#[template(path = "status.html")]
pub(crate) struct StatusPage {
    pub(crate) now: Status,
    pub(crate) assets: Links,
    pub(crate) nonce: String,
}
