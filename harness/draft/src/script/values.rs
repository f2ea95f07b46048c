//! The arguments of a call, as far as they can be read.

use super::tokens::{HOLE, Token};

/// How deep objects may stand in each other.
const DEPTH: usize = 8;
/// Entries of one object or list.
const ENTRIES: usize = 40;

/// An argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arg {
    /// A text; with a `HOLE` for what the script puts there.
    Text(String),
    /// A number, true, false or null, as it stands.
    Literal(String),
    /// An object, by its names.
    Object(Vec<(String, Self)>),
    /// A list.
    List(Vec<Self>),
    /// What is sent as a form.
    Form(Vec<(String, Self)>),
    /// A value by its name, as `message` or `input.value`.
    Named(String),
    /// A function: what is called with the answer.
    Function,
    /// Anything else, with the texts that stand in it joined by `HOLE`.
    Other(String),
}

impl Arg {
    /// The texts in it, joined: the address that a script puts together.
    pub(crate) fn joined(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Other(text) => Some(text),
            _ => None,
        }
    }

    /// What a name of an object stands for.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let (Self::Object(entries) | Self::Form(entries)) = self else {
            return None;
        };
        let found = entries.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }
}

/// The arguments of a call, from behind its bracket on, and where it ends.
pub(crate) fn arguments(tokens: &[Token]) -> Vec<Arg> {
    let inside = &tokens[..closing(tokens)];
    split(inside)
        .into_iter()
        .map(|part| arg(part, DEPTH))
        .collect()
}

/// Where the bracket closes that was opened before these.
pub(crate) fn closing(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => match depth {
                0 => return index,
                _ => depth -= 1,
            },
            _ => {}
        }
    }
    tokens.len()
}

/// Parts between commas.
fn split(tokens: &[Token]) -> Vec<&[Token]> {
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            Token::Sign(',') if depth == 0 => {
                parts.push(&tokens[from..index]);
                from = index + 1;
            }
            _ => {}
        }
        if parts.len() >= ENTRIES {
            break;
        }
    }
    if from < tokens.len() {
        parts.push(&tokens[from..]);
    }
    parts
}

fn arg(tokens: &[Token], depth: usize) -> Arg {
    let Some(depth) = depth.checked_sub(1) else {
        return Arg::Other(String::new());
    };
    match tokens {
        [Token::Text(text)] => Arg::Text(text.clone()),
        [Token::Number(_), ..] if tokens.iter().all(is_of_number) => {
            Arg::Literal(tokens.iter().map(written).collect())
        }
        [Token::Name(name)] => match name.as_str() {
            "true" | "false" | "null" => Arg::Literal(name.clone()),
            _ => Arg::Named(name.clone()),
        },
        _ if is_function(tokens) => Arg::Function,
        [Token::Sign('{'), inside @ .., Token::Sign('}')] => Arg::Object(object(inside, depth)),
        [Token::Sign('['), inside @ .., Token::Sign(']')] => {
            let items = split(inside).into_iter();
            Arg::List(items.map(|item| arg(item, depth)).collect())
        }
        [
            Token::Name(json),
            Token::Sign('.'),
            Token::Name(method),
            Token::Sign('('),
            inside @ ..,
            Token::Sign(')'),
        ] if json == "JSON" && method == "stringify" => split(inside)
            .first()
            .map_or(Arg::Other(String::new()), |first| arg(first, depth)),
        [
            Token::Name(new),
            Token::Name(form),
            Token::Sign('('),
            inside @ ..,
            Token::Sign(')'),
        ] if new == "new" && matches!(form.as_str(), "URLSearchParams" | "FormData") => {
            match split(inside).first().map(|first| arg(first, depth)) {
                Some(Arg::Object(entries)) => Arg::Form(entries),
                _ => Arg::Form(Vec::new()),
            }
        }
        [Token::Name(first), rest @ ..] if rest.iter().all(is_of_path) => {
            let last = rest.iter().rev().find_map(Token::name);
            let name = match last {
                Some("value" | "trim" | "current") | None => first,
                Some(last) => return Arg::Named(last.to_owned()),
            };
            Arg::Named(name.clone())
        }
        _ => Arg::Other(texts(tokens)),
    }
}

fn is_of_number(token: &Token) -> bool {
    matches!(token, Token::Number(_) | Token::Sign('.'))
}

