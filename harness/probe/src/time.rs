//! A length of time in a target file: `300ms`, `5s` or `1m30s`.

use std::fmt;
use std::time::Duration;

use duration::{Bounds, PATTERN, Written};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The shortest and the longest time that a file may ask for.
const BOUNDS: Bounds = Bounds::new(Duration::from_millis(1), Duration::from_mins(5));

/// A length of time in a file: more than zero, and at most 5 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Duration);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = BOUNDS.read(&text);
        time.map(Self).map_err(|error| {
            D::Error::custom(format!("`{text}` is {error}: write a time {BOUNDS}"))
        })
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Time {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": PATTERN })
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Written(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_number_and_a_unit() {
        let ms = |text: &str| {
            let time = serde_json::from_value::<Time>(text.into());
            time.ok().map(|Time(time)| time.as_millis())
        };
        assert_eq!(ms("100ms"), Some(100));
        assert_eq!(ms("2s"), Some(2000));
        assert_eq!(ms("5m"), Some(300_000));
        assert_eq!(ms("1m30s"), Some(90_000));
        for wrong in [
            "",
            "0s",
            "6m",
            "100",
            "ms",
            "1h",
            "-1s",
            "1.5s",
            "99999999999999999999s",
        ] {
            assert_eq!(ms(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_error_says_both_bounds_and_a_time_is_written_as_it_is_read() {
        let error = serde_json::from_str::<Time>("\"1h\"").expect_err("too long");
        assert_eq!(
            error.to_string(),
            "`1h` is longer than 5m: write a time from 1ms to 5m, such as 90s or 1m30s"
        );
        let time = Time(Duration::from_millis(90_250));
        let text = serde_json::to_string(&time).expect("written");
        assert_eq!(text, "\"1m30s250ms\"");
        assert_eq!(serde_json::from_str::<Time>(&text).expect("read"), time);
    }
}
