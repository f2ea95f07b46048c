//! A browser's request, and the answer.

use evidence::ActionId;
use serde_json::Value;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers to send in addition to the target's own.
    pub headers: Vec<(String, String)>,
    /// What to send.
    pub body: Body,
    /// The action that the request is about, if any.
    pub action: Option<ActionId>,
    /// The status that means yes, if the target file names one; `None`: any of 200 to 299.
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
    /// Its headers, in lower case and in their order.
    pub headers: Vec<(String, String)>,
    /// The body as text. Only the first 16 MiB are kept.
    pub body: String,
    /// Whether the body was longer than that.
    pub cut: bool,
}

impl Answer {
    /// A status of 200 to 299, which means yes when the target file names no status.
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
    /// The target said yes but gave no identity, for this reason. Nobody can tell who the browser is now.
    Nameless(String),
}

/// How a start ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// It runs under this id.
    Granted(ActionId),
    /// The target said no; what it said, in one line.
    Refused(String),
    /// The target did not answer, for this reason.
    Unanswered(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_targets_own_status_grants() {
        let check = |granted: Option<u16>, status: u16| {
            let ask = Ask {
                granted,
                ..Ask::default()
            };
            ask.is_granted_by(&Answer {
                status,
                headers: Vec::new(),
                body: String::new(),
                cut: false,
            })
        };
        assert!(check(None, 200) && check(None, 299));
        assert!(!check(None, 199) && !check(None, 300));
        assert!(check(Some(303), 303) && !check(Some(303), 200));
        assert!(check(Some(202), 202) && !check(Some(202), 204));
    }
}
