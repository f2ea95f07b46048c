//! The pages: the login and the one behind it. What a person typed is text there, never HTML.

use askama::Template;

#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct Login<'a> {
    pub(crate) token: &'a str,
    pub(crate) next: &'a str,
    pub(crate) failed: bool,
}

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct Home<'a> {
    pub(crate) user: &'a str,
    pub(crate) token: &'a str,
}
