//! A duration on the command line.

use std::time::Duration;

use duration::Bounds;

/// The shortest and the longest run.
const RUN: Bounds = Bounds::new(Duration::from_secs(1), Duration::from_hours(1));

/// `90s`, `5m` or `1m30s`; from a second to an hour. Goose and the reports count whole seconds, so a part of one is
/// refused and not rounded away.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let time = RUN.read(text).ok();
    time.filter(|time| time.subsec_nanos() == 0)
        .ok_or_else(|| format!("write a time in whole seconds, {RUN}"))
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
        check("1m30s", Some(90));
        check("2000ms", Some(2));
        for wrong in [
            "",
            "s",
            "0s",
            "61m",
            "2h",
            "10",
            "-1s",
            "1.5m",
            "999ms",
            "1500ms",
            "99999999999999999999s",
        ] {
            check(wrong, None);
        }
    }
}
