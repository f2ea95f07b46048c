//! Where something happened: user, session and tab.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::UserName;

/// Where something was seen: a tab (one socket) of a session (one cookie jar) of a user.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Place {
    /// The user who is logged in there; `None` for a stranger.
    pub user: Option<UserName>,
    /// The session's name, unique in the scenario: a device, or a device after a new login.
    pub session: String,
    /// The tab; `None` for a request of the session over HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tab: Option<String>,
}

impl Place {
    /// The place of something that concerns the run as a whole. It has no user.
    #[must_use]
    pub fn nobody(session: &str) -> Self {
        Self {
            user: None,
            session: session.to_owned(),
            tab: None,
        }
    }

    /// The user's name, or `stranger`.
    #[must_use]
    pub fn who(&self) -> &str {
        self.user.as_ref().map_or("stranger", UserName::as_str)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.who(), self.session)?;
        self.tab.iter().try_for_each(|tab| write!(f, "/{tab}"))
    }
}
