//! An error that a user can fix, and how it is printed.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::place::Place;
use crate::printable::{first, printable};

/// Letters of a text that are shown: it may quote a file, or the last words of a program.
const LONGEST: usize = 2500;
/// Stands for the file and its place while an error is laid out: the library counts the column itself, in a line that
/// we may have cut.
const ORIGIN: &str = "\u{e000}";

/// An error that a user can fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong: a fragment in lower case, without a full stop.
    pub what: String,
    /// Where it stands.
    pub place: Place,
    /// A word under the caret, such as what is there instead.
    pub label: Option<String>,
    /// One imperative sentence.
    pub fix: String,
}

impl Diagnostic {
    /// An error without a word under its caret.
    #[must_use]
    pub fn new(what: impl fmt::Display, place: Place, fix: impl fmt::Display) -> Self {
        Self {
            what: what.to_string(),
            place,
            label: None,
            fix: fix.to_string(),
        }
    }

    /// The same with a word under the caret.
    #[must_use]
    pub fn label(mut self, label: impl fmt::Display) -> Self {
        self.label = Some(label.to_string());
        self
    }

    /// What a terminal prints, with ANSI styles.
    #[must_use]
    pub fn styled(&self) -> String {
        self.render(&Renderer::styled())
    }

    fn render(&self, renderer: &Renderer) -> String {
        let what = first(&self.what, LONGEST);
        let label = self
            .label
            .as_ref()
            .map(|label| first(label, LONGEST).replace('\n', " "));
        let fix = first(&self.fix, LONGEST);
        let origin = printable(&self.place.to_string()).replace('\n', " ");
        let source = self
            .place
            .spot()
            .and_then(|spot| Some((spot.line, spot.source.as_ref()?)));
        let title = Level::ERROR.primary_title(what);
        let (group, drawn) = match source {
            None => (title.element(Origin::path(ORIGIN)), ORIGIN.to_owned()),
            Some((line, source)) => {
                let snippet = Snippet::source(&*source.text).line_start(line).path(ORIGIN);
                let mark = AnnotationKind::Primary.span(source.span.clone());
                let before = source.text[..source.span.start].chars().count();
                (
                    title.element(snippet.annotation(mark.label(label))),
                    format!("{ORIGIN}:{line}:{}", before + 1),
                )
            }
        };
        let fix = Level::HELP.with_name("fix").message(fix);
        let report: &[Group<'_>] = &[group.element(fix)];
        let text = renderer.render(report);
        let head = text.find(ORIGIN).and_then(|at| text[..at].rfind('\n'));
        let (head, rest) = text.split_at(head.unwrap_or(0));
        let rest = rest.replacen(&drawn, &origin, 1);
        match source {
            Some(_) => format!("{head}{rest}"),
            // Without a line number the margin is a column narrower: all errors begin their lines at the same one.
            None => format!("{head}{}", rest.replace('\n', "\n ")),
        }
    }
}

/// What a terminal prints, without styles.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&Renderer::plain()))
    }
}

impl std::error::Error for Diagnostic {}

#[cfg(test)]
mod tests;
