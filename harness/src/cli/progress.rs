//! How far a command is, on a terminal.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::ProgressBar;

/// A bar on a terminal; nothing otherwise.
pub(super) fn progress(quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message("starting");
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
