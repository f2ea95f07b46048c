//! The command `selftest`, with its options and its progress.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::slice;

use clap::Args;

use super::interrupt::until_interrupted;
use super::progress::progress;
use super::screen::end_with_reports;
use crate::failure::Failure;
use crate::report::matrix::Matrix;
use crate::report::outlet::{cannot_write, check_files};
use crate::selftest::plan::{Extent, Progress, SelftestPlan};
use crate::selftest::running;
use crate::suite::files::files;
use crate::suite::plan::{Clients, Manner, Parts, SuitePlan};
use crate::system::aim::Aim;

/// Which faults to open, and what to run against each.
#[derive(Args)]
pub(super) struct SelftestOptions {
    /// The folder of the scenarios.
    #[arg(long, value_name = "FOLDER", default_value = "scenarios")]
    scenarios: PathBuf,
    /// The file that says which property must name which fault.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "scenarios/faults/reference.yaml"
    )]
    faults: PathBuf,
    /// Run only some pairs of a fault and a scenario, and compare them with this committed matrix.
    #[arg(long, value_name = "FILE", conflicts_with = "write")]
    matrix: Option<PathBuf>,
    /// The seed, such as a commit's hash, that adds a random tenth of the pairs that no claim and no fault needs.
    #[arg(long, value_name = "TEXT", requires = "matrix")]
    sample_seed: Option<String>,
    /// Run the whole suite under every fault, and write this matrix to be committed.
    #[arg(long, value_name = "FILE", conflicts_with = "only")]
    write: Option<PathBuf>,
    /// How many times the suite is run under each fault for that matrix.
    #[arg(long, value_name = "N", default_value = "2", value_parser = clap::value_parser!(u32).range(1..=20))]
    looks: u32,
    /// Open only these faults; may be repeated. Claims that no fault breaks are not reported then.
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
    /// How many scenarios run at a time, each with a server of its own.
    #[arg(long, value_name = "N", default_value = "12", value_parser = clap::value_parser!(u64).range(1..=64))]
    jobs: u64,
    /// A target file that says how to start the server. The reference server by default.
    #[arg(long, value_name = "FILE")]
    target: Option<PathBuf>,
    /// The seed of everything random in the run. It is printed at the end.
    #[arg(long)]
    seed: Option<u64>,
    /// The folder for the histories.
    #[arg(long, value_name = "FOLDER", default_value = "airtight-history")]
    history: PathBuf,
    /// Write the matrix as well, as json=FILE or html=FILE; may be repeated.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = matrix_file)]
    report: Vec<(MatrixFormat, PathBuf)>,
    /// Print only the verdict.
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug)]
enum MatrixFormat {
    Json,
    Html,
}

fn matrix_file(text: &str) -> Result<(MatrixFormat, PathBuf), String> {
    match text.split_once('=') {
        Some(("json", file)) if !file.is_empty() => Ok((MatrixFormat::Json, file.into())),
        Some(("html", file)) if !file.is_empty() => Ok((MatrixFormat::Html, file.into())),
        _ => Err("give it as json=FILE or html=FILE".to_owned()),
    }
}

/// Runs the suite under each fault, prints each as it ends, and returns the exit code.
pub(super) fn selftest(options: SelftestOptions) -> Result<u8, Failure> {
    let scenarios = files(slice::from_ref(&options.scenarios))?;
    let mut inputs: Vec<&Path> = scenarios.iter().map(PathBuf::as_path).collect();
    inputs.push(&options.faults);
    // The matrix to be committed is no input, and must not be lost either.
    let others = [&options.matrix, &options.target, &options.write];
    inputs.extend(others.into_iter().filter_map(Option::as_deref));
    let reports: Vec<&Path> = options
        .report
        .iter()
        .map(|(_, file)| file.as_path())
        .collect();
    check_files(&reports, &inputs)?;
    let extent = match (options.write, options.matrix) {
        (Some(file), _) => Extent::Committing {
            file,
            looks: options.looks,
        },
        (None, Some(file)) => Extent::Against {
            file,
            sample_seed: options
                .sample_seed
                .unwrap_or_else(|| rand::random::<u64>().to_string()),
        },
        (None, None) => Extent::Whole,
    };
    let plan = SelftestPlan {
        suite: SuitePlan {
            paths: vec![options.scenarios],
            target: options.target,
            aim: Aim::default(),
            passwords: None,
            users: BTreeMap::new(),
            manner: Manner::default(),
            clients: Clients::default(),
            only: Vec::new(),
            fault: None,
            seed: options.seed.unwrap_or_else(rand::random),
            jobs: usize::try_from(options.jobs).unwrap_or(1),
            history: options.history,
            parts: Parts::default(),
            neighbours_only: false,
        },
        faults: options.faults,
        only: options.only,
        extent,
    };
    let quiet = options.quiet;
    let progress = progress(quiet);
    let ended = until_interrupted(running::run(plan, |how_far| match how_far {
        Progress::Runs(ended, of) => progress.set_message(format!("{ended} of {of} runs")),
        Progress::Fault(kill, of) => {
            progress.inc(1);
            progress.set_message(format!("{} of {of} faults", progress.position()));
            if !quiet {
                // A reader that has seen enough does not end the run.
                progress.suspend(|| {
                    let _ = kill.write(&mut io::stdout().lock());
                });
            }
        }
    }));
    progress.finish_and_clear();
    let matrix = ended?;
    let mut out = io::stdout().lock();
    let written = if quiet {
        writeln!(out, "{}", matrix.verdict())
    } else {
        matrix.write_end(&mut out)
    };
    // Each is tried: one that cannot be written takes nothing from the screen or from the others.
    // Each is tried, also after one that failed.
    let mut reports = Ok(());
    for (format, file) in &options.report {
        reports = reports.and(write(&matrix, *format, file));
    }
    end_with_reports(written, reports, matrix.exit_code())
}

fn write(matrix: &Matrix, format: MatrixFormat, file: &Path) -> Result<(), Failure> {
    let text = match format {
        MatrixFormat::Json => matrix.json(),
        MatrixFormat::Html => matrix.page(),
    };
    text.and_then(|text| Ok(whole_file::write(file, text)?))
        .map_err(|error| cannot_write(file, &error))
}
