//! The commands that play scenarios: `run`, `verify` and `compare`, with their options and their progress.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use probe::ClientKind;

use super::reports::{ReportOptions, end};
use super::system::SystemOptions;
use crate::failure::Failure;
use crate::report::formats::Format;
use crate::report::outlet::{Outlet, write_all};
use crate::report::suite::{Entry, Suite};
use crate::suite::plan::{Parts, Plan};
use crate::suite::playing;

/// How to run scenarios, and on what.
#[derive(Args)]
pub(super) struct RunOptions {
    #[command(flatten)]
    system: SystemOptions,
    /// The Socket.IO client.
    #[arg(long, value_enum, default_value = "observer")]
    client: Client,
    /// Run only scenarios whose path, sentence or rules have this in them; may stand several times.
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// Scenarios at a time, each with a server of its own.
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u64).range(1..=64))]
    jobs: u64,
    #[command(flatten)]
    reports: ReportOptions,
}

#[derive(Clone, Copy, ValueEnum)]
enum Client {
    /// Our own, which keeps every frame as it came.
    Observer,
    /// The library that Rust users have.
    RustSocketio,
    /// Each scenario with each.
    Both,
}

/// Plays every scenario of a folder.
pub(super) fn verify(scenarios: PathBuf, options: RunOptions) -> Result<u8, Failure> {
    if !scenarios.is_dir() {
        return Err(Failure::input(
            "there is no folder of scenarios",
            scenarios.display(),
            "run this where `scenarios` is, or name the folder with --scenarios",
        ));
    }
    run_suite(vec![scenarios], options)
}

/// How often a comparison runs the steps, and of which scenarios.
#[derive(Args)]
pub(super) struct CompareOptions {
    /// Scenario files with neighbours, or folders of them.
    #[arg(default_value = "scenarios/noninterference")]
    paths: Vec<PathBuf>,
    /// How often the steps are run alone.
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u64).range(2..=100))]
    alone: u64,
    /// How often they are run beside each neighbour. From 2 on, a difference must be seen twice.
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u64).range(1..=100))]
    beside: u64,
    #[command(flatten)]
    run: RunOptions,
}

/// Plays the scenarios that have neighbours.
pub(super) fn compare(options: CompareOptions) -> Result<u8, Failure> {
    let parts = Parts {
        alone: usize::try_from(options.alone).unwrap_or(usize::MAX),
        beside: usize::try_from(options.beside).unwrap_or(usize::MAX),
    };
    play(options.paths, options.run, parts, true)
}

/// Plays the scenarios, tells of each as it ends, and gives the exit code.
pub(super) fn run_suite(paths: Vec<PathBuf>, options: RunOptions) -> Result<u8, Failure> {
    play(paths, options, Parts::default(), false)
}

fn play(
    paths: Vec<PathBuf>,
    options: RunOptions,
    parts: Parts,
    neighbours_only: bool,
) -> Result<u8, Failure> {
    let reports = options.reports.checked()?;
    let system = options.system;
    let plan = Plan {
        paths,
        seed: system.seed(),
        aim: system.aim(),
        target: system.target,
        passwords: system.passwords,
        clients: match options.client {
            Client::Observer => vec![ClientKind::Observer],
            Client::RustSocketio => vec![ClientKind::RustSocketio],
            Client::Both => vec![ClientKind::Observer, ClientKind::RustSocketio],
        },
        only: options.only,
        fault: system.fault,
        jobs: usize::try_from(options.jobs).unwrap_or(1),
        history: system.history,
        parts,
        neighbours_only,
    };
    let quiet = system.quiet;
    let progress = progress(quiet);
    let ended = until_interrupted(async {
        playing::try_fault(&plan).await?;
        playing::run(plan, |entry, of| show(&progress, entry, of, quiet)).await
    });
    progress.finish_and_clear();
    let suite = ended?;
    tell(&suite, quiet, &reports, |format| suite.render(format))
}

/// Runs `what` to its end, or to Ctrl-C; the servers that it started are ended when this returns.
pub(super) fn until_interrupted<T>(
    what: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime
        .map_err(|error| Failure::world(error, "the harness", "free some memory and try again"))?;
    runtime.block_on(async {
        tokio::select! {
            ended = what => ended,
            signal = interrupted() => Err(Failure::world(
                format!("interrupted by {signal}"),
                "the run",
                "run it again; what was recorded can be judged with `airtight recheck`",
            )),
        }
    })
}

/// The end of the screen, then the reports: a place that cannot be written takes nothing from the screen.
pub(super) fn tell(
    suite: &Suite,
    quiet: bool,
    reports: &[Outlet],
    render: impl Fn(Format) -> io::Result<String>,
) -> Result<u8, Failure> {
    let mut out = io::stdout().lock();
    let written = if quiet {
        suite.write_verdict(&mut out)
    } else {
        suite.write_end(&mut out)
    };
    write_all(reports, render)?;
    end(written, suite.exit_code())
}

/// A bar on a terminal; nothing otherwise.
pub(super) fn progress(quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message("starting");
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn show(progress: &ProgressBar, entry: &Entry, of: usize, quiet: bool) {
    progress.inc(1);
    progress.set_message(format!("{} of {of} scenarios", progress.position()));
    if quiet {
        return;
    }
    // A reader that has seen enough does not end the run.
    progress.suspend(|| {
        let _ = entry.write(&mut io::stdout().lock());
    });
}

async fn interrupted() -> &'static str {
    let term = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut term) => drop(term.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => "Ctrl-C",
        () = term => "TERM",
    }
}
