//! The actions that users start. Each has its owner from its first moment to its last.
//!
//! The `launcher` makes an `action`, adds it to the `registry` of its owner, and runs one of the `kinds`. A kind speaks
//! through the action's `voice`, which reaches only the owner.

mod action;

pub(crate) mod registry;

pub(crate) mod voice;

pub(crate) mod kinds;

pub(crate) mod launcher;

pub(crate) mod session_end;

#[cfg(test)]
mod tests;
