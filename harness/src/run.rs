//! One run against a site: what its steps have made so far, and what they write down. Nothing here knows a step, and
//! nothing is judged.

pub(crate) mod error;

pub(crate) mod doubts;
pub(crate) mod silence;
pub(crate) mod started;

pub(crate) mod failing;

pub(crate) mod counts;

pub(crate) mod state;

pub(crate) mod actions;
pub(crate) mod claims;
pub(crate) mod due;
pub(crate) mod everyone;
pub(crate) mod counting;
pub(crate) mod settling;

pub(crate) mod coming_back;
