//! The settings themselves. Each is declared in the `table`, which fills them.

use std::path::PathBuf;
use std::time::Duration;

use super::values::{Bind, LogFormat, Secret, TrustedProxy};
use crate::ground::folded_name::FoldedName;

/// Everything that an operator can set. The table says what each field means.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// SECRET_KEY
    pub secret_key: Secret,
    /// SECRET_KEY_PREVIOUS
    pub secret_key_previous: Option<Secret>,
    /// SERVER_NAME, in lower case. Empty: any name.
    pub server_names: Vec<String>,
    /// ALLOWED_ORIGINS, in lower case.
    pub allowed_origins: Vec<String>,
    /// BIND
    pub bind: Bind,
    /// TRUSTED_PROXY
    pub trusted_proxy: Option<TrustedProxy>,
    /// USERS_FILE
    pub users_file: PathBuf,
    /// SESSION_FILE_DIR
    pub session_folder: PathBuf,
    /// SESSION_FILE_THRESHOLD
    pub session_threshold: usize,
    /// PERMANENT_SESSION_LIFETIME
    pub session_lifetime: Duration,
    /// SESSIONS_PER_USER
    pub sessions_per_user: usize,
    /// OPERATORS
    pub(crate) operators: Vec<FoldedName>,
    /// UPLOAD_DIR. If it is not set: a folder inside the session folder.
    pub upload_folder: PathBuf,
    /// MAX_CONTENT_LENGTH
    pub max_content_length: u64,
    /// UPLOADS_PER_USER
    pub uploads_per_user: u64,
    /// WORKER_CONNECTIONS
    pub worker_connections: usize,
    /// SOCKETS_PER_USER
    pub sockets_per_user: usize,
    /// EVENTS_PER_SECOND
    pub events_per_second: u32,
    /// LOGIN_FAILURES
    pub login_failures: u32,
    /// LOGIN_FAILURES_ADDRESS
    pub login_failures_address: u32,
    /// LOGIN_LOCK
    pub login_lock: Duration,
    /// REQUEST_TIMEOUT
    pub request_timeout: Duration,
    /// KEEP_ALIVE
    pub keep_alive: Duration,
    /// GRACEFUL_TIMEOUT
    pub graceful_timeout: Duration,
    /// LOG_DIR
    pub log_folder: Option<PathBuf>,
    /// LOG_LEVEL
    pub log_level: String,
    /// LOG_FORMAT
    pub log_format: LogFormat,
    /// The values as they were given, without secrets. A reload compares them to find what needs a restart.
    pub(super) given: Vec<(&'static str, String)>,
}
