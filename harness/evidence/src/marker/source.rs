//! Bytes as they are read through an encoding, from one place of a frame on.
//!
//! Each source is a few words long and reads lazily: what does not turn out to be a marker costs a few bytes. The
//! codecs are written here, because those of the crates decode whole texts and refuse what is cut or mixed.

/// What reads one byte after the other.
pub(super) trait Source: Clone {
    /// The next byte. `None` at the end, and where the encoding ends.
    fn next(&mut self) -> Option<u8>;
    /// The place in the frame behind what was read.
    fn at(&self) -> usize;
    /// The escape that was undone, if there was one.
    fn escape(&self) -> Option<u8> {
        None
    }
}

/// The bytes themselves.
#[derive(Clone)]
pub(super) struct Raw<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl Source for Raw<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn at(&self) -> usize {
        self.at
    }
}

/// One level of escapes undone: `%61`, `&#97;`, `&#x61;`, `&amp;`, `\u0061`, `\u{61}`, `\x61`, `\\`, `\/`.
#[derive(Clone)]
pub(super) struct Unescaped<S> {
    source: S,
    escape: Option<u8>,
}

impl<S: Source> Unescaped<S> {
    pub(super) fn of(source: S) -> Self {
        Self {
            source,
            escape: None,
        }
    }
}

impl<S: Source> Source for Unescaped<S> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.source.next()?;
        if !matches!(byte, b'%' | b'&' | b'\\') {
            return Some(byte);
        }
        let mut ahead = self.source.clone();
        let meant = match byte {
            b'%' => hex_number(&mut ahead, 2),
            b'&' => entity(&mut ahead),
            _ => backslash(&mut ahead),
        };
        let Some(meant) = meant else {
            return Some(byte);
        };
        self.source = ahead;
        self.escape = Some(byte);
        Some(meant)
    }

    fn at(&self) -> usize {
        self.source.at()
    }

    fn escape(&self) -> Option<u8> {
        self.escape.or_else(|| self.source.escape())
    }
}

/// A number of `digits` hexadecimal digits, if it is a byte.
fn hex_number(source: &mut impl Source, digits: usize) -> Option<u8> {
    let mut number = 0_u32;
    for _ in 0..digits {
        let digit = char::from(source.next()?).to_digit(16)?;
        number = number.checked_mul(16)? | digit;
    }
    u8::try_from(number).ok()
}

/// A number up to the byte `end`.
fn number_until(source: &mut impl Source, first: Option<u8>, radix: u32, end: u8) -> Option<u8> {
    let mut number = 0_u32;
    let mut next = first.or_else(|| source.next());
    // As many digits as a writer may put zeros in front of.
    for digits in 0..9 {
        let byte = next?;
        if byte == end && digits > 0 {
            return u8::try_from(number).ok();
        }
        number = number.checked_mul(radix)? + char::from(byte).to_digit(radix)?;
        next = source.next();
    }
    None
}

/// What stands behind `&`.
fn entity(source: &mut impl Source) -> Option<u8> {
    match source.next()? {
        b'#' => match source.next()? {
            b'x' | b'X' => number_until(source, None, 16, b';'),
            first => number_until(source, Some(first), 10, b';'),
        },
        b'a' => {
            let rest = [source.next()?, source.next()?, source.next()?];
            (&rest == b"mp;").then_some(b'&')
        }
        _ => None,
    }
}

/// What stands behind a backslash.
fn backslash(source: &mut impl Source) -> Option<u8> {
    match source.next()? {
        b'u' => {
            let mut ahead = source.clone();
            if ahead.next()? == b'{' {
                let number = number_until(&mut ahead, None, 16, b'}');
                *source = ahead;
                return number;
            }
            hex_number(source, 4)
        }
        b'U' => hex_number(source, 8),
        b'x' => hex_number(source, 2),
        byte @ (b'\\' | b'/') => Some(byte),
        _ => None,
    }
}

/// Base64, standard or of URLs, also with line breaks in it.
#[derive(Clone)]
pub(super) struct Base64<'a> {
    bytes: &'a [u8],
    at: usize,
    bits: u32,
    n_bits: u32,
}

impl<'a> Base64<'a> {
    /// Reads from the character at `at`, without its first `skip` bits.
    pub(super) fn from(bytes: &'a [u8], at: usize, skip: u32) -> Self {
        let mut source = Self {
            bytes,
            at,
            bits: 0,
            n_bits: 0,
        };
        if skip > 0
            && let Some(six) = source.character()
        {
            (source.bits, source.n_bits) = (six, 6 - skip);
        }
        source
    }

