//! What a user starts: each action has its owner from its first moment to its last.

pub(crate) mod kinds;
pub(crate) mod registry;
