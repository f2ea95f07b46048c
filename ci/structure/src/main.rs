//! Checks the structure of the project's code, and reports in the format of `ci/verdict.sh`.
//!
//! - `structure order ROOT…`: no modules of a crate use each other in a circle, and no module looks upward. In: the
//!   root file of each crate. It finds the modules from there, as the compiler does, and leaves out code that only
//!   tests compile. It cannot see a use without a path, such as a call of a method from another file's `impl` block.
//! - `structure sizes FILE…`: no file and no Rust function is longer than a person can keep in mind.
//!
//! Out: one line for each violation. Exit 0 holds, 1 violated, 2 wrong arguments, 4 a file could not be read.

mod modules;
mod uses;
mod module_order;
mod sizes;

use std::path::Path;
use std::process::ExitCode;

use crate::modules::Crate;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let found = match arguments.split_first() {
        Some((what, roots)) if what == "order" && !roots.is_empty() => order_of(roots),
        Some((what, files)) if what == "sizes" && !files.is_empty() => sizes::check(files),
        _ => {
            eprintln!("usage: structure order ROOT… | sizes FILE…");
            return ExitCode::from(2);
        }
    };
    match found {
        Ok(violations) => {
            for violation in &violations {
                println!("{violation}");
            }
            ExitCode::from(u8::from(!violations.is_empty()))
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(4)
        }
    }
}

fn order_of(roots: &[String]) -> Result<Vec<String>, String> {
    let mut violations = Vec::new();
    for root in roots {
        let krate = Crate::read(Path::new(root)).map_err(|error| error.to_string())?;
        violations.extend(module_order::check(&krate, &uses::of(&krate)));
    }
    Ok(violations)
}
