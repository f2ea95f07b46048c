//! From name and value pairs to settings that are valid, each by itself and all together.

use std::path::{Path, PathBuf};

use super::error::{MAKE_A_KEY, SettingsError};
use super::fields::Settings;
use super::source::Source;
use super::table::{Applies, Declaration, TABLE};

impl Settings {
    /// Checks every setting, and that no two contradict each other.
    ///
    /// # Errors
    /// The first one that cannot be used.
    pub fn read(source: &Source) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        for declaration in TABLE {
            let Some(text) = source.get(declaration.name).or(declaration.default) else {
                continue;
            };
            declaration
                .apply(&mut settings, text)
                .map_err(|(what, fix)| {
                    SettingsError::new(what, source.place(declaration.name), fix)
                })?;
            if !declaration.secret {
                settings.given.push((declaration.name, text.to_owned()));
            }
        }
        if !source.has("SECRET_KEY") {
            let place = source.place("SECRET_KEY");
            let what = "`SECRET_KEY` is not set";
            return Err(SettingsError::new(what, place, MAKE_A_KEY));
        }
        if settings.upload_folder.as_os_str().is_empty() {
            settings.upload_folder = settings.session_folder.join("uploads");
        }
        settings.agree(source)?;
        Ok(settings)
    }

    /// Checks settings that are valid by themselves but may contradict each other.
    fn agree(&self, source: &Source) -> Result<(), SettingsError> {
        let error = |name: &str, what: &str, fix: &str| {
            Err(SettingsError::new(what, source.place(name), fix))
        };
        let previous = self.secret_key_previous.as_ref();
        if previous.is_some_and(|previous| previous.bytes() == self.secret_key.bytes()) {
            return error(
                "SECRET_KEY_PREVIOUS",
                "`SECRET_KEY_PREVIOUS` and `SECRET_KEY` are the same",
                "put a new key into SECRET_KEY, or remove SECRET_KEY_PREVIOUS",
            );
        }
        if let Err((name, what, fix)) = self.bind.agrees_with(self.trusted_proxy) {
            return error(name, what, fix);
        }
        for (name, folder) in [
            ("LOG_DIR", self.log_folder.as_deref()),
            ("UPLOAD_DIR", Some(self.upload_folder.as_path())),
        ] {
            if folder == Some(&self.session_folder) {
                return error(
                    name,
                    &format!("`{name}` and `SESSION_FILE_DIR` are the same folder"),
                    &format!("set {name} to a folder of its own"),
                );
            }
        }
        Ok(())
    }

    /// These settings after a reload. Settings that may change while the server runs come from `source`; the others
    /// stay. Also returns the names of those that differ but need a restart.
    ///
    /// # Errors
    /// A setting that cannot be used, or one that contradicts a setting that stays.
    pub fn renewed(&self, mut source: Source) -> Result<(Self, Vec<&'static str>), SettingsError> {
        let waiting = self.that_need_a_restart(&Self::read(&source)?);
        for name in &waiting {
            source.put(name, self.given(name));
        }
        Ok((Self::read(&source)?, waiting))
    }

    fn that_need_a_restart(&self, new: &Self) -> Vec<&'static str> {
        let changed = |declaration: &&Declaration| {
            let name = declaration.name;
            declaration.applies == Applies::AtStart && self.given(name) != new.given(name)
        };
        TABLE
            .iter()
            .filter(changed)
            .map(|declaration| declaration.name)
            .collect()
    }

    fn given(&self, name: &str) -> Option<&str> {
        let mut given = self.given.iter();
        let found = given.find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The session folder, for a command that needs no other setting.
    pub(crate) fn session_folder(env_file: Option<&Path>) -> Result<PathBuf, SettingsError> {
        Self::path("SESSION_FILE_DIR", env_file)
    }

    /// The users file, for a command that needs no other setting.
    pub(crate) fn users_file(env_file: Option<&Path>) -> Result<PathBuf, SettingsError> {
        Self::path("USERS_FILE", env_file)
    }

    fn path(name: &str, env_file: Option<&Path>) -> Result<PathBuf, SettingsError> {
        let environment = Source::environment()?;
        let source = match env_file {
            Some(file) => environment.read_file(file)?,
            None => environment,
        };
        let declared = TABLE.iter().find(|declaration| declaration.name == name);
        let default = declared.and_then(|declaration| declaration.default);
        let found = source.get(name).or(default);
        Ok(PathBuf::from(found.unwrap_or_default()))
    }
}
