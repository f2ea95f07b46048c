//! The command line, and the only place that prints.
//!
//! Exit codes: 0 holds, 1 violated, 2 bad flags or input, 3 undecided, 4 could not run.

mod load;
mod scenarios;
mod selftest;
mod smoke;
mod system;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use evidence::{Observation, Scene};

use self::load::{LoadOptions, load};
use self::scenarios::{RunOptions, run_suite, verify};
use self::selftest::{SelftestOptions, selftest};
use self::smoke::{SmokeOptions, smoke};
use crate::failure::Failure;
use crate::recheck::{self, RecheckError};
use crate::report::Report;
use crate::scenario;
use crate::suite;

/// Proves that a multi-user real-time server keeps its users apart.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run scenario files, or every scenario in the folders named.
    Run {
        /// Scenario files or folders.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        options: RunOptions,
    },
    /// Run all scenarios: without --url the reference server is started, judged and ended.
    Verify {
        /// The folder of the scenarios.
        #[arg(long, value_name = "FOLDER", default_value = "scenarios")]
        scenarios: PathBuf,
        #[command(flatten)]
        options: RunOptions,
    },
    /// Let many users work at once, and judge what each of them saw; only on this machine.
    Load(LoadOptions),
    /// Look at a deployment from outside: TLS, headers, cookies, transports, two users; harmless.
    Smoke(SmokeOptions),
    /// Judge the judge: open each known fault of the reference server in turn, and see that it is named.
    Selftest(SelftestOptions),
    /// Read scenario files and say what is wrong with them; nothing is run.
    Check {
        /// Scenario files or folders.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Judge a recorded history again, with no network.
    Recheck {
        /// The file that a run wrote.
        history: PathBuf,
        /// Judge only these properties instead of the ones the history was recorded for.
        #[arg(long, value_name = "PROPERTY")]
        only: Vec<String>,
        /// Write a report as well, as `json=FILE`.
        #[arg(long, value_name = "FORMAT=FILE", value_parser = report_target)]
        report: Option<PathBuf>,
        /// Print the verdict alone.
        #[arg(long, short)]
        quiet: bool,
    },
    /// List the properties that can be judged.
    Properties,
    /// Print the JSON Schema of a file format.
    Schema {
        /// The format.
        format: Format,
    },
    /// Print a shell's completion script.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A scenario file.
    Scenario,
    /// A target file.
    Target,
    /// A history: one header line, then one observation a line.
    History,
}

fn report_target(text: &str) -> Result<PathBuf, String> {
    match text.split_once('=') {
        Some(("json", file)) if !file.is_empty() => Ok(PathBuf::from(file)),
        _ => Err("give it as json=FILE".to_owned()),
    }
}

/// Parses the arguments, runs the command and says how it ended.
pub(crate) fn run() -> ExitCode {
    let command = Cli::parse().command;
    let ended = match command {
        Command::Run { paths, options } => return finish(run_suite(paths, options)),
        Command::Verify { scenarios, options } => return finish(verify(scenarios, options)),
        Command::Load(options) => return finish(load(options)),
        Command::Smoke(options) => return finish(smoke(&options)),
        Command::Selftest(options) => return finish(selftest(options)),
        Command::Check { paths } => return finish(check(&paths)),
        other => read_only(other),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            anstream::eprintln!("{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// The commands that need no network.
fn read_only(command: Command) -> Result<u8, RecheckError> {
    let mut out = io::stdout().lock();
    match command {
        Command::Recheck {
            history,
            only,
            report,
            quiet,
        } => recheck(&history, &only, report.as_deref(), quiet, &mut out),
        Command::Properties => properties(&mut out),
        Command::Schema { format } => schema(format, &mut out),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "airtight", &mut out);
            Ok(0)
        }
        Command::Run { .. }
        | Command::Verify { .. }
        | Command::Load(_)
        | Command::Smoke(_)
        | Command::Selftest(_)
        | Command::Check { .. } => Ok(0),
    }
}

fn finish(ended: Result<u8, Failure>) -> ExitCode {
    ended.map_or_else(
        |failure| {
            anstream::eprintln!("{failure}");
            ExitCode::from(failure.exit_code())
        },
        ExitCode::from,
    )
}

fn check(paths: &[PathBuf]) -> Result<u8, Failure> {
    let (mut wrong, files) = (0, suite::files(paths)?);
    if files.is_empty() {
        let named: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
        return Err(Failure::input(
            "there is no scenario here",
            named.join(" "),
            "name scenario files, or a folder of them",
        ));
    }
    for path in files {
        match scenario::read(&path) {
            Ok(scenario) => {
                anstream::println!("{}: ok, {} steps", path.display(), scenario.steps.len());
            }
            Err(error) => {
                anstream::eprintln!("{error}");
                wrong += 1;
            }
        }
    }
    Ok(if wrong == 0 { 0 } else { 2 })
}

fn recheck(
    file: &std::path::Path,
    only: &[String],
    report_file: Option<&std::path::Path>,
    quiet: bool,
    out: &mut impl Write,
) -> Result<u8, RecheckError> {
    let report = recheck::judge(file, only)?;
    let code = report.verdict.exit_code();
    if let Some(target) = report_file {
        report
            .write_json(target)
            .map_err(|source| RecheckError::write(target, source))?;
    }
    write_or_leave(
        if quiet {
            report.write_verdict(out)
        } else {
            report.write_terminal(out)
        },
        code,
    )
}

fn properties(out: &mut impl Write) -> Result<u8, RecheckError> {
    let written = evidence::PROPERTIES
        .iter()
        .try_for_each(|property| writeln!(out, "{:28} {}", property.name, property.claim));
    write_or_leave(written, 0)
}

fn schema(format: Format, out: &mut impl Write) -> Result<u8, RecheckError> {
    let schema = match format {
        Format::Scenario => scenario::schema::schema(),
        Format::Target => probe::target::schema(),
        Format::History => Report::either_line(
            &schemars::schema_for!(Scene),
            &schemars::schema_for!(Observation),
        ),
    };
    write_or_leave(writeln!(out, "{schema:#}"), 0)
}

/// A reader that has seen enough (`| head`) is no failure; any other trouble with the output is.
fn write_or_leave(written: io::Result<()>, code: u8) -> Result<u8, RecheckError> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(RecheckError::write(
            std::path::Path::new("standard output"),
            error,
        )),
        _ => Ok(code),
    }
}
