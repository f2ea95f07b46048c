//! Lines of files that may hold a secret. An error says where they are, and shows nothing of them.

use diagnostics::Diagnostic;

/// What secrets are called, in lower case.
const NAMES: [&str; 20] = [
    "password",
    "passwd",
    "passphrase",
    "cookie",
    "token",
    "secret",
    "authorization",
    "bearer",
    "credential",
    "api_key",
    "api-key",
    "apikey",
    "private_key",
    "private key",
    "access_key",
    "access-key",
    "jwt",
    "passcode",
    "pwd",
    "x-auth",
];

/// What secrets are called as well, but only as a whole name: inside of other words these mean nothing.
const WHOLE_NAMES: [&str; 7] = ["pass", "pin", "sid", "hash", "key", "x-key", "x-session"];

/// Letters between such a word and the `:` or `=` behind its name. A longer name is none: it is taken for a secret, so
/// that a line of a megabyte is looked at once.
const LONGEST_REST: usize = 100;

/// Whether the line gives something that is called like a secret: `password: x`, `"Set-Cookie": "x"`, `?token=x`.
#[must_use]
pub fn is_named_in(line: &str) -> bool {
    let in_name = |letter: &char| letter.is_alphanumeric() || "_-\\\"' ".contains(*letter);
    let is_named = ends_of_names(line, |rest| {
        let mut letters = rest.chars().take(LONGEST_REST).skip_while(in_name);
        match letters.next() {
            Some(letter) => matches!(letter, ':' | '='),
            None => rest.chars().nth(LONGEST_REST).is_some(),
        }
    });
    is_named || has_user(line) || has_whole_name(line) || has_credentials(line)
}

/// Whether one of [`WHOLE_NAMES`] stands before a `:` or a `=`.
fn has_whole_name(line: &str) -> bool {
    line.match_indices([':', '=']).any(|(at, _)| {
        let before = line[..at].trim_end_matches([' ', '\\', '"', '\'']);
        let is_in_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
        // Longer than the longest of them, it is none: the letters of a long line are looked at once.
        let n_bytes: usize = { before.chars().rev() }
            .take(LONGEST_REST)
            .take_while(|letter| is_in_name(*letter))
            .map(char::len_utf8)
            .sum();
        let name = &before[before.len() - n_bytes..];
        let mut names = WHOLE_NAMES.iter();
        names.any(|known| known.eq_ignore_ascii_case(name))
    })
}

/// Whether the line has what the `Authorization` header holds, as `Bearer x`.
fn has_credentials(line: &str) -> bool {
    ["Bearer ", "bearer ", "Basic ", "basic "]
        .iter()
        .any(|scheme| {
            let mut found = line.match_indices(scheme);
            found.any(|(at, scheme)| {
                let is_whole = !line[..at].ends_with(char::is_alphanumeric);
                let rest = line[at + scheme.len()..].trim_start();
                is_whole
                    && rest.starts_with(|letter: char| {
                        letter.is_alphanumeric() || "+/-_.~".contains(letter)
                    })
            })
        })
}

/// Whether the line has an address with a user in it, as `https://user:password@host`.
fn has_user(line: &str) -> bool {
    let mut addresses = line.split("://").skip(1);
    addresses.any(|rest| {
        let end = rest.find(['/', '?', '#', '"', '\'', ' ', ',', '}']);
        rest[..end.unwrap_or(rest.len())].contains('@')
    })
}

/// Whether the line speaks of a secret in any way.
#[must_use]
pub fn is_mentioned_in(line: &str) -> bool {
    ends_of_names(line, |_| true)
}

fn ends_of_names(line: &str, is_secret: impl Fn(&str) -> bool) -> bool {
    let line = line.to_lowercase();
    NAMES.iter().any(|name| {
        let mut ends = line.match_indices(name).map(|(at, name)| at + name.len());
        ends.any(|end| is_secret(&line[end..]))
    })
}

/// The error, which shows neither its line nor anything that it quotes if `is_secret` says so of the line in `text`.
#[must_use]
pub fn hidden_where(
    diagnostic: Diagnostic,
    text: &str,
    is_secret: impl Fn(&str) -> bool,
) -> Diagnostic {
    let number = diagnostic.place.line();
    let above = number.map_or(0, |number| number.saturating_sub(1));
    let line = text.lines().nth(above).filter(|_| number.is_some());
    if line.is_some_and(|line| is_secret(line) || is_below_a_secret(text, above)) {
        hidden(diagnostic)
    } else {
        diagnostic
    }
}

/// Whether the line after so many belongs to something above that is called like a secret. YAML writes a text of
/// several lines indented below its name. A wrong indentation is a common mistake, so the next line counts wherever it
/// begins.
pub fn is_below_a_secret(text: &str, n_above: usize) -> bool {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut limit = text.lines().nth(n_above).map_or(0, depth);
    let above: Vec<&str> = text.lines().take(n_above).collect();
    let mut above = above.into_iter().rev();
    let mut is_next = true;
    above.any(|line| {
        if line.trim().is_empty() {
            return false;
        }
        let goes_on = is_next && line.trim_end().ends_with([':', '|', '>', '-', '+']);
        let is_outside = depth(line) < limit;
        limit = limit.min(depth(line));
        is_next = false;
        (goes_on || is_outside) && is_named_in(line)
    })
}

/// The error without its line, and without anything that it quotes.
#[must_use]
pub fn hidden(diagnostic: Diagnostic) -> Diagnostic {
    let Diagnostic {
        what, place, fix, ..
    } = diagnostic;
    let fix = place
        .line_shown()
        .map_or_else(|| fix.clone(), |line| without_parts_of(line, &fix));
    Diagnostic::new(without_values(&what), place.masked(), fix)
}

