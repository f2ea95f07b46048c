//! Passwords: hashed with argon2id, with the same work for a user who does not exist.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use clap::ValueEnum;

use crate::ground::folded_name::FoldedName;
use crate::identity::users::{User, UsersError};

/// How much work a guess takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Cost {
    /// 19 MiB, two passes: OWASP's recommendation for argon2id.
    Standard,
    /// As little as argon2id allows: for throwaway accounts in tests.
    Minimal,
}

impl Cost {
    fn hasher(self) -> Result<Argon2<'static>, UsersError> {
        let (memory, passes) = match self {
            Self::Standard => (19_456, 2),
            Self::Minimal => (8, 1),
        };
        let params = Params::new(memory, passes, 1, None)
            .map_err(|error| UsersError::Hash(error.to_string()))?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

pub(crate) fn hash(user: &FoldedName, password: &str, cost: Cost) -> Result<String, UsersError> {
    if password.chars().count() < 8 {
        return Err(UsersError::Password(user.as_str().to_owned()));
    }
    let hash: PasswordHash = cost
        .hasher()?
        .hash_password(password.as_bytes())
        .map_err(|error| UsersError::Hash(error.to_string()))?;
    Ok(hash.to_string())
}

/// Whether `password` is the password of `user`. If there is no such user, `stand_in` is hashed against, so that the
/// answer takes as long and reveals nothing.
pub(crate) fn verify(user: Option<&User>, stand_in: &str, password: &str) -> bool {
    let text = user.map_or(stand_in, |user| user.hash.as_str());
    let right = PasswordHash::new(text).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    });
    right && user.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_verified_and_nobody_has_the_stand_in() {
        let name = FoldedName::fold("amy").expect("a name");
        let hash = hash(&name, "correct horse", Cost::Minimal).expect("hashed");
        let user = User {
            user: name,
            hash: hash.clone(),
        };
        assert!(verify(Some(&user), &hash, "correct horse"));
        assert!(!verify(Some(&user), &hash, "incorrect horse"));
        assert!(!verify(None, &hash, "correct horse"));
        assert!(super::hash(&user.user, "short", Cost::Minimal).is_err());
    }
}
