//! What a browser asks, what comes back, and why nothing does.

use evidence::ActionId;
use serde_json::Value;
use thiserror::Error;

use crate::recording::recorder::RecorderError;

/// Why something could not be done at all.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// No connection, or no answer in time.
    #[error("no answer to {asked}")]
    NoAnswer {
        /// Method and path.
        asked: String,
        /// The transport's words.
        #[source]
        source: reqwest::Error,
    },
    /// A socket could not be tried.
    #[error("no connection for {place}: {why}")]
    NoConnection {
        /// Whose socket.
        place: String,
        /// The transport's words.
        why: String,
    },
    /// A connection broke before the target had said that the socket is ready, and it did not say why.
    #[error("the connection of {place} broke before it was ready: {why}")]
    Broke {
        /// Whose socket.
        place: String,
        /// The transport's words.
        why: String,
    },
    /// A socket was opened and the target never said that it is ready, or what was missed.
    #[error("{place} waited {seconds} s for {event}")]
    NotReady {
        /// Whose socket.
        place: String,
        /// The event that never came, or the answer.
        event: String,
        /// How long.
        seconds: u64,
    },
    /// The certificate to trust is none.
    #[error("cannot trust {}: {why}", path.display())]
    Trust {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] native_tls::Error),
    /// The client cannot do it.
    #[error("the client cannot {0}")]
    NotOffered(&'static str),
    /// A header or a path that cannot be sent.
    #[error("`{0}` cannot be sent")]
    Unsendable(String),
    /// The socket is closed.
    #[error("{0} is closed")]
    Closed(String),
    /// Who measures was slower than what was measured.
    #[error("{0} readings found no room, and the figures without them say nothing")]
    Unmeasured(u64),
    /// The history cannot be written.
    #[error(transparent)]
    Recorder(#[from] RecorderError),
}

impl ProbeError {
    /// The error and its innermost cause, or that the time was over.
    #[must_use]
    pub fn in_words(&self) -> String {
        if let Self::NoAnswer { source, .. } = self
            && source.is_timeout()
        {
            return format!("{self} in time");
        }
        let mut cause = std::error::Error::source(self);
        while let Some(inner) = cause.and_then(std::error::Error::source) {
            cause = Some(inner);
        }
        cause.map_or_else(|| self.to_string(), |cause| format!("{self}: {cause}"))
    }
}

/// What to ask.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers besides the target's own.
    pub headers: Vec<(String, String)>,
    /// What to send.
    pub body: Body,
    /// Somebody's action that is asked for.
    pub action: Option<ActionId>,
    /// The status that says yes, where the target file has a word for it; `None`: any of 200 to 299.
    pub granted: Option<u16>,
}

impl Ask {
    /// Whether the target did what was asked.
    #[must_use]
    pub fn is_granted_by(&self, answer: &Answer) -> bool {
        self.granted
            .map_or_else(|| answer.is_granted(), |status| status == answer.status)
    }
}

/// What to send.
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Nothing,
    /// JSON.
    Json(Value),
    /// A form.
    Form(Vec<(String, String)>),
    /// A file of so many bytes, in this form field.
    File(String, usize),
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body as text; of one that is longer than 16 MiB the beginning.
    pub body: String,
    /// Whether the body goes on after that.
    pub cut: bool,
}

impl Answer {
    /// A status of 200 to 299: what says yes where the target file has no word for it.
    const fn is_granted(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// How a login ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// The browser has an identity.
    Granted,
    /// The target said no; what it said, in one line.
    Refused(String),
    /// The target said yes and gave no identity, for this reason: who the browser is now, nobody can tell.
    Nameless(String),
}

/// How a start ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// It runs under this id.
    Granted(ActionId),
    /// The target said no; what it said, in one line.
    Refused(String),
    /// The target said nothing, for this reason.
    Unanswered(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_targets_word_comes_before_any_success() {
        let check = |granted: Option<u16>, status: u16| {
            let ask = Ask {
                granted,
                ..Ask::default()
            };
            let body = String::new();
            let cut = false;
            ask.is_granted_by(&Answer { status, body, cut })
        };
        assert!(check(None, 200) && check(None, 299));
        assert!(!check(None, 199) && !check(None, 300));
        assert!(check(Some(303), 303) && !check(Some(303), 200));
        assert!(check(Some(202), 202) && !check(Some(202), 204));
    }
}
