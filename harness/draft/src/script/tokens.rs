//! The words of a script: names, texts, numbers and signs, without its comments.
//!
//! Written by hand, because a parser of JavaScript is a large thing to build for a few calls with texts in them, and
//! refuses what it does not know; here an unknown piece is passed over, and what follows it is still found. In: any
//! text. Out: at most `MOST` tokens.

use std::iter::Peekable;
use std::str::Chars;

/// Tokens of one script.
const MOST: usize = 400_000;
/// Characters of one text that are kept.
const TEXT: usize = 400;
/// Stands in a text for what the script puts there.
pub(crate) const HOLE: char = '\u{1}';

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name or a word of the language.
    Name(String),
    /// A text; of a template, with a `HOLE` for each expression.
    Text(String),
    /// A number as it stands.
    Number(String),
    /// Anything else.
    Sign(char),
}

impl Token {
    pub(crate) fn is(&self, sign: char) -> bool {
        *self == Self::Sign(sign)
    }

    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The tokens of a script.
pub(crate) fn tokens(script: &str) -> Vec<Token> {
    let mut reader = Reader {
        rest: script.chars().peekable(),
        found: Vec::new(),
    };
    while reader.found.len() < MOST && reader.next() {}
    reader.found
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    found: Vec<Token>,
}

impl Reader<'_> {
    /// Takes one piece. Gives whether there was one.
    fn next(&mut self) -> bool {
        let Some(first) = self.rest.next() else {
            return false;
        };
        match first {
            '"' | '\'' => {
                let text = self.text(first);
                self.found.push(Token::Text(text));
            }
            '`' => {
                let text = self.template();
                self.found.push(Token::Text(text));
            }
            '/' => self.slash(),
            _ if first.is_whitespace() => {}
            _ if first.is_ascii_digit() => {
                let number = self.word(first);
                self.found.push(Token::Number(number));
            }
            _ if first.is_alphanumeric() || matches!(first, '_' | '$' | '#') => {
                let name = self.word(first);
                self.found.push(Token::Name(name));
            }
            _ => self.found.push(Token::Sign(first)),
        }
        true
    }

    fn word(&mut self, first: char) -> String {
        let mut word = String::from(first);
        let is_of_word = |next: &char| next.is_alphanumeric() || matches!(next, '_' | '$');
        while let Some(next) = self.rest.next_if(is_of_word) {
            word.push(next);
        }
        word
    }

    /// A text without its quotes. A line break ends one that was never closed.
    fn text(&mut self, quote: char) -> String {
        let mut text = String::new();
        while let Some(next) = self.rest.next() {
            match next {
                '\\' => text.extend(self.escaped()),
                '\n' => break,
                _ if next == quote => break,
                _ if text.len() < TEXT => text.push(next),
                _ => {}
            }
        }
        text
    }

    fn escaped(&mut self) -> Option<char> {
        Some(match self.rest.next()? {
            'n' | '\n' => '\n',
            't' => '\t',
            'u' | 'x' => HOLE,
            other => other,
        })
    }

    fn template(&mut self) -> String {
        let mut text = String::new();
        while let Some(next) = self.rest.next() {
            match next {
                '\\' => text.extend(self.escaped()),
                '`' => break,
                '$' if self.rest.next_if_eq(&'{').is_some() => {
                    self.skip_hole();
                    text.push(HOLE);
                }
                _ if text.len() < TEXT => text.push(next),
                _ => {}
            }
        }
        text
    }

    /// Passes over an expression in a template; texts in it may hold braces.
    fn skip_hole(&mut self) {
        let mut depth = 1_usize;
        while let Some(next) = self.rest.next() {
            match next {
                '"' | '\'' => drop(self.text(next)),
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }

    /// A comment, a pattern, or a division.
    fn slash(&mut self) {
        if self.rest.next_if_eq(&'/').is_some() {
            self.rest.find(|next| *next == '\n');
        } else if self.rest.next_if_eq(&'*').is_some() {
            let mut last = ' ';
            self.rest
                .find(|next| std::mem::replace(&mut last, *next) == '*' && *next == '/');
        } else if self.is_pattern() {
            self.skip_pattern();
        } else {
            self.found.push(Token::Sign('/'));
        }
    }

    /// Whether a slash begins a pattern: no value stands before it.
    fn is_pattern(&self) -> bool {
        match self.found.last() {
            None => true,
            Some(Token::Sign(sign)) => !matches!(sign, ')' | ']' | '}'),
            Some(Token::Name(name)) => matches!(name.as_str(), "return" | "typeof" | "case"),
            Some(Token::Text(_) | Token::Number(_)) => false,
        }
    }

    fn skip_pattern(&mut self) {
        let mut is_in_class = false;
        while let Some(next) = self.rest.next() {
            match next {
                '\\' => drop(self.rest.next()),
                '[' => is_in_class = true,
                ']' => is_in_class = false,
                '\n' => break,
                '/' if !is_in_class => break,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(script: &str, told: &str) {
        let tokens = tokens(script);
        let all = tokens.iter().map(|token| match token {
            Token::Name(word) | Token::Number(word) => word.clone(),
            Token::Text(text) => format!("'{}'", text.replace(HOLE, "?")),
            Token::Sign(sign) => sign.to_string(),
        });
        assert_eq!(all.collect::<Vec<_>>().join(" "), told, "{script}");
    }

    #[test]
    fn a_script_is_read_without_its_comments_and_patterns() {
        check("io('/chat') // io('/no')", "io ( '/chat' )");
        check("/* emit('x') */ emit(\"y\\\"z\")", "emit ( 'y\"z' )");
        check("a = b / c / d", "a = b / c / d");
        check("s.split(/['\"/]/g); f('x')", "s . split ( g ) ; f ( 'x' )");
        check("fetch(`/rooms/${a['}']}/x`)", "fetch ( '/rooms/?/x' )");
        check("`${`never`", "'?'");
        check("'never closed\nf(1.5)", "'never closed' f ( 1 . 5 )");
        check("x = /unclosed\nf()", "x = f ( )");
    }
}
