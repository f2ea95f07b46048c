//! The command `airtight`: parse, call the stages in order, return the exit code.

mod cli;
mod recheck;
mod report;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
