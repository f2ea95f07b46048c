//! The name under which a user is known, however somebody spells it.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

/// A name that nobody can have; the beginning of what was typed.
#[derive(Debug, Error)]
#[error("{0:?} is not a user name")]
pub struct NotAName(String);

impl NotAName {
    /// One imperative sentence.
    #[must_use]
    pub const fn fix(&self) -> &'static str {
        "use 1 to 200 characters without control characters or outer spaces"
    }
}

/// The name under which a user is known: NFKC and case folded once, so that no two spellings are two users.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct FoldedName(String);

impl FoldedName {
    /// Folds what somebody typed.
    pub(crate) fn fold(typed: &str) -> Result<Self, NotAName> {
        // Plain names need no tables, and a login folds every name of the users file.
        let folded: String = if typed.is_ascii() {
            typed.to_ascii_lowercase()
        } else {
            let composed: String = typed.nfkc().collect();
            composed.to_lowercase().nfkc().collect()
        };
        let length = folded.chars().count();
        if !(1..=200).contains(&length)
            || folded.trim() != folded
            || folded.chars().any(char::is_control)
        {
            return Err(NotAName(typed.chars().take(40).collect()));
        }
        Ok(Self(folded))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FoldedName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        Self::fold(&text)
    }
}

impl From<FoldedName> for String {
    fn from(name: FoldedName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one_user() {
        for (one, other) in [
            ("Alice", "alice"),
            ("ＡＬＩＣＥ", "alice"),
            ("e\u{301}ve", "éve"),
            ("STRASSE", "strasse"),
        ] {
            assert_eq!(
                FoldedName::fold(one).expect("a name"),
                FoldedName::fold(other).expect("a name"),
                "{one}"
            );
        }
        for bad in ["", " a", "a\nb", &"a".repeat(201)] {
            assert!(FoldedName::fold(bad).is_err(), "{bad:?}");
        }
    }
}
