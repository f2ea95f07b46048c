use proptest::prelude::*;
use serde_json::{Value, json};

use super::{After, Session, write};
use crate::bounds::LONGEST;
use crate::dial::{Parser, Recovery, SocketIo};
use crate::frame::Frame;
use crate::incoming::{EndedBy, Ending, Event, Incoming, Refusal};
use crate::packet::WriteError;
use crate::packet::socket_io::{Kind, Packet};

fn session(parser: Parser) -> Session {
    let how = SocketIo {
        parser,
        ..SocketIo::default()
    };
    Session::new(&how).expect("a plain session")
}

/// What the session says about these frames, each as one word or its reason, and how it ended.
fn heard(session: &mut Session, frames: &[&str]) -> String {
    let mut words = Vec::new();
    for frame in frames {
        let frame = match frame.strip_prefix('b') {
            Some(bytes) => Frame::Binary(bytes.as_bytes().to_vec().into()),
            None => Frame::text(*frame),
        };
        let heard = session.hear(frame);
        words.extend(heard.said.into_iter().map(word));
        words.extend(
            heard
                .answers
                .into_iter()
                .map(|frame| format!("<{}>", frame.into_raw())),
        );
        match heard.after {
            After::GoesOn => {}
            After::Over => words.push("over".to_owned()),
            After::Ends(Ending { by, how, .. }) => words.push(format!("{by:?}: {how}")),
        }
    }
    words.join(" ")
}

fn word(incoming: Incoming) -> String {
    match incoming {
        Incoming::Transport { sid, .. } => format!("transport={sid}"),
        Incoming::Opened(opened) => {
            let recovered = if opened.is_recovered { "!" } else { "" };
            format!("open{}={}{recovered}", opened.namespace, opened.sid)
        }
        Incoming::Event(event) => {
            let Event {
                namespace,
                name,
                arguments,
                id,
                ..
            } = event;
            let id = id.map(|id| format!("#{id}")).unwrap_or_default();
            format!("{namespace}{name}{id}{}", Value::from(arguments))
        }
        Incoming::Ack { id, arguments, .. } => format!("ack#{id}{}", Value::from(arguments)),
        Incoming::Malformed { reason, raw } => format!("({reason}: {raw:?})"),
        Incoming::Refused(Refusal::Namespace {
            namespace, data, ..
        }) => format!("refused{namespace}{data}"),
        Incoming::Left { namespace, .. } => format!("left{namespace}"),
        other => format!("{other:?}"),
    }
}

#[track_caller]
fn check(frames: &[&str], expected: &str) {
    assert_eq!(
        heard(&mut session(Parser::Json), frames),
        expected,
        "{frames:?}"
    );
}

