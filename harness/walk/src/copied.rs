//! A browser that has what another one's login gave: as a thief has it, or with a letter changed, as a forger makes it.

use std::sync::Arc;

use serde_json::Value;
use targets::file::identity::Carrier;
use targets::language::template::as_text;

use crate::browser::{Browser, is_one_of};
use crate::kept::Kept;

/// The shortest text that is changed: another short one can be somebody's by chance.
const LONG: usize = 8;
/// How far from an end of it a letter is changed: within a signature, if it stands there, and not among its last bits,
/// which may stand for nothing.
const INWARDS: usize = 10;

/// Near which end of it a letter is changed. A signature stands at one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Near {
    /// Its first letters.
    Start,
    /// Its last letters.
    #[default]
    End,
}

impl Browser {
    /// Takes the cookies of another browser, and what is known there. It is still nobody's.
    pub fn steal(&self, from: &Self) {
        let cookies = from.jar(|jar| jar.clone());
        self.jar(|jar| *jar = cookies);
        let all = Kept::new();
        from.session().copy_all_into(&all);
        self.knows(all);
    }

    /// The same, with a letter changed in what carries the session. False if there is nothing to change: then it has
    /// what it had before, because the right session is no forged one.
    #[must_use]
    pub fn forge(&self, from: &Self, near: Near) -> bool {
        let before = (self.jar(|jar| jar.clone()), self.beginning());
        self.steal(from);
        let is_forged = self.change(near);
        if !is_forged {
            self.jar(|jar| *jar = before.0);
            self.knows(before.1);
        }
        is_forged
    }

    fn change(&self, near: Near) -> bool {
        let site = Arc::clone(self.site());
        match site.target.session.as_ref().map(|session| &session.carrier) {
            None => false,
            Some(Carrier::Cookie(names)) => {
                let is_meant = |name: &str| is_one_of(name, names);
                self.jar(|jar| jar.change(&site.base, is_meant, |text| changed(text, near)))
            }
            Some(Carrier::Kept(name)) => {
                let session = self.session();
                let forged = session
                    .get(name)
                    .and_then(|value| changed(&as_text(&value), near));
                let is_changed = forged.is_some();
                if let Some(forged) = forged {
                    session.keep(name, Value::from(forged));
                }
                is_changed
            }
        }
    }
}

/// Another text of this length, if it is so long that nobody has it by chance.
fn changed(text: &str, near: Near) -> Option<String> {
    if text.len() < LONG {
        return None;
    }
    let inwards = INWARDS.min(text.len() / 2);
    let is_free = |at: &usize| {
        let is_escape = text.as_bytes()[at.saturating_sub(2)..*at].contains(&b'%');
        text.as_bytes()[*at].is_ascii_alphanumeric() && !is_escape
    };
    let at = match near {
        Near::Start => (inwards..text.len()).find(is_free),
        Near::End => (0..=text.len() - inwards).rev().find(is_free),
    }?;
    // The new one is a letter of every alphabet in which a digit or a letter of this kind stands.
    let new = match text.as_bytes()[at] {
        b'0' => "1",
        b'1'..=b'9' => "0",
        b'a' => "b",
        b'b'..=b'z' => "a",
        b'A' => "B",
        _ => "A",
    };
    Some(format!("{}{new}{}", &text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_is_changed_and_no_escape() {
        for (text, start, end) in [
            ("0123456789abcdef", "012345670", "012345670"),
            ("s%3AAAAAAAAAA%2BBCDEFGHIJ", "s%3AAAAAAAB", "s%3AAAAAAAAAB"),
            ("----a---------------", "", "----b"),
        ] {
            for (near, begins) in [(Near::Start, start), (Near::End, end)] {
                let Some(made) = changed(text, near) else {
                    assert_eq!(begins, "", "{text} {near:?}");
                    continue;
                };
                assert!(made.starts_with(begins), "{made} {near:?}");
                let differ = { text.bytes().zip(made.bytes()) }.filter(|(a, b)| a != b);
                assert_eq!((differ.count(), made.len()), (1, text.len()), "{made}");
            }
        }
        for text in ["short", "ääääääääääääääää"] {
            assert_eq!(changed(text, Near::End), None);
        }
    }
}
