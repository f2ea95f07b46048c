//! Values as YAML in one line. What could be read as anything but itself is quoted as JSON, which YAML reads as well.

use serde_json::{Map, Value};

/// Words that are no texts without quotes.
const WORDS: [&str; 9] = [
    "true", "false", "null", "yes", "no", "on", "off", "none", "nan",
];

/// A text.
#[must_use]
pub fn scalar(text: &str) -> String {
    let is_inside = |sign: char| {
        sign.is_ascii_alphanumeric() || matches!(sign, '_' | '/' | '.' | '-' | ' ' | '$')
    };
    let is_first = |sign: char| sign.is_ascii_alphabetic() || matches!(sign, '/' | '_');
    let is_plain = text.starts_with(is_first)
        && text.chars().all(is_inside)
        && !text.ends_with(' ')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// In quotes. YAML takes no control characters there, of which JSON writes some as they are.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for sign in Value::from(text).to_string().chars() {
        match sign {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(sign)));
            }
            _ => quoted.push(sign),
        }
    }
    quoted
}

/// A value.
#[must_use]
pub fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => map(entries),
        other => other.to_string(),
    }
}

/// A map.
#[must_use]
pub fn map(entries: &Map<String, Value>) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|(key, value)| format!("{}: {}", scalar(key), flow(value)))
        .collect();
    format!("{{{}}}", entries.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was() {
        for value in [
            json!("a text"),
            json!("on"),
            json!(""),
            json!(" x"),
            json!("a: b"),
            json!("{user}"),
            json!("- x"),
            json!({"a b": ["{marker}", 1, null, true, {"c,d": "#x"}]}),
            json!("1"),
            json!("é\u{7f}\u{2028}\"\\"),
            json!("x "),
            json!("~"),
            json!("0x1"),
            json!("2020-01-01"),
            json!("NaN"),
            json!(".inf"),
            json!("e1"),
        ] {
            let text = format!("x: {}", flow(&value));
            let read = crate::node::read(&text)
                .unwrap_or_else(|wrong| panic!("{text}: {}", wrong.message));
            assert_eq!(read.json()["x"], value, "{text}");
        }
    }
}
