//! What came, as it is shown to the author of a target file: which places it has, and no secret.

use reading::secret;
use serde_json::Value;
use targets::language::came::Came;

/// Places of an answer that are named in a message.
const SHOWN: usize = 8;
/// Bytes of a page's words that are looked at; far fewer are shown.
const PAGE: usize = 1000;

/// What came, in a few words. Where it may hold a secret, only its places.
pub(crate) fn shown(came: &Came) -> String {
    let text = came.text();
    if text.trim_start().starts_with('<') {
        let page = Came {
            body: Some(words_of(&text)),
            ..came.clone()
        };
        return page.told();
    }
    if !secret::is_named_in(&text) {
        return came.told();
    }
    let bare = Came {
        status: came.status,
        event: came.event.clone(),
        close: came.close.clone(),
        ..Came::default()
    };
    format!("{}, {}", bare.told(), listed(&places(came), "no JSON"))
}

/// The words of a page, without its tags. What stands in its form is no secret: it is what a browser shows.
fn words_of(page: &str) -> String {
    let mut words = String::new();
    for piece in page.split('<') {
        let shown = piece.split_once('>').map_or("", |(_, shown)| shown);
        words.push_str(shown);
        words.push(' ');
        if words.len() > PAGE {
            break;
        }
    }
    words
}

/// The first of these, in one line.
pub(crate) fn listed(all: &[String], none: &str) -> String {
    if all.is_empty() {
        return none.to_owned();
    }
    let mut told = all[..all.len().min(SHOWN)].join(", ");
    if all.len() > SHOWN {
        told.push_str(&format!(" and {} more", all.len() - SHOWN));
    }
    told
}

/// Every place with a text, a number, true or false in the value that `/p` looks into.
pub(crate) fn places(came: &Came) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(value) = came.value() {
        leaves(&value, &mut String::new(), &mut |at, _| {
            let at = if at.is_empty() { "/" } else { at }.to_owned();
            if !all.contains(&at) {
                all.push(at);
            }
        });
    }
    // A body that is no JSON is one text, and no place leads into it.
    all.retain(|at| at != "/");
    all
}

/// Nesting that is looked into, and places of one value that are.
const DEEP: usize = 64;
const MANY: usize = 100_000;

/// Hands out each place of a value and what stands there. Entries of a list are one place, as `/players/*`.
pub(crate) fn leaves(value: &Value, at: &mut String, see: &mut dyn FnMut(&str, &Value)) {
    let mut left = MANY;
    walk(value, at, DEEP, &mut left, see);
}

fn walk(
    value: &Value,
    at: &mut String,
    deep: usize,
    left: &mut usize,
    see: &mut dyn FnMut(&str, &Value),
) {
    if *left == 0 || deep == 0 {
        return;
    }
    *left -= 1;
    let length = at.len();
    let mut inside = |key: &str, value: &Value| {
        at.push('/');
        at.push_str(key);
        walk(value, at, deep - 1, left, see);
        at.truncate(length);
    };
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                inside(&key.replace('~', "~0").replace('/', "~1"), value);
            }
        }
        Value::Array(items) => items.iter().for_each(|value| inside("*", value)),
        // A string may hold JSON itself.
        Value::String(text) if text.starts_with(['{', '[']) => match serde_json::from_str(text) {
            Ok(Value::String(_)) | Err(_) => see(at, value),
            Ok(inner) => walk(&inner, at, deep - 1, left, see),
        },
        _ => see(at, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Came {
        Came {
            status: Some(200),
            body: Some(body.to_owned()),
            ..Came::default()
        }
    }

    #[test]
    fn an_answer_is_shown_without_its_secrets() {
        #[track_caller]
        fn check(body: &str, told: &str) {
            assert_eq!(shown(&answer(body)), told);
        }
        check(r#"{"user": "alice"}"#, r#"status 200, `{"user": "alice"}`"#);
        check(
            r#"{"access_token": "s3cret", "user": {"id": 7}}"#,
            "status 200, /access_token, /user/id",
        );
        check("token=s3cret", "status 200, no JSON");
        check(
            "<!DOCTYPE html><h1>Error</h1> <pre token=x>Cannot GET /ws/</pre>",
            "status 200, `Error Cannot GET /ws/`",
        );
        check("wrong password", "status 200, `wrong password`");
    }

    #[test]
    fn the_places_of_an_answer_are_those_with_a_value() {
        let body = r#"{"a": {"b": 1}, "c": [{"d": "x"}, {"d": "y"}], "e": "{\"f\": true}"}"#;
        assert_eq!(places(&answer(body)), ["/a/b", "/c/*/d", "/e/f"]);
        assert!(places(&answer("hello")).is_empty());
        let many: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        assert_eq!(listed(&many, "none"), "0, 1, 2, 3, 4, 5, 6, 7 and 12 more");
    }
}
