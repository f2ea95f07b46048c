//! How a connection was closed, other than by the scenario.

use std::fmt;

/// How a connection was closed. As text it is what a history and a message say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    told: String,
    /// The code of the WebSocket's close frame, if there was one.
    pub code: Option<u16>,
    /// The reason in the close frame, in the server's words. Without a close frame, all that is known.
    pub reason: String,
}

impl Closing {
    /// A close as a history tells it, with the code and the reason of its frame.
    pub(crate) fn new(told: &str, code: Option<u16>, reason: &str) -> Self {
        Self {
            told: told.to_owned(),
            code,
            reason: reason.to_owned(),
        }
    }
}

impl fmt::Display for Closing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told)
    }
}
