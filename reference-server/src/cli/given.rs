//! The settings that a command was given.

use std::path::Path;

use crate::settings::{Settings, SettingsError, Source};

/// The settings from the environment and the file.
pub(super) fn source(env_file: Option<&Path>) -> Result<Source, SettingsError> {
    let environment = Source::environment()?;
    match env_file {
        Some(file) => environment.read_file(file),
        None => Ok(environment),
    }
}

/// The settings, and whether BIND was set.
pub(super) fn read(env_file: Option<&Path>) -> Result<(Settings, bool), SettingsError> {
    let source = source(env_file)?;
    Ok((Settings::read(&source)?, source.has("BIND")))
}
