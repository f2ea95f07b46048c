//! A duration on the command line.

use std::time::Duration;

/// The longest run.
const LONGEST: Duration = Duration::from_hours(1);

/// `90s`, `5m` or `1h`; from a second to an hour.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let units = [("s", 1), ("m", 60), ("h", 3600)];
    let seconds = units.iter().find_map(|(unit, seconds)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(*seconds)
    });
    let time = seconds.map(Duration::from_secs);
    time.filter(|time| (Duration::from_secs(1)..=LONGEST).contains(time))
        .ok_or_else(|| "give it from 1s to 1h, as 30s, 5m or 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit_and_an_end() {
        let check = |text, seconds| assert_eq!(time(text).ok().map(|time| time.as_secs()), seconds);
        check("10s", Some(10));
        check("1m", Some(60));
        check("1h", Some(3600));
        for wrong in [
            "",
            "s",
            "0s",
            "61m",
            "2h",
            "10",
            "-1s",
            "1.5m",
            "99999999999999999999s",
        ] {
            check(wrong, None);
        }
    }
}
