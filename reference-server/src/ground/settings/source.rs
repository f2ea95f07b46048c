//! Where settings come from: the environment, and a file that overrides it.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::SettingsError;
use super::table::TABLE;

/// Name and value pairs, each with the place it came from.
#[derive(Debug, Default)]
pub struct Source(BTreeMap<String, (String, String)>);

/// A name in the environment that nearly equals a setting counts as mistyped if it has at least this many letters. A
/// shorter one may be another program's.
const LONG: usize = 7;

impl Source {
    /// The process's environment. Other names belong to other programs and are ignored, unless one looks like a
    /// mistyped setting.
    ///
    /// # Errors
    /// A name that nearly equals a setting.
    pub fn environment() -> Result<Self, SettingsError> {
        Self::of_environment(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    fn of_environment(all: impl Iterator<Item = (String, String)>) -> Result<Self, SettingsError> {
        let mut found = BTreeMap::new();
        for (name, value) in all {
            let at = format!("environment, {name}");
            if is_setting(&name) {
                found.insert(name, (value, at));
            } else if let Some(meant) = meant(&name).filter(|_| name.len() >= LONG) {
                return Err(SettingsError {
                    what: format!("there is no setting `{name}`"),
                    at,
                    fix: format!(
                        "write {meant}, or rename the variable if another program uses it"
                    ),
                });
            }
        }
        Ok(Self(found))
    }

    /// Adds the lines `NAME=value` of an environment file. They override the environment.
    ///
    /// # Errors
    /// A file that cannot be read, a line that is not a pair, or a name that is not a setting or occurs twice.
    pub fn read_file(self, path: &Path) -> Result<Self, SettingsError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => self.read_text(&text, &file),
            Err(error) => Err(SettingsError {
                what: format!("cannot read the settings: {error}"),
                at: file,
                fix: "name a file of NAME=value lines that this user may read".to_owned(),
            }),
        }
    }

    /// The same for the text of the file called `file`.
    pub(crate) fn read_text(mut self, text: &str, file: &str) -> Result<Self, SettingsError> {
        let mut seen = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let at = format!("{file}:{}", index + 1);
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = line.split_once('=').ok_or_else(|| SettingsError {
                what: "a line that is no setting".to_owned(),
                at: at.clone(),
                fix: "write NAME=value, or # before a comment".to_owned(),
            })?;
            let (name, value) = (name.trim(), unquoted(value.trim()));
            if !is_setting(name) {
                return Err(SettingsError {
                    what: format!("there is no setting `{name}`"),
                    at,
                    fix: match meant(name) {
                        Some(meant) => format!("write {meant}"),
                        None => "see `reference-server config` for all settings".to_owned(),
                    },
                });
            }
            if let Some(first) = seen.insert(name.to_owned(), at.clone()) {
                return Err(SettingsError {
                    what: format!("`{name}` is set twice"),
                    at,
                    fix: format!("remove this line or {first}"),
                });
            }
            self.0.insert(name.to_owned(), (value.to_owned(), at));
        }
        Ok(self)
    }

    /// Replaces a value with the one of the running server.
    pub(super) fn put(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => {
                let running = (value.to_owned(), "the running server".to_owned());
                self.0.insert(name.to_owned(), running);
            }
            None => drop(self.0.remove(name)),
        }
    }

    /// A setting's value, and where it was set.
    pub(super) fn get(&self, name: &str) -> Option<(&str, &str)> {
        self.0
            .get(name)
            .map(|(value, at)| (value.as_str(), at.as_str()))
    }

    /// Whether this setting was set.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

fn is_setting(name: &str) -> bool {
    TABLE.iter().any(|declaration| declaration.name == name)
}

/// The setting whose name differs in one or two letters.
fn meant(name: &str) -> Option<&'static str> {
    let name = name.to_uppercase();
    let near = |known: &&str| strsim::damerau_levenshtein(known, &name) <= 2;
    TABLE.iter().map(|known| known.name).find(near)
}

fn unquoted(value: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_in_the_environment_is_no_strangers() {
        let read = |name: &str| {
            let all = [(name.to_owned(), "x".to_owned())];
            Source::of_environment(all.into_iter())
        };
        let error = read("SECRET_KYE").expect_err("mistyped");
        assert!(error.fix.contains("write SECRET_KEY"), "{error}");
        assert!(read("BIND").expect("known").has("BIND"));
        for strangers in ["FIND", "HOME", "LOGNAME", "LOG_FILE_OF_MINE"] {
            assert!(!read(strangers).expect(strangers).has(strangers));
        }
    }
}
