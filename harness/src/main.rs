//! The command `airtight`: parse, call the stages in order, return the exit code.

mod cli;
mod failure;
mod local;
mod recheck;
mod report;
mod runner;
mod scenario;
mod suite;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
