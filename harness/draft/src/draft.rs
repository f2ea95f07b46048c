//! The whole: looks, the file, and a trial of its login.

use std::fmt;

use thiserror::Error;
use url::Url;

use crate::bounds::DESCRIPTION;
use crate::described::asyncapi;
use crate::fitting::fitted;
use crate::found::{Session, SocketKind, Strangers};
use crate::look::Look;
use crate::sockets;
use crate::trial::{self, Carried, Trial};
use crate::visitor::{Visitor, Way};

/// What is wished for.
#[derive(Clone)]
pub struct Wish {
    /// Where the system is.
    pub url: Url,
    /// Makes clients that know the way.
    pub way: Way,
    /// Users with their passwords, who try the login.
    pub users: Vec<(String, String)>,
    /// The text of an OpenAPI description; without it, the usual paths are asked for one.
    pub openapi: Option<String>,
    /// The text of an AsyncAPI description.
    pub asyncapi: Option<String>,
}

impl fmt::Debug for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let users: Vec<&str> = self.users.iter().map(|(user, _)| user.as_str()).collect();
        f.debug_struct("Wish")
            .field("url", &self.url.as_str())
            .field("users", &users)
            .finish_non_exhaustive()
    }
}

/// The file, and how it came to be.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The text of the file.
    pub text: String,
    /// What was asked and what came, one line each.
    pub asked: Vec<String>,
    /// What came of its login.
    pub trial: Trial,
    /// Whether a login, a socket or an action was recognised.
    pub is_something: bool,
}

/// Why there is no file.
#[derive(Debug, Error)]
pub enum DraftError {
    /// The address is none of a system.
    #[error("the address is not http or https")]
    Address,
    /// The client cannot be made.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// Nobody answers there.
    #[error("nobody answers: {0}")]
    NoAnswer(String),
    /// A description is none.
    #[error("this is no {0} description")]
    Description(&'static str),
}

/// Looks at the system and writes its file.
///
/// # Errors
/// When nobody answers there, or a description is none.
pub async fn draft(wish: &Wish) -> Result<Draft, DraftError> {
    let mut base = wish.url.clone();
    if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
        return Err(DraftError::Address);
    }
    // What may stand there is a secret, or no part of the system's address.
    let _ = (base.set_username(""), base.set_password(None));
    base.set_query(None);
    base.set_fragment(None);
    let asyncapi = wish.asyncapi.as_deref().map(|text| {
        let is_short = text.len() <= DESCRIPTION;
        let read = is_short.then(|| asyncapi::described(text)).flatten();
        read.ok_or(DraftError::Description("AsyncAPI"))
    });
    let asyncapi = asyncapi.transpose()?;
    let visitor = Visitor::new(&wish.way, base.clone())
        .map_err(|error| DraftError::Tls(error.to_string()))?;
    let mut look = Look::new(visitor);
    let openapi = wish.openapi.as_deref();
    if openapi.is_some_and(|text| text.len() > DESCRIPTION)
        || !look.described(openapi, asyncapi.as_ref())
    {
        return Err(DraftError::Description("OpenAPI"));
    }
    look.first()
        .await
        .map_err(|why| DraftError::NoAnswer(why.to_string()))?;
    sockets::find(&mut look, asyncapi.as_ref()).await;
    look.unknown_path().await;
    if openapi.is_none() {
        look.descriptions().await;
    }
    look.login_page().await;
    if let Some(Strangers::Refused(words)) = &look.found.strangers {
        look.found
            .closed
            .get_or_insert(format!("a socket without a login was refused: {words}"));
    }
    look.logins();
    let trial = match wish.users.split_first() {
        Some((first, others)) if !look.found.logins.is_empty() => {
            tried(&mut look, wish, first, others, asyncapi.as_ref()).await
        }
        _ => {
            guess_session(&mut look);
            look.actions();
            Trial::NotTried
        }
    };
    let is_something = look.found.is_something();
    let (text, _) = fitted(&base.origin().ascii_serialization(), &mut look.found);
    Ok(Draft {
        text,
        asked: look.visitor.asked,
        trial,
        is_something,
    })
}

/// Without a trial, only a login whose script takes a token out of the answer says what carries the session.
fn guess_session(look: &mut Look) {
    if look
        .found
        .logins
        .first()
        .is_some_and(|login| login.token.is_some())
    {
        look.found.session = Some(Session::Token);
    }
    guess_auth(look);
}

/// Where a login gives a token, and a socket without one is refused, it mostly goes with the socket's connect.
fn guess_auth(look: &mut Look) {
    let is_refused = matches!(look.found.strangers, Some(Strangers::Refused(_)));
    let Some(socket) = &mut look.found.socket else {
        return;
    };
    let is_bare = socket.auth.is_empty() && socket.query.is_empty();
    if look.found.session == Some(Session::Token) && is_refused && is_bare {
        let place = match socket.kind {
            SocketKind::SocketIo { .. } => &mut socket.auth,
            SocketKind::WebSocket { .. } | SocketKind::Sse => &mut socket.query,
        };
        place.insert("token".to_owned(), "{token}".into());
        socket
            .from
            .push_str(" That the token goes with it is a guess.");
    }
}

/// Logs the users in, looks at what they see, and tries the file once more with each.
async fn tried(
    look: &mut Look,
    wish: &Wish,
    first: &(String, String),
    others: &[(String, String)],
    asyncapi: Option<&asyncapi::Described>,
) -> Trial {
    let base = look.visitor.base.clone();
    let (trial, carried) = trial::first(&mut look.found, &base, &wish.way, first).await;
    let Some(carried) = carried else {
        guess_session(look);
        look.actions();
        return trial;
    };
    inside(look, carried, asyncapi).await;
    guess_auth(look);
    look.actions();
    let mut identities: Vec<String> = Vec::new();
    let mut last = trial;
    for user in std::iter::once(first).chain(others) {
        let (trial, identity) = trial::again(&mut look.found, &base, &wish.way, user).await;
        identities.extend(identity);
        if trial != Trial::Granted {
            last = trial;
        }
    }
    identities.sort();
    if identities
        .windows(2)
        .any(|pair| matches!(pair, [one, other] if one == other))
    {
        let words = "Two logins got the same value, so this is no session: which is?";
        look.found.tried.push(words.to_owned());
    }
    last
}

/// What somebody sees who has logged in: the page to which the login led, or the first one.
async fn inside(look: &mut Look, carried: Carried, asyncapi: Option<&asyncapi::Described>) {
    look.visitor.cookies = carried.cookies;
    look.visitor.bearer = carried.bearer;
    let path = carried
        .to
        .unwrap_or_else(|| look.visitor.base.path().to_owned());
    let n_scripts = look.scripts.len();
    if let Ok(answer) = look.visitor.get(&path).await
        && answer.status == 200
    {
        look.again(&answer).await;
    }
    look.visitor.cookies = None;
    look.visitor.bearer = None;
    let knows_more = look.scripts[n_scripts..]
        .iter()
        .any(|(_, _, script)| script.opens());
    if knows_more {
        look.found.strangers = None;
        sockets::find(look, asyncapi).await;
    }
}