/// Whether it belongs to `a.b?.c.trim()`.
fn is_of_path(token: &Token) -> bool {
    matches!(
        token,
        Token::Name(_) | Token::Sign('.' | '?' | '(' | ')' | '!')
    )
}

fn written(token: &Token) -> String {
    match token {
        Token::Name(word) | Token::Text(word) | Token::Number(word) => word.clone(),
        Token::Sign(sign) => sign.to_string(),
    }
}

fn is_function(tokens: &[Token]) -> bool {
    let begins = |word: &str| tokens.first().and_then(Token::name) == Some(word);
    if begins("function") || (begins("async") && tokens.len() > 1) {
        return true;
    }
    let is_arrow = |index: usize| {
        tokens.get(index).is_some_and(|token| token.is('='))
            && tokens.get(index + 1).is_some_and(|token| token.is('>'))
    };
    match tokens.first() {
        Some(Token::Name(_)) => is_arrow(1),
        Some(Token::Sign('(')) => is_arrow(2 + closing(&tokens[1..])),
        _ => false,
    }
}

fn object(tokens: &[Token], depth: usize) -> Vec<(String, Arg)> {
    let entry = |part: &[Token]| {
        let (key, rest) = part.split_first()?;
        let key = match key {
            Token::Name(key) | Token::Text(key) | Token::Number(key) => key.clone(),
            Token::Sign(_) => return None,
        };
        match rest {
            [] => Some((key.clone(), Arg::Named(key))),
            [Token::Sign(':'), value @ ..] => Some((key, arg(value, depth))),
            [Token::Sign('('), ..] => Some((key, Arg::Function)),
            _ => None,
        }
    };
    split(tokens).into_iter().filter_map(entry).collect()
}

/// All texts in an expression, with a `HOLE` between them.
fn texts(tokens: &[Token]) -> String {
    let texts: Vec<&str> = tokens.iter().filter_map(Token::text).collect();
    texts.join(&HOLE.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    fn told(arg: &Arg) -> String {
        let entries = |entries: &[(String, Arg)]| {
            let all = entries
                .iter()
                .map(|(key, value)| format!("{key}: {}", told(value)));
            all.collect::<Vec<_>>().join(", ")
        };
        match arg {
            Arg::Text(text) => format!("'{}'", text.replace(HOLE, "?")),
            Arg::Literal(literal) => literal.clone(),
            Arg::Object(object) => format!("{{{}}}", entries(object)),
            Arg::Form(form) => format!("form({})", entries(form)),
            Arg::List(items) => format!(
                "[{}]",
                items.iter().map(told).collect::<Vec<_>>().join(", ")
            ),
            Arg::Named(name) => format!("<{name}>"),
            Arg::Function => "f".to_owned(),
            Arg::Other(text) => format!("other({})", text.replace(HOLE, "?")),
        }
    }

    #[track_caller]
    fn check(call: &str, wanted: &str) {
        let tokens = tokens(call);
        let arguments = arguments(&tokens);
        assert_eq!(
            arguments.iter().map(told).collect::<Vec<_>>().join(", "),
            wanted,
            "{call}"
        );
    }

    #[test]
    fn arguments_are_read_as_far_as_they_can_be() {
        check(
            "'vote', {room, text: input.value, n: 7, ok: true})",
            "'vote', {room: <room>, text: <input>, n: 7, ok: true}",
        );
        check("'x', (reply) => { f(); })", "'x', f");
        check("'x', function (a, b) {})", "'x', f");
        check("async () => {}, 1.5)", "f, 1.5");
        check(
            "JSON.stringify({type: 'say', body}))",
            "{type: 'say', body: <body>}",
        );
        check("new URLSearchParams({a: b}))", "form(a: <b>)");
        check(
            "{method: 'POST', headers: {'Content-Type': 'x'}})",
            "{method: 'POST', headers: {Content-Type: 'x'}}",
        );
        check("API + '/login')", "other(/login)");
        check(
            "(secure ? 'wss://' : 'ws://') + location.host + '/ws')",
            "other(wss://?ws://?/ws)",
        );
        check("msg.value.trim(), user.name)", "<msg>, <name>");
        check("...all, [1, 'a'])", "other(), [1, 'a']");
        check(")", "");
        check("'never closed', {a: ", "'never closed', other()");
        check(&format!("{}1", "[".repeat(100_000)), "other()");
    }
}
