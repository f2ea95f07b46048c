//! Whether the harness and the target are both there: only then does what has not come count as lost.
//!
//! `lag` measures how late the harness itself is, and `pulse` whether the target answers. What is `due` is what actions
//! owe to tabs; a watch waits for it, and for the `calm` without which nothing that is missing is a loss.

mod lag;
mod pulse;

mod due;

mod calm;

pub use calm::{PATIENCE, Watch};
pub use due::{Due, so_far};
pub use lag::{Lag, told};