/// The words of an error without what they quote from the file. The name of a missing setting is not in the file.
fn without_values(what: &str) -> String {
    const MISSING: &str = "missing field `";
    let missing = what.strip_prefix(MISSING);
    let (name, rest) = missing.and_then(|rest| rest.split_once('`')).unzip();
    let hidden = without_quotes(&without_quotes(rest.unwrap_or(what), '`'), '"');
    name.map_or_else(
        || hidden.clone(),
        |name| format!("{MISSING}{name}`{hidden}"),
    )
}

/// The fix without what it quotes from the line. What it quotes from elsewhere is no secret.
fn without_parts_of(line: &str, fix: &str) -> String {
    let parts: Vec<&str> = fix.split('`').collect();
    let is_quoted = |at: usize| at % 2 == 1;
    // A part may be put together from the line's words, as the line of a step that is missing.
    let is_in_line = |part: &str| {
        let mut words = part.split(|letter: char| !letter.is_alphanumeric());
        words.any(|word| word.len() > 1 && line.contains(word))
    };
    let mut numbered = parts.iter().enumerate();
    if !numbered.any(|(at, part)| is_quoted(at) && is_in_line(part)) {
        return fix.to_owned();
    }
    // With such a quote in the line, nobody can tell which parts of the fix are quoted.
    if line.contains('`') {
        return without_quotes(fix, '`');
    }
    let shown: Vec<&str> = { parts.iter().enumerate() }
        .map(|(at, part)| {
            if is_quoted(at) && is_in_line(part) {
                "…"
            } else {
                *part
            }
        })
        .collect();
    shown.join("`")
}

/// The words, with a sign in place of everything from the first to the last of these quotes.
fn without_quotes(words: &str, quote: char) -> String {
    let Some((before, rest)) = words.split_once(quote) else {
        return words.to_owned();
    };
    // A quotation without an end goes on to the end.
    let after = rest.rsplit_once(quote).map_or("", |(_, after)| after);
    format!("{before}{quote}…{quote}{after}")
}

#[cfg(test)]
mod tests {
    use diagnostics::Place;

    use super::*;

    #[test]
    fn a_secret_is_known_by_its_name() {
        for line in [
            "  password: x",
            "{\"Password\":\"x\"}",
            "SECRET_KEY=x",
            "  - http: {headers: {Set-Cookie: 'x'}}",
            "get: /login?user=a&token=x",
            "{\"frame\":\"{\\\"api_key\\\":\\\"x\\\"}\"}",
            "base: https://alice:x@host/",
            "pwd=x",
            "  pass: x",
            "{PIN: 1, a: b}",
            "{\"x-session\": \"x\"}",
            "  - open: {at: alice, headers: {X-Key: x}}",
            "key=x",
            "X: Bearer x",
            "- 'Basic eDp5'",
        ] {
            assert!(is_named_in(line), "{line}");
        }
        for line in [
            "",
            "- log: {lacks: secrets}",
            "name: {session_cookie}",
            "- login: alice",
            "spin: 3",
            "bypass: 3",
            "keys: 3",
            "headers: {X: '{alice.session}'}",
            "at: Basic",
            "base: http://host/@alice",
        ] {
            assert!(!is_named_in(line), "{line}");
        }
        assert!(is_mentioned_in("[--token, x]") && !is_mentioned_in("[--name, x]"));
    }

    #[test]
    fn an_error_in_a_secret_line_quotes_nothing() {
        let text = "a: 1\npassword: s3cret\n";
        let wrong = |line: usize, what: &str| {
            let place = Place::word("a file", text, line, 1);
            let wrong = Diagnostic::new(what, place, "fix it").label("s3cret");
            hidden_where(wrong, text, is_named_in).to_string()
        };
        for what in [
            "`s3cret` is no number",
            "invalid type: string \"s3cret\", expected a number",
            "unexpected character: `s3cret'",
            "unknown name `s3cret`, expected one of `a` and `b`",
        ] {
            let shown = wrong(2, what);
            assert!(!shown.contains("s3cret"), "{shown}");
            assert!(shown.contains("--> a file:2:1\n"), "{shown}");
        }
        assert!(wrong(2, "missing field `page`").contains("error: missing field `page`\n"));
        let place = Place::word("a file", text, 2, 1);
        let fix = "write `s3cret` or `x`, above `{action: s3cret}`";
        let shown = hidden_where(Diagnostic::new("wrong", place, fix), text, is_named_in);
        assert!(
            shown
                .to_string()
                .contains("= fix: write `…` or `x`, above `…`"),
            "{shown}"
        );
        assert!(wrong(1, "`x` is no number").contains("1 | a: 1"));
    }

    #[test]
    fn a_secret_of_several_lines_is_not_shown_either() {
        let shown = |text: &str, line: usize| {
            let wrong = Diagnostic::new("wrong", Place::word("a file", text, line, 1), "fix it");
            hidden_where(wrong, text, is_named_in).to_string()
        };
        for (text, line) in [
            ("password: |\n  first\n\n  s3cret\nb: 1\n", 4),
            ("password:\n  s3cret\n", 2),
            ("password: >-\ns3cret: }\n", 2),
            ("tokens:\n  - a\n  - s3cret\n", 3),
        ] {
            assert!(!shown(text, line).contains("s3cret"), "{text}");
        }
        assert!(shown("password: |\n  s3cret\nb: 1\n", 3).contains("b: 1"));
        assert!(shown("password: x\nb: 1\n", 2).contains("b: 1"));
    }
}
