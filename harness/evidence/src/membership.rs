//! Who is in a group, and how far a membership has come.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which places are a member together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Member {
    /// The tab alone, and what its session is answered over HTTP outside any tab.
    #[default]
    Tab,
    /// Each place of the session.
    Session,
    /// Each place of the user.
    User,
}

/// How far a membership has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Membership {
    /// It was asked for, and nothing is known yet.
    Asking,
    /// The server confirmed it.
    Joined,
    /// The server refused it: there never was one.
    Refused,
    /// The scenario asks to end it. From now on nothing is owed to it.
    Leaving,
    /// The server confirmed that it has ended.
    Left,
    /// The server ended it by itself. What was sent before is still owed.
    Lost,
}

impl Membership {
    /// Whether the server said so.
    pub(crate) const fn is_an_answer(self) -> bool {
        !matches!(self, Self::Asking | Self::Leaving)
    }
}
