//! The rules: one table of every fault that Airtight looks for, and the texts that are made from it.
//!
//! A scenario, a deployment check or a finding names a rule by its id, such as ISO04. This crate says what the id
//! stands for. The table is below `catalogue`, one file for each family and one entry for each rule. `docs/rules.md`
//! and the text of `airtight explain` are made from the table, so that they cannot differ from it.
//!
//! Which scenarios and checks name a rule is not written here by hand: `make rules` reads it from the repository into
//! `checked_by.txt`, and a test fails when that file is out of date.
//!
//! Nothing here opens a file, prints or decides a verdict.

mod severity;
mod angle;
mod source;
mod rule;
mod family;
mod catalogue;
mod checked_by;
mod nearest;
mod terminal;
mod markdown;

pub use angle::Angle;
pub use catalogue::{all, families, named};
pub use checked_by::CheckedBy;
pub use family::Family;
pub use markdown::markdown;
pub use nearest::nearest;
pub use rule::Rule;
pub use severity::Severity;
pub use source::Source;
pub use terminal::{explain, list};
