//! `airtight migrate`: a target file of the format before this one, written anew.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::screen::end;
use crate::failure::Failure;
use crate::input;

/// Which file, and where the new one goes.
#[derive(Args)]
pub(super) struct MigrateOptions {
    /// A target file of the format before this one.
    file: PathBuf,
    /// Write the new file in place of the old one, which is kept beside it with `.old` at its end.
    #[arg(long)]
    write: bool,
}

/// Prints the new file, or writes it in place of the old one.
pub(super) fn migrate(options: &MigrateOptions) -> Result<u8, Failure> {
    let file = options.file.as_path();
    let old = input::read_text(file).map_err(|error| {
        Failure::input(
            format!("cannot read the target file: {error}"),
            file.display(),
            "name a target file",
        )
    })?;
    let name = file.display().to_string();
    let new =
        targets::migrated(&name, &old).map_err(|diagnostic| Failure::wrong_input(*diagnostic))?;
    if !options.write {
        return end(io::stdout().lock().write_all(new.as_bytes()), 0);
    }
    let kept = keep(file, &old)?;
    whole_file::write(file, &new).map_err(|error| cannot_write(file, &error))?;
    let said = format!(
        "{}: written anew; the old file is {}",
        file.display(),
        kept.display()
    );
    end(writeln!(io::stdout().lock(), "{said}"), 0)
}

/// Keeps the old text beside its file. An older one is not replaced: it may be the only copy.
fn keep(file: &Path, old: &str) -> Result<PathBuf, Failure> {
    let mut kept: OsString = file.as_os_str().to_owned();
    kept.push(".old");
    let kept = PathBuf::from(kept);
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&kept);
    let written = written.and_then(|mut file| file.write_all(old.as_bytes()));
    match written {
        Ok(()) => Ok(kept),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Failure::input(
            "there is a file of this name already, and it may be the only copy",
            kept.display(),
            "move it away",
        )),
        Err(error) => Err(cannot_write(&kept, &error)),
    }
}

fn cannot_write(file: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::world(
        format!("cannot write the target file: {error}"),
        file.display(),
        "name a place that can be written",
    )
}
