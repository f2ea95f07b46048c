//! The pages: the login and the one behind it. What a person typed is text there, never HTML.

use askama::Template;

#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct Login {
    pub(crate) token: String,
    pub(crate) next: String,
    /// What is wrong with what was typed before.
    pub(crate) alert: Option<String>,
    /// What the page's own style carries, so that the policy lets it count.
    pub(crate) nonce: String,
}

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct Home {
    pub(crate) user: String,
    pub(crate) token: String,
    pub(crate) nonce: String,
}
