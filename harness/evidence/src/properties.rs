//! The claims, each one pure function, listed once.
//!
//! A property sees a whole history and answers with a finding. It prints, draws and waits nowhere.
//! Every entry names a history in which it holds, one that violates it and one that cannot tell; a
//! test walks the list and tries all three.

mod delivery;
mod expectations;
mod isolation;
mod sessions;

use crate::finding::Finding;
use crate::history::History;

/// A claim, and the proof that it can fail.
pub struct Property {
    /// The name that scenarios use.
    pub name: &'static str,
    /// The claim, as a sentence.
    pub claim: &'static str,
    /// The function that judges it.
    pub judge: fn(&History) -> Finding,
    #[cfg(test)]
    cases: Cases,
}

/// Scripts in the notation of `notation.rs`: one for each verdict.
#[cfg(test)]
struct Cases {
    holds: &'static str,
    violated: &'static str,
    undecided: &'static str,
}

macro_rules! property {
    ($judge:path, $claim:literal, $holds:literal, $violated:literal, $undecided:literal) => {
        Property {
            name: stringify_last(stringify!($judge)),
            claim: $claim,
            judge: $judge,
            #[cfg(test)]
            cases: Cases {
                holds: $holds,
                violated: $violated,
                undecided: $undecided,
            },
        }
    };
}

/// Every property there is.
pub static PROPERTIES: &[Property] = &[
    property!(
        isolation::no_foreign_events,
        "no session sees, in any byte, what another user made",
        "amy+ bob+ amy!1 amy<amy1",
        "amy+ bob+ amy!1 bob<amy1",
        "amy+ amy!1 amy<amy1"
    ),
    property!(
        isolation::strangers_refused,
        "nobody without a session gets a socket, an event or an answer",
        "?-",
        "?+",
        "amy+"
    ),
    property!(
        isolation::others_actions_out_of_reach,
        "no user reads, stops or deletes another user's action",
        "amy+ bob+ amy!1 bob?amy1=no",
        "amy+ bob+ amy!1 bob?amy1=yes",
        "amy+ bob+ amy!1 amy?amy1=yes"
    ),
    property!(
        delivery::every_event_delivered,
        "each of the owner's tabs gets what each of the owner's actions makes",
        "amy+ amy!1 amy<amy1",
        "amy+ amy!1",
        "amy+"
    ),
    property!(
        delivery::every_event_once,
        "no tab gets an event twice",
        "amy+ amy<amy1#1 amy<amy1#2",
        "amy+ amy<amy1#1 amy<amy1#1",
        "amy+ amy<amy1"
    ),
    property!(
        delivery::events_in_order,
        "a tab gets its session's events in the order in which they were numbered",
        "amy+ amy<amy1#1 amy<amy2#2",
        "amy+ amy<amy2#2 amy<amy1#1",
        "amy+ amy<amy1#1"
    ),
    property!(
        sessions::silent_after_session_end,
        "a session that has ended gets nothing that is made later",
        "amy+ amy/phone+ amy- amy/phone!1 amy/phone<amy1",
        "amy+ amy/phone+ amy- amy/phone!1 amy<amy1",
        "amy+ amy/phone+ amy/phone!1 amy<amy1 amy-"
    ),
    property!(
        sessions::new_session_at_login,
        "a login gives a session id that nobody has shown before",
        "amy+ bob+",
        "amy+ amy-same+",
        "?-"
    ),
    property!(
        expectations::expectations_met,
        "each step of the scenario ends as the scenario says",
        "amy+ amy=yes",
        "amy+ amy=yes amy=no",
        "amy+"
    ),
];

/// The part after the last `::`.
const fn stringify_last(path: &'static str) -> &'static str {
    let mut at = path.len();
    while at > 0 && path.as_bytes()[at - 1] != b':' && path.as_bytes()[at - 1] != b' ' {
        at -= 1;
    }
    path.split_at(at).1
}

/// The property of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Property> {
    PROPERTIES.iter().find(|property| property.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notation::{check, history};
    use crate::verdict::Verdict::{Holds, Undecided, Violated};

    #[test]
    fn every_property_can_hold_fail_and_be_undecided() {
        for property in PROPERTIES {
            check(property, property.cases.holds, Holds, "");
            check(property, property.cases.undecided, Undecided, "");
            check(property, property.cases.violated, Violated, "");
        }
    }

    #[test]
    fn names_are_unique_and_found() {
        for property in PROPERTIES {
            assert!(
                std::ptr::eq(named(property.name).expect("listed"), property),
                "{}",
                property.name
            );
            assert!(!property.name.contains(':'));
        }
        assert!(named("no_such_claim").is_none());
    }

    #[test]
    fn an_empty_history_proves_nothing() {
        for property in PROPERTIES {
            assert_eq!(
                (property.judge)(&history("")).verdict,
                Undecided,
                "{}",
                property.name
            );
        }
    }
}
