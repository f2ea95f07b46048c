//! Where settings come from: the environment, and a file that overrides it.
//!
//! Each value is kept with its place, so that an error can show it. A place never shows a secret: the value of a secret
//! setting is hidden, and so is that of a name that is no setting, because it may be a mistyped one.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use diagnostics::{Place, nearest};

use super::error::SettingsError;
use super::table::{Declaration, TABLE};

/// Name and value pairs, each with the place it came from.
pub struct Source {
    given: BTreeMap<String, (String, Place)>,
    /// What was read last: the place of a setting that is missing.
    last: String,
}

/// A name in the environment that nearly equals a setting counts as mistyped if it has at least this many letters. A
/// shorter one may be another program's.
const LONG: usize = 7;

/// The same: if at most this many letters differ. A line of our own file is ours in any case, but a variable such as
/// `SERVER_MODE` may be another program's, and must not keep the server from starting.
const DIFFERENT: usize = 2;

/// An unknown name of more bytes than this is not shown: a key has more, and no setting's name has.
const LONGEST_SHOWN: usize = 31;

impl Default for Source {
    fn default() -> Self {
        Self {
            given: BTreeMap::new(),
            last: ENVIRONMENT.to_owned(),
        }
    }
}

const ENVIRONMENT: &str = "the environment";

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
        let mut source = Self::default();
        for (name, value) in all {
            let place = Place::named(ENVIRONMENT);
            if declared(&name).is_some() {
                source.given.insert(name, (value, place));
            } else if let Some(meant) = mistyped(&name) {
                return Err(SettingsError::new(
                    format!("there is no setting `{name}`"),
                    place,
                    format!(
                        "write `{meant}`, or rename the variable if it belongs to another program"
                    ),
                ));
            }
        }
        Ok(source)
    }

    /// Adds the lines `NAME=value` of an environment file. They override the environment.
    ///
    /// # Errors
    /// A file that cannot be read, a line that is not a pair, or a name that is not a setting or occurs twice.
    pub fn read_file(self, path: &Path) -> Result<Self, SettingsError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => self.read_text(&text, &file),
            Err(error) => Err(SettingsError::new(
                format!("cannot read the settings: {error}"),
                Place::named(file),
                "name a file of NAME=value lines that this user may read",
            )),
        }
    }

    /// The same for the text of the file called `file`.
    pub(crate) fn read_text(mut self, text: &str, file: &str) -> Result<Self, SettingsError> {
        file.clone_into(&mut self.last);
        let mut seen = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let pair = Pair::read(line).map_err(|NoPair { begins }| {
                SettingsError::new(
                    "this line is not a setting",
                    Place::bare(file, index + 1, begins + 1),
                    "write NAME=value, or # before a comment",
                )
            })?;
            let name = pair.name;
            let at = |span| Place::in_line(file, index + 1, &pair.shown, span);
            if declared(name).is_none() {
                return Err(SettingsError::new(
                    format!("there is no setting `{name}`"),
                    at(pair.name_span),
                    match nearest(name, names()) {
                        Some(meant) => format!("write `{meant}`"),
                        None => "see `reference-server config` for all settings".to_owned(),
                    },
                ));
            }
            if let Some(first) = seen.insert(name.to_owned(), index + 1) {
                return Err(SettingsError::new(
                    format!("`{name}` is set twice"),
                    at(pair.name_span),
                    format!("remove this line or line {first}"),
                ));
            }
            let value = unquoted(pair.value).to_owned();
            let place = at(pair.value_span);
            self.given.insert(name.to_owned(), (value, place));
        }
        Ok(self)
    }

    /// Replaces a value with the one of the running server.
    pub(super) fn put(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => {
                let running = (value.to_owned(), Place::named("the running server"));
                self.given.insert(name.to_owned(), running);
            }
            None => drop(self.given.remove(name)),
        }
    }

    /// A setting's value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(|(value, _)| value.as_str())
    }

    /// Where a setting was set. For one that was not: where it could be.
    pub(super) fn place(&self, name: &str) -> Place {
        let given = self.given.get(name);
        given.map_or_else(|| Place::named(&self.last), |(_, place)| place.clone())
    }

    /// Whether this setting was set.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }
}

/// The names alone, because some of the values are secret.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.given.keys()).finish()
    }
}

/// A line `NAME=value`.
struct Pair<'a> {
    name: &'a str,
    value: &'a str,
    /// The line as an error may show it.
    shown: String,
    /// The name and the value, in bytes of `shown`.
    name_span: Range<usize>,
    value_span: Range<usize>,
}

/// A line without a name, or with one that may be a part of a key. It is never shown.
struct NoPair {
    /// In letters.
    begins: usize,
}

impl<'a> Pair<'a> {
    fn read(line: &'a str) -> Result<Self, NoPair> {
        let begins = line.len() - line.trim_start().len();
        let no_pair = NoPair {
            begins: line[..begins].chars().count(),
        };
        let Some((before, after)) = line.split_once('=') else {
            return Err(no_pair);
        };
        let (name, value) = (before.trim(), after.trim());
        if !may_be_shown(name) {
            return Err(no_pair);
        }
        let from = line.len() - after.trim_start().len();
        let (shown, value_span) = if declared(name).is_some_and(|setting| !setting.secret) {
            (line.to_owned(), from..from + value.len())
        } else {
            let hidden = format!("{before}=…");
            let value_span = before.len() + 1..hidden.len();
            (hidden, value_span)
        };
        Ok(Self {
            name,
            value,
            shown,
            name_span: begins..begins + name.len(),
            value_span,
        })
    }
}

/// Whether the text before a `=` is a name, and no part of a key. A key in Base64 ends with that sign, and its last
/// line may be short.
fn may_be_shown(name: &str) -> bool {
    let is_like_ours = name.len() <= LONGEST_SHOWN
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
    is_like_ours || nearest(name, names()).is_some()
}

fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|declaration| declaration.name)
}

fn declared(name: &str) -> Option<&'static Declaration> {
    TABLE.iter().find(|declaration| declaration.name == name)
}

/// The setting that this name in the environment was meant to be, unless it may be another program's.
fn mistyped(name: &str) -> Option<&'static str> {
    let differ = |known: &&str| strsim::damerau_levenshtein(known, &name.to_uppercase());
    nearest(name, names()).filter(|known| name.len() >= LONG && differ(known) <= DIFFERENT)
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
        assert!(
            error.diagnostic().fix.contains("write `SECRET_KEY`"),
            "{error}"
        );
        assert!(read("BIND").expect("known").has("BIND"));
        for strangers in [
            "FIND",
            "HOME",
            "LOGNAME",
            "LOG_FILE_OF_MINE",
            "SERVER_MODE",
            "UPLOAD_URL",
            "USERPROFILE",
        ] {
            assert!(!read(strangers).expect(strangers).has(strangers));
        }
    }
}
