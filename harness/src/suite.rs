//! Runs scenarios, each on a system of its own where the harness may start one, and judges what they left behind. The
//! findings come from the history alone, so that `recheck` gives the same.

pub(crate) mod files;
pub(crate) mod plan;
pub(crate) mod players;

pub(crate) mod case;
pub(crate) mod shared;
pub(crate) mod setting;

pub(crate) mod applicable;
mod recorded;
mod turns;
mod parts;

pub(crate) mod entry;
pub(crate) mod playing;
