//! What delivery knows about an action: its id, and what its owner can read about it.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

/// 128 random bits, so that nobody can count other users' actions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ActionId(Arc<str>);

impl ActionId {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for ActionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What its owner can read of an action.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Described {
    #[schema(value_type = String)]
    pub(crate) id: ActionId,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) state: &'static str,
    pub(crate) progress: i64,
}
