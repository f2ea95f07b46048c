//! What a check of a scenario knows at a step, before anything runs: who is logged in where, which tabs are open,
//! which actions exist.

pub(crate) mod state;
pub(crate) mod everyone;
pub(crate) mod references;
