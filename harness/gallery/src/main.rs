//! `gallery`: walks the targets that ship, below `scenarios/targets`. Each is a small server with a target file and a list
//! of its faults. The sound server must hold by every command, and each fault must be named by the command, the property
//! and the rule that the list says.
//!
//! In: the folder of the targets, and the program `airtight`. Out: a row for each of target and fault, and the page of the
//! documents that has all rows. Nothing of the harness is called but its command line, as a stranger would call it.
//!
//! Exit code: 0 everything is as listed, 1 something is not, 2 wrong input, 3 something could not be had or decided.

mod error;
mod expected;
mod shelf;
mod errand;
mod child;
mod seen;
mod picture;
mod row;
mod ledger;
mod table;
mod page;
mod task;
mod walk;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use self::error::GalleryError;
use self::ledger::Ledger;
use self::row::Judgement;
use self::task::Form;
use self::walk::Gallery;

/// Walk the targets that ship, sound and with each fault.
#[derive(Parser)]
struct Options {
    /// The folder of the targets.
    #[arg(long, value_name = "FOLDER", default_value = "scenarios/targets")]
    targets: PathBuf,
    /// The folder of the shipped scenarios.
    #[arg(long, value_name = "FOLDER", default_value = "scenarios")]
    scenarios: PathBuf,
    /// The program `airtight`.
    #[arg(long, value_name = "FILE")]
    airtight: PathBuf,
    /// A folder for histories, reports and the rows of earlier walks.
    #[arg(long, value_name = "FOLDER")]
    work: PathBuf,
    /// One fault a target, and a few seconds of searching and of load.
    #[arg(long, conflicts_with = "published")]
    short: bool,
    /// Only the faults of libraries that others publish, each beside what mends it.
    #[arg(long)]
    published: bool,
    /// How often each fault is played.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    times: u32,
    /// Walk only the target of this name; may be repeated.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Walk what an earlier walk has already found to be as listed, too.
    #[arg(long)]
    again: bool,
    /// How many targets are walked at a time.
    #[arg(long, value_name = "N", default_value_t = 2)]
    jobs: usize,
    /// Write the page of all rows and its pictures below this folder of the documents.
    #[arg(long, value_name = "FOLDER")]
    docs: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(worst) => ExitCode::from(match worst {
            Judgement::AsListed => 0,
            Judgement::Otherwise => 1,
            Judgement::Unknown => 3,
        }),
        Err(error) => {
            eprintln!("error: {error}\n  fix: {}", error.fix());
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<Judgement, GalleryError> {
    let shelf = shelf::read(&options.targets, &options.only)?;
    let ledger = Ledger::open(&options.work, options.again)?;
    let gallery = Gallery {
        airtight: shelf::there(&options.airtight)?,
        scenarios: shelf::there(&options.scenarios)?,
        work: shelf::there(&options.work)?,
        form: match (options.short, options.published) {
            (true, _) => Form::Short,
            (_, true) => Form::Published,
            _ => Form::Whole,
        },
        times: options.times,
        ledger,
    };
    let rows = gallery.walk(&shelf, options.jobs.max(1))?;
    if let Some(docs) = &options.docs {
        page::write(docs, &shelf, &rows)?;
    }
    print!("{}", table::summary(&rows));
    let worst = rows.iter().map(|row| row.judgement).max();
    Ok(worst.unwrap_or(Judgement::Unknown))
}
