//! A user's name in its one canonical spelling.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

/// What was typed is not a possible user name. Holds the beginning of it.
#[derive(Debug, Error)]
#[error("{0:?} is not a user name")]
pub struct NotAName(String);

impl NotAName {
    /// The remedy, as one imperative sentence.
    #[must_use]
    pub const fn fix(&self) -> &'static str {
        "use 1 to 200 characters, without control characters and without a space at either end"
    }
}

/// A user's name, normalised (NFKC) and lowercased, so that two spellings are never two users.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct FoldedName(String);

impl FoldedName {
    /// Folds a name as somebody typed it.
    pub(crate) fn fold(typed: &str) -> Result<Self, NotAName> {
        // ASCII needs no Unicode tables. A login folds every name in the users file, so speed matters.
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
