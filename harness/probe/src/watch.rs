//! Whether the harness and the target are both there.

mod calm;
mod lag;
mod pulse;

pub use calm::{Due, PATIENCE, Watch, so_far, told};
pub use lag::Lag;
