//! The name of a session everywhere but in its cookie. Nobody can log in with it.

use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// The SHA-256 of a session's id, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SessionKey(Arc<str>);

impl SessionKey {
    pub(crate) fn of(id: &str) -> Self {
        let digest = Sha256::digest(id.as_bytes());
        let hex = digest
            .iter()
            .fold(String::with_capacity(64), |mut hex, byte| {
                // Writing to a String cannot fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            });
        Self(hex.into())
    }

    /// The key in a file's name.
    pub(crate) fn of_file(key: &str) -> Self {
        Self(key.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The session's id for its owner. It grants nothing, and neither the key nor the cookie can be computed from it.
    pub(crate) fn public(&self) -> String {
        let digest = Self::of(&format!("public:{}", self.0));
        digest.0.get(..32).unwrap_or_default().to_owned()
    }

    /// The first digits, enough to distinguish sessions in a log.
    pub(crate) fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}
