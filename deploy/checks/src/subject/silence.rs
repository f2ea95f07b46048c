//! Why a host gave no answer that can be judged.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use reqwest::StatusCode;

use crate::check::Undecided;

/// Why there is no answer that can be judged.
#[derive(Debug)]
pub(crate) enum Silence {
    /// Nothing listens: the connection was refused.
    Refused,
    /// The peer closed the connection, or reset it.
    Closed,
    /// No answer came within this time.
    Late(Duration),
    /// The host, or a proxy before it, says that it is too busy.
    Busy(StatusCode),
    /// Anything else, in words.
    Other(String),
}

impl fmt::Display for Silence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => out.write_str("nothing listens there: the connection was refused"),
            Self::Closed => out.write_str("the connection was closed"),
            Self::Late(patience) => write!(out, "no answer within {patience:?}"),
            Self::Busy(status) => write!(out, "the host is too busy to answer: {status}"),
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
    /// The reason behind a failed request.
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

/// The statuses that mean that a server, or a proxy before it, is too busy.
const BUSY: [StatusCode; 3] = [
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
];

/// Whether this status says only that the host is busy, and nothing about the request.
pub(crate) fn is_busy(status: u16) -> bool {
    BUSY.iter().any(|busy| busy.as_u16() == status)
}

/// Whether these words name such a status.
pub(crate) fn is_busy_in(words: &str) -> bool {
    status_in(words).is_some_and(is_busy)
}

/// The status that these words of a refusal name.
pub(crate) fn status_in(words: &str) -> Option<u16> {
    let rest = words.split("status ").nth(1)?;
    let number = rest.split(|letter: char| !letter.is_ascii_digit()).next();
    number.and_then(|number| number.parse().ok())
}
