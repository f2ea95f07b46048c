//! The commands that play scenarios: `run`, `verify` and `compare`, with their options and their progress.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use probe::ClientKind;

use super::interrupt::until_interrupted;
use super::progress::progress;
use super::reports::{ReportOptions, tell};
use super::system::SystemOptions;
use crate::failure::Failure;
use crate::report::outlet::Outlet;
use crate::report::suite::Entry;
use crate::suite::files::files;
use crate::suite::plan::{Clients, Manner, Parts, SuitePlan};
use crate::suite::playing;

/// How to run scenarios, and on what.
#[derive(Args)]
pub(super) struct RunOptions {
    #[command(flatten)]
    system: SystemOptions,
    /// The Socket.IO client, or several with commas. Without it, `verify` plays everything by `observer` and what it can
    /// play by `rust-socketio`, and other commands use `observer`.
    #[arg(long, value_enum, value_name = "CLIENT", value_delimiter = ',')]
    client: Vec<Client>,
    /// Run only scenarios with this text in their path, sentence or rules; may be repeated.
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// How many scenarios run at a time, each with a server of its own.
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u64).range(1..=64))]
    jobs: u64,
    #[command(flatten)]
    reports: ReportOptions,
}

impl RunOptions {
    /// The target file that was named.
    pub(super) fn target(&self) -> Option<&Path> {
        self.system.target.as_deref()
    }

    /// The reports that were asked for. None goes to a file that is read.
    pub(super) fn reports(&self, paths: &[PathBuf]) -> Result<Vec<Outlet>, Failure> {
        let scenarios = files(paths)?;
        let mut inputs = self.system.files();
        inputs.extend(scenarios.iter().map(PathBuf::as_path));
        self.reports.clone().checked(&inputs)
    }

    /// The plan for these scenarios, and whether to print only the verdict.
    pub(super) fn plan(self, paths: Vec<PathBuf>, parts: Parts) -> (SuitePlan, bool) {
        let system = self.system;
        let plan = SuitePlan {
            paths,
            seed: system.seed(),
            aim: system.aim(),
            target: system.target,
            passwords: system.passwords,
            users: BTreeMap::new(),
            manner: Manner::default(),
            clients: match self.client.as_slice() {
                [] => Clients::default(),
                named => Clients {
                    asked: named
                        .iter()
                        .flat_map(|client| client.kinds())
                        .copied()
                        .collect(),
                    also: Vec::new(),
                },
            },
            only: self.only,
            fault: system.fault,
            jobs: usize::try_from(self.jobs).unwrap_or(1),
            history: system.history,
            parts,
            neighbours_only: false,
        };
        (plan, system.quiet)
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Client {
    /// Our own client, which keeps every frame as it came.
    Observer,
    /// The library `rust_socketio`.
    RustSocketio,
    /// The official client, `socket.io-client`, in a process of Node.js.
    Js,
    /// The library python-socketio, in a process of Python.
    Python,
    /// `observer` and `rust-socketio`, each scenario by both.
    Both,
    /// All four, each scenario by each of them.
    All,
}

impl Client {
    const fn kinds(self) -> &'static [ClientKind] {
        match self {
            Self::Observer => &[ClientKind::Own],
            Self::RustSocketio => &[ClientKind::RustSocketio],
            Self::Js => &[ClientKind::JavaScript],
            Self::Python => &[ClientKind::Python],
            Self::Both => &[ClientKind::Own, ClientKind::RustSocketio],
            Self::All => &ClientKind::ALL,
        }
    }
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
    play(vec![scenarios], options, Playing::Verifying)
}

/// The scenarios that a comparison plays where none are named.
const NEIGHBOURS: &str = "scenarios/noninterference";

/// How often a comparison runs the steps, and of which scenarios.
#[derive(Args)]
pub(super) struct CompareOptions {
    /// Scenario files with neighbours, or folders of them.
    #[arg(default_value = NEIGHBOURS)]
    paths: Vec<PathBuf>,
    /// How many times the steps are run alone.
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u64).range(2..=100))]
    alone: u64,
    /// How many times the steps are run beside each neighbour. With 2 or more, a difference must be seen twice.
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
    if options.paths == [Path::new(NEIGHBOURS)] && !Path::new(NEIGHBOURS).exists() {
        return Err(Failure::input(
            "there are no scenarios with neighbours",
            NEIGHBOURS,
            "run this where `scenarios` is, or name a file or a folder of them behind the command",
        ));
    }
    play(options.paths, options.run, Playing::Comparing(parts))
}

/// Plays the scenarios, prints each as it ends, and returns the exit code.
pub(super) fn run_suite(paths: Vec<PathBuf>, options: RunOptions) -> Result<u8, Failure> {
    play(paths, options, Playing::Running)
}

/// What the command does with the scenarios.
#[derive(Clone, Copy)]
enum Playing {
    Running,
    Verifying,
    Comparing(Parts),
}

fn play(paths: Vec<PathBuf>, options: RunOptions, playing: Playing) -> Result<u8, Failure> {
    let reports = options.reports(&paths)?;
    let names_clients = !options.client.is_empty();
    let (mut plan, quiet) = options.plan(paths, Parts::default());
    match playing {
        Playing::Running => {}
        Playing::Verifying if names_clients => {}
        Playing::Verifying => plan.clients.also.push(ClientKind::RustSocketio),
        Playing::Comparing(parts) => {
            plan.parts = parts;
            plan.neighbours_only = true;
        }
    }
    let progress = progress(quiet);
    let ended = until_interrupted(async {
        playing::try_fault(&plan).await?;
        playing::run(plan, |entry, of| show(&progress, entry, of, quiet)).await
    });
    progress.finish_and_clear();
    let suite = ended?;
    tell(&suite, quiet, &reports, |format| suite.render(format))
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
