//! An error that a user can mend, and how it is printed.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::place::Place;

/// An error that a user can mend.
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
        let title = Level::ERROR.primary_title(&*self.what);
        let group = match self.place.spot() {
            Some(spot) => {
                if let Some(source) = &spot.source {
                    let snippet = Snippet::source(&*source.text)
                        .line_start(spot.line)
                        .path(self.place.file());
                    let mark = AnnotationKind::Primary.span(source.span.clone());
                    title.element(snippet.annotation(mark.label(self.label.as_deref())))
                } else {
                    let origin = Origin::path(self.place.file());
                    title.element(origin.line(spot.line).char_column(spot.column))
                }
            }
            None => title.element(Origin::path(self.place.file())),
        };
        let fix = Level::HELP.with_name("fix").message(&*self.fix);
        let report: &[Group<'_>] = &[group.element(fix)];
        let text = renderer.render(report);
        match self.place.spot().and_then(|spot| spot.source.as_ref()) {
            Some(_) => text,
            // Without a line number the margin is a column narrower: all errors begin their lines at the same one.
            None => text.replace('\n', "\n "),
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
