//! Engine.IO 3, which Socket.IO 2 speaks: not spoken here, but recognised, so that the cause has a name.

/// What is said about a target that speaks it.
pub const WORDS: &str = "the target speaks Engine.IO 3 (Socket.IO 2), and this client speaks Engine.IO 4 (Socket.IO 3 and later)";

/// Whether a polled body is one of Engine.IO 3: each packet stands behind its length, as digits and a colon, or, in a
/// binary body, as a zero byte, a byte for each digit, and the byte 255.
#[must_use]
pub fn is_body(body: &[u8]) -> bool {
    let is_text = |first: &u8| first.is_ascii_digit();
    let is_binary = |first: &u8| *first <= 9;
    match body.split_first() {
        Some((0, rest)) => is_behind_length(rest, is_binary, 0xff),
        _ => is_behind_length(body, is_text, b':'),
    }
}

fn is_behind_length(body: &[u8], is_digit: impl Fn(&u8) -> bool, end: u8) -> bool {
    let n_digits = body.iter().take_while(|byte| is_digit(byte)).count();
    let packet = body.get(n_digits..).unwrap_or_default();
    // The first packet of a transport is its opening.
    (1..=10).contains(&n_digits) && packet.starts_with(&[end, b'0', b'{'])
}
