//! Texts of others, as a terminal may show them: nothing in them moves the cursor, hides or turns what stands beside
//! it.

/// The text with a sign in place of each letter that a terminal would obey. Tabs and line breaks stay.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(letter).collect()
}

/// The same, cut to so many letters.
pub(crate) fn first(text: &str, most: usize) -> String {
    let cut = text.chars().nth(most).map(|_| '…');
    text.chars().take(most).map(letter).chain(cut).collect()
}

fn letter(letter: char) -> char {
    match letter {
        '\t' | '\n' => letter,
        // The last are for us: see `ORIGIN` in `diagnostic.rs`.
        '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{e000}'..='\u{f8ff}' => '\u{fffd}',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    }
}
