//! The formats of a report.

use std::io;

use super::results::Results;
use super::{junit, page, sarif, tap};

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Ours, by `airtight schema report`.
    Json,
    /// For CI servers.
    Junit,
    /// The Test Anything Protocol, version 14.
    Tap,
    /// Static Analysis Results Interchange Format 2.1.0, for code hosts.
    Sarif,
    /// A page.
    Html,
}

/// By the name that `--report` has for it.
pub(super) const FORMATS: [(&str, Format); 5] = [
    ("json", Format::Json),
    ("junit", Format::Junit),
    ("tap", Format::Tap),
    ("sarif", Format::Sarif),
    ("html", Format::Html),
];

/// The report in a format that is made of the results and the histories alone; none for our own, JSON.
pub(super) fn standard(results: &Results<'_>, format: Format) -> Option<io::Result<String>> {
    match format {
        Format::Junit => Some(junit::render(results)),
        Format::Tap => Some(Ok(tap::render(results))),
        Format::Sarif => Some(sarif::render(results)),
        Format::Html => Some(page::render(results)),
        Format::Json => None,
    }
}
