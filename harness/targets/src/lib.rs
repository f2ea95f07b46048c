//! The language of target files: how to talk to anybody's server, and who may see what of it.
//!
//! In: the text of a file. Out: a [`Target`], or everything that is wrong with it, each with its place and its fix.
//! Nothing here opens a socket. The rooms, from the ground up: `language` has what every part is made of, `file` the
//! parts, a `target` all of them together, `ids` what an attacker would ask by, `needs` what scenarios need of it,
//! `migrate` writes old files anew, `check`
//! holds the parts against each other, `parse` reads a file, `schema` is for editors, and `mistakes` are shown with their
//! lines.

pub mod language;

pub mod file;

pub mod target;

pub mod ids;

pub mod needs;

pub mod migrate;

mod check;

mod parse;

mod schema;

mod mistakes;

pub use mistakes::{migrated, not_utf8, read, shown, wrong_at};
pub use parse::parse;
pub use schema::schema;
pub use target::Target;
