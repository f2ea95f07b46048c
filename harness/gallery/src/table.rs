//! The rows as they are printed, and the page of the documents.

use std::fmt::Write as _;
use std::path::Path;

use crate::error::GalleryError;
use crate::expected::Fault;
use crate::row::{Judgement, Row};
use crate::shelf::Shipped;

/// What stands above the rows.
pub(crate) const HEAD: &str = "  target          fault                   by        verdict    property                       rule       seconds  lines";

/// A row on the screen, and below it what was not as listed.
pub(crate) fn line(row: &Row) -> String {
    let verdict = row.verdict.map_or_else(|| "-".to_owned(), |verdict| verdict.to_string());
    let fault = row.fault.as_deref().unwrap_or("(sound)");
    let what = match row.applied {
        Some(applied) => format!("{applied} scenarios applied"),
        None => row.property.clone(),
    };
    let mut text = format!(
        "  {:14}  {fault:22}  {:8}  {verdict:9}  {what:29}  {:9}  {:7.1}  {:5}",
        row.target, row.by, row.rule, row.seconds, row.lines
    );
    let word = match row.judgement {
        Judgement::AsListed => return text,
        Judgement::Unknown => "undecided",
        Judgement::Otherwise => "not as listed",
    };
    for note in row.notes.iter().filter(|note| !note.is_empty()) {
        let _ = write!(text, "\n      {word}: {}", note.escape_debug());
    }
    text
}

/// The last lines.
pub(crate) fn summary(rows: &[Row]) -> String {
    let count = |judgement| rows.iter().filter(|row| row.judgement == judgement).count();
    let faults = rows.iter().filter(|row| row.fault.is_some()).count();
    let (other, unknown) = (count(Judgement::Otherwise), count(Judgement::Unknown));
    let verdict = match (other, unknown) {
        (0, 0) => "as listed",
        (0, _) => "undecided",
        _ => "not as listed",
    };
    let seconds: f64 = rows.iter().map(|row| row.seconds).sum();
    format!(
        "\n{verdict}: {} rows, {faults} of them of a fault; {other} not as listed, {unknown} undecided; {seconds:.0} s of work\n",
        rows.len()
    )
}

/// Writes the page of the documents.
pub(crate) fn write(page: &Path, shelf: &[Shipped], rows: &[Row]) -> Result<(), GalleryError> {
    let text = markdown(shelf, rows);
    whole_file::write(page, text).map_err(|error| GalleryError::Wrong {
        file: page.to_owned(),
        why: error.to_string(),
    })
}

fn markdown(shelf: &[Shipped], rows: &[Row]) -> String {
    let mut text = "# What Airtight finds in the ways a real-time application is built\n\n\
        `make targets` wrote this page. It plays each of the targets in `scenarios/targets`, sound and with each of its\n\
        faults, and holds what the commands say against the target's `expected.yaml`.\n"
        .to_owned();
    for shipped in shelf {
        let of_target: Vec<&Row> = rows.iter().filter(|row| row.target == shipped.name).collect();
        let _ = write!(text, "\n## {}\n\n{}\n", shipped.name, shipped.expected.about.trim());
        let applied = of_target.iter().find_map(|row| row.applied).unwrap_or_default();
        let _ = write!(
            text,
            "\nThe target file has {} lines; {applied} of the shipped scenarios apply.\n\n\
             | fault | verdict | property | rule | by | seconds |\n|---|---|---|---|---|---|\n",
            shipped.lines
        );
        for row in &of_target {
            let listed = shipped.expected.faults.iter().find(|fault| Some(&fault.fault) == row.fault.as_ref());
            text.push_str(&markdown_row(row, listed));
        }
        if let Some((fault, row)) = pictured(shipped, &of_target) {
            let _ = write!(text, "\n{}:\n\n```text\n{}\n```\n", fault.words.trim_end_matches('.'), row.picture);
        }
    }
    text
}

fn markdown_row(row: &Row, fault: Option<&Fault>) -> String {
    let what = match fault {
        Some(fault) => format!("`{}`: {}", fault.fault, fault.words.trim_end_matches('.')),
        None => "none".to_owned(),
    };
    let verdict = row.verdict.map_or_else(|| "-".to_owned(), |verdict| verdict.to_string());
    format!(
        "| {what} | {verdict} | {} | {} | {} | {:.0} |\n",
        row.property, row.rule, row.by, row.seconds
    )
}

/// The fault whose finding is shown, which is that of the short form.
fn pictured<'a>(shipped: &'a Shipped, rows: &[&'a Row]) -> Option<(&'a Fault, &'a Row)> {
    let fault = shipped.expected.faults.iter().find(|fault| fault.short)?;
    let row = rows.iter().find(|row| row.fault.as_ref() == Some(&fault.fault))?;
    (!row.picture.is_empty()).then_some((fault, *row))
}
