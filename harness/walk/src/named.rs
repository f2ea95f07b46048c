//! The parts of what is no event of Socket.IO: a raw frame, and a message of a stream. What they are called, as the file
//! says or as a browser would.

use serde_json::Value;
use targets::file::socket::{self, FrameName};
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
