//! The command `load`: its options, and its end of the screen.

use std::fs;
use std::io::{self, Write};
use std::time::Duration;

use clap::Args;

use super::reports::ReportOptions;
use super::scenarios::{progress, tell, until_interrupted};
use super::system::SystemOptions;
use crate::failure::Failure;
use crate::load::{self, Plan};
use crate::report::formats::Format;
use crate::report::load::Crowd;

/// The longest run.
const LONGEST: Duration = Duration::from_hours(1);

/// How many users, for how long, and what they must get.
#[derive(Args)]
pub(super) struct LoadOptions {
    #[command(flatten)]
    system: SystemOptions,
    /// Users at once, each with a working session after the other. One alone could show no isolation.
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u64).range(2..=1000))]
    users: u64,
    /// How long all of them stay, as `30s`, `5m` or `1h`.
    #[arg(long, default_value = "1m", value_parser = time)]
    time: Duration,
    /// How long it takes until all are there.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    ramp: Duration,
    /// A bar in place of the guide's, as `p95<200ms for SIO delivery`; may stand several times. The
    /// metrics: avg, max, p1 to p99.9, error-rate, rps; without `for`, all HTTP requests together.
    #[arg(long, value_name = "RULE")]
    threshold: Vec<String>,
    #[command(flatten)]
    reports: ReportOptions,
}

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

/// Lets the users work, judges what they saw, and gives the exit code.
pub(super) fn load(options: LoadOptions) -> Result<u8, Failure> {
    let system = options.system;
    let reports = options.reports.checked()?;
    let plan = Plan {
        seed: system.seed(),
        aim: system.aim(),
        target: system.target,
        passwords: system.passwords,
        fault: system.fault,
        history: system.history,
        crowd: Crowd {
            n_users: usize::try_from(options.users).unwrap_or(2),
            time: options.time,
            ramp: options.ramp,
        },
        thresholds: options.threshold,
        html: reports.iter().any(|report| report.format == Format::Html),
    };
    let quiet = system.quiet;
    let progress = progress(quiet);
    progress.set_message(format!(
        "{} users for {:?}",
        plan.crowd.n_users, plan.crowd.time
    ));
    let ended = until_interrupted(load::run(plan));
    progress.finish_and_clear();
    let loaded = ended?;
    if !quiet {
        // A reader that has seen enough does not take the verdict away.
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "{}", loaded.tables);
        let _ = loaded.report.write_entries(&mut out);
    }
    // The page of a load is goose's.
    tell(&loaded.report, quiet, &reports, |format| {
        match &loaded.html {
            Some(made) if format == Format::Html => fs::read_to_string(made),
            _ => loaded.report.render(format),
        }
    })
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
