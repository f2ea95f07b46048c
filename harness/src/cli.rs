//! The command line, and the only place that prints.
//!
//! Exit codes: 0 holds, 1 violated, 2 bad flags or input, 3 undecided, 4 could not run.

mod duration;
mod interrupt;
mod progress;
mod screen;
mod reports;
mod system;
mod target_file;
mod users;

mod check;
mod explain;
mod explore;
mod init;
mod load;
mod migrate;
mod scenarios;
mod learn;
mod selftest;
mod smoke;
mod r#try;

#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use evidence::{Observation, Scene};

use self::explain::explain;
use self::explore::{ExploreOptions, explore};
use self::init::{InitOptions, init};
use self::learn::{LearnOptions, learn};
use self::load::{LoadOptions, load};
use self::migrate::{MigrateOptions, migrate};
use self::reports::ReportOptions;
use self::scenarios::{CompareOptions, RunOptions, compare, run_suite, verify};
use self::screen::{complain, end, end_with_reports};
use self::selftest::{SelftestOptions, selftest};
use self::smoke::{SmokeOptions, smoke};
use self::r#try::{TryOptions, try_target};
use crate::failure::Failure;
use crate::history::recheck;
use crate::report;
use crate::report::matrix::Matrix;
use crate::report::outlet::write_all;
use crate::scenario;

/// Proves that a multi-user real-time server keeps its users apart.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run scenario files, or every scenario in a folder.
    Run {
        /// Scenario files, or folders of them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        options: RunOptions,
    },
    /// Run all scenarios. Without --url, the reference server is started for them.
    Verify {
        /// The folder of the scenarios.
        #[arg(long, value_name = "FOLDER", default_value = "scenarios")]
        scenarios: PathBuf,
        #[command(flatten)]
        options: RunOptions,
    },
    /// Run one user's steps alone and then beside others, and report what differs.
    Compare(CompareOptions),
    /// Let many users work at once, and judge what each of them saw. The system must run on this machine.
    Load(LoadOptions),
    /// Check a deployment from outside: TLS, headers, cookies, transports, two users. Nothing is changed there.
    Smoke(SmokeOptions),
    /// Write the first target file of a running system, by looking at it.
    Init(InitOptions),
    /// Search for leaks that no scenario describes: run random schedules, and make the one that fails as short as
    /// possible.
    Explore(ExploreOptions),
    /// Judge the judge: open each known fault of the reference server in turn, and check that a finding names it.
    Selftest(SelftestOptions),
    /// Walk a target file before anything is judged: what came where, what does not fit, each with its line in the
    /// file. Nothing is judged, so 1 is no exit code of it.
    Try(TryOptions),
    /// Run scenarios on a target that is believed honest, and list what somebody saw and no audience of its file
    /// declares. What you accept is what the file has to say; what you do not is a leak.
    Learn(LearnOptions),
    /// Read scenario files and report what is wrong with them. Nothing is run.
    Check {
        /// Scenario files, or folders of them.
        #[arg(required_unless_present = "target")]
        paths: Vec<PathBuf>,
        /// A target file to read as well. Nothing is opened.
        #[arg(long, value_name = "FILE")]
        target: Option<PathBuf>,
    },
    /// Judge a recorded history again, with no network.
    Recheck {
        /// The file that a run wrote.
        history: PathBuf,
        /// Judge only these properties instead of the ones the history was recorded for.
        #[arg(long, value_name = "PROPERTY")]
        only: Vec<String>,
        #[command(flatten)]
        reports: ReportOptions,
        /// Print only the verdict.
        #[arg(long, short)]
        quiet: bool,
    },
    /// Write a target file of the format before this one anew, as it is today.
    Migrate(MigrateOptions),
    /// List the properties that can be judged.
    Properties,
    /// Say what a rule means, such as ISO04. Without an id, list all rules and how many checks each has.
    Explain {
        /// The rule's id, as a report prints it.
        #[arg(value_name = "ID")]
        rule: Option<String>,
    },
    /// Print the JSON Schema of a file format.
    Schema {
        /// The format.
        format: FileFormat,
    },
    /// Print the completion script of a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum FileFormat {
    /// A scenario file.
    Scenario,
    /// A target file.
    Target,
    /// A history: one header line, then one observation a line.
    History,
    /// What `--report json=FILE` of run, verify, load and recheck writes.
    Report,
    /// What `--report json=FILE` of selftest writes.
    Selftest,
}

/// Parses the arguments, runs the command and says how it ended.
pub fn run() -> ExitCode {
    let arguments = match Cli::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => return ended(tell_usage(&told)),
    };
    ended(match arguments.command {
        Command::Run { paths, options } => run_suite(paths, options),
        Command::Verify { scenarios, options } => verify(scenarios, options),
        Command::Compare(options) => compare(options),
        Command::Load(options) => load(options),
        Command::Smoke(options) => smoke(options),
        Command::Selftest(options) => selftest(options),
        Command::Explore(options) => explore(options),
        Command::Try(options) => try_target(&options),
        Command::Init(options) => init(&options),
        Command::Learn(options) => learn(options),
        Command::Check { paths, target } => check::run(&paths, target.as_deref()),
        Command::Recheck {
            history,
            only,
            reports,
            quiet,
        } => recheck(&history, &only, reports, quiet),
        Command::Migrate(options) => migrate(&options),
        Command::Properties => properties(),
        Command::Explain { rule } => explain(rule.as_deref()),
        Command::Schema { format } => schema(format),
        Command::Completions { shell } => completions(shell),
    })
}

fn ended(ended: Result<u8, Failure>) -> ExitCode {
    ended.map_or_else(
        |failure| {
            complain(failure.styled());
            ExitCode::from(failure.exit_code())
        },
        ExitCode::from,
    )
}

/// The help or the version that was asked for, or what is wrong with the arguments.
fn tell_usage(told: &clap::Error) -> Result<u8, Failure> {
    let written = told.print();
    if told.use_stderr() {
        return Ok(2);
    }
    end(written, 0)
}

fn completions(shell: Shell) -> Result<u8, Failure> {
    // `generate` panics when it cannot write, and memory can always be written.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "airtight", &mut script);
    end(io::stdout().lock().write_all(&script), 0)
}

fn recheck(
    file: &Path,
    only: &[String],
    reports: ReportOptions,
    quiet: bool,
) -> Result<u8, Failure> {
    let reports = reports.checked(&[file])?;
    let report = recheck::judge(file, only)?;
    let mut out = io::stdout().lock();
    let written = if quiet {
        report.write_verdict(&mut out)
    } else {
        report.write_terminal(&mut out)
    };
    let reports = write_all(&reports, |format| report.render(format, file));
    end_with_reports(written, reports, report.verdict.exit_code())
}

fn properties() -> Result<u8, Failure> {
    end(write_properties(&mut io::stdout().lock()), 0)
}

fn write_properties(out: &mut impl Write) -> io::Result<()> {
    evidence::PROPERTIES
        .iter()
        .try_for_each(|property| writeln!(out, "{:28} {}", property.name, property.claim))
}

fn schema(format: FileFormat) -> Result<u8, Failure> {
    let schema = match format {
        FileFormat::Scenario => scenario::schema::schema(),
        FileFormat::Target => targets::schema(),
        FileFormat::History => report::schema::either_line(
            &schemars::schema_for!(Scene),
            &schemars::schema_for!(Observation),
        ),
        FileFormat::Report => report::schema::report(),
        FileFormat::Selftest => report::schema::written::<Matrix>().to_value(),
    };
    end(writeln!(io::stdout().lock(), "{schema:#}"), 0)
}
