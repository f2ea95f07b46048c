//! Whoever sees what comes, and where it came.

use std::fmt;
use std::time::Instant;

use targets::language::came::{Came, Close};

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

/// What a step was taken for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Errand {
    /// A login: whoever asks for it is nobody yet.
    Login,
    /// A logout.
    Logout,
    /// The opening of a tab, or its coming back.
    Open,
    /// A group is made, joined or left.
    Group,
    /// An action.
    Act,
    /// The stop of an action.
    Stop,
    /// What an action shows.
    Read,
    /// A page that anybody may see.
    Public,
    /// Anything else.
    #[default]
    Other,
}

/// How far a membership of a group has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// It is asked for.
    Asking,
    /// The target said yes.
    Joined,
    /// The target said no.
    Refused,
    /// Its end is asked for.
    Leaving,
    /// The target said that it has ended.
    Left,
}

/// What was seen.
#[derive(Debug)]
pub enum Sight<'a> {
    /// An HTTP answer.
    Answered {
        /// The request, as `POST /login`.
        asked: &'a str,
        /// What it was asked for.
        errand: Errand,
        /// The id of the action that it was about.
        about: Option<&'a str>,
        /// The action that it begins, by its name in the file.
        begins: Option<&'a str>,
        /// Whether the target said yes.
        granted: bool,
        /// Its yes or no is one of the messages that are still to come in it.
        is_open: bool,
        /// When it was asked.
        since: Instant,
        /// Its body was heard as a message.
        is_heard: bool,
        /// It was longer than can be kept: its end is not here.
        is_cut: bool,
        /// What came.
        came: &'a Came,
        /// Status line, headers and body as they came. Values of cookies are not shown.
        raw: &'a str,
    },
    /// What an answer over a socket meant, which was heard before.
    Told {
        /// What was asked, as `emit stop`.
        asked: &'a str,
        /// What it was asked for.
        errand: Errand,
        /// The id of the action that it was about.
        about: Option<&'a str>,
        /// Whether the target said yes.
        granted: bool,
    },
    /// A membership goes on.
    Member {
        /// The kind of group, by its name in the file.
        group: &'a str,
        /// Which one.
        name: &'a str,
        /// How far it has come.
        is: Membership,
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
        /// What it answers, as `emit vote`, where it is an acknowledgement.
        asked: Option<&'a str>,
        /// As it came.
        raw: &'a str,
        /// It had waited at the target for this tab, and came in an answer: its time says nothing.
        waited: bool,
    },
    /// Lines of a stream that are no event for anybody, as comments.
    Silent {
        /// As they came.
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
        /// The membership that opened it, as `room/red`.
        member: Option<&'a str>,
        /// No other socket of the tab is open.
        is_last: bool,
        /// How, in the server's words.
        close: &'a Close,
        /// It was this side that ended it: what the server sends is more than can be read.
        is_bound: bool,
    },
}

/// Sees everything, in its order at each place.
pub trait Witness: fmt::Debug + Send + Sync {
    /// Sees one thing.
    fn see(&self, at: &Whereabouts, sight: &Sight<'_>);
}
