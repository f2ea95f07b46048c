//! A frame as a list of values, each with its path.

use serde_json::Value;

/// Headers with a time: they always differ, and say nothing about a user.
const OF_THE_MOMENT: [&str; 1] = ["date"];

/// A path and the value there: `$[1].text`, `status`, `header etag`, `line 3`.
pub(crate) type Leaf = (String, String);

/// The values in the arguments of a Socket.IO packet, without the event's name.
pub(crate) fn of_packet(frame: &str) -> Vec<Leaf> {
    let json = frame.find('[').map(|at| &frame[at..]).unwrap_or_default();
    let mut leaves = Vec::new();
    match serde_json::from_str(json) {
        Ok(Value::Array(arguments)) => {
            for (index, argument) in arguments.iter().enumerate().skip(1) {
                walk(&format!("$[{index}]"), argument, &mut leaves);
            }
        }
        _ => leaves.push(("$".to_owned(), frame.to_owned())),
    }
    leaves
}

/// The values of an answer: its status, headers and body, or an acknowledgement's arguments.
pub(crate) fn of_answer(frame: &str) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    let Some((head, body)) = frame.split_once("\n\n") else {
        let json = frame.find('[').map(|at| &frame[at..]).unwrap_or(frame);
        of_text(json, &mut leaves);
        return leaves;
    };
    for (index, line) in head.lines().enumerate() {
        match line.split_once(": ") {
            _ if index == 0 => leaves.push(("status".to_owned(), line.to_owned())),
            Some((name, _)) if OF_THE_MOMENT.contains(&name) => {}
            Some((name, value)) => leaves.push((format!("header {name}"), value.to_owned())),
            None => leaves.push((format!("header {line}"), String::new())),
        }
    }
    of_text(body, &mut leaves);
    leaves
}

fn of_text(text: &str, leaves: &mut Vec<Leaf>) {
    match serde_json::from_str::<Value>(text) {
        Ok(json) => walk("$", &json, leaves),
        Err(_) => {
            let lines = text.lines().enumerate();
            leaves.extend(
                lines.map(|(index, line)| (format!("line {}", index + 1), line.to_owned())),
            );
        }
    }
}

fn walk(path: &str, value: &Value, leaves: &mut Vec<Leaf>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(&format!("{path}[{index}]"), item, leaves);
            }
        }
        Value::Object(entries) => {
            for (name, value) in entries {
                walk(&format!("{path}.{name}"), value, leaves);
            }
        }
        Value::String(text) => leaves.push((path.to_owned(), text.clone())),
        other => leaves.push((path.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(leaves: &[Leaf], expected: &[(&str, &str)]) {
        let leaves: Vec<(&str, &str)> = leaves
            .iter()
            .map(|(path, value)| (path.as_str(), value.as_str()))
            .collect();
        assert_eq!(leaves, expected);
    }

    #[test]
    fn a_packet_is_its_arguments() {
        check(
            &of_packet("42[\"popup\",{\"info\":\"a\"},{\"seq\":3,\"action\":null}]"),
            &[
                ("$[1].info", "a"),
                ("$[2].seq", "3"),
                ("$[2].action", "null"),
            ],
        );
        check(&of_packet("42[\"x\"]"), &[]);
        check(&of_packet("no packet"), &[("$", "no packet")]);
        check(&of_packet("42[\"cut"), &[("$", "42[\"cut")]);
    }

    #[test]
    fn an_answer_is_its_status_headers_and_body() {
        check(
            &of_answer("HTTP 200 OK\ndate: now\netag: 7\nodd\n\n{\"ids\":[1,2]}"),
            &[
                ("status", "HTTP 200 OK"),
                ("header etag", "7"),
                ("header odd", ""),
                ("$.ids[0]", "1"),
                ("$.ids[1]", "2"),
            ],
        );
        check(
            &of_answer("HTTP 404\n\nnot\nfound"),
            &[
                ("status", "HTTP 404"),
                ("line 1", "not"),
                ("line 2", "found"),
            ],
        );
        check(&of_answer("430[{\"ok\":true}]"), &[("$[0].ok", "true")]);
        check(&of_answer("as it is"), &[("line 1", "as it is")]);
    }
}
