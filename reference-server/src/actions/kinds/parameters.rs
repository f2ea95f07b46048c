//! What all parameters have in common, and the parameters that several kinds share.

use serde::Deserialize;
use utoipa::ToSchema;

/// A request for an action is wrong: what is wrong, and the fix.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) error: String,
    pub(crate) fix: String,
}

/// The parameters of an action.
pub(super) trait Parameters {
    /// The owner's text, which becomes part of the action's name.
    fn text(&self) -> &str;

    /// Checks the bounds that the types of the fields do not enforce. The length of `text` is checked for every kind.
    fn check(&self) -> Result<(), Wrong> {
        Ok(())
    }
}

/// Checks that a value is within its bounds. `what` is a field in backquotes, or a property of one.
pub(super) fn within(what: &str, value: u64, least: u64, most: u64) -> Result<(), Wrong> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Wrong {
        error: format!("{what} is {value}"),
        fix: format!("keep {what} between {least} and {most}"),
    })
}

// For kinds that do one thing several times. Not a doc comment, because that would appear in `/openapi.json`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Count {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
    #[serde(default = "three", alias = "lines")]
    #[schema(default = three, minimum = 1, maximum = 500)]
    pub(super) count: u32,
}

impl Parameters for Count {
    fn text(&self) -> &str {
        &self.text
    }

    fn check(&self) -> Result<(), Wrong> {
        within("`count`", self.count.into(), 1, 500)
    }
}

// Only a text.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plain {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
}

impl Parameters for Plain {
    fn text(&self) -> &str {
        &self.text
    }
}

pub(super) const fn three() -> u32 {
    3
}