    /// The place of the character that stands `characters` before the one at `at`.
    pub(super) fn back(bytes: &[u8], mut at: usize, characters: usize) -> Option<usize> {
        for _ in 0..characters {
            at = at.checked_sub(1)?;
            for _ in 0..LINE_BREAK {
                let before = at.checked_sub(1).and_then(|before| bytes.get(before));
                at = match bytes.get(at)? {
                    b'\r' | b'\n' => at.checked_sub(1)?,
                    b'\\' => at.checked_sub(1)?,
                    b'r' | b'n' if before == Some(&b'\\') => at.checked_sub(2)?,
                    _ => break,
                };
            }
            six_bits(*bytes.get(at)?)?;
        }
        Some(at)
    }

    /// Everything up to the end of the encoding, and the place behind it.
    pub(super) fn decoded(mut self) -> (Vec<u8>, usize) {
        let mut decoded = Vec::new();
        loop {
            while self.n_bits == 0
                && let Some(four) = self.bytes.get(self.at..self.at + 4)
                && let Some(bits) = four
                    .iter()
                    .try_fold(0, |bits, byte| six_bits(*byte).map(|six| bits << 6 | six))
            {
                decoded.extend_from_slice(&u32::to_be_bytes(bits)[1..]);
                self.at += 4;
            }
            match self.next() {
                Some(byte) => decoded.push(byte),
                None => return (decoded, self.at),
            }
        }
    }

    /// The next character's six bits, behind a line break.
    fn character(&mut self) -> Option<u32> {
        for _ in 0..=LINE_BREAK {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            if let Some(six) = six_bits(byte) {
                return Some(six);
            }
            match (byte, self.bytes.get(self.at)) {
                (b'\r' | b'\n', _) | (b'\\', Some(b'\\' | b'/')) => {}
                (b'\\', Some(b'r' | b'n')) => self.at += 1,
                _ => break,
            }
        }
        self.at -= 1;
        None
    }
}

/// The most bytes of one line break, as JSON in JSON writes it.
const LINE_BREAK: usize = 8;

impl Source for Base64<'_> {
    fn next(&mut self) -> Option<u8> {
        while self.n_bits < 8 {
            self.bits = self.bits << 6 | self.character()?;
            self.n_bits += 6;
        }
        self.n_bits -= 8;
        Some((self.bits >> self.n_bits & 0xff) as u8)
    }

    fn at(&self) -> usize {
        self.at
    }
}

/// The value of each character of base64; 64 for all others.
static SIX_BITS: [u8; 256] = {
    let mut values = [64; 256];
    let mut value = 0;
    while value < 64 {
        let character = match value {
            0..26 => b'A' + value,
            26..52 => b'a' + value - 26,
            52..62 => b'0' + value - 52,
            62 => b'+',
            _ => b'/',
        };
        values[character as usize] = value;
        value += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values
};

/// The value of a character of base64.
pub(super) fn six_bits(byte: u8) -> Option<u32> {
    let value = u32::from(SIX_BITS[usize::from(byte)]);
    (value < 64).then_some(value)
}

/// Two hexadecimal digits a byte, one behind the other or apart: `61 6d`, `61:6D`, `0x61, 0x6d`.
#[derive(Clone)]
pub(super) struct Hex<'a>(pub(super) Raw<'a>);

impl Source for Hex<'_> {
    fn next(&mut self) -> Option<u8> {
        let mut ahead = self.0.clone();
        skip(&mut ahead, b" :,-\t\r\n", 4);
        let rest = ahead.bytes.get(ahead.at..).unwrap_or_default();
        if rest.starts_with(b"0x") || rest.starts_with(b"0X") {
            ahead.at += 2;
        }
        let byte = hex_number(&mut ahead, 2)?;
        self.0 = ahead;
        Some(byte)
    }

    fn at(&self) -> usize {
        self.0.at
    }
}

/// Each byte as a decimal number in a list, as JSON writes a buffer: `97,109`.
#[derive(Clone)]
pub(super) struct Numbers<'a>(pub(super) Raw<'a>);

impl Source for Numbers<'_> {
    fn next(&mut self) -> Option<u8> {
        let mut ahead = self.0.clone();
        skip(&mut ahead, b" ,\t\r\n", 24);
        let rest = ahead.bytes.get(ahead.at..).unwrap_or_default();
        let digits = rest.iter().take(4).take_while(|byte| byte.is_ascii_digit());
        let number = digits
            .clone()
            .fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
        ahead.at += digits.count();
        if ahead.at == self.0.at || !rest.first()?.is_ascii_digit() {
            return None;
        }
        self.0 = ahead;
        u8::try_from(number).ok()
    }

    fn at(&self) -> usize {
        self.0.at
    }
}

/// Skips at most `most` of these bytes.
fn skip(raw: &mut Raw<'_>, these: &[u8], most: usize) {
    let rest = raw.bytes.get(raw.at..).unwrap_or_default();
    let skipped = rest.iter().take(most);
    raw.at += skipped.take_while(|byte| these.contains(byte)).count();
}