#[test]
fn the_protocol_is_answered_and_the_rest_is_said() {
    check(&[r#"0{"sid":"t"}"#], "transport=t <40>");
    check(&["2", "2x", "3", "6", "5"], "<3> <3x>");
    check(&[r#"40{"sid":"s"}"#], "open/=s");
    check(&[r#"42["a",1,2]"#, r#"421["a"]"#], "/a[1,2] /a#1[]");
    check(&[r#"437[{"ok":true}]"#], r#"ack#7[{"ok":true}]"#);
    check(&["1"], "Server: packet `1`");
    check(&["41"], "Server: packet `41`");
    check(
        &[r#"44{"message":"no"}"#],
        r#"refused/{"message":"no"} over"#,
    );
    check(
        &["40"],
        "Harness: the target speaks Engine.IO 3 (Socket.IO 2), and this client speaks Engine.IO 4 (Socket.IO 3 and later)",
    );
    check(
        &["9", r#"42["a"]"#],
        r#"(unknown packet type in "9": "9") /a[]"#,
    );
}

#[test]
fn attachments_go_to_their_places() {
    let head = r#"452-["a",{"_placeholder":true,"num":1},[{"_placeholder":true,"num":0}]]"#;
    check(
        &[head, "bone", "btwo"],
        r#"/a[{"$binary":"dHdv"},[{"$binary":"b25l"}]]"#,
    );
    check(
        &[r#"461-/c,3[{"_placeholder":true,"num":0}]"#, "b"],
        r#"ack#3[{"$binary":""}]"#,
    );
    // A ping may stand between them.
    check(
        &[r#"451-["a",{"_placeholder":true,"num":0}]"#, "2", "bx"],
        r#"<3> /a[{"$binary":"eA=="}]"#,
    );
    // Where no attachments are announced, a placeholder is what the application said.
    check(
        &[r#"42["a",{"_placeholder":true,"num":0}]"#],
        r#"/a[{"_placeholder":true,"num":0}]"#,
    );
}

#[test]
fn wrong_attachments_are_said_and_lose_nothing() {
    check(
        &["bx", r#"42["a"]"#],
        r#"(a binary frame that no packet announced: "$binary:eA==") /a[]"#,
    );
    check(
        &[r#"452-["a"]"#, "bx", r#"42["c"]"#],
        r#"(1 of 2 attachments came, and no more: "452-[\"a\"]\n$binary:eA==") /c[]"#,
    );
    let twice = r#"451-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]"#;
    let said = heard(&mut session(Parser::Json), &[twice, "bx"]);
    assert!(
        said.starts_with("(attachment 0 does not exist, or stands in two places"),
        "{said}"
    );
    let outside = r#"451-["a",{"_placeholder":true,"num":-1}]"#;
    let said = heard(&mut session(Parser::Json), &[outside, "bx"]);
    assert!(said.contains("does not exist"), "{said}");
}

#[test]
fn attachments_that_are_too_long_together_end_it() {
    let mut session = session(Parser::Json);
    session.hear(Frame::text(r#"453-["a"]"#));
    let half = vec![0; LONGEST / 2];
    assert_eq!(
        session.hear(Frame::Binary(half.clone().into())).after,
        After::GoesOn
    );
    let after = session.hear(Frame::Binary(half.into())).after;
    let how = "bytes of a packet with its attachments: more than 67108864";
    assert_eq!(after, After::Ends(Ending::new(EndedBy::Harness, how)));
    // What came until then is not lost.
    let rest = session.rest().map(word).unwrap_or_default();
    assert!(
        rest.starts_with("(1 of 3 attachments came, and no more"),
        "{rest:.80}"
    );
}

#[test]
fn a_session_lasts_as_long_as_one_of_its_namespaces() {
    let mut session = session(Parser::Json);
    session.asks("/chat".to_owned());
    let frames = [r#"40{"sid":"a"}"#, r#"44/chat,"no""#];
    assert_eq!(heard(&mut session, &frames), r#"open/=a refused/chat"no""#);
    session.asks("/chat".to_owned());
    let frames = [r#"40/chat,{"sid":"b"}"#, "41", "41/chat,"];
    assert_eq!(
        heard(&mut session, &frames),
        "open/chat=b left/ Server: packet `41/chat,`"
    );
}

#[test]
fn recovery_stands_in_the_first_packet() {
    let recovering = |auth| {
        let how = SocketIo {
            auth,
            recovery: Some(Recovery {
                pid: "p".to_owned(),
                offset: "o".to_owned(),
            }),
            ..SocketIo::default()
        };
        Session::new(&how)
    };
    let mut session = recovering(Some(json!({"token": 1}))).expect("an object");
    let frames = [r#"0{"sid":"t"}"#, r#"40{"sid":"s","pid":"p"}"#];
    assert_eq!(
        heard(&mut session, &frames),
        r#"transport=t <40{"pid":"p","offset":"o","token":1}> open/=s!"#
    );
    let mut session = recovering(None).expect("nothing");
    assert_eq!(
        heard(&mut session, &[r#"40{"sid":"s","pid":"q"}"#]),
        "open/=s"
    );
    let wrong = recovering(Some(json!("token"))).map(|_| ());
    assert_eq!(wrong, Err(WriteError::Auth));
}

#[test]
fn text_is_malformed_where_packets_are_message_pack() {
    let mut session = session(Parser::MessagePack);
    let said = heard(&mut session, &[r#"42["a"]"#, "bx"]);
    assert!(
        said.contains("a text message, where packets are MessagePack"),
        "{said}"
    );
    assert!(said.contains("MessagePack"), "{said}");
}

/// JSON as applications send it, with binary in it.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i16>().prop_map(|number| Value::from(f64::from(number) / 4.0)),
        "\\PC{0,9}".prop_map(Value::from),
        proptest::collection::vec(any::<u8>(), 0..9)
            .prop_map(|bytes| crate::binary::value_of(&bytes)),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map("[a-z]{1,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn parser() -> impl Strategy<Value = Parser> {
    prop_oneof![Just(Parser::Json), Just(Parser::MessagePack)]
}

fn frame() -> impl Strategy<Value = Frame> {
    let binary = proptest::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        "4[0-6]([0-3]-)?(/a,)?[0-9]?(\\[\"a\"(,\\{\"_placeholder\":true,\"num\":[0-3]\\}){0,3}\\])?"
            .prop_map(Frame::Text),
        "\\PC{0,20}".prop_map(Frame::Text),
        binary.prop_map(|bytes| Frame::Binary(bytes.into())),
    ]
}

/// The raw form of what was said.
fn raw(incoming: &Incoming) -> &str {
    match incoming {
        Incoming::Transport { raw, .. }
        | Incoming::Ack { raw, .. }
        | Incoming::Malformed { raw, .. }
        | Incoming::Left { raw, .. }
        | Incoming::Refused(Refusal::Namespace { raw, .. }) => raw,
        Incoming::Opened(opened) => &opened.raw,
        Incoming::Event(event) => &event.raw,
        _ => "",
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        parser in parser(),
        namespace in "/[a-z]{0,5}",
        name in "\\PC{0,9}",
        arguments in proptest::collection::vec(value(), 0..4),
        id in proptest::option::of(any::<u64>()),
        is_ack in any::<bool>(),
    ) {
        let kind = match (is_ack, id) {
            (true, Some(id)) => Kind::Ack { id, arguments: arguments.clone() },
            _ => Kind::Event { name: name.clone(), arguments: arguments.clone(), id },
        };
        let packet = Packet { namespace: namespace.clone(), kind };
        let frames = write(parser, packet).expect("a packet");
        let mut session = session(parser);
        let said: Vec<Incoming> = frames
            .into_iter()
            .flat_map(|frame| session.hear(frame).said)
            .collect();
        prop_assert_eq!(said.len(), 1);
        match &said[0] {
            Incoming::Event(event) => {
                prop_assert_eq!(&event.namespace, &namespace);
                prop_assert_eq!(&event.name, &name);
                prop_assert_eq!(&event.arguments, &arguments);
                prop_assert_eq!(event.id, id);
            }
            Incoming::Ack { id: of, arguments: answer, .. } => {
                prop_assert_eq!((Some(*of), answer), (id, &arguments));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn every_message_is_said_as_it_came(
        parser in parser(),
        frames in proptest::collection::vec(frame(), 1..12),
    ) {
        let mut session = session(parser);
        let (mut came, mut said) = (Vec::new(), String::new());
        for frame in frames {
            let raw_form = frame.clone().into_raw();
            let is_message = matches!(&frame, Frame::Binary(_)) || raw_form.starts_with('4');
            let heard = session.hear(frame);
            for incoming in &heard.said {
                said.push_str(raw(incoming));
            }
            if heard.after != After::GoesOn {
                // It ended with this frame, whose words are in the ending.
                break;
            }
            if is_message {
                came.push(raw_form);
            }
        }
        // What still waits for attachments is given up at the end.
        if let Some(incoming) = session.rest() {
            said.push_str(raw(&incoming));
        }
        for frame in came {
            prop_assert!(said.contains(&frame), "{frame:?} is not in {said:?}");
        }
    }
}
