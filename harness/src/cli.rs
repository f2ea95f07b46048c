//! The command line, and the only place that prints.
//!
//! Exit codes: 0 holds, 1 violated, 2 bad flags or input, 3 undecided, 4 could not run.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use evidence::history::History;
use evidence::{Observation, Scene};

use crate::recheck::{self, RecheckError};
use crate::report::Report;

/// Proves that a multi-user real-time server keeps its users apart.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
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
    let mut out = io::stdout().lock();
    let ended = match Cli::parse().command {
        Command::Recheck {
            history,
            only,
            report,
            quiet,
        } => recheck(&history, &only, report.as_deref(), quiet, &mut out),
        Command::Properties => properties(&mut out),
        Command::Schema {
            format: Format::History,
        } => schema(&mut out),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "airtight", &mut out);
            Ok(0)
        }
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            anstream::eprintln!("{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn recheck(
    file: &std::path::Path,
    only: &[String],
    report_file: Option<&std::path::Path>,
    quiet: bool,
    out: &mut impl Write,
) -> Result<u8, RecheckError> {
    let bytes = fs::read(file).map_err(|source| RecheckError::read(file, source))?;
    let history: History = recheck::parse(file, &bytes)?;
    let report = recheck::judge(file, &history, only)?;
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

fn schema(out: &mut impl Write) -> Result<u8, RecheckError> {
    let schema = Report::either_line(
        &schemars::schema_for!(Scene),
        &schemars::schema_for!(Observation),
    );
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
