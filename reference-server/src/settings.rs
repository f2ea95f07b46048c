//! The settings, from the environment or an environment file, checked at the start.
//!
//! In: name and value pairs. Out: `Settings`, or an error that names the setting, the place and the fix.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cookie::Key;
use thiserror::Error;

/// What a careful operator can set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Signs cookies and tokens.
    pub secret_key: Secret,
    /// The key before the last rotation: still accepted, never used to sign.
    pub secret_key_previous: Option<Secret>,
    /// Where to listen; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Origins besides the server's own that may open sockets and change state.
    pub allowed_origins: Vec<String>,
    /// The folder of the session files.
    pub session_folder: PathBuf,
    /// How many sessions there may be before expired and guest sessions are removed.
    pub session_threshold: usize,
    /// How long a session lives.
    pub session_lifetime: Duration,
    /// The file of the users and their password hashes.
    pub users_file: PathBuf,
    /// The folder of the uploads, one inside it for each user.
    pub upload_folder: PathBuf,
    /// Bytes an upload may have.
    pub max_content_length: u64,
    /// Sockets at a time; the next one gets 503.
    pub worker_connections: usize,
    /// The one proxy whose word on a client's address and scheme counts.
    pub trusted_proxy: Option<IpAddr>,
    /// The folder of `access.log` and `error.log`; none: standard error alone.
    pub log_folder: Option<PathBuf>,
    /// The filter of the log, as `info` or `reference_server=debug`.
    pub log_level: String,
}

