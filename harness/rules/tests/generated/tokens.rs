//! The tokens of Rust source text, as far as finding a check needs them.

use std::iter::Peekable;
use std::str::Chars;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name, a keyword or a number.
    Word(String),
    /// What stands between quotation marks, with its escapes as they are.
    Text(String),
    /// Any other sign.
    Mark(char),
}

/// Reads a source; comments and characters are left out.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut letters = source.chars().peekable();
    let mut found = Vec::new();
    while let Some(letter) = letters.next() {
        match letter {
            '/' if letters.peek() == Some(&'/') => {
                while letters.next_if(|next| *next != '\n').is_some() {}
            }
            '/' if letters.peek() == Some(&'*') => skip_comment(&mut letters),
            '"' => found.push(Token::Text(text(&mut letters))),
            '\'' => skip_character(&mut letters),
            _ if letter.is_whitespace() => {}
            _ if is_part_of_word(letter) => found.push(word(letter, &mut letters)),
            _ => found.push(Token::Mark(letter)),
        }
    }
    found
}

fn is_part_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// A word, or a raw text: `r"…"`, `br#"…"#`.
fn word(first: char, letters: &mut Peekable<Chars>) -> Token {
    let mut word = String::from(first);
    while let Some(next) = letters.next_if(|next| is_part_of_word(*next)) {
        word.push(next);
    }
    if !matches!(word.as_str(), "r" | "br" | "cr") {
        return Token::Word(word);
    }
    let mut ahead = letters.clone();
    let mut fence = String::from("\"");
    while ahead.next_if_eq(&'#').is_some() {
        fence.push('#');
    }
    if ahead.next() != Some('"') {
        return Token::Word(word);
    }
    *letters = ahead;
    let mut raw = String::new();
    while !raw.ends_with(&fence) {
        let Some(next) = letters.next() else { break };
        raw.push(next);
    }
    Token::Text(raw.strip_suffix(&fence).unwrap_or(&raw).to_owned())
}

fn text(letters: &mut Peekable<Chars>) -> String {
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => {
                text.push(letter);
                text.extend(letters.next());
            }
            _ => text.push(letter),
        }
    }
    text
}

/// After a `'`: a character ends with another one, and a lifetime does not.
fn skip_character(letters: &mut Peekable<Chars>) {
    let mut ahead = letters.clone();
    match ahead.next() {
        Some('\\') => {
            // What is escaped may be a `'` itself.
            letters.next();
            letters.next();
            while letters.next().is_some_and(|letter| letter != '\'') {}
        }
        Some(_) if ahead.next() == Some('\'') => {
            letters.next();
            letters.next();
        }
        _ => {}
    }
}

fn skip_comment(letters: &mut Peekable<Chars>) {
    letters.next();
    let mut depth = 1;
    while depth > 0 {
        match (letters.next(), letters.peek()) {
            (Some('/'), Some('*')) => depth += 1,
            (Some('*'), Some('/')) => depth -= 1,
            (None, _) => return,
            _ => continue,
        }
        letters.next();
    }
}

#[test]
fn texts_comments_and_characters_are_distinguished() {
    #[track_caller]
    fn check(source: &str, expected: &str) {
        let shown = tokens(source).into_iter().map(|token| match token {
            Token::Word(word) => word,
            Token::Text(text) => format!("<{text}>"),
            Token::Mark(mark) => mark.to_string(),
        });
        assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{source}");
    }
    check(r#"name: "a{b", x"#, "name : <a{b> , x");
    check(r#""a\"}" b"#, r#"<a\"}> b"#);
    check(r##"r#"a"b"# r"c\" rest"##, r#"<a"b> <c\> rest"#);
    check("a // \"b\n/* \"c /* { */ } */ d", "a d");
    check(r#"'{' '\'' '"' '\u{7d}' b"#, "b");
    check("fn f<'a>(x: &'a str)", "fn f < a > ( x : & a str )");
}
