//! The parts of what is no event of Socket.IO: a raw frame, and a message of a stream. What they are called, as the file
//! says or as a browser would.

use serde_json::Value;
use targets::file::socket::{self, Each, FrameName};
use targets::language::came::Came;

/// What an event is called that neither its frame nor its stream gives a name.
const NAMELESS: &str = "answer";
/// What a browser calls an event of a stream without a name.
const USUAL: &str = "message";

/// A message of a stream: the name in its frame comes before that of the stream, which many servers always give.
pub(crate) fn parse_message(
    frame: Option<&socket::Frame>,
    event: Option<&str>,
    data: &str,
) -> Came {
    let mut came = parse_frame(frame, data);
    let is_named = frame.is_some_and(|frame| frame.event.is_some());
    let is_nameless = came.event.as_deref() == Some(NAMELESS);
    if let Some(event) = event
        && (!is_named || (is_nameless && event != USUAL))
    {
        came.event = Some(event.to_owned());
    }
    came
}

/// A message of an answer: one that nothing names is the answer itself.
pub(crate) fn parse_answer(frame: Option<&socket::Frame>, event: Option<&str>, data: &str) -> Came {
    let mut came = parse_message(frame, event, data);
    let has_names = frame.is_some_and(|frame| frame.event.is_some());
    if event.is_none() && !has_names {
        came.event = Some(NAMELESS.to_owned());
    }
    came
}

/// The messages of a frame that holds several; none where the file does not say so, or it holds none. What stands
/// around them comes first, so that nothing of the frame stays unseen.
pub(crate) fn messages(frame: Option<&socket::Frame>, raw: &str) -> Vec<String> {
    let each = match frame.and_then(|frame| frame.each.as_ref()) {
        None => return Vec::new(),
        Some(Each::Split(split)) => {
            let all = raw.split(split.as_str()).filter(|one| !one.is_empty());
            return all.map(str::to_owned).collect();
        }
        Some(Each::At(place)) => place,
    };
    let value = serde_json::from_str(raw).unwrap_or_else(|_| Value::from(raw));
    let whole = Came {
        frame: Some(value),
        ..Came::default()
    };
    // The members of an object are no messages.
    let is_object = whole.frame.as_ref().is_some_and(Value::is_object);
    if is_object && each.to_string() == "/*" {
        return Vec::new();
    }
    let found = each.all(&whole);
    // Only of a list whose elements they are is there nothing else.
    let list = whole.frame.as_ref().and_then(Value::as_array);
    let has_more = !found.is_empty() && list != Some(&found);
    let around = has_more.then(|| raw.to_owned());
    let each = found.into_iter().map(|message| match message {
        Value::String(text) => text,
        message => message.to_string(),
    });
    around.into_iter().chain(each).collect()
}

/// The parts of a raw frame.
pub(crate) fn parse_frame(frame: Option<&socket::Frame>, raw: &str) -> Came {
    let value = serde_json::from_str(raw).unwrap_or_else(|_| Value::from(raw));
    let mut came = Came {
        frame: Some(value.clone()),
        ..Came::default()
    };
    let Some(frame) = frame else {
        came.event = Some(USUAL.to_owned());
        return came;
    };
    let name = match &frame.event {
        Some(FrameName::Fixed(name)) => Some(name.clone()),
        Some(FrameName::Place(place)) => {
            let found = place.first(&came);
            found.and_then(|name| name.as_str().map(str::to_owned))
        }
        None => Some(USUAL.to_owned()),
    };
    let data = frame.data.as_ref().and_then(|data| data.first(&came));
    came.event = Some(name.unwrap_or_else(|| NAMELESS.to_owned()));
    came.arguments = vec![data.unwrap_or(value)];
    came
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(frame: &str, event: Option<&str>, data: &str, name: &str) {
        let file = format!(
            "target: x\nlogin: none\nactions: {{}}\nsocket: {{protocol: sse, frame: {frame}}}\n"
        );
        let target = targets::parse(&file).expect("a target");
        let frame = target.sockets[0].1.frame.as_ref();
        let came = parse_message(frame, event, data);
        assert_eq!(
            came.event.as_deref(),
            Some(name),
            "{frame:?} {event:?} {data}"
        );
    }

    #[test]
    fn a_frame_that_is_no_json_has_places() {
        let file = r#"
target: STOMP
login: none
actions: {}
socket:
  protocol: websocket
  frame: {event: {match: "(?m)^destination:(.+)$"}, data: {match: "\n\n([^\0]*)"}}
"#;
        let target = targets::parse(file).expect("a target");
        let raw = "MESSAGE\ndestination:/topic/notes\nsubscription:0\n\nhello\0";
        let came = parse_frame(target.sockets[0].1.frame.as_ref(), raw);
        assert_eq!(came.event.as_deref(), Some("/topic/notes"));
        assert_eq!(came.arguments, ["hello"]);
    }

    #[test]
    fn a_frame_may_hold_several_messages() {
        #[track_caller]
        fn check(frame: &str, raw: &str, expected: &[&str]) {
            let file = format!(
                "target: x\nlogin: none\nactions: {{}}\nsocket: {{protocol: websocket, frame: {frame}}}\n"
            );
            let target = targets::parse(&file).expect("a target");
            assert_eq!(messages(target.sockets[0].1.frame.as_ref(), raw), expected);
        }
        let list = "{each: /*, event: /type}";
        check(
            list,
            r#"[{"type":"a"},{"type":"b"}]"#,
            &[r#"{"type":"a"}"#, r#"{"type":"b"}"#],
        );
        check(list, r#"["{\"type\":\"a\"}"]"#, &[r#"{"type":"a"}"#]);
        check(list, "[]", &[]);
        check(list, "no JSON", &[]);
        check("{event: /type}", "[1]", &[]);
        check(list, r#"{"type":"a","x":1}"#, &[]);
        let inside = "{each: /all/*, event: /type}";
        let raw = r#"{"of":"x","all":[1]}"#;
        check(inside, raw, &[raw, "1"]);
        check(inside, r#"{"type":"a"}"#, &[]);
        // As many as the list has elements, and still not all of it.
        let raw = r#"[{"by":"x","text":"a"}]"#;
        check("{each: /*/text}", raw, &[raw, "a"]);
        let sockjs = r#"{each: {match: "^a(.*)$", at: /*}, event: /type}"#;
        check(sockjs, "h", &[]);
        let raw = r#"a["{\"type\":\"a\"}"]"#;
        check(sockjs, raw, &[raw, r#"{"type":"a"}"#]);
        let lines = r#"{each: {split: "\n"}, event: /type}"#;
        check(lines, "{}\n{}\n", &["{}", "{}"]);
        check(lines, "{}", &["{}"]);
    }

    #[test]
    fn a_message_has_the_name_in_its_frame_before_that_of_its_stream() {
        let method = "{event: /method}";
        check(method, Some("message"), "{\"method\": \"note\"}", "note");
        check(method, Some("message"), "{\"result\": 1}", "answer");
        check(method, Some("delta"), "{\"result\": 1}", "delta");
        check(method, None, "no JSON", "answer");
        check("{event: said}", None, "{}", "said");
        check("{data: /x}", Some("delta"), "{}", "delta");
        check("{data: /x}", None, "{}", "message");
    }
}
