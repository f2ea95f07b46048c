//! How a length of time is written: numbers with the units `h`, `m`, `s` and `ms`, the largest unit first.
//!
//! jiff reads and prints it, and reports a number that is too large instead of panicking. Its notation has more:
//! blanks, signs, fractions, words and other units. A schema's pattern for all of that would be long and easy to get
//! wrong, so [`read`] lets only a part of it through. humantime would be smaller, but it takes units in any order and
//! more than once, prints blanks, and panics where a sum is too large (2.4.0, `18446744073709551615s1000ms`).

use std::fmt;
use std::time::Duration;

use jiff::fmt::friendly::{Designator, Spacing, SpanParser, SpanPrinter};

/// The digits that a number may have. So many hours are still far below the longest `Duration`, so no sum of allowed
/// numbers is too large.
const DIGITS: usize = 15;

static PARSER: SpanParser = SpanParser::new();
static PRINTER: SpanPrinter = SpanPrinter::new()
    .designator(Designator::Compact)
    .spacing(Spacing::None);

/// The pattern of a JSON Schema for exactly the texts that [`read`] takes.
///
/// It has a part for each unit that may come first. A lookahead would be shorter, but not every validator knows it.
pub const PATTERN: &str = concat!(
    "^([0-9]{1,15}h([0-9]{1,15}m)?([0-9]{1,15}s)?([0-9]{1,15}ms)?",
    "|[0-9]{1,15}m([0-9]{1,15}s)?([0-9]{1,15}ms)?",
    "|[0-9]{1,15}s([0-9]{1,15}ms)?",
    "|[0-9]{1,15}ms)$"
);

/// Reads `300ms`, `90s`, `1m30s`; nothing if the text is no such time.
#[must_use]
pub fn read(text: &str) -> Option<Duration> {
    let is_ours = |letter: char| letter.is_ascii_digit() || matches!(letter, 'h' | 'm' | 's');
    let mut numbers = text.split(|letter: char| !letter.is_ascii_digit());
    if !text.chars().all(is_ours) || numbers.any(|number| number.len() > DIGITS) {
        return None;
    }
    PARSER.parse_unsigned_duration(text).ok()
}

/// A time as [`read`] takes it, in the largest units: `1m30s` and not `90s`. What is shorter than a millisecond is left
/// out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written(pub Duration);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(time) = *self;
        let time = Duration::new(time.as_secs(), time.subsec_millis() * 1_000_000);
        f.pad(&PRINTER.unsigned_duration_to_string(&time))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    #[track_caller]
    fn check(text: &str, ms: impl Into<Option<u128>>) {
        let time = read(text).map(|time| time.as_millis());
        assert_eq!(time, ms.into(), "{text}");
    }

    #[test]
    fn a_time_has_numbers_with_units_in_falling_order() {
        check("100ms", 100);
        check("2s", 2000);
        check("5m", 300_000);
        check("1h", 3_600_000);
        check("1m30s", 90_000);
        check("90s", 90_000);
        check("1h2m3s4ms", 3_723_004);
        check("1h4ms", 3_600_004);
        check("1m90s", 150_000);
        check("0s", 0);
        check("007s", 7000);
        check("999999999999999h", 3_599_999_999_999_996_400_000);
    }

    #[test]
    fn what_is_no_time_is_not_read() {
        for wrong in [
            "",
            "s",
            "100",
            "1m30",
            "30s1m",
            "1s1s",
            "1hms",
            "-1s",
            "+1s",
            "1.5s",
            "1,5s",
            "1 s",
            " 1s",
            "1s\n",
            "1m 30s",
            "1S",
            "1d",
            "1us",
            "1min",
            "1hour",
            "PT1M",
            "1:00",
            "1s ago",
            "٣s",
            "99999999999999999999s",
            "18446744073709551615s1000ms",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn a_time_is_printed_as_it_is_written() {
        let check =
            |ms, text: &str| assert_eq!(Written(Duration::from_millis(ms)).to_string(), text);
        check(0, "0s");
        check(300, "300ms");
        check(5000, "5s");
        check(90_500, "1m30s500ms");
        check(3_600_000, "1h");
        check(90_000_000, "25h");
        assert_eq!(Written(Duration::from_micros(1700)).to_string(), "1ms");
        assert_eq!(format!("{:>4}", Written(Duration::from_secs(5))), "  5s");
    }

    /// Texts that are nearly times: of the notation's own letters and numbers, and a few others.
    fn nearly_a_time() -> impl Strategy<Value = String> {
        prop_oneof![
            "([0-9]{0,17}(h|m|s|ms)?){0,5}",
            "[0-9]{1,16}h?[0-9]{0,3}m?[0-9]{0,3}s?[0-9]{0,3}(ms)?",
            "[0-9hms]{0,12}",
            "[0-9hmsdun .+\\-\n]{0,8}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn the_reader_and_the_pattern_take_the_same(text in nearly_a_time()) {
            static SCHEMA: LazyLock<Regex> = LazyLock::new(|| Regex::new(PATTERN).expect("a pattern"));
            prop_assert_eq!(read(&text).is_some(), SCHEMA.is_match(&text));
        }

        #[test]
        fn what_is_printed_is_read_back(ms in 0..u64::MAX / 2) {
            let time = Duration::from_millis(ms);
            let text = Written(time).to_string();
            prop_assert_eq!(read(&text), Some(time));
        }
    }
}
