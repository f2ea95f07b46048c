//! Which rules each deployment check names.
//!
//! A check is a block of braces with `name: "…"` and `rules: &["…", …]` in it, whatever the file, the type and the
//! order of the fields.

use std::path::Path;

use rules::CheckedBy;

use crate::files::below;
use crate::ids;
use crate::tokens::{Token, tokens};

/// Adds every check in the sources below `folder`.
pub(crate) fn add(folder: &Path, checked_by: &mut CheckedBy) {
    let mut found = 0;
    for (path, source) in below(folder, ".rs") {
        let inner = path.strip_prefix(folder).expect("below it");
        let is_test = inner
            .iter()
            .any(|part| part == "tests" || part == "tests.rs");
        if is_test {
            continue;
        }
        let checks = checks_of(&source).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        for (name, rules) in checks {
            found += 1;
            for id in rules {
                checked_by.add(&id, &format!("check:{name}"));
            }
        }
    }
    assert!(found > 0, "there are no checks below {folder:?}");
}

/// A block of braces that is not closed yet.
#[derive(Default)]
struct Block {
    name: Option<String>,
    rules: Vec<String>,
    is_test: bool,
}

/// The checks of one source, each with its rules; or what cannot be understood.
fn checks_of(source: &str) -> Result<Vec<(String, Vec<String>)>, String> {
    let tokens = tokens(source);
    let mut blocks = vec![Block::default()];
    let mut checks = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let rest = &tokens[at..];
        let inner = blocks
            .last_mut()
            .ok_or("more braces are closed than opened")?;
        at += 1;
        match token {
            Token::Mark('{') => {
                let is_test = inner.is_test || opens_tests(&tokens[..at]);
                blocks.push(Block {
                    is_test,
                    ..Block::default()
                });
            }
            Token::Mark('}') => checks.extend(closed(blocks.pop())?),
            Token::Word(field) if field == "name" => {
                if let [_, Token::Mark(':'), Token::Text(name), ..] = rest {
                    inner.name = Some(name.clone());
                }
            }
            Token::Word(field) if field == "rules" => {
                let (rules, length) = listed(rest);
                inner.rules.extend(rules);
                at += length;
            }
            Token::Text(text) if ids::is_id(text) && !inner.is_test => {
                return Err(format!("{text} stands in no list `rules: &[…]` of a check"));
            }
            _ => {}
        }
    }
    Ok(checks)
}

/// The check that this block is, if it is one.
fn closed(block: Option<Block>) -> Result<Option<(String, Vec<String>)>, String> {
    let block = block.ok_or("more braces are closed than opened")?;
    match block.name {
        _ if block.is_test || block.rules.is_empty() => Ok(None),
        Some(name) => Ok(Some((name, block.rules))),
        None => Err(format!("a check of {:?} has no `name: \"…\"`", block.rules)),
    }
}

/// Whether what ends with this brace is `#[cfg(test)] mod NAME {`.
fn opens_tests(tokens: &[Token]) -> bool {
    let words = tokens.iter().rev().filter_map(|token| match token {
        Token::Word(word) => Some(word.as_str()),
        _ => None,
    });
    let last: Vec<&str> = words.take(4).collect();
    matches!(last[..], [_, "mod", "test", "cfg"])
}

/// The texts of `rules: &[…]` that starts here, and how many tokens they take behind the first.
fn listed(tokens: &[Token]) -> (Vec<String>, usize) {
    let [
        _,
        Token::Mark(':'),
        Token::Mark('&'),
        Token::Mark('['),
        list @ ..,
    ] = tokens
    else {
        return (Vec::new(), 0);
    };
    let mut rules = Vec::new();
    let mut length = 3;
    for token in list {
        match token {
            Token::Text(text) => rules.push(text.clone()),
            Token::Mark(',') => {}
            _ => break,
        }
        length += 1;
    }
    (rules, length)
}

#[cfg(test)]
mod tests {
    use super::checks_of;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let found = match checks_of(source) {
            Ok(checks) => checks
                .iter()
                .map(|(name, rules)| format!("{name}: {}", rules.join(" ")))
                .collect::<Vec<_>>()
                .join("; "),
            Err(error) => error,
        };
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn a_check_is_found_whatever_its_form() {
        check(
            r#"static CHECK: Row = Row { check: Check { name: "health", rules: &["WEB07", "NGX18"], claim: "a } b" }, look: |visit| { ask(visit) } };"#,
            "health: WEB07 NGX18",
        );
        check(
            r#"Check { rules: &["WEB07",], why: "it's \"so\"", name: "health" } Check { name: "b", rules: &["OPS01"] }"#,
            "health: WEB07; b: OPS01",
        );
        check(
            r#"struct Check { name: &'static str, rules: &'static [&'static str] }"#,
            "",
        );
        check(r#"Scene { name: "a", rules: Vec::new() }"#, "");
        check(
            r#"// ISO01 { "ISO02"
            #[cfg(test)] mod tests { fn f() { g("ISO03"); let x = Check { rules: &["ISO04"] }; } }"#,
            "",
        );
    }

    #[test]
    fn a_check_that_cannot_be_understood_is_refused() {
        check(
            r#"Check { rules: &["WEB07"] }"#,
            r#"a check of ["WEB07"] has no `name: "…"`"#,
        );
        check(
            r#"Check::new("health", ["WEB07"])"#,
            "WEB07 stands in no list `rules: &[…]` of a check",
        );
        check("}}", "more braces are closed than opened");
    }
}
