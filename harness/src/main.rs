//! The command `airtight`: parse, call the stages in order, return the exit code.

mod cli;
mod explore;
mod failure;
mod load;
mod local;
mod recheck;
mod record;
mod report;
mod runner;
mod scenario;
mod selftest;
mod suite;
mod system;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
