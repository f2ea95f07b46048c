//! What a user starts: each action has its owner from its first moment to its last.
//!
//! The `launcher` makes an `action`, which the `registry` keeps for its owner, and runs one of the `kinds`; what that
//! says, it says with the action's `voice`, which reaches the owner alone.

mod action;

pub(crate) mod registry;

pub(crate) mod voice;

pub(crate) mod kinds;

pub(crate) mod launcher;

pub(crate) mod session_end;

#[cfg(test)]
mod tests;
