//! What was found: the parts of a target file as guesses, each with where it came from.

use serde_json::{Map, Value};

/// Everything that was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Logins, the likeliest first.
    pub(crate) logins: Vec<Login>,
    pub(crate) logout: Option<Request>,
    /// Names of cookies that answers set, and which answer did.
    pub(crate) cookies: Vec<(String, String)>,
    pub(crate) session: Option<Session>,
    pub(crate) strangers: Option<Strangers>,
    pub(crate) socket: Option<Socket>,
    pub(crate) actions: Vec<Action>,
    /// Events that the page hears.
    pub(crate) heard: Vec<String>,
    pub(crate) surfaces: Vec<Surface>,
    /// What is to be known and has no place in the file.
    pub(crate) notes: Vec<String>,
    /// What came of a login that was tried.
    pub(crate) tried: Vec<String>,
    /// Something asked for a login: this, in these words.
    pub(crate) closed: Option<String>,
}

/// How a user logs in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Login {
    /// The page that is asked first, and what is kept of it: a name, and its field.
    pub(crate) page: Option<(String, Vec<(String, String)>)>,
    pub(crate) request: Request,
    /// Where the token stands in the answer.
    pub(crate) token: Option<String>,
    /// What a yes looked like, when one came.
    pub(crate) granted: Option<Granted>,
    /// Whether anything but its usual name speaks for it.
    pub(crate) is_seen: bool,
}

/// What a yes looked like.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub(crate) status: u16,
    /// Where it led.
    pub(crate) location: Option<String>,
}

/// A request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// In small letters.
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Body,
    pub(crate) headers: Vec<(String, String)>,
    /// Where it was seen.
    pub(crate) from: String,
}

/// What a request sends. Texts are templates of the language.
#[derive(Clone, Debug, Default)]
pub(crate) enum Body {
    #[default]
    Nothing,
    Json(Value),
    Form(Map<String, Value>),
    Query(Map<String, Value>),
}

/// What carries a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Session {
    Cookie(Vec<String>),
    /// The token that the login keeps.
    Token,
}

/// Whether a stranger's socket was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Strangers {
    Welcome(String),
    Refused(String),
    /// Nothing was said.
    Unknown(String),
}

/// How the system pushes.
#[derive(Clone, Debug)]
pub(crate) struct Socket {
    pub(crate) kind: SocketKind,
    pub(crate) path: String,
    /// What a page authenticates by.
    pub(crate) auth: Map<String, Value>,
    pub(crate) query: Map<String, Value>,
    pub(crate) from: String,
}

/// A protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SocketKind {
    SocketIo {
        namespaces: Vec<String>,
        is_polling_only: bool,
    },
    WebSocket {
        subprotocols: Vec<String>,
        /// Where a frame's name stands.
        event: Option<String>,
    },
    Sse,
}

/// What users do.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) name: String,
    /// Parameters, and the value where a scenario gives none; none for a user.
    pub(crate) takes: Vec<(String, Option<Value>)>,
    pub(crate) act: Act,
    pub(crate) is_marked: bool,
    pub(crate) yields: Vec<String>,
    pub(crate) from: String,
}

/// How it is done.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Emit {
        event: String,
        arguments: Vec<Value>,
        is_acknowledged: bool,
    },
    Send(Value),
    Request(Request),
}

/// What scenarios need.
#[derive(Clone, Debug)]
pub(crate) struct Surface {
    pub(crate) name: &'static str,
    pub(crate) path: String,
    /// A status beside it: what is shown, or how it is refused.
    pub(crate) status: Option<Status>,
    pub(crate) from: String,
}

/// What a status means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Shows(u16),
    Refused(u16),
}

impl Found {
    /// Whether anything of the system was recognised.
    pub(crate) fn is_something(&self) -> bool {
        self.logins.iter().any(|login| login.is_seen)
            || self.socket.is_some()
            || !self.actions.is_empty()
    }

    /// Adds a surface, where none of its name is known.
    pub(crate) fn surface(&mut self, surface: Surface) {
        if self.surfaces.iter().all(|known| known.name != surface.name) {
            self.surfaces.push(surface);
        }
    }
}
