//! A marker is found in each way in which text is written.

use proptest::prelude::*;

use super::{found, marker};
use crate::marker::layout::PREVIEW;
use crate::marker::{Marker, Owners, Previews, named, traces};
use crate::name::UserName;

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let characters = bytes.chunks(3).flat_map(|three| {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        (0..=three.len()).map(move |i| BASE64[(bits >> (18 - 6 * i) & 63) as usize])
    });
    let mut text: String = characters.map(char::from).collect();
    text.push_str(["", "==", "="][bytes.len() % 3]);
    text
}

fn each(text: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect()
}

fn joined(text: &str, between: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect::<Vec<_>>().join(between)
}

fn wide(text: &str, zeros_before: usize, zeros_behind: usize) -> String {
    each(text, |byte| {
        let letter = char::from(byte);
        format!(
            "{}{letter}{}",
            "\0".repeat(zeros_before),
            "\0".repeat(zeros_behind)
        )
    })
}

fn lines(text: &str, width: usize, between: &str) -> String {
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(width)
        .map(|line| std::str::from_utf8(line).expect("ASCII"))
        .collect();
    lines.join(between)
}

type Written = (&'static str, fn(&str) -> String);

/// What stands between brackets is how the report says it.
const WRITTEN: &[Written] = &[
    ("", |text| text.to_owned()),
    (" (percent-escaped)", |text| {
        each(text, |byte| format!("%{byte:02x}"))
    }),
    (" (percent-escaped)", |text| {
        each(text, |byte| format!("%{byte:02X}"))
    }),
    (" (percent-escaped)", |text| {
        each(text, |byte| format!("%25{byte:02x}"))
    }),
    (" (percent-escaped)", |text| {
        each(text, |byte| format!("%2525{byte:02x}"))
    }),
    (" (HTML-escaped)", |text| {
        each(text, |byte| format!("&#{byte};"))
    }),
    (" (HTML-escaped)", |text| {
        each(text, |byte| format!("&#x{byte:x};"))
    }),
    (" (HTML-escaped)", |text| {
        each(text, |byte| format!("&amp;#{byte};"))
    }),
    (" (escaped with backslashes)", |text| {
        each(text, |byte| format!("\\u{byte:04x}"))
    }),
    (" (escaped with backslashes)", |text| {
        each(text, |byte| format!("\\u{byte:04X}"))
    }),
    (" (escaped with backslashes)", |text| {
        each(text, |byte| format!("\\\\u{byte:04x}"))
    }),
    (" (escaped with backslashes)", |text| {
        each(text, |byte| format!("\\\\\\\\u{byte:04x}"))
    }),
    (" (escaped with backslashes)", |text| {
        each(text, |byte| format!("\\x{byte:02x}"))
    }),
    (" (escaped with backslashes)", |text| {
        each(text, |byte| format!("\\u{{{byte:x}}}"))
    }),
    (" (escaped with backslashes)", |text| {
        each(text, |byte| format!("\\U{byte:08x}"))
    }),
    (" (HTML-escaped)", |text| {
        each(text, |byte| format!("\\u0026#{byte};"))
    }),
    (" (in hexadecimal)", |text| {
        each(text, |byte| format!("{byte:02x}"))
    }),
    (" (in hexadecimal)", |text| {
        each(text, |byte| format!("{byte:02X}"))
    }),
    (" (in hexadecimal)", |text| {
        joined(text, " ", |byte| format!("{byte:02x}"))
    }),
    (" (in hexadecimal)", |text| {
        joined(text, ":", |byte| format!("{byte:02X}"))
    }),
    (" (in hexadecimal)", |text| {
        joined(text, "-", |byte| format!("{byte:02X}"))
    }),
    (" (in hexadecimal)", |text| {
        joined(text, ", ", |byte| format!("0x{byte:02x}"))
    }),
    (" (in hexadecimal)", |text| {
        format!("\\x{}", each(text, |byte| format!("{byte:02x}")))
    }),
    (" (as UTF-16, in hexadecimal)", |text| {
        each(text, |byte| format!("{byte:02x}00"))
    }),
    (" (as UTF-16, in hexadecimal)", |text| {
        each(text, |byte| format!("00{byte:02X}"))
    }),
    (" (as a list of numbers)", |text| {
        joined(text, ",", |byte| byte.to_string())
    }),
    (" (as a list of numbers)", |text| {
        joined(text, ", ", |byte| byte.to_string())
    }),
    (" (as a list of numbers)", |text| {
        joined(text, ",\n          ", |byte| byte.to_string())
    }),
    (" (as UTF-16)", |text| wide(text, 0, 1)),
    (" (as UTF-16)", |text| wide(text, 1, 0)),
    (" (as UTF-16)", |text| wide(text, 0, 3)),
    (" (as UTF-16)", |text| wide(text, 3, 0)),
    (" (escaped with backslashes, as UTF-16)", |text| {
        wide(text, 0, 1).replace('\0', "\\u0000")
    }),
    (" (percent-escaped, as UTF-16)", |text| {
        wide(text, 1, 0).replace('\0', "%00")
    }),
];

/// The same around bytes, which may stand before and behind in the encoding.
type Encoded = (&'static str, fn(&[u8]) -> String);

const ENCODED: &[Encoded] = &[
    (" (in base64)", |bytes| base64(bytes)),
    (" (in base64)", |bytes| {
        base64(bytes)
            .replace('+', "-")
            .replace('/', "_")
            .replace('=', "")
    }),
    (" (in base64)", |bytes| base64(bytes).replace('/', "\\/")),
    (" (in base64)", |bytes| lines(&base64(bytes), 76, "\r\n")),
    (" (in base64)", |bytes| lines(&base64(bytes), 64, "\n")),
    (" (in base64)", |bytes| lines(&base64(bytes), 76, "\\r\\n")),
    (" (in base64)", |bytes| lines(&base64(bytes), 4, "\\\\n")),
    (" (in base64)", |bytes| {
        format!("{{\"$binary\":\"{}\"}}", base64(bytes))
    }),
    (" (in base64)", |bytes| format!("$binary:{}", base64(bytes))),
    (" (in base64)", |bytes| {
        format!("data:image/png;base64,{}", base64(bytes))
    }),
];

/// Letter cases in which a name may come back.
fn cases(text: &str) -> [String; 4] {
    let (first, rest) = text.split_at(1);
    let mixed = text.char_indices().map(|(i, letter)| {
        if i % 2 == 1 {
            letter.to_ascii_uppercase()
        } else {
            letter
        }
    });
    [
        text.to_owned(),
        text.to_uppercase(),
        first.to_uppercase() + rest,
        mixed.collect(),
    ]
}

#[test]
fn a_marker_is_found_however_it_is_written() {
    let sent = marker(7);
    for (says, write) in WRITTEN {
        for text in cases(sent.as_str()) {
            for (before, behind) in [
                ("", ""),
                ("{\"a\":\"", "\"}"),
                ("az3", "3"),
                ("<b>", " &amp;"),
                ("%7a", "%"),
                ("\\", "\\"),
            ] {
                let all = format!("{before}{}{behind}", write(&text));
                let known = [(sent.clone(), (*says).to_owned())];
                if before == "az3" && !says.is_empty() && !says.contains("UTF-16)") {
                    continue;
                }
                assert_eq!(found(all.as_bytes(), &sent), known, "{all}");
            }
        }
    }
}

#[test]
fn a_name_replaces_a_marker_however_it_is_written() {
    let sent = marker(7);
    let mut previews = Previews::default();
    previews.send(&sent);
    let named = |text: &str| {
        let markers: Vec<_> = previews.find(text.as_bytes()).collect();
        named(text, &markers, |_| "‹m›".to_owned())
    };
    for (says, write) in WRITTEN {
        for text in cases(sent.as_str()) {
            let all = named(&format!("[{}] {}.", write(&text), write("other")));
            assert!(all.contains(&format!("‹m›{says}")), "{all}");
            assert!(all.ends_with(&format!("] {}.", write("other"))), "{all}");
            assert_eq!(found(all.as_bytes(), &sent), [], "{all}");
        }
    }
    let numbers = |text: &str| joined(text, ",", |byte| byte.to_string());
    assert_eq!(
        named(&format!("[{}]", numbers(sent.as_str()))),
        "[\"‹m› (as a list of numbers)\"]"
    );
    let preview = format!("{}9{sent}é{sent}", &sent.as_str()[..12]);
    assert_eq!(named(&preview), "‹m› (a preview of 12 letters)9‹m›é‹m›");
    let other = marker(8);
    assert_eq!(named(other.as_str()), "‹m›");
    assert_eq!(
        super::super::named(other.as_str(), &[], |_| String::new()),
        other.as_str()
    );
}

#[test]
fn a_marker_is_found_in_base64_at_each_alignment() {
    let sent = marker(7);
    for (says, write) in ENCODED {
        for text in cases(sent.as_str()) {
            for before in 0..80 {
                let bytes = [&vec![b'\xe9'; before], text.as_bytes(), b"? {}"].concat();
                let written = write(&bytes);
                let known = [(sent.clone(), (*says).to_owned())];
                assert_eq!(
                    found(written.as_bytes(), &sent),
                    known,
                    "{before} {written}"
                );
            }
        }
    }
}

#[test]
fn utf_16_in_base64_is_found() {
    let sent = marker(7);
    let known = [(sent.clone(), " (as UTF-16, in base64)".to_owned())];
    for text in cases(sent.as_str()) {
        for before in 0..8 {
            for wide in [wide(&text, 0, 1), wide(&text, 1, 0)] {
                let bytes = [&vec![b'\xe9'; before], wide.as_bytes(), b"\0?"].concat();
                assert_eq!(found(base64(&bytes).as_bytes(), &sent), known);
            }
        }
    }
}

#[test]
fn what_is_encoded_inside_announced_base64_is_found() {
    let sent = marker(7);
    let token = |text: &str| format!("e30.{}.c2ln", base64(text.as_bytes()).replace('=', ""));
    let json = |text: &str| format!("{{\"sub\":\"1234\",\"name\":\"{text}\"}}");
    let check = |written: String, says: &str| {
        let known = [(sent.clone(), says.to_owned())];
        assert_eq!(found(written.as_bytes(), &sent), known, "{written}");
    };
    let escaped = |text: &str| each(text, |byte| format!("\\u{byte:04x}"));
    check(token(&json(sent.as_str())), " (in base64)");
    check(
        token(&json(&escaped(sent.as_str()))),
        " (escaped with backslashes, inside base64)",
    );
    check(
        token(&json(&token(&json(sent.as_str())))),
        " (in base64, inside base64)",
    );
    let hex = each(sent.as_str(), |byte| format!("{byte:02x}"));
    check(
        format!("$binary:{}", base64(format!("\u{1}{hex}").as_bytes())),
        " (in hexadecimal, inside base64)",
    );
    let twice = base64(base64(sent.as_str().as_bytes()).as_bytes());
    check(format!("$binary:{twice}"), " (in base64, inside base64)");
}

#[test]
fn letters_may_be_escaped_one_by_one() {
    let sent = marker(7);
    let ways: [fn(u8) -> String; 6] = [
        |byte| char::from(byte).to_string(),
        |byte| format!("&#{byte};"),
        |byte| format!("&#x{byte:X};"),
        |byte| format!("%{byte:02x}"),
        |byte| format!("\\u{byte:04x}"),
        |byte| format!("\\x{byte:02X}"),
    ];
    for first in 0..6 * 6 * 6 {
        let way = |i: usize| ways[[first % 6, first / 6 % 6, first / 36][i % 3]];
        let letters = sent.as_str().bytes().enumerate();
        let text: String = letters.map(|(i, byte)| way(i)(byte)).collect();
        let all: Vec<Marker> = found(text.as_bytes(), &sent)
            .into_iter()
            .map(|(marker, _)| marker)
            .collect();
        assert_eq!(all, std::slice::from_ref(&sent), "{text}");
    }
}

#[test]
fn a_preview_of_ten_letters_is_found_if_its_marker_was_sent() {
    let sent = marker(7);
    for n in PREVIEW..27 {
        let preview = &sent.as_str()[..n];
        let says = format!("a preview of {n} letters");
        for (how, write) in WRITTEN {
            for end in ["…", "...", "", " and so on", "\n"] {
                let text = format!("<b>{}{end}", write(preview));
                // Without its sign, the end of an escape could be a letter that follows.
                let all = found(text.as_bytes(), &sent);
                let [(marker, travel)] = all.as_slice() else {
                    panic!("{text}: {all:?}")
                };
                assert_eq!(marker, &sent, "{text}");
                assert!(travel.contains(&says), "{travel} {how}");
                assert!(found(text.as_bytes(), &super::marker(8)).is_empty());
                assert!(
                    traces(text.as_bytes()).any(|trace| trace == preview),
                    "{text}"
                );
            }
        }
        for before in 0..3 {
            let bytes = [&vec![b' '; before], preview.as_bytes(), "…".as_bytes()].concat();
            let [(_, travel)] = found(base64(&bytes).as_bytes(), &sent)
                .try_into()
                .expect("one");
            assert_eq!(travel, format!(" ({says}, in base64)"));
        }
    }
    assert!(found(&sent.as_str().as_bytes()[..PREVIEW - 1], &sent).is_empty());
}

/// What follows a preview may look like more of it.
#[test]
fn a_preview_ends_where_it_differs() {
    let sent = marker(7);
    let other = if sent.as_str()[12..].starts_with('a') {
        "b"
    } else {
        "a"
    };
    let text = format!("{}{}", &sent.as_str()[..12], other.repeat(20));
    let [(found, travel)] = found(text.as_bytes(), &sent).try_into().expect("one");
    assert_eq!(
        (found, travel.as_str()),
        (sent, " (a preview of 12 letters)")
    );
}

proptest! {
    #[test]
    fn a_marker_is_found_in_any_bytes(before: Vec<u8>, after: Vec<u8>, random: u128, shout: bool) {
        let amy = UserName::from("amy");
        let marker = Marker::new(&amy, random);
        let text = if shout { marker.as_str().to_uppercase() } else { marker.to_string() };
        let bytes = [before.as_slice(), text.as_bytes(), &after].concat();
        prop_assert!(Marker::find_all(&bytes).any(|found| found == marker));
        let encoded = base64(&bytes);
        prop_assert!(Marker::find_all(encoded.as_bytes()).any(|found| found == marker));
        let owners = Owners::of([&amy]);
        prop_assert_eq!(owners.owner(&marker), Some(&amy));
    }
}

#[test]
fn a_text_that_only_looks_like_a_marker_is_not_one() {
    let marker = marker(7).to_string();
    let other = if marker.ends_with('a') { "b" } else { "a" };
    let changed = format!("{}{other}", &marker[..26]);
    assert_eq!(Marker::find_all(changed.as_bytes()).count(), 0);
    assert_eq!(Marker::find_all(b"z33yfioh4x2smfxsfhjdetzfauy").count(), 0);
    assert_eq!(Marker::find_all(b"amkyfioh4x2smfxsfhjdetzfauy").count(), 0);
}

/// In a history of version 1, a marker stands letter by letter or is none: its verdict stays.
#[test]
fn a_marker_of_version_1_is_found_as_it_was() {
    let old = "amkhka76rhdhaaaaaaaaaaapkaz";
    for text in cases(old) {
        let all: Vec<String> = Marker::find_all(format!("<{text}>").as_bytes())
            .map(|marker| marker.to_string())
            .collect();
        assert_eq!(all, [old]);
    }
    assert_eq!(
        Marker::find_all(base64(old.as_bytes()).as_bytes()).count(),
        0
    );
    let old: Marker = serde_json::from_str(&format!("\"{old}\"")).expect("a text");
    assert!(found(b"amkhka76rh", &old).is_empty());
}
