//! Where a program is that the harness starts.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// There is no such program.
#[derive(Debug, Error)]
#[error("cannot find the program `{0}`")]
pub(crate) struct NoProgram(String);

/// Beside this program, and then on the PATH; a program with a way to it is looked for from this folder on.
pub(crate) fn find(program: &str, from: Option<&Path>) -> Result<PathBuf, NoProgram> {
    if program.contains('/') {
        let file = from.unwrap_or_else(|| Path::new(".")).join(program);
        // A link stays one: a Python finds the packages of its environment by the link that it was started by.
        let file = std::path::absolute(file).ok().filter(|file| file.is_file());
        return file.ok_or_else(|| NoProgram(program.to_owned()));
    }
    let beside = std::env::current_exe()
        .ok()
        .and_then(|own| own.parent().map(Path::to_owned));
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A test's own binary stands one folder below the programs.
    let above = beside
        .as_ref()
        .and_then(|folder| folder.parent().map(Path::to_owned));
    let folders = beside
        .into_iter()
        .chain(above)
        .chain(std::env::split_paths(&path));
    let found = folders
        .map(|folder| folder.join(program))
        .find(|file| file.is_file());
    found.ok_or_else(|| NoProgram(program.to_owned()))
}
