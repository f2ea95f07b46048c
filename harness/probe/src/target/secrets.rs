//! Which lines of a target file may hold a secret: the environment of `start`, headers, and whatever is called like
//! one.
//!
//! It looks at the lines and not at YAML, because a file that is no YAML must not show its secrets either. In doubt a
//! line is secret.

use diagnostics::near;
use serde_json::Value;

use super::file::schema;
use reading::secret::{is_below_a_secret, is_mentioned_in, is_named_in};

/// The settings of `start` that may follow its environment.
const BESIDE_ENVIRONMENT: [&str; 5] = ["program", "arguments", "add_users", "ready_line", "fault"];

/// Whether this line, from 1, may hold a secret.
pub(super) fn may_be_in(text: &str, number: usize) -> bool {
    let above = number.saturating_sub(1);
    is_in_a_setting(text, number)
        || is_below_a_secret(text, above)
        || follows_an_option(text, above)
}

/// Whether the line above is an argument that is called like a secret, such as `- --password`: then its value follows.
fn follows_an_option(text: &str, n_above: usize) -> bool {
    let above = n_above
        .checked_sub(1)
        .and_then(|line| text.lines().nth(line));
    above.is_some_and(|line| line.contains('-') && is_mentioned_in(line) && !line.contains(':'))
}

/// Whether the line is in a setting that may hold one, or names one itself.
fn is_in_a_setting(text: &str, number: usize) -> bool {
    let schema = schema();
    let settings = schema.get("properties").and_then(Value::as_object);
    let is_setting = |name: &str| settings.is_some_and(|known| known.contains_key(name));
    // In braces, indentation ends nothing.
    let is_flow = text.trim_start().starts_with('{');
    // The setting of the file that goes on in this line, and whether the line is in one that may hold anything.
    let (mut setting, mut is_inside, mut indented) = ("", false, 0);
    let (mut open, mut is_secret) = (0_i64, false);
    for line in text.lines().take(number) {
        let name = name_in(line);
        let depth = line.len() - line.trim_start().len();
        if depth == 0 && (is_setting(name) || (!name.is_empty() && open <= 0 && !is_flow)) {
            (setting, is_inside) = (name, false);
        } else if depth <= indented && BESIDE_ENVIRONMENT.contains(&name) {
            is_inside = false;
        }
        // After an option such as `--password`, its value may stand in any of the lines that go on with the arguments.
        if holds_secrets(line) || (setting == "start" && is_mentioned_in(line)) {
            (is_inside, indented, open) = (true, depth, 0);
        }
        let count = |letters: [char; 2]| line.matches(letters).count() as i64;
        open += count(['{', '[']) - count(['}', ']']);
        is_secret = is_inside
            || match setting {
                // Names of a form's fields and of a cookie are no secrets.
                "login" | "session_cookie" | "session_cookie_over_tls" => false,
                "start" => is_mentioned_in(line),
                _ => is_named_in(line),
            };
    }
    is_secret
}

/// Whether the line names a map that may hold secrets, even with a typo.
fn holds_secrets(line: &str) -> bool {
    let mut names = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    names.any(|name| {
        name.eq_ignore_ascii_case("env") || !near(name, ["environment", "headers"]).is_empty()
    })
}

/// The name before the first colon of a line, where that is one.
fn name_in(line: &str) -> &str {
    let name = line.split_once(':').map_or("", |(name, _)| name);
    let name = name.trim().trim_matches(['"', '\'']);
    let is_name = name
        .chars()
        .all(|letter| letter.is_alphanumeric() || letter == '_');
    if is_name { name } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_and_what_is_called_a_secret_are() {
        let text = "\
target: x
login: {page: /login, password: password, token: t}
session_cookie: session
actions:
  start:
    json: {api_key: s}
start:
  program: x
  arguments: [--secret, s]
  environment:
    KEY: |
      s
    OTHER: {
s: s,
s}
  ready_line: listening
headers:
  X: s
uplaod: {path: /}
";
        let secret: Vec<usize> = (1..=text.lines().count())
            .filter(|number| may_be_in(text, *number))
            .collect();
        assert_eq!(secret, [6, 9, 10, 11, 12, 13, 14, 15, 17, 18]);
        for name in [
            "env",
            "Env",
            "enviroment",
            "environments",
            "Headers",
            "header",
            "haeders",
        ] {
            let flow = format!("target: x\nstart: {{program: x,\n  {name}: {{A: s}}}}\n");
            assert!(may_be_in(&flow, 3), "{flow}");
        }
        let goes_on = "start:\n  arguments: [serve, --password,\n    s, {}]\n  ready_line: x\n";
        assert!(may_be_in(goes_on, 3) && !may_be_in(goes_on, 4));
        let braces = "{target: x, login: {page: /},\nstart: {program: x, environment: {A: b,\nB: c}},\nD: e}";
        let secret: Vec<usize> = (1..=4)
            .filter(|number| may_be_in(braces, *number))
            .collect();
        assert_eq!(secret, [2, 3, 4]);
    }
}
