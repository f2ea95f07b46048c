//! Why there is no answer that says anything.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use reqwest::StatusCode;

use crate::check::Undecided;

/// Why there is no answer that says anything.
#[derive(Debug)]
pub(crate) enum Silence {
    /// Nobody listens: the connection was refused.
    Refused,
    /// The peer closed the connection, or reset it.
    Closed,
    /// No answer came within this time.
    Late(Duration),
    /// The peer, or what stands before it, says that it has no time for this.
    Busy(StatusCode),
    /// Anything else, in words.
    Other(String),
}

impl fmt::Display for Silence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => out.write_str("nobody listens: the connection was refused"),
            Self::Closed => out.write_str("the connection was closed"),
            Self::Late(patience) => write!(out, "no answer within {patience:?}"),
            Self::Busy(status) => write!(out, "it has no time for this: {status}"),
            Self::Other(words) => out.write_str(words),
        }
    }
}

/// No answer is no evidence.
impl From<Silence> for Undecided {
    fn from(silence: Silence) -> Self {
        Self::because(silence)
    }
}

impl Silence {
    /// What this failure of a request means.
    pub(crate) fn of(error: &reqwest::Error, patience: Duration) -> Self {
        if error.is_timeout() {
            return Self::Late(patience);
        }
        let mut innermost: &(dyn Error + 'static) = error;
        while let Some(cause) = innermost.source() {
            innermost = cause;
        }
        let kind = innermost.downcast_ref().map(io::Error::kind);
        if kind == Some(io::ErrorKind::ConnectionRefused) {
            return Self::Refused;
        }
        let words = innermost.to_string();
        let closed = [
            "closed",
            "reset",
            "broken pipe",
            "unexpected EOF",
            "end of file",
        ];
        if !error.is_connect() && closed.iter().any(|word| words.contains(word)) {
            Self::Closed
        } else {
            Self::Other(words)
        }
    }
}

/// The statuses by which a server, or the proxy before it, says that it has no time.
const BUSY: [StatusCode; 3] = [
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
];

/// Whether this status tells of too much work, and nothing of what was asked.
pub(crate) fn is_busy(status: u16) -> bool {
    BUSY.iter().any(|busy| busy.as_u16() == status)
}

/// Whether these words tell of such a status.
pub(crate) fn is_busy_in(words: &str) -> bool {
    let behind = words.split("status ").nth(1).unwrap_or_default();
    let status = behind.split(' ').next().and_then(|word| word.parse().ok());
    status.is_some_and(is_busy)
}
