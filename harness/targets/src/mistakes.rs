//! What is wrong with a target file, as it is shown: with its line, unless that may hold a secret.
//!
//! A target file speaks of passwords and tokens in every second line, mostly by names in braces and by places. These
//! are no secrets, and an error without its line would help nobody. What stands there literally is one.

use std::str::Utf8Error;

use diagnostics::{Diagnostic, Place};
use reading::secret;
use reading::wrong::Wrong;
use regex_lite::{Captures, Regex};

use crate::migrate::migrate;
use crate::parse;
use crate::target::Target;

/// Reads the text of this file.
///
/// # Errors
/// Everything that is wrong with it. No line that may hold a secret is shown.
pub fn read(file: &str, text: &str) -> Result<Target, Vec<Diagnostic>> {
    parse(text).map_err(|mistakes| {
        let mistakes = mistakes.into_iter();
        mistakes.map(|wrong| shown(file, text, wrong)).collect()
    })
}

/// The text of a file that says the same in the language of today as this one of the format before it.
///
/// # Errors
/// When it is no such file.
pub fn migrated(file: &str, text: &str) -> Result<String, Box<Diagnostic>> {
    migrate(text).map_err(|wrong| Box::new(shown(file, text, wrong)))
}

/// A mistake in the text of this file, with its line unless that may hold a secret.
#[must_use]
pub fn shown(file: &str, text: &str, wrong: Wrong) -> Diagnostic {
    let place = wrong.at.map_or_else(
        || Place::named(file),
        |at| at.place(file, text, wrong.part.as_deref()),
    );
    hidden(text, Diagnostic::new(wrong.message, place, wrong.fix))
}

/// A file whose bytes are no text, from this place on.
#[must_use]
pub fn not_utf8(file: &str, bytes: &[u8], error: Utf8Error) -> Diagnostic {
    // What stands before it is as it is in the file, and in its place stands one sign.
    let (text, at) = (String::from_utf8_lossy(bytes), error.valid_up_to());
    let place = Place::span(file, &text, at..at + 1);
    let what = "the file is not UTF-8";
    hidden(&text, Diagnostic::new(what, place, "save it as UTF-8"))
}

/// What is wrong with the value of these keys of a file that was read.
#[must_use]
pub fn wrong_at(file: &str, text: &str, keys: &[&str], (what, fix): (&str, &str)) -> Diagnostic {
    let node = reading::node::read(text).ok();
    let mut found = node.as_ref();
    for key in keys {
        found = found.and_then(|node| node.setting(key));
    }
    let place = found.map_or_else(
        || Place::named(file),
        |node| node.at().place(file, text, None),
    );
    hidden(text, Diagnostic::new(what, place, fix))
}

/// The diagnostic without a secret that stands in its line.
fn hidden(text: &str, diagnostic: Diagnostic) -> Diagnostic {
    let number = diagnostic.place.line();
    if number.is_some_and(|number| is_in_a_secret_part(text, number)) {
        return secret::hidden(diagnostic);
    }
    secret::hidden_where(diagnostic, &without_harmless(text), secret::is_named_in)
}

/// The parts of a file whose values are secrets whatever they are called.
const SECRET_PARTS: [&str; 3] = ["users", "start", "register"];

/// Whether a line, from 1, is in such a part.
fn is_in_a_secret_part(text: &str, number: usize) -> bool {
    let before = text.lines().take(number);
    let top = before.filter(|line| line.starts_with(|first: char| first.is_alphabetic()));
    let part = top.last().and_then(|line| line.split(':').next());
    part.is_some_and(|part| {
        let near = diagnostics::near(part, SECRET_PARTS);
        SECRET_PARTS.contains(&part) || !near.is_empty()
    })
}

/// The text with dots in place of each setting whose value is a name in braces, a place, or the name of a cookie. Lines
/// stay as far indented as they were: that says what stands below what.
fn without_harmless(text: &str) -> String {
    const PAIR: &str = r#"["']?[\w.\[\] -]+["']?:[ ]*(?:"(?:[A-Za-z]+ )?\{[^{}"\n]*\}"|/[^\s,}"']*|\$\d[^\s,}"']*|\{[ ]*(?:header|cookie|form|match|ack|sent|event):[^}\n]*\}|present|absent|none)|cookie:[ ]*[\w*.-]{1,40}"#;
    let Ok(pair) = Regex::new(PAIR) else {
        return text.to_owned();
    };
    let dots = |found: &Captures<'_>| -> String {
        let found = found.get(0).map_or("", |found| found.as_str());
        let rest = found.trim_start();
        let indent = &found[..found.len() - rest.len()];
        format!("{indent}{}", ".".repeat(rest.len()))
    };
    pair.replace_all(text, dots).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn told(text: &str) -> String {
        let wrong = read("mine.yaml", text).expect_err("wrong");
        let told: Vec<String> = wrong.iter().map(Diagnostic::to_string).collect();
        told.join("\n")
    }

    #[test]
    fn a_mistake_beside_names_and_places_shows_its_line() {
        for line in [
            "login: {psot: /in, form: {password: \"{password}\"}}",
            "login: {psot: /in, keep: {token: /token}}",
            "login: {psot: /in, keep: {csrf_token: {form: csrf_token}}}",
            "login: {psot: /in, headers: {Authorization: \"Bearer {token}\"}}",
            "login: {psot: /in, granted: {cookie: access_token}}",
        ] {
            let told = told(&format!("target: x\n{line}\nactions: {{}}\n"));
            assert!(told.contains(line), "{told}");
        }
    }

    #[test]
    fn a_harmless_line_beside_a_secret_is_shown() {
        let lines = [
            "open:",
            "  - connect: {query: {id: x, token: s3cret}}",
            "    granted: {status: 101}",
            "  - awiat: {event: OPEN}",
        ];
        let told = told(&format!(
            "target: x\nlogin: none\n{}\nactions: {{}}\n",
            lines.join("\n")
        ));
        assert!(
            told.contains(lines[3]) && !told.contains("s3cret"),
            "{told}"
        );
    }

    #[test]
    fn a_secret_is_shown_in_no_error() {
        for line in [
            "login: {psot: /in, form: {password: s3cret}}",
            "login: {psot: /in, form: {password: \"s3cret{user}\"}}",
            "login: {psot: /in, headers: {Cookie: sid=s3cret}}",
            "login: {psot: /in, headers: {Authorization: Bearer s3cret}}",
            "login: {psot: /in, json: {api_key:\n  s3cret}}",
            "users: {alice: [s3cret]}",
            "users:\n  alice:\n    - s3cret",
            "user: {alice: {password: s3cret}}",
            "start: {command: [x], environment: {KEY: s3cret}, raedy: x}",
            "start:\n  command: [x]\n  environment:\n    - s3cret",
            "carries: {headers: {X-Token: s3cret, \"a b\": \"{user}\"}}",
        ] {
            let told = told(&format!("target: x\n{line}\nactions: {{}}\n"));
            assert!(!told.contains("s3cret"), "{line}: {told}");
        }
    }
}
