//! What tells two answers apart, as a predicate of the target file.

use serde_json::Value;
use targets::language::came::Came;

/// Letters of a line that are quoted.
const QUOTED: usize = 60;

/// What the one has and the other has not, in the words of the target file. Values that are secrets are not shown.
pub(crate) fn differ(right: &Came, wrong: &Came) -> Option<String> {
    if right.status != wrong.status {
        return right.status.map(|status| format!("{{status: {status}}}"));
    }
    let header = |came: &Came, name: &str| {
        let mut headers = came.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    let (to, other) = (header(right, "location"), header(wrong, "location"));
    if let Some(to) = to
        && other.as_ref() != Some(&to)
    {
        return Some(format!("{{header: {{location: \"{to}\"}}}}"));
    }
    if let (Some(Value::Object(right)), Some(Value::Object(wrong))) = (right.value(), wrong.value())
    {
        let differs = |(key, value): &(&String, &Value)| match wrong.get(*key) {
            None => true,
            Some(other) => value.is_boolean() && other != *value,
        };
        if let Some((key, value)) = right.iter().find(differs) {
            let wanted = match value {
                Value::Bool(value) => value.to_string(),
                _ => "present".to_owned(),
            };
            return Some(format!("{{/{key}: {wanted}}}"));
        }
    }
    if let (Some(Value::Object(right)), Some(Value::String(_))) = (right.value(), wrong.value())
        && let Some(key) = right.keys().next()
    {
        return Some(format!("{{/{key}: present}}"));
    }
    let known = |name: &String| wrong.cookies.iter().any(|(other, _)| other == name);
    if let Some((name, _)) = right.cookies.iter().find(|(name, _)| !known(name)) {
        return Some(format!("{{cookie: {name}}}"));
    }
    let is_json = |came: &Came| matches!(came.value(), Some(Value::Object(_) | Value::Array(_)));
    if is_json(right) && is_json(wrong) {
        // What is left are values, as a token that each login makes anew.
        return None;
    }
    line_of_its_own(wrong, right).map(|line| format!("{{lacks: '{line}'}}"))
}

/// A line that only the first has.
fn line_of_its_own(one: &Came, other: &Came) -> Option<String> {
    let (one, other) = (one.text(), other.text());
    let lines = one.split(['\n', '>']).map(str::trim);
    let mut own =
        lines.filter(|line| line.len() >= 4 && !other.contains(line) && !has_a_token(line));
    own.next().map(|line| {
        line.chars()
            .take(QUOTED)
            .collect::<String>()
            .replace('\'', "''")
    })
}

/// The least letters and digits of a word that is made at random.
const RANDOM: usize = 16;

/// Whether a word of the line may be a secret, or another one at each time.
fn has_a_token(line: &str) -> bool {
    let mut words = line.split(|letter: char| !letter.is_alphanumeric() && !"-_".contains(letter));
    words.any(|word| word.len() >= RANDOM && word.contains(|letter: char| letter.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, location: &str, body: &str) -> Came {
        let headers = [("location".to_owned(), location.to_owned())];
        Came {
            status: Some(status),
            headers: headers
                .into_iter()
                .filter(|(_, to)| !to.is_empty())
                .collect(),
            body: Some(body.to_owned()),
            ..Came::default()
        }
    }

    #[test]
    fn two_answers_are_told_apart_by_what_one_has() {
        #[track_caller]
        fn check(right: (u16, &str, &str), wrong: (u16, &str, &str), told: Option<&str>) {
            let [right, wrong] = [right, wrong].map(|(status, to, body)| answer(status, to, body));
            assert_eq!(differ(&right, &wrong).as_deref(), told);
        }
        check((303, "/", ""), (200, "", "no"), Some("{status: 303}"));
        check(
            (302, "/", ""),
            (302, "/login", ""),
            Some("{header: {location: \"/\"}}"),
        );
        check(
            (200, "", r#"{"token": "x"}"#),
            (200, "", r#"{"error": "no"}"#),
            Some("{/token: present}"),
        );
        check(
            (200, "", r#"{"ok": true}"#),
            (200, "", r#"{"ok": false}"#),
            Some("{/ok: true}"),
        );
        check(
            (200, "", "<p>welcome"),
            (200, "", "<p>it's wrong"),
            Some("{lacks: 'it''s wrong'}"),
        );
        check((200, "", "same"), (200, "", "same"), None);
        // Tokens that each login makes anew tell nothing apart.
        let (one, other) = (r#"{"token": "x1"}"#, r#"{"token": "x2"}"#);
        check((200, "", one), (200, "", other), None);
        let (one, other) = (
            "<p>csrf 5be24d189f3a0c71",
            "<p>csrf 4d185be20c719f3a\n<p>sorry",
        );
        check((200, "", one), (200, "", other), Some("{lacks: 'sorry'}"));
    }
}
