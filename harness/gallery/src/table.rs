//! The rows as they are printed.

use std::fmt::Write as _;

use crate::row::{Judgement, Of, Row};

/// What stands above the rows.
pub(crate) const HEAD: &str = "  target          fault                   by        verdict    property                       rule       seconds  lines";

/// A row on the screen, and below it what was not as listed.
pub(crate) fn line(row: &Row) -> String {
    let verdict = row
        .verdict
        .map_or_else(|| "-".to_owned(), |verdict| verdict.to_string());
    let name = match row.of {
        Of::Sound => "(sound)",
        Of::Mended => "(mended)",
        Of::Fault | Of::Also => &row.name,
    };
    let what = match (row.applied, row.again) {
        (Some(applied), _) => format!("{applied} scenarios applied"),
        (_, Some((n, of))) => format!("{} {n} of {of}", row.property)
            .trim_start()
            .to_owned(),
        _ => row.property.clone(),
    };
    let mut text = format!(
        "  {:14}  {name:22}  {:8}  {verdict:9}  {what:29}  {:9}  {:7.1}  {:5}",
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
    let faults = rows.iter().filter(|row| row.of == Of::Fault).count();
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
