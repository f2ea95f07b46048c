//! The command `load`: its options, and its end of the screen.

use std::fs;
use std::io::{self, Write};
use std::sync::OnceLock;
use std::time::Duration;

use clap::Args;
use duration::Written;
use indicatif::ProgressBar;
use loadtest::{Arrivals, Progress, Stage};

use super::duration::time;
use super::interrupt::until_interrupted_leaving;
use super::progress::progress;
use super::reports::{ReportOptions, tell};
use super::system::SystemOptions;
use crate::failure::Failure;
use crate::load::{self, LoadPlan};
use crate::report::formats::Format;
use crate::report::load::Crowd;

/// What is used where nothing is said.
const USERS: usize = 20;
const USUAL: Duration = Duration::from_mins(1);
/// How long a load may take.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_hours(1);
/// How often a load says how far it is where nobody sits at a terminal, in seconds.
const SELDOM: u64 = 10;

/// How many users, for how long, and what they must get.
#[derive(Args)]
pub(super) struct LoadOptions {
    #[command(flatten)]
    system: SystemOptions,
    /// A host that may be put under load beside this machine: the host of --url, if it is yours. May be repeated.
    #[arg(long, value_name = "HOST")]
    authorized: Vec<String>,
    /// How many users work at once, each in one session after another: 20, if that many are known. One user alone cannot
    /// show isolation.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=1000))]
    users: Option<u64>,
    /// How long all users stay, as `30s`, `1m30s` or `1h`: one minute if nothing is said.
    #[arg(long, value_parser = time, conflicts_with = "stage")]
    time: Option<Duration>,
    /// Let so many rounds of work be due each second, all users together, whether the target keeps up or not. Without it,
    /// each user works again after a pause of 200 to 400 ms.
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Option<f64>,
    /// Over this time let the rate change evenly to this one, such as `10s:50`, and then on to the next stage; `0s:200` is
    /// a jump. May be repeated. The first begins at --rate, or at none.
    #[arg(long, value_name = "TIME:RATE", value_parser = stage)]
    stage: Vec<Stage>,
    /// For the middle tenth of the time, let so many rounds be due each second.
    #[arg(long, value_name = "N", value_parser = rate, requires = "rate", conflicts_with = "stage")]
    spike: Option<f64>,
    /// How long it takes until all users have arrived.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    ramp: Duration,
    /// A threshold, such as `p95<200ms for SIO delivery`, beside the usual ones; may be repeated. It replaces the usual
    /// ones for the same name that limit the same. The metrics are avg, max, p1 to p99.9, error-rate, due and rps.
    /// Without `for`, it is about all HTTP requests together.
    #[arg(long, value_name = "RULE")]
    threshold: Vec<String>,
    #[command(flatten)]
    reports: ReportOptions,
}

/// The most rounds a second.
const FASTEST: f64 = 10_000.0;
/// The most stages of a rate.
const MOST_STAGES: usize = 100;

fn rate(text: &str) -> Result<f64, String> {
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let rate = { text.parse() }.ok().filter(|_| is_plain);
    let rate = rate.filter(|rate| (0.0..=FASTEST).contains(rate));
    rate.ok_or_else(|| format!("give a number of rounds a second, up to {FASTEST}"))
}

fn stage(text: &str) -> Result<Stage, String> {
    let (long, to) = { text.split_once(':') }.ok_or("write TIME:RATE, such as `10s:50`")?;
    let time = match long {
        "0s" => Duration::ZERO,
        _ => time(long)?,
    };
    Ok(Stage {
        time,
        rate: rate(to)?,
    })
}

/// When rounds are due, and how long it all takes.
fn arrivals(options: &LoadOptions) -> Result<(Option<Arrivals>, Duration), Failure> {
    let time = options.time.unwrap_or(USUAL);
    let arrivals = match (options.rate, options.spike, &options.stage[..]) {
        (None, _, []) => return Ok((None, time)),
        (Some(rate), Some(spike), _) => Arrivals::with_spike(rate, spike, time),
        (Some(rate), None, []) => Arrivals::steady(rate, time),
        (rate, _, stages) => Arrivals::staged(rate.unwrap_or(0.0), stages.to_vec()),
    };
    let time = arrivals.time();
    let wrong = |what: &str| Failure::input(what, "--stage", "write stages such as `10s:50`");
    if options.stage.len() > MOST_STAGES {
        return Err(wrong("there are more than 100 stages"));
    }
    if !(SHORTEST..=LONGEST).contains(&time) {
        return Err(wrong(
            "all stages together last for less than a second or more than an hour",
        ));
    }
    if arrivals.peak() <= 0.0 {
        return Err(Failure::input(
            "nothing is due at a rate of 0",
            if options.stage.is_empty() {
                "--rate"
            } else {
                "--stage"
            },
            "give a rate above 0",
        ));
    }
    Ok((Some(arrivals), time))
}

/// Lets the users work, judges what they saw, and gives the exit code.
pub(super) fn load(options: LoadOptions) -> Result<u8, Failure> {
    let (arrivals, time) = arrivals(&options)?;
    let system = options.system;
    let reports = options.reports.checked(&system.files())?;
    let mut aim = system.aim();
    aim.authorized = options.authorized;
    let n_users = options.users.and_then(|n| usize::try_from(n).ok());
    let plan = LoadPlan {
        seed: system.seed(),
        aim,
        target: system.target,
        passwords: system.passwords,
        fault: system.fault,
        history: system.history,
        crowd: Crowd {
            n_users: n_users.unwrap_or(USERS),
            time,
            ramp: options.ramp,
        },
        fewer_will_do: n_users.is_none(),
        arrivals,
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
    let told = |far: Progress| tell_progress(far, &progress, quiet);
    let history = OnceLock::new();
    let ended = until_interrupted_leaving(load::run(plan, &history, told), &history);
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

/// Shows how far a load is: each second on a terminal, and seldom in a log.
fn tell_progress(far: Progress, progress: &ProgressBar, quiet: bool) {
    let Progress {
        seconds,
        users,
        requests,
        failed,
        p95_ms,
    } = far;
    let words = format!(
        "{seconds} s: {users} users, {requests} requests in the last second, p95 {p95_ms:.0} ms, {failed} failed"
    );
    if !progress.is_hidden() {
        progress.set_message(words);
    } else if !quiet && seconds > 0 && seconds.is_multiple_of(SELDOM) {
        // A log that cannot be written takes no verdict away.
        let _ = writeln!(io::stderr().lock(), "load: {words}");
    }
}
