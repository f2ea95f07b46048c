//! Scripts: what a page asks of its server, read from their text without running it.
//!
//! From the ground up: `tokens` are the words of a script, `values` the arguments of a call, and `calls` what is asked.

pub(crate) mod tokens;

pub(crate) mod values;

pub(crate) mod calls;
