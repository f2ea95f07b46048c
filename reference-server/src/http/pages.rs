//! The pages: the login, the one behind it, and the server's state. What a person typed is text there, never
//! HTML.

use askama::Template;

use crate::http::assets::Links;
use crate::operation::status::Status;

#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage {
    pub(crate) token: String,
    pub(crate) next: String,
    /// What is wrong with what was typed before.
    pub(crate) alert: Option<String>,
    /// Seconds until the next try.
    pub(crate) locked: Option<u64>,
    pub(crate) assets: Links,
    /// What the page's own links carry, so that the policy lets them count.
    pub(crate) nonce: String,
}

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct HomePage {
    pub(crate) user: String,
    /// By its public name.
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
