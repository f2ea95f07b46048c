use proptest::prelude::*;
use serde_json::json;

use super::engine_io::{self, Handshake};
use super::socket_io::{Kind, Packet, msgpack, text};
use super::{ReadError, WriteError, engine_io3};
use crate::bounds::{ATTACHMENTS, NAME};
use crate::frame::Frame;

fn packet(namespace: &str, kind: Kind) -> Packet {
    Packet {
        namespace: namespace.to_owned(),
        kind,
    }
}

fn event(name: &str, arguments: &serde_json::Value, id: Option<u64>) -> Kind {
    Kind::Event {
        name: name.to_owned(),
        arguments: arguments.as_array().cloned().expect("an array"),
        id,
    }
}

#[test]
fn each_text_packet_is_what_it_says() {
    let cases = [
        ("0", packet("/", Kind::Connect(None)), 0),
        (
            r#"0/chat,{"sid":"a"}"#,
            packet("/chat", Kind::Connect(Some(json!({"sid": "a"})))),
            0,
        ),
        ("1", packet("/", Kind::Disconnect), 0),
        ("1/chat", packet("/chat", Kind::Disconnect), 0),
        ("1/chat,", packet("/chat", Kind::Disconnect), 0),
        (r#"2["a"]"#, packet("/", event("a", &json!([]), None)), 0),
        (
            r#"2/a,7["b",1,"x,y"]"#,
            packet("/a", event("b", &json!([1, "x,y"]), Some(7))),
            0,
        ),
        (r#"2[5,1]"#, packet("/", event("5", &json!([1]), None)), 0),
        (
            "312[]",
            packet(
                "/",
                Kind::Ack {
                    id: 12,
                    arguments: Vec::new(),
                },
            ),
            0,
        ),
        (
            r#"4{"message":"no"}"#,
            packet("/", Kind::Refused(json!({"message": "no"}))),
            0,
        ),
        (r#"4"no""#, packet("/", Kind::Refused(json!("no"))), 0),
        (
            r#"52-/f,1["b",{}]"#,
            packet("/f", event("b", &json!([{}]), Some(1))),
            2,
        ),
    ];
    for (text, packet, n_attachments) in cases {
        assert_eq!(text::parse(text), Ok((packet, n_attachments)), "{text}");
    }
}

#[test]
fn what_is_no_text_packet_is_said_to_be_none() {
    let texts = [
        "",
        "7",
        "é",
        "2",
        "2[]",
        "2[{}]",
        "2{\"a\":1}",
        "3[]",
        "4",
        "5[\"a\"]",
        "5x-[\"a\"]",
        "5-[\"a\"]",
        "299999999999999999999[\"a\"]",
        "2[\"a\"",
        "0{",
    ];
    for text in texts {
        assert!(text::parse(text).is_err(), "{text}");
    }
}

#[test]
fn each_bound_says_what_was_exceeded() {
    let many = format!("5{}-[\"a\"]", ATTACHMENTS + 1);
    let long_event = format!("2[\"{}\"]", "x".repeat(NAME + 1));
    let long_namespace = format!("1/{},", "x".repeat(NAME + 1));
    for (text, words) in [
        (many, "attachments: more than 1000"),
        (long_event, "bytes of an event's name: more than 4096"),
        (long_namespace, "bytes of a namespace: more than 4096"),
    ] {
        let error = text::parse(&text).map(|_| ()).expect_err(words);
        assert_eq!(error.to_string(), words);
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let write = |namespace: &str, argument| {
        text::write(packet(namespace, event("a", &json!([argument]), None))).map(|_| ())
    };
    let wrong = json!({"$binary": "?"});
    assert!(matches!(write("/", wrong), Err(WriteError::Base64(_))));
    for namespace in ["", "chat", "/a,b"] {
        let written = write(namespace, json!(1));
        assert!(
            matches!(written, Err(WriteError::Namespace(_))),
            "{namespace}"
        );
    }
    let deep = (0..200).fold(json!(1), |value, _| json!([value]));
    assert!(matches!(
        write("/", deep.clone()),
        Err(WriteError::Bound(_))
    ));
    let written = msgpack::write(packet("/", event("a", &json!([deep]), None)));
    assert!(matches!(written, Err(WriteError::Bound(_))));
}

#[test]
fn a_message_pack_of_the_javascript_parser_is_read() {
    // What socket.io-msgpack-parser 3.0.2 sends for `emit("bin", Buffer, [Date, undefined, f32])` with id 3.
    let data = rmpv::Value::Array(vec![
        "bin".into(),
        rmpv::Value::Binary(b"one".to_vec()),
        rmpv::Value::Array(vec![
            rmpv::Value::Ext(0, vec![0; 8]),
            rmpv::Value::Ext(0, vec![0]),
            rmpv::Value::F32(1.5),
        ]),
    ]);
    let map = rmpv::Value::Map(vec![
        ("type".into(), 2.into()),
        ("data".into(), data),
        ("id".into(), rmpv::Value::F64(3.0)),
        ("nsp".into(), "/chat".into()),
    ]);
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &map).expect("a vector takes every byte");
    // A float is no id, as in the parser's own check of integers it would be one; JavaScript never writes it so.
    assert_eq!(msgpack::parse(&bytes), Err(ReadError::Body("acknowledged")));
    let bytes: Vec<u8> = {
        let at = bytes
            .windows(9)
            .position(|part| part == [0xcb, 0x40, 0x08, 0, 0, 0, 0, 0, 0])
            .expect("the id");
        [&bytes[..at], &[3], &bytes[at + 9..]].concat()
    };
    let date = json!({"$extension": 0, "$binary": "AAAAAAAAAAA="});
    let arguments = json!([{"$binary": "b25l"}, [date, null, 1.5]]);
    assert_eq!(
        msgpack::parse(&bytes),
        Ok(packet("/chat", event("bin", &arguments, Some(3))))
    );
}

#[test]
fn a_message_pack_without_an_end_is_no_packet() {
    for bytes in [
        &[][..],
        &[0xc1],
        &[0xdd, 0xff, 0xff, 0xff, 0xff],
        &[0xc6, 0xff, 0xff, 0xff, 0xff],
        &[0x81, 0xa1],
        &[0x90; 100_000],
        &[0x91; 100_000],
        &[0x80, 0x80],
    ] {
        assert!(msgpack::parse(bytes).is_err());
    }
}

#[test]
fn engine_io_packets_are_read() {
    let open = r#"0{"sid":"a","upgrades":["websocket"],"pingInterval":25000}"#;
    assert_eq!(
        engine_io::Packet::parse(open),
        Ok(engine_io::Packet::Open(Handshake {
            sid: "a".to_owned(),
            upgrades: vec!["websocket".to_owned()],
        }))
    );
    let cases = [
        ("1", engine_io::Packet::Close),
        ("2probe", engine_io::Packet::Ping("probe")),
        ("3probe", engine_io::Packet::Pong("probe")),
        ("42[]", engine_io::Packet::Message("2[]")),
        ("5", engine_io::Packet::Upgrade),
        ("6", engine_io::Packet::Noop),
    ];
    for (text, packet) in cases {
        assert_eq!(packet.write(), text);
        assert_eq!(engine_io::Packet::parse(text), Ok(packet));
    }
    for text in ["", "7", "b", "é", "0", "0{}", "0{\"sid\":1}"] {
        assert!(engine_io::Packet::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_part_of_a_body_that_is_no_base64_is_alone_in_that() {
    let parts: Vec<_> = engine_io::packets("2\u{1e}b?\u{1e}bQUI\u{1e}bQUI=").collect();
    let ab = || Ok(Frame::Binary(b"AB".to_vec().into()));
    assert_eq!(parts.len(), 4);
    assert_eq!(parts[0], Ok(Frame::text("2")));
    assert!(matches!(&parts[1], Err((ReadError::Base64(_), "b?"))));
    assert_eq!(parts[2], ab());
    assert_eq!(parts[3], ab());
}

#[test]
fn engine_io_3_is_known_by_its_lengths() {
    for body in [
        &b"97:0{\"sid\":\"a\"}2:40"[..],
        b"\x00\x09\x07\xff0{\"sid\":\"a\"}",
    ] {
        assert!(engine_io3::is_body(body));
    }
    for body in [
        &b"0{\"sid\":\"a\"}"[..],
        b"",
        b"2",
        b"97:40",
        b"\x00\xff0{",
        b"42[\"1:0{\"]",
        b"<!doctype html>",
    ] {
        assert!(!engine_io3::is_body(body), "{body:?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "[0-7]?[0-9]{0,3}[-/a,\\[\\]{}\":_]{0,6}\\PC{0,20}") {
        let _ = text::parse(&text);
        let _ = engine_io::Packet::parse(&text);
        let _ = engine_io::packets(&text).count();
        let _ = engine_io3::is_body(text.as_bytes());
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = msgpack::parse(&bytes);
        let _ = engine_io3::is_body(&bytes);
    }

    #[test]
    fn a_body_gives_back_its_frames(
        frames in proptest::collection::vec(
            prop_oneof![
                "[0-6][a-z ]{0,9}".prop_map(Frame::Text),
                proptest::collection::vec(any::<u8>(), 0..9)
                    .prop_map(|bytes| Frame::Binary(bytes.into())),
            ],
            1..5,
        )
    ) {
        let body = engine_io::body(&frames);
        let read: Result<Vec<_>, _> = engine_io::packets(&body).collect();
        prop_assert_eq!(read, Ok(frames));
    }
}
