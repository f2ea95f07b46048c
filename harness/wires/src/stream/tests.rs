use proptest::prelude::*;

use super::lines::Lines;
use super::sse::{Block, Blocks};

/// Reads the pieces to their end.
fn blocks<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Block>, Option<String>) {
    let mut reader = Blocks::default();
    let mut blocks = Vec::new();
    for piece in pieces {
        reader.take(piece, &mut blocks).expect("short pieces");
    }
    (blocks, reader.rest())
}

fn lines<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<String>, Option<String>) {
    let mut reader = Lines::default();
    let mut lines = Vec::new();
    for piece in pieces {
        reader.take(piece, &mut lines).expect("short pieces");
    }
    (lines, reader.rest())
}

/// Blocks as `event|data|id|retry`, `-` for what is missing, and what was left.
#[track_caller]
fn check(stream: &str, expected: &str) {
    let (blocks, rest) = blocks([stream.as_bytes()]);
    let or = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let shown = blocks.into_iter().map(|block| {
        let retry = block.retry.map(|retry| retry.to_string());
        [or(block.event), or(block.data), or(block.id), or(retry)].join("|")
    });
    let shown: Vec<String> = shown
        .chain(rest.map(|rest| format!("rest {rest:?}")))
        .collect();
    assert_eq!(shown.join(" "), expected, "{stream:?}");
}

#[test]
fn events_are_read_as_the_standard_says() {
    check("data: a\n\n", "-|a|-|-");
    check("data:a\ndata: b\ndata\n\n", "-|a\nb\n|-|-");
    check("data:  a\n\n", "-| a|-|-");
    check(
        "event: e\r\ndata: 1\r\n\r\ndata: 2\r\rdata: 3\n\n",
        "e|1|-|- -|2|-|- -|3|-|-",
    );
    check(
        "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
        "-|a|1|- -|b|1|- -|c||-",
    );
    check("id: 1\0\ndata: a\n\n", "-|a|-|-");
    check("retry: 10\nretry: 1x\n\n", "-|-|-|10");
    check(": ping\n\n\n\ndata: a\n\n", "-|-|-|- -|a|-|-");
    check("\u{feff}data: a\n\n", "-|a|-|-");
    check("event:\ndata: a\nunknown: b\n\n", "-|a|-|-");
    check("data: a\n\ndata: cut", "-|a|-|- rest \"data: cut\"");
    check("data: a\n", "rest \"data: a\\n\"");
    check("", "");
}

#[test]
fn the_lines_of_a_block_are_kept_as_they_came() {
    let (blocks, _) = blocks([&b": secret\r\nid: 1\ndata: a\n\n"[..]]);
    assert_eq!(blocks[0].raw, ": secret\nid: 1\ndata: a\n");
}

#[test]
fn lines_are_read_without_their_ends() {
    let (lines, rest) = lines([&b"{\"a\":1}\r\n\n\x1e{\"b\":2}\n{\"c\""[..], b":3}"]);
    assert_eq!(lines, [r#"{"a":1}"#, r#"{"b":2}"#]);
    assert_eq!(rest.as_deref(), Some(r#"{"c":3}"#));
}

#[test]
fn a_line_and_a_block_without_an_end_are_given_up() {
    let piece = vec![b'x'; 1 << 20];
    let mut reader = Lines::default();
    let taken = (0..100).find_map(|_| reader.take(&piece, &mut Vec::new()).err());
    let error = taken.expect("a bound");
    assert_eq!(error.to_string(), "bytes of a line: more than 67108864");
    let line = [vec![b':'; 1 << 20], b"\n".to_vec()].concat();
    let mut reader = Blocks::default();
    let taken = (0..100).find_map(|_| reader.take(&line, &mut Vec::new()).err());
    let error = taken.expect("a bound");
    assert!(
        error.to_string().contains("an event of a stream"),
        "{error}"
    );
}

/// Cuts bytes at these places.
fn cut<'a>(bytes: &'a [u8], places: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places
        .iter()
        .map(|place| place % (bytes.len() + 1))
        .collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places
        .windows(2)
        .map(|pair| &bytes[pair[0]..pair[1]])
        .collect()
}

proptest! {
    #[test]
    fn no_cut_changes_what_is_read(
        stream in "((data|id|event|:)?:? ?[aä\0]{0,2}(\n|\r\n|\r|\n\n)){0,8}[a:]{0,3}",
        places in proptest::collection::vec(any::<usize>(), 0..8),
    ) {
        let pieces = cut(stream.as_bytes(), &places);
        prop_assert_eq!(blocks(pieces.clone()), blocks([stream.as_bytes()]));
        prop_assert_eq!(lines(pieces), lines([stream.as_bytes()]));
    }

    #[test]
    fn every_line_is_kept(stream in "([a:d ]{0,5}\n|[a:d ]{1,5}\r\n){0,9}[a:]{0,3}") {
        let (blocks, rest) = blocks([stream.as_bytes()]);
        let kept: String = blocks.into_iter().map(|block| block.raw).chain(rest).collect();
        let letters = |text: &str| text.replace(['\n', '\r'], "");
        prop_assert_eq!(letters(&kept), letters(&stream));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        blocks([&bytes[..]]);
        lines([&bytes[..]]);
    }
}
