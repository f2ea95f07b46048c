//! Whoever sees what comes, and where it came.

use std::fmt;

use targets::language::came::Came;

/// Where something came: at a user, in a session, in a tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// The user; none for a stranger.
    pub user: Option<String>,
    /// The browser, and which of its logins.
    pub session: String,
    /// The tab; none where the browser itself asked.
    pub tab: Option<String>,
}

/// What was seen.
#[derive(Debug)]
pub enum Sight<'a> {
    /// An HTTP answer.
    Answered {
        /// The request, as `POST /login`.
        asked: &'a str,
        /// What came.
        came: &'a Came,
        /// Status line, headers and body as they came. Values of cookies are not shown.
        raw: &'a str,
    },
    /// A socket is open.
    Opened {
        /// Its name in the target file.
        socket: &'a str,
        /// As it came.
        raw: &'a str,
    },
    /// Something came over a socket, or as a message of a streamed answer.
    Heard {
        /// The socket's name in the target file.
        socket: &'a str,
        /// What came.
        came: &'a Came,
        /// As it came.
        raw: &'a str,
    },
    /// What came is no packet.
    Malformed {
        /// The socket's name in the target file.
        socket: &'a str,
        /// Why not.
        why: &'a str,
        /// As it came.
        raw: &'a str,
    },
    /// The server ended a socket.
    Closed {
        /// The socket's name in the target file.
        socket: &'a str,
        /// In the server's words.
        how: &'a str,
    },
}

/// Sees everything, in its order at each place.
pub trait Witness: fmt::Debug + Send + Sync {
    /// Sees one thing.
    fn see(&self, at: &Whereabouts, sight: &Sight<'_>);
}
