//! Every setting, declared once: its name, what it means, its default, an example, and how it is read.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::error::MAKE_A_KEY;
use super::fields::Settings;
use super::values::{Bind, LogFormat, Secret, TrustedProxy, filter, hosts, names, origins};

/// When a change takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Applies {
    /// After the next HUP, if the setting is in the file of `--env-file`.
    OnReload,
    /// After a restart.
    AtStart,
}

/// One setting.
#[derive(Serialize)]
pub struct Declaration {
    /// Its name in the environment.
    pub name: &'static str,
    /// What it means, in one or two sentences.
    pub meaning: &'static str,
    /// The value if it is not set, as an operator would write it. `None`: no value, or it must be set.
    pub default: Option<&'static str>,
    /// A value that an operator may want.
    pub example: &'static str,
    /// What its value must be.
    pub kind: &'static str,
    /// When a change takes effect.
    pub applies: Applies,
    /// Its value is never shown.
    pub secret: bool,
    #[serde(skip)]
    set: fn(&mut Settings, &str) -> Result<(), Wrong>,
}

/// Why a value is refused.
enum Wrong {
    /// It is not of the declared kind.
    Kind,
    /// What is wrong with a secret, without it.
    Secret(String),
}

impl Declaration {
    /// Puts the value into the settings, or says what is wrong and what to do.
    pub(super) fn apply(
        &self,
        settings: &mut Settings,
        text: &str,
    ) -> Result<(), (String, String)> {
        let (name, kind) = (self.name, self.kind);
        (self.set)(settings, text).map_err(|wrong| match wrong {
            Wrong::Kind => (
                format!("`{name}` cannot be {text:?}"),
                format!("set {name} to {kind}"),
            ),
            Wrong::Secret(what) => (format!("`{name}` {what}"), MAKE_A_KEY.to_owned()),
        })
    }
}

pub(super) const SESSION_FILE_DIR: &str = "sessions";

