//! The binary `reference-server`: parse, run, return the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    reference_server::cli::run()
}
