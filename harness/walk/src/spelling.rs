//! An id in other spellings: as an attacker writes it who is refused by the usual one.

use serde_json::Value;
use targets::language::template::as_text;

/// Another spelling of an id, where there is one that differs.
pub(crate) type Spelling = fn(&str) -> String;

/// Spellings that a target may take for the same thing when it looks it up, and for another when it asks whose it is.
pub(crate) const SPELLINGS: [Spelling; 4] = [
    other_case,
    |id| format!("{id} "),
    |id| format!("./{id}"),
    // Numbers are read with it, and told apart as texts.
    |id| format!("0{id}"),
];

fn other_case(id: &str) -> String {
    let has_small = id.chars().any(char::is_lowercase);
    match has_small {
        true => id.to_uppercase(),
        false => id.to_lowercase(),
    }
}

/// A name in each other spelling. A kind that stands before it, as in `room/red`, stays.
#[must_use]
pub fn names_respelled(name: &str) -> Vec<String> {
    let (kind, own) = name.rsplit_once('/').map_or(("", name), |(_, own)| {
        (&name[..name.len() - own.len()], own)
    });
    let all = SPELLINGS.iter().map(|spelling| spelling(own));
    let others = all.filter(|other| other != own);
    others.map(|other| format!("{kind}{other}")).collect()
}

/// The same id, as far as this spelling is another one.
pub(crate) fn respelled(id: &Value, spelling: Spelling) -> Option<Value> {
    let is_an_id = matches!(id, Value::String(_) | Value::Number(_));
    let usual = as_text(id);
    let other = spelling(&usual);
    (is_an_id && other != usual).then(|| Value::from(other))
}
