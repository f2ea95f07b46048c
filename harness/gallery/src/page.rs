//! The page of the documents: each target with what was said of it, and the picture of its leak.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::error::GalleryError;
use crate::expected::{Also, Fault, Published};
use crate::row::{Of, Row};
use crate::shelf::Shipped;

/// Where the page and its pictures stand in the documents.
const PAGE: &str = "explanation/applications.md";
const PICTURES: &str = "images/applications";

/// Writes the page and its pictures.
pub(crate) fn write(docs: &Path, shelf: &[Shipped], rows: &[Row]) -> Result<(), GalleryError> {
    keep(&docs.join(PAGE), &markdown(shelf, rows))?;
    for shipped in shelf {
        if let Some((_, svg)) = pictured(shipped, rows) {
            keep(
                &docs
                    .join(PICTURES)
                    .join(&shipped.name)
                    .with_extension("svg"),
                &svg,
            )?;
        }
    }
    Ok(())
}

fn keep(file: &Path, text: &str) -> Result<(), GalleryError> {
    whole_file::write(file, text).map_err(|error| GalleryError::Wrong {
        file: file.to_owned(),
        why: error.to_string(),
    })
}

fn markdown(shelf: &[Shipped], rows: &[Row]) -> String {
    let mut text = "# What Airtight finds in the ways a real-time application is built\n\n\
        `make targets` wrote this page. It plays each of the targets in `scenarios/targets`, sound and with each of its\n\
        faults, and holds what the commands say against the target's `expected.yaml`. *By* is the command that named the\n\
        fault; the seconds are those of one walk, with two targets at a time on two cores.\n\n"
        .to_owned();
    text.push_str("| kind | lines of its target file | shipped scenarios that apply | faults that are named |\n|---|---|---|---|\n");
    for shipped in shelf {
        let of_target = of(shipped, rows);
        let applied = of_target
            .iter()
            .find_map(|row| row.applied)
            .unwrap_or_default();
        let lines = of_target.first().map_or(0, |row| row.lines);
        let named = of_target.iter().filter(|row| row.of == Of::Fault).count();
        let name = &shipped.name;
        let _ = writeln!(
            text,
            "| [{name}](#{name}) | {lines} | {applied} | {named} |"
        );
    }
    for shipped in shelf {
        text.push_str(&section(shipped, &of(shipped, rows)));
    }
    text
}

fn of<'a>(shipped: &Shipped, rows: &'a [Row]) -> Vec<&'a Row> {
    rows.iter()
        .filter(|row| row.target == shipped.name)
        .collect()
}

fn section(shipped: &Shipped, rows: &[&Row]) -> String {
    let about = shipped.expected.about.trim();
    let mut text = format!("\n## {}\n\n{about}\n", shipped.name);
    let is_shown = |row: &&&Row| row.picture.is_some();
    let mut shown = { rows.iter().filter(is_shown) }.filter_map(|row| fault_of(shipped, row));
    if let Some(fault) = shown.find(|fault| fault.short) {
        let name = &shipped.name;
        let _ = write!(
            text,
            "\nWith `--fault {}`, {}:\n\n![The leak of {name}](../{PICTURES}/{name}.svg)\n",
            fault.fault,
            sentence(&fault.words)
        );
    }
    text.push_str("\n| | verdict | property | rule | by | seconds |\n|---|---|---|---|---|---|\n");
    for row in rows {
        text.push_str(&line(shipped, row));
    }
    text.push_str(&left_open(shipped));
    for row in rows {
        let fault = fault_of(shipped, row);
        let published = fault.and_then(|fault| fault.published.as_ref());
        text.extend(published.map(|published| told(row, published)));
    }
    text
}

fn line(shipped: &Shipped, row: &Row) -> String {
    let what = match row.of {
        Of::Sound => "the sound server".to_owned(),
        Of::Mended => format!("mended: {}", row.name),
        Of::Fault => match fault_of(shipped, row) {
            Some(fault) => format!("`{}`: {}", row.name, sentence(&fault.words)),
            None => format!("`{}`", row.name),
        },
        Of::Also => match also_of(shipped, row) {
            Some(also) => format!("{}: {}", row.name, sentence(&also.words)),
            None => row.name.clone(),
        },
    };
    let verdict = row
        .verdict
        .map_or_else(|| "-".to_owned(), |verdict| verdict.to_string());
    format!(
        "| {what} | {verdict} | {} | {} | {} | {:.0} |\n",
        row.property, row.rule, row.by, row.seconds
    )
}

/// What a command cannot decide of the sound server, and why.
fn left_open(shipped: &Shipped) -> String {
    let reasons = shipped.expected.sound.undecided.iter();
    let reasons: BTreeSet<String> = reasons
        .map(|open| format!("`{}`: {}", open.by, open.why))
        .collect();
    match reasons.is_empty() {
        true => String::new(),
        false => {
            let reasons: Vec<String> = reasons.into_iter().collect();
            format!(
                "\nWhat is left open of the sound server: {}.\n",
                reasons.join("; ")
            )
        }
    }
}

/// A fault that stands in a library of somebody else.
fn told(row: &Row, published: &Published) -> String {
    let Published {
        report,
        leaks,
        mended,
        ..
    } = published;
    format!(
        "\n`{}` stands in {leaks} ({report}), and not in {mended}. In the target's folder: `airtight {}`.\n",
        row.name, row.typed
    )
}

fn sentence(words: &str) -> &str {
    words.trim().trim_end_matches('.')
}

fn fault_of<'a>(shipped: &'a Shipped, row: &Row) -> Option<&'a Fault> {
    let mut faults = shipped.expected.faults.iter();
    faults.find(|fault| row.of == Of::Fault && fault.fault == row.name)
}

fn also_of<'a>(shipped: &'a Shipped, row: &Row) -> Option<&'a Also> {
    let mut also = shipped.expected.also.iter();
    also.find(|also| also.target.with_extension("").to_string_lossy() == row.name)
}

/// The fault whose leak is shown, which is that of the short form, with its picture.
fn pictured<'a>(shipped: &'a Shipped, rows: &[Row]) -> Option<(&'a Fault, String)> {
    let rows = of(shipped, rows).into_iter();
    let mut drawn = rows.filter_map(|row| Some((fault_of(shipped, row)?, row.picture.as_ref()?)));
    drawn
        .find(|(fault, _)| fault.short)
        .map(|(fault, picture)| (fault, picture.svg()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::shelf;

    #[test]
    fn the_page_of_the_documents_has_each_fault_and_each_picture() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let docs = root.join("docs");
        let page = fs::read_to_string(docs.join(PAGE)).expect("the page: run `make targets`");
        for shipped in shelf::read(&root.join("scenarios/targets"), &[]).expect("the targets") {
            assert!(
                page.contains(shipped.expected.about.trim()),
                "{}",
                shipped.name
            );
            for fault in &shipped.expected.faults {
                let says = format!(
                    "| `{}`: {} | violated |",
                    fault.fault,
                    sentence(&fault.words)
                );
                assert!(
                    page.contains(&says),
                    "{}: no row `{says}`: run `make targets`",
                    shipped.name
                );
            }
            let picture = docs
                .join(PICTURES)
                .join(&shipped.name)
                .with_extension("svg");
            assert!(
                picture.is_file(),
                "{}: run `make targets`",
                picture.display()
            );
        }
    }
}
