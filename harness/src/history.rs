//! A history as a file: recorded while a run goes on, and judged from the file alone, so that a recheck says the same.

pub(crate) mod mistake;
pub(crate) mod recheck;
pub(crate) mod record;
