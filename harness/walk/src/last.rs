//! How far a tab has heard, where the file says that it comes back by the number of an event.

use serde_json::Value;
use targets::Target;
use targets::file::socket::ResumeBy;
use targets::language::came::Came;

/// What `{last}` is after this came over a socket; nothing where it has no number.
pub(crate) fn last(target: &Target, socket: &str, came: &Came) -> Option<Value> {
    let sockets = target.sockets.iter().filter(|(name, _)| name == socket);
    let mut resumes = sockets.flat_map(|(_, socket)| &socket.resume);
    resumes.find_map(|resume| {
        let ResumeBy::Last { places, plus } = &resume.by else {
            return None;
        };
        let last = places.iter().find_map(|place| place.first(came))?;
        let further = last.as_u64().map(|last| last.saturating_add(*plus));
        Some(further.map_or(last, Value::from))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_number_counts_and_so_many_more() {
        let text = "target: x\nlogin: none\nactions: {}\nsocket: {resume: [connection-state, {last: [$2/seq, {event: ready, at: /seq}], plus: 1}]}\n";
        let target = targets::parse(text).expect("a target");
        let after = |event: &str, arguments: Value| {
            let came = Came {
                event: Some(event.to_owned()),
                arguments: arguments.as_array().expect("a list").clone(),
                ..Came::default()
            };
            last(&target, "", &came)
        };
        assert_eq!(after("a", json!([{}, { "seq": 4 }])), Some(json!(5)));
        assert_eq!(after("ready", json!([{ "seq": 7 }])), Some(json!(8)));
        assert_eq!(
            after("a", json!([{}, { "seq": "4-0" }])),
            Some(json!("4-0"))
        );
        assert_eq!(after("a", json!([{ "seq": 7 }])), None);
        assert_eq!(last(&target, "other", &Came::default()), None);
    }
}
