//! The one notation for lengths of time, in files, on the command line and in what is printed: `300ms`, `90s`, `1m30s`.
//!
//! In: a text, and the shortest and the longest time that the caller allows. Out: a [`Duration`](std::time::Duration),
//! or what is wrong with both bounds in the same notation. [`PATTERN`] says to a JSON Schema which texts are read.
//!
//! A crate of its own, because the harness, its clients and the load all read times, and none of them may use another
//! one's code for it. `diagnostics` says what is wrong with a text; it reads none.

mod notation;
mod bounds;

pub use self::bounds::{Bounds, DurationError};
pub use self::notation::{PATTERN, Written, read};
