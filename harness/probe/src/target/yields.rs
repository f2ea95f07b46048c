//! How many events an action owes: a number, or the parameter that holds it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most events that an action may owe to a tab.
pub(super) const MOST: u64 = 1_000_000_000;

/// A number of events. With a `+`, as in `1+` or `lines+`, it is the least number. Otherwise it is exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Yield {
    /// This many.
    Count(u64),
    /// As many as the parameter of this name says. It may also be `3+` or `parameter+`.
    Text(String),
}

impl Yield {
    /// Whether more may come.
    pub(super) fn repeats(&self) -> bool {
        matches!(self, Self::Text(text) if text.ends_with('+'))
    }

    /// The number, or the name of the parameter that holds it.
    pub(super) fn least(&self) -> Result<u64, &str> {
        match self {
            Self::Count(count) => Ok(*count),
            Self::Text(text) => {
                let text = text.strip_suffix('+').unwrap_or(text);
                text.parse().map_err(|_| text)
            }
        }
    }
}

/// The whole number in a parameter: a number (also `3.0`), or the text of a form field.
pub(super) fn whole(value: &Value) -> Option<u64> {
    let number = match value {
        Value::Number(number) => number
            .as_u64()
            .or_else(|| number.to_string().strip_suffix(".0")?.parse().ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| *number <= MOST)
}
