//! The lines of a file, from its first on.

/// Lines of a file.
#[derive(Default)]
pub(super) struct Lines(Vec<String>);

impl Lines {
    pub(super) fn add(&mut self, line: impl Into<String>) {
        self.0.push(line.into());
    }

    /// A comment. What came from outside is one short line.
    pub(super) fn say(&mut self, words: &str) {
        self.0
            .push(format!("# {}", words.replace(['\n', '\r'], " ")));
    }

    pub(super) fn into_text(self) -> String {
        let mut text = self.0.join("\n");
        text.push('\n');
        text
    }
}
