//! The command `explore`, and what it prints at its end.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use diagnostics::meant;
use duration::Written;

use super::duration::time;
use super::interrupt::until_interrupted;
use super::progress::progress;
use super::screen::end;
use super::system::SystemOptions;
use crate::explore::ended::Exploration;
use crate::explore::found::Counterexample;
use crate::explore::plan::{ExplorePlan, turns};
use crate::explore::running;
use crate::explore::tried::{Explored, NotTried};
use crate::explore::users::{self, Users};
use crate::failure::Failure;
use crate::report::count::counted;

/// How many schedules can run on one server: each needs users of its own.
const GROUPS: u64 = users::GROUPS as u64;

/// How far to search, and where.
#[derive(Args)]
pub(super) struct ExploreOptions {
    #[command(flatten)]
    system: SystemOptions,
    /// A host that may be attacked beside this machine: the host of --url, if it is yours. May be repeated.
    #[arg(long, value_name = "HOST")]
    authorized: Vec<String>,
    /// Let all users together begin so many actions a second at most. On a running system it is 20 by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    rate: Option<u64>,
    /// Do not judge this property, which is known to be broken; may be repeated.
    #[arg(long, value_name = "PROPERTY", value_parser = property)]
    except: Vec<String>,
    /// Try this many schedules at most.
    #[arg(long, value_name = "N", default_value = "200", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    cases: u64,
    /// Search for this long at most, such as `30s`, `1m30s` or `1h`. Shrinking a schedule that was found
    /// takes what is left of it, and half a minute at least.
    #[arg(long, default_value = "1m", value_parser = time)]
    time: Duration,
    /// Run this many servers at a time.
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u64).range(1..=64))]
    jobs: u64,
    /// Run this many schedules at a time on one server, each with its own users. A schedule that restarts the server
    /// has a server to itself.
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u64).range(1..=GROUPS))]
    together: u64,
    /// The folder for the scenario file of what was found.
    #[arg(long, value_name = "FOLDER", default_value = "scenarios/regressions")]
    out: PathBuf,
}

/// A property that a schedule is judged by.
fn property(text: &str) -> Result<String, String> {
    let known: Vec<&str> = { evidence::PROPERTIES.iter() }
        .map(|property| property.name)
        .collect();
    match known.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "there is no such property: {}",
            meant(text, &known)
        )),
    }
}

/// Searches, prints what was found, and returns the exit code.
pub(super) fn explore(options: ExploreOptions) -> Result<u8, Failure> {
    let system = options.system;
    let (seed, quiet) = (system.seed(), system.quiet);
    let mut aim = system.aim();
    aim.authorized = options.authorized;
    let plan = ExplorePlan {
        rate: options.rate,
        pace: None,
        aim,
        target: system.target,
        passwords: system.passwords,
        fault: system.fault,
        except: options.except,
        seed,
        cases: options.cases,
        time: options.time,
        jobs: usize::try_from(options.jobs).unwrap_or(1),
        // It is known only later how many there are.
        turns: turns(1, true),
        together: usize::try_from(options.together).unwrap_or(1),
        history: system.history,
        out: options.out,
        users: Users::default(),
    };
    let progress = progress(quiet);
    progress.set_message(format!("exploring for {} at most", Written(plan.time)));
    let ended = until_interrupted(running::run(plan));
    progress.finish_and_clear();
    let ended = ended?;
    let mut out = io::stdout().lock();
    let written = if quiet {
        writeln!(out, "{}", word(&ended))
    } else {
        write(&ended, seed, &mut out)
    };
    end(written, ended.exit_code())
}

fn word(ended: &Exploration) -> String {
    let verdict = ended.verdict();
    verdict.map_or("could not run".to_owned(), |verdict| verdict.to_string())
}

pub(super) fn write(ended: &Exploration, seed: u64, out: &mut impl Write) -> io::Result<()> {
    if let Some(found) = &ended.found {
        write_found(found, out)?;
    }
    let Explored {
        cases,
        steps,
        deliveries,
        chances,
        not_run,
        not_played,
    } = &ended.explored;
    write_not_tried(not_run, "could not start", out)?;
    write_not_tried(not_played, "stopped early", out)?;
    if !ended.is_end_judged {
        writeln!(
            out,
            "  not judged silent_after_session_end: the target file does not say that a logout ends a session everywhere (`session: {{…, revoked: true}}`)"
        )?;
    }
    let steps: Vec<String> = steps
        .iter()
        .map(|(step, count)| format!("{step} {count}"))
        .collect();
    if !steps.is_empty() {
        let left = match ended.never_tried.as_slice() {
            [] => String::new(),
            words => format!("; not yet, for want of time: {}", words.join(", ")),
        };
        writeln!(out, "  steps tried: {}{left}", steps.join(", "))?;
    }
    writeln!(
        out,
        "\n{}: {}, {} observed, {} to leak, {:.1} s",
        word(ended),
        counted(*cases, "schedule"),
        counted(*deliveries, "delivery"),
        counted(*chances, "chance"),
        ended.took.as_secs_f64()
    )?;
    if !ended.reason().is_empty() {
        writeln!(out, "why: {}", ended.reason())?;
    }
    writeln!(out, "explore again: --seed {seed}")
}

fn write_found(found: &Counterexample, out: &mut impl Write) -> io::Result<()> {
    let Counterexample {
        property,
        rule,
        witness,
        command,
        n_steps,
        shrink_runs,
        again: (again, of),
        after,
    } = found;
    let again_word = if *again > 0 || found.is_shown() {
        "violated "
    } else {
        "undecided"
    };
    writeln!(out, "  {again_word}  {property}: {witness}  breaks {rule}")?;
    writeln!(
        out,
        "             {}, found after {:.1} s, shrunk in {}; broken again in {again} of {of} runs{}",
        counted(*n_steps as u64, "step"),
        after.as_secs_f64(),
        counted(*shrink_runs, "run"),
        if again < of { ": flaky" } else { "" }
    )?;
    writeln!(out, "             run it: {command}")
}

/// How many schedules were not tried, and why the first was not.
fn write_not_tried(not_tried: &NotTried, what: &str, out: &mut impl Write) -> io::Result<()> {
    let NotTried { schedules, first } = not_tried;
    let Some(first) = first else { return Ok(()) };
    writeln!(
        out,
        "  not tried  {} {what}; the first: {}",
        counted(*schedules, "schedule"),
        first.replace('\n', "\n             ")
    )
}
