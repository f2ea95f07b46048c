//! The command `airtight`.

use std::process::ExitCode;

fn main() -> ExitCode {
    airtight::command_line()
}
