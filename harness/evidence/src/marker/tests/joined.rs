//! Markers over the pieces of a stream.

use proptest::prelude::*;

use super::marker;
use crate::marker::{Joiner, Previews, Sighting};

/// What is found in these pieces, with the piece that showed it; the last is the end.
fn shown<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<(usize, String)> {
    let mut joiner = Joiner::default();
    let mut all = Vec::new();
    let mut n_pieces = 0;
    let mut add =
        |n: usize, found: Vec<Sighting>| all.extend(found.iter().map(|found| (n, found.trace())));
    for piece in pieces {
        add(n_pieces, joiner.take(piece));
        n_pieces += 1;
    }
    add(n_pieces, joiner.end());
    all
}

fn cut(text: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let mut rest = text;
    let mut pieces = Vec::new();
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let size = sizes.next().copied().unwrap_or(1).clamp(1, rest.len());
        let (piece, others) = rest.split_at(size);
        pieces.push(piece.to_vec());
        rest = others;
    }
    pieces
}

#[test]
fn a_marker_in_tokens_is_found_once_with_its_last_piece() {
    let marker = marker(7).to_string();
    let tokens = [
        "You",
        " asked",
        ": ",
        "z",
        "33",
        &marker[3..9],
        &marker[9..10],
        &marker[10..20],
        &marker[20..],
        ". ",
        "Here",
        " is",
        " more",
    ];
    let pieces = tokens.iter().map(|token| token.as_bytes());
    assert_eq!(shown(pieces), [(8, marker)]);
}

#[test]
fn a_preview_is_found_once_it_has_ended() {
    let marker = marker(7).to_string();
    let (preview, more) = (&marker[..12], &marker[12..]);
    let long = "x".repeat(100);
    assert_eq!(shown([preview.as_bytes()]), [(1, preview.to_owned())]);
    assert_eq!(
        shown([preview.as_bytes(), b"... ", long.as_bytes()]),
        [(2, preview.to_owned())]
    );
    assert_eq!(
        shown([preview.as_bytes(), more.as_bytes(), long.as_bytes()]),
        [(1, marker.clone())]
    );
}

#[test]
fn the_memory_of_a_stream_is_bounded() {
    let mut joiner = Joiner::default();
    for _ in 0..10_000 {
        joiner.take(b"a token");
    }
    assert!(joiner.joined.capacity() < 4096);
    joiner.take(marker(7).as_str().as_bytes());
    let mut previews = Previews::default();
    previews.send(&marker(8));
    let found = joiner.take(&marker(8).as_str().as_bytes()[..14]);
    assert!(found.is_empty());
    let found = joiner.end();
    let known: Vec<_> = found
        .iter()
        .filter_map(|found| previews.known(found))
        .collect();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].travel.to_string(), " (a preview of 14 letters)");
}

proptest! {
    #[test]
    fn pieces_of_any_size_show_each_marker_once(
        sizes in prop::collection::vec(1_usize..40, 1..20),
        between in prop::collection::vec("[a-z \"%\\\\]{0,60}", 1..8),
        way in 0..5_usize,
    ) {
        let markers: Vec<String> = (0..between.len()).map(|n| marker(n as u128).to_string()).collect();
        let written = |marker: &str| -> String {
            let each: fn(u8) -> String = match way {
                0 => |byte| char::from(byte).to_string(),
                1 => |byte| format!("%{byte:02x}"),
                2 => |byte| format!("&#{byte};"),
                3 => |byte| format!("\\u{byte:04x}"),
                _ => |byte| format!("{byte:02x}"),
            };
            marker.bytes().map(each).collect()
        };
        let text: String = between.iter().zip(&markers).map(|(text, marker)| format!("{text} {}", written(marker))).collect();
        let pieces = cut(format!("{text} ").as_bytes(), &sizes);
        let found = shown(pieces.iter().map(Vec::as_slice));
        let found: Vec<String> = found.into_iter().map(|(_, marker)| marker).collect();
        prop_assert_eq!(found, markers);
    }
}