/// A key that shows itself to nobody.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The key that signs cookies.
    pub(crate) fn cookie_key(&self) -> Key {
        Key::derive_from(&self.0)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A setting that cannot be used, or a file of settings that cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{what}\n  at:  {at}\n  fix: {fix}")]
pub struct SettingsError {
    what: String,
    at: String,
    fix: String,
}

const MAKE_A_KEY: &str = "make one with: openssl rand -hex 32";

/// Keys that stand in manuals; the guide's own among them.
const KNOWN_KEYS: [&str; 5] = [
    "change-this-to-a-random-secret-key",
    "your-secret-key-here",
    "changeme",
    "secret",
    "dev",
];

const NAMES: [&str; 14] = [
    "SECRET_KEY",
    "SECRET_KEY_PREVIOUS",
    "BIND",
    "ALLOWED_ORIGINS",
    "SESSION_FILE_DIR",
    "SESSION_FILE_THRESHOLD",
    "PERMANENT_SESSION_LIFETIME",
    "USERS_FILE",
    "UPLOAD_DIR",
    "MAX_CONTENT_LENGTH",
    "WORKER_CONNECTIONS",
    "TRUSTED_PROXY",
    "LOG_DIR",
    "LOG_LEVEL",
];

/// Name and value pairs, and where each came from.
#[derive(Debug, Default)]
pub struct Source(BTreeMap<String, (String, String)>);

impl Source {
    /// The process's environment; names that are no settings are somebody else's.
    #[must_use]
    pub fn environment() -> Self {
        let known = std::env::vars().filter(|(name, _)| NAMES.contains(&name.as_str()));
        Self(
            known
                .map(|(name, value)| (name.clone(), (value, format!("environment, {name}"))))
                .collect(),
        )
    }

    /// Adds the lines `NAME=value` of an environment file, which win over the environment.
    ///
    /// # Errors
    /// A file that cannot be read, a line that is no pair, a name that is no setting or stands twice.
    pub fn read_file(mut self, path: &Path) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(path).map_err(|error| SettingsError {
            what: format!("cannot read the settings: {error}"),
            at: path.display().to_string(),
            fix: "name a file of NAME=value lines that this user may read".to_owned(),
        })?;
        let mut seen = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let at = format!("{}:{}", path.display(), index + 1);
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
            if !NAMES.contains(&name) {
                return Err(SettingsError {
                    what: format!("there is no setting `{name}`"),
                    at,
                    fix: format!("use one of {}", NAMES.join(", ")),
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

    fn get(&self, name: &str) -> Option<(&str, &str)> {
        self.0
            .get(name)
            .map(|(value, at)| (value.as_str(), at.as_str()))
    }

    fn parse<T>(
        &self,
        name: &str,
        default: T,
        kind: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, SettingsError> {
        let Some((value, at)) = self.get(name) else {
            return Ok(default);
        };
        read(value).ok_or_else(|| SettingsError {
            what: format!("`{name}` is {value:?}, which is not {kind}"),
            at: at.to_owned(),
            fix: format!("give {name} {kind}"),
        })
    }

    fn secret(&self, name: &str) -> Result<Option<Secret>, SettingsError> {
        let Some((value, at)) = self.get(name) else {
            return Ok(None);
        };
        let wrong = if KNOWN_KEYS.contains(&value) {
            format!("`{name}` is a known default")
        } else if value.len() < 32 {
            format!("`{name}` has {} bytes and needs at least 32", value.len())
        } else if value.bytes().all(|byte| byte == value.as_bytes()[0]) {
            format!("`{name}` is one character over and over")
        } else {
            return Ok(Some(Secret(value.as_bytes().to_vec())));
        };
        Err(SettingsError {
            what: wrong,
            at: at.to_owned(),
            fix: MAKE_A_KEY.to_owned(),
        })
    }
}

fn unquoted(value: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
}

impl Settings {
    /// Checks every setting.
    ///
    /// # Errors
    /// The first one that cannot be used.
    pub fn read(source: &Source) -> Result<Self, SettingsError> {
        let secret_key = source.secret("SECRET_KEY")?.ok_or_else(|| SettingsError {
            what: "`SECRET_KEY` is not set".to_owned(),
            at: "environment".to_owned(),
            fix: MAKE_A_KEY.to_owned(),
        })?;
        let path = |name: &str, default: &str| {
            PathBuf::from(source.get(name).map_or(default, |(value, _)| value))
        };
        let number = |text: &str| text.parse::<u64>().ok().filter(|n| *n > 0);
        let count = |text: &str| text.parse::<usize>().ok().filter(|n| *n > 0);
        let session_folder = path("SESSION_FILE_DIR", "sessions");
        Ok(Self {
            secret_key,
            secret_key_previous: source.secret("SECRET_KEY_PREVIOUS")?,
            bind: source.parse(
                "BIND",
                SocketAddr::from(([127, 0, 0, 1], 5000)),
                "an address and port, as 127.0.0.1:5000",
                |text| text.parse().ok(),
            )?,
            allowed_origins: source.parse(
                "ALLOWED_ORIGINS",
                Vec::new(),
                "a comma-separated list of origins, as https://example.org",
                origins,
            )?,
            session_threshold: source.parse(
                "SESSION_FILE_THRESHOLD",
                500,
                "a number of sessions above 0",
                count,
            )?,
            session_lifetime: source.parse(
                "PERMANENT_SESSION_LIFETIME",
                Duration::from_hours(24),
                "a number of seconds above 0",
                |text| number(text).map(Duration::from_secs),
            )?,
            users_file: path("USERS_FILE", "users"),
            upload_folder: source.get("UPLOAD_DIR").map_or_else(
                || session_folder.join("uploads"),
                |(value, _)| PathBuf::from(value),
            ),
            max_content_length: source.parse(
                "MAX_CONTENT_LENGTH",
                100 << 20,
                "a number of bytes above 0",
                number,
            )?,
            worker_connections: source.parse(
                "WORKER_CONNECTIONS",
                1000,
                "a number of sockets above 0",
                count,
            )?,
            trusted_proxy: source.parse(
                "TRUSTED_PROXY",
                None,
                "one address, as 127.0.0.1",
                |text| text.parse().ok().map(Some),
            )?,
            log_folder: source
                .get("LOG_DIR")
                .filter(|(value, _)| !value.is_empty())
                .map(|(value, _)| PathBuf::from(value)),
            log_level: source
                .get("LOG_LEVEL")
                .map_or("info", |(value, _)| value)
                .to_owned(),
            session_folder,
        })
    }
}

fn origins(text: &str) -> Option<Vec<String>> {
    let items = text
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty());
    items
        .map(|item| {
            let rest = item
                .strip_prefix("https://")
                .or_else(|| item.strip_prefix("http://"))?;
            (!rest.is_empty() && !rest.contains(['/', '*', '?', '@', ' ']))
                .then(|| item.to_lowercase())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "SECRET_KEY=0123456789abcdef0123456789abcdef\n";

    fn read(text: &str) -> Result<Settings, SettingsError> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        Settings::read(
            &Source::default()
                .read_file(file.path())
                .map_err(|mut error| {
                    error.at = error.at.rsplit('/').next().map_or_else(String::new, |at| {
                        at.split_once(':')
                            .map_or(String::new(), |(_, line)| line.to_owned())
                    });
                    error
                })?,
        )
    }

    #[track_caller]
    fn refuses(text: &str, what: &str) {
        let error = read(text).expect_err("must be refused");
        assert!(error.what.contains(what), "{text:?} gave {error}");
        assert!(!error.fix.is_empty());
    }

    #[test]
    fn a_key_is_all_that_is_necessary() {
        let settings = read(GOOD).expect("good");
        assert_eq!(settings.bind.to_string(), "127.0.0.1:5000");
        assert!(!format!("{settings:?}").contains("0123456789abcdef"));
    }

    #[test]
    fn wrong_settings_are_named() {
        refuses("", "`SECRET_KEY` is not set");
        refuses("SECRET_KEY=short", "has 5 bytes");
        refuses("SECRET_KEY=changeme", "a known default");
        refuses(
            "SECRET_KEY=change-this-to-a-random-secret-key",
            "a known default",
        );
        refuses(
            "SECRET_KEY=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "over and over",
        );
        for (line, what) in [
            ("BIND=nowhere", "`BIND`"),
            ("TRUSTED_PROXY=10.0.0.0/8", "`TRUSTED_PROXY`"),
            ("WORKER_CONNECTIONS=0", "`WORKER_CONNECTIONS`"),
            ("SESSION_FILE_THRESHOLD=many", "`SESSION_FILE_THRESHOLD`"),
            (
                "PERMANENT_SESSION_LIFETIME=-1",
                "`PERMANENT_SESSION_LIFETIME`",
            ),
            ("ALLOWED_ORIGINS=*", "`ALLOWED_ORIGINS`"),
            (
                "ALLOWED_ORIGINS=https://a.example/path",
                "`ALLOWED_ORIGINS`",
            ),
            ("SECRET_KEY=0", "set twice"),
            ("COLOUR=red", "no setting `COLOUR`"),
            ("hello", "no setting"),
        ] {
            refuses(&format!("{GOOD}{line}\n"), what);
        }
    }
}
