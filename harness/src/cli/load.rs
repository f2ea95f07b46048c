//! The command `load`: its options, and its end of the screen.

use std::fs;
use std::io::{self, Write};
use std::time::Duration;

use clap::Args;
use duration::Written;

use super::duration::time;
use super::interrupt::until_interrupted;
use super::progress::progress;
use super::reports::{ReportOptions, tell};
use super::system::SystemOptions;
use crate::failure::Failure;
use crate::load::{self, LoadPlan};
use crate::report::formats::Format;
use crate::report::load::Crowd;

/// How many users, for how long, and what they must get.
#[derive(Args)]
pub(super) struct LoadOptions {
    #[command(flatten)]
    system: SystemOptions,
    /// How many users work at once, each in one session after another. One user alone cannot show isolation.
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u64).range(2..=1000))]
    users: u64,
    /// How long all users stay, as `30s`, `1m30s` or `1h`.
    #[arg(long, default_value = "1m", value_parser = time)]
    time: Duration,
    /// How long it takes until all users have arrived.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    ramp: Duration,
    /// A threshold, such as `p95<200ms for SIO delivery`, which replaces all those of the deployment guide; may be
    /// repeated. The metrics are avg, max, p1 to p99.9, error-rate and rps. Without `for`, it is about all HTTP
    /// requests together.
    #[arg(long, value_name = "RULE")]
    threshold: Vec<String>,
    #[command(flatten)]
    reports: ReportOptions,
}

/// Lets the users work, judges what they saw, and gives the exit code.
pub(super) fn load(options: LoadOptions) -> Result<u8, Failure> {
    let system = options.system;
    let reports = options.reports.checked(&system.files())?;
    let plan = LoadPlan {
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
        "{} users for {}",
        plan.crowd.n_users,
        Written(plan.crowd.time)
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
