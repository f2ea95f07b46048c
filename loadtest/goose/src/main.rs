//! The program `airtight-load`: carries out one order of `airtight load`, and ends.
//!
//! In: an order as one line of JSON on standard input, which then stays open. When it closes, the caller has ended,
//! and this program ends too. It takes no arguments but `--help` and `--version`. Out: a history and an outcome, in
//! the files that the order names. Exit codes: 0 it was carried out, 2 no order, 4 could not run. Messages go to
//! standard error.

mod lock;

mod limits;
mod tickets;
mod figuring;

mod journey;

mod attack;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, Read, Write as _};
use std::process::ExitCode;

use clap::Parser;
use diagnostics::{Diagnostic, Place};
use loadtest::{LoadOutcome, Order};
use probe::{Recorder, Site};

use crate::attack::{Attack, AttackResult};

/// Carries out one order of `airtight load`, which starts this program and writes the order to its standard input.
///
/// You do not run it yourself: run `airtight load`.
#[derive(Parser)]
#[command(version)]
struct Cli {}

const NO_ORDER: u8 = 2;
const COULD_NOT_RUN: u8 = 4;

fn main() -> ExitCode {
    Cli::parse();
    attack::leave_ctrl_c_to_the_caller();
    let order = match order() {
        Ok(order) => order,
        Err(words) => {
            let fix = "run `airtight load`, which gives it one";
            let place = Place::named("standard input");
            complain(&Diagnostic::new(words, place, fix).to_string());
            return ExitCode::from(NO_ORDER);
        }
    };
    end_with_standard_input();
    match carry_out(order) {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            complain(&words);
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

/// Says what went wrong. `eprintln!` would panic when nobody can read it, and the exit code says enough then.
fn complain(words: &str) {
    let _ = writeln!(io::stderr().lock(), "{words}");
}

/// Reads the order.
fn order() -> Result<Order, String> {
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.map_err(|error| format!("cannot read an order from standard input: {error}"))?;
    let order: Order = serde_json::from_str(&line)
        .map_err(|error| format!("there is no order on standard input: {error}"))?;
    if order.version == Order::version() {
        Ok(order)
    } else {
        let (theirs, ours) = (&order.version, Order::version());
        Err(format!(
            "the order is of airtight {theirs}, and this is {ours}"
        ))
    }
}

/// Ends this process when the caller has ended, for whatever reason.
fn end_with_standard_input() {
    std::thread::spawn(|| {
        let mut rest = [0; 64];
        while matches!(io::stdin().lock().read(&mut rest), Ok(1..)) {}
        std::process::exit(COULD_NOT_RUN.into());
    });
}

fn carry_out(order: Order) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?;
    let history = File::create(&order.history)
        .map_err(|error| format!("cannot write {}: {error}", order.history.display()))?;
    let (recorder, writing) =
        Recorder::start(&order.scene, history).map_err(|error| with_causes(&error))?;
    let target = order.target.read().map_err(|wrong| {
        let wrong: Vec<String> = wrong.iter().map(Diagnostic::to_string).collect();
        wrong.join("\n")
    })?;
    let site = Site::new(target).map_err(|error| with_causes(&error))?;
    let place = order.outcome.clone();
    let attack = Attack {
        site,
        recorder,
        order,
    };
    let ended = runtime
        .block_on(attack.run())
        .map_err(|error| with_causes(&error))?;
    // Tasks that goose left running hold recorders.
    drop(runtime);
    let AttackResult {
        figures,
        tables,
        stopped,
        late,
        latest,
        limits,
        too_few_users,
    } = ended;
    let stopped = match writing.finish() {
        Ok(_) => stopped.map(|error| with_causes(&error)),
        Err(error) if error.is_told() => Some(format!(
            "{error}\n  = fix: take fewer users or a shorter --time"
        )),
        Err(error) => return Err(with_causes(&error)),
    };
    let outcome = LoadOutcome {
        figures,
        tables,
        stopped,
        late,
        latest,
        limits,
        too_few_users,
    };
    let text = serde_json::to_string(&outcome).map_err(|error| error.to_string())?;
    whole_file::write(&place, text).map_err(|error| with_causes(&error))
}

/// An error and its causes, in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let _ = write!(words, ": {source}");
        cause = source.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn it_says_who_starts_it() {
        let mut program = Cli::command().term_width(100);
        let help = program.render_help().to_string();
        let long = program.render_long_help();
        let text = format!("$ airtight-load -h\n{help}\n$ airtight-load --help\n{long}");
        insta::assert_snapshot!(text);
    }
}
