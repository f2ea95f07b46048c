//! A trial on one screen: a line for each step, then what does not fit, then what the file could say.

use std::fmt::Write;

use crate::finding::Kind;
use crate::trial::{Fits, Trial};

/// Letters of a line that are shown.
const LONGEST: usize = 200;
/// The longest word of the left column; longer ones push their line to the right.
const COLUMN: usize = 12;

/// The lines, without what does not fit: that is told as errors are.
#[must_use]
pub fn told(trial: &Trial) -> String {
    let mut told = String::new();
    let widths = trial.lines.iter().map(|line| line.what.chars().count());
    let width = widths.max().unwrap_or(0).min(COLUMN);
    for line in &trial.lines {
        let (what, line) = (one_line(&line.what), one_line(&line.told));
        // Writing into a text does not fail.
        let _ = writeln!(told, "  {what:width$}  {line}");
    }
    if !trial.guesses.is_empty() {
        told.push_str("\nThe file could say:\n");
    }
    for guess in &trial.guesses {
        let place = trial.place(guess);
        let (says, because) = (one_line(&guess.says), one_line(&guess.because));
        let _ = writeln!(told, "  {place}: {says}  ({because})");
    }
    told
}

/// The last line: whether the file fits.
#[must_use]
pub fn verdict(trial: &Trial) -> String {
    let number = |kind: Kind| {
        let all = trial.findings.iter();
        all.filter(|finding| finding.kind == kind).count()
    };
    let things = |n: usize| match n {
        1 => "1 thing".to_owned(),
        n => format!("{n} things"),
    };
    match trial.fits() {
        Fits::Yes => "fits: what the target did is what the file says".to_owned(),
        Fits::No => format!("does not fit: {} to mend", things(number(Kind::Mistake))),
        Fits::Unknown => format!(
            "undecided: {} without an answer",
            things(number(Kind::Open))
        ),
    }
}

/// With nothing in it that a terminal would obey.
fn one_line(text: &str) -> String {
    let mut line: String = { text.chars().take(LONGEST) }
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}
