//! One shape for every error that a user can fix: what is wrong, where it stands, and how to fix it.
//!
//! In: the words, and the text of the file where there is one. Out: what a person reads, with the line itself and a
//! caret under the word that is wrong:
//!
//! ```text
//! error: no tab called `bob/phone`
//!  --> scenarios/isolation/two-users.yaml:9:14
//!   |
//! 9 |   - await: {at: bob/phone, event: result}
//!   |                 ^^^^^^^^^
//!   |
//!   = fix: open it first with `- open: bob/phone`
//! ```
//!
//! It reads no file and prints nothing. It knows no secrets: whoever shows a line that holds one masks it first
//! ([`Place::masked`]).

mod printable;
mod place;
mod diagnostic;
mod nearest;

pub use self::diagnostic::Diagnostic;
pub use self::nearest::{meant, near, nearest};
pub use self::place::Place;