/// Every setting, in the order in which an operator meets them.
pub const TABLE: &[Declaration] = &[
    Declaration {
        name: "SECRET_KEY",
        meaning: "Signs cookies and tokens. Without it the server does not start.",
        default: None,
        example: "the output of: openssl rand -hex 32",
        kind: "a random key of at least 32 bytes",
        applies: Applies::OnReload,
        secret: true,
        set: |settings, text| {
            settings.secret_key = Secret::read(text).map_err(Wrong::Secret)?;
            Ok(())
        },
    },
    Declaration {
        name: "SECRET_KEY_PREVIOUS",
        meaning: "The key before the last rotation. What it has signed is still accepted, but it signs nothing new. Remove it one session lifetime after the rotation.",
        default: None,
        example: "the SECRET_KEY of yesterday",
        kind: "a random key of at least 32 bytes",
        applies: Applies::OnReload,
        secret: true,
        set: |settings, text| {
            settings.secret_key_previous = Some(Secret::read(text).map_err(Wrong::Secret)?);
            Ok(())
        },
    },
    Declaration {
        name: "SERVER_NAME",
        meaning: "The host names of the server. A request for another host gets 421. Not set: any host is accepted, and the proxy must check it.",
        default: None,
        example: "example.org,www.example.org",
        kind: "a comma-separated list of host names",
        applies: Applies::OnReload,
        secret: false,
        set: |settings, text| put(&mut settings.server_names, hosts(text)),
    },
    Declaration {
        name: "ALLOWED_ORIGINS",
        meaning: "The origins, besides the server's own, whose pages may open sockets and change state. Empty: none.",
        default: Some(""),
        example: "https://app.example.org",
        kind: "a comma-separated list of origins such as https://example.org",
        applies: Applies::OnReload,
        secret: false,
        set: |settings, text| put(&mut settings.allowed_origins, origins(text)),
    },
    Declaration {
        name: "BIND",
        meaning: "Where to listen: an address, a Unix socket, or the socket that systemd holds.",
        default: Some("127.0.0.1:5000"),
        example: "unix:/run/reference-server/http.socket",
        kind: "an address with a port, `unix:` with an absolute path, or `systemd`",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.bind, Bind::read(text)),
    },
    Declaration {
        name: "TRUSTED_PROXY",
        meaning: "The only proxy that may tell the server a client's address, scheme and request id. Empty: none.",
        default: Some(""),
        example: "127.0.0.1",
        kind: "one address such as 127.0.0.1, or `unix`",
        applies: Applies::OnReload,
        secret: false,
        set: |settings, text| put(&mut settings.trusted_proxy, TrustedProxy::read(text)),
    },
    Declaration {
        name: "USERS_FILE",
        meaning: "The file of the users and their password hashes. `reference-server user add` writes it.",
        default: Some("users"),
        example: "/etc/reference-server/users",
        kind: "a path",
        applies: Applies::OnReload,
        secret: false,
        set: |settings, text| put(&mut settings.users_file, path(text)),
    },
    Declaration {
        name: "SESSION_FILE_DIR",
        meaning: "The folder of the session files. Only the server's own account may read it.",
        default: Some(SESSION_FILE_DIR),
        example: "/var/lib/reference-server/sessions",
        kind: "a path",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.session_folder, path(text)),
    },
    Declaration {
        name: "SESSION_FILE_THRESHOLD",
        meaning: "The number of sessions above which the server removes those that have expired and those of guests. A user's session stays until it expires.",
        default: Some("500"),
        example: "2000",
        kind: "a number of sessions above 0",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.session_threshold, above_zero(text)),
    },
    Declaration {
        name: "PERMANENT_SESSION_LIFETIME",
        meaning: "How many seconds a session lasts after its login.",
        default: Some("86400"),
        example: "28800",
        kind: "a number of seconds from 1 to 31622400",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.session_lifetime, seconds(text)),
    },
    Declaration {
        name: "SESSIONS_PER_USER",
        meaning: "The most sessions that a user may have. One more login ends the oldest.",
        default: Some("100"),
        example: "10",
        kind: "a number of sessions above 0",
        applies: Applies::OnReload,
        secret: false,
        set: |settings, text| put(&mut settings.sessions_per_user, above_zero(text)),
    },
    Declaration {
        name: "UPLOAD_DIR",
        meaning: "The folder of the uploads. Each user has a folder inside it. Not set: `uploads` inside SESSION_FILE_DIR.",
        default: None,
        example: "/var/lib/reference-server/uploads",
        kind: "a path",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.upload_folder, path(text)),
    },
    Declaration {
        name: "OPERATORS",
        meaning: "The users who may see the server's state at /status. Empty: nobody.",
        default: Some(""),
        example: "alice,bob",
        kind: "a comma-separated list of user names",
        applies: Applies::OnReload,
        secret: false,
        set: |settings, text| put(&mut settings.operators, names(text)),
    },
    Declaration {
        name: "MAX_CONTENT_LENGTH",
        meaning: "The largest upload in bytes. A larger one gets 413.",
        default: Some("104857600"),
        example: "10485760",
        kind: "a number of bytes above 0",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.max_content_length, above_zero(text)),
    },
    Declaration {
        name: "UPLOADS_PER_USER",
        meaning: "The most bytes that a user's uploads may take in all. An upload that does not fit gets 413.",
        default: Some("1073741824"),
        example: "104857600",
        kind: "a number of bytes above 0",
        applies: Applies::OnReload,
        secret: false,
        set: |settings, text| put(&mut settings.uploads_per_user, above_zero(text)),
    },
    Declaration {
        name: "WORKER_CONNECTIONS",
        meaning: "The most Socket.IO clients at a time. The next one gets 503.",
        default: Some("1000"),
        example: "4000",
        kind: "a number of sockets above 0",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| {
            let most = tokio::sync::Semaphore::MAX_PERMITS;
            let found = above_zero(text).filter(|n| *n <= most);
            put(&mut settings.worker_connections, found)
        },
    },
    Declaration {
        name: "SOCKETS_PER_USER",
        meaning: "The most Socket.IO clients of one user at a time. The next one gets 429.",
        default: Some("100"),
        example: "20",
        kind: "a number of sockets above 0",
        applies: Applies::OnReload,
        secret: false,
        set: |settings, text| put(&mut settings.sockets_per_user, above_zero(text)),
    },
    Declaration {
        name: "EVENTS_PER_SECOND",
        meaning: "The most events that a socket may send per second. They may come all at once; more are refused.",
        default: Some("100"),
        example: "20",
        kind: "a number of events above 0",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.events_per_second, above_zero(text)),
    },
    Declaration {
        name: "LOGIN_FAILURES",
        meaning: "The number of failed logins that lock a user's name, however it is spelt. A locked name gets 429.",
        default: Some("5"),
        example: "10",
        kind: "a number of failures above 0",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.login_failures, above_zero(text)),
    },
    Declaration {
        name: "LOGIN_FAILURES_ADDRESS",
        meaning: "The number of failed logins that lock a client's address, whatever the names. A locked address gets 429.",
        default: Some("5"),
        example: "50",
        kind: "a number of failures above 0",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.login_failures_address, above_zero(text)),
    },
    Declaration {
        name: "LOGIN_LOCK",
        meaning: "For how many seconds after the last failed login failures count, and a lock holds.",
        default: Some("300"),
        example: "900",
        kind: "a number of seconds from 1 to 31622400",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.login_lock, seconds(text)),
    },
    Declaration {
        name: "REQUEST_TIMEOUT",
        meaning: "How many seconds a request may take, with its body and its answer. A longer one gets 408.",
        default: Some("120"),
        example: "300",
        kind: "a number of seconds from 1 to 31622400",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.request_timeout, seconds(text)),
    },
    Declaration {
        name: "KEEP_ALIVE",
        meaning: "How many seconds a connection may be idle, or may take to send the head of a request.",
        default: Some("5"),
        example: "65",
        kind: "a number of seconds from 1 to 31622400",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.keep_alive, seconds(text)),
    },
    Declaration {
        name: "GRACEFUL_TIMEOUT",
        meaning: "How many seconds the server waits after TERM for unfinished answers.",
        default: Some("30"),
        example: "10",
        kind: "a number of seconds from 1 to 31622400",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.graceful_timeout, seconds(text)),
    },
    Declaration {
        name: "LOG_DIR",
        meaning: "The folder of app.log, access.log and error.log. Empty: the log goes only to standard error or the journal.",
        default: Some(""),
        example: "/var/log/reference-server",
        kind: "a path",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| {
            settings.log_folder = path(text);
            Ok(())
        },
    },
    Declaration {
        name: "LOG_LEVEL",
        meaning: "What is logged: off, error, warn, info, debug or trace, for everything or for each module.",
        default: Some("info"),
        example: "reference_server=debug,warn",
        kind: "a level such as info, or a list such as reference_server=debug,warn",
        applies: Applies::OnReload,
        secret: false,
        set: |settings, text| put(&mut settings.log_level, filter(text)),
    },
    Declaration {
        name: "LOG_FORMAT",
        meaning: "The format of a log line: text or a JSON object.",
        default: Some("text"),
        example: "json",
        kind: "`text` or `json`",
        applies: Applies::AtStart,
        secret: false,
        set: |settings, text| put(&mut settings.log_format, LogFormat::read(text)),
    },
];

fn put<T>(place: &mut T, value: Option<T>) -> Result<(), Wrong> {
    *place = value.ok_or(Wrong::Kind)?;
    Ok(())
}

fn path(text: &str) -> Option<PathBuf> {
    (!text.is_empty()).then(|| PathBuf::from(text))
}

fn above_zero<N: std::str::FromStr + Default + PartialOrd>(text: &str) -> Option<N> {
    text.parse().ok().filter(|n| *n > N::default())
}

/// A year at most: what is added to a clock must not run over.
fn seconds(text: &str) -> Option<Duration> {
    let found = above_zero::<u64>(text).map(Duration::from_secs);
    found.filter(|time| *time <= Duration::from_hours(366 * 24))
}
