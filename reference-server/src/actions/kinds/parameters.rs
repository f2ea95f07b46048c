//! What the parameters of every kind have in common, and those that several kinds share.

use serde::Deserialize;
use utoipa::ToSchema;

/// What is wrong with a request for an action.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) error: String,
    pub(crate) fix: String,
}

/// What an action is started with.
pub(super) trait Parameters {
    /// The text of the owner, which the action's name shows.
    fn text(&self) -> &str;

    /// The bounds that the type of a field does not hold. `text` has its own, of every kind.
    fn check(&self) -> Result<(), Wrong> {
        Ok(())
    }
}

/// Whether a value is within its bounds.
pub(super) fn within(name: &str, value: u64, least: u64, most: u64) -> Result<(), Wrong> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Wrong {
        error: format!("`{name}` is {value}"),
        fix: format!("give `{name}` a number from {least} to {most}"),
    })
}

// How many, for kinds that do one thing several times. No doc comment: it would stand in `/openapi.json`.
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
        within("count", self.count.into(), 1, 500)
    }
}

// A text and nothing else.
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
