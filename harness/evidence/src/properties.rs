//! The claims, listed once.
//!
//! A property sees a history's observations one by one and answers with a finding at the end. It prints,
//! draws and waits nowhere.
//! Every entry names a history in which it holds, one that violates it and one that cannot tell; a
//! test walks the list and tries all three.

mod every_event_delivered;
mod every_event_once;
mod expectations_met;
mod no_foreign_events;
mod silent_after_session_end;
#[cfg(test)]
mod specification;
mod undisturbed;

use crate::finding::Finding;
use crate::history::{History, Scene};
use crate::judging::{Judge, Judging};

/// Milliseconds by which the harness may be late and still compare what a part took, or prove that a socket was not
/// closed for its silence. It is twice the room that latencies have.
const TOO_LATE_MS: u64 = 1000;

/// A claim, and the proof that it can fail.
pub struct Property {
    /// The name that scenarios use.
    pub name: &'static str,
    /// The claim, as a sentence.
    pub claim: &'static str,
    /// Begins to judge a history with this header.
    pub(crate) start: fn(&Scene) -> Box<dyn Judge>,
    pub(crate) scope: Scope,
    #[cfg(test)]
    cases: Cases,
}

/// What a property speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One part of a history: it begins anew with the next.
    Part,
    /// All parts together.
    Parts,
}

/// Scripts in the notation of `notation.rs`: one for each verdict.
#[cfg(test)]
struct Cases {
    holds: &'static str,
    violated: &'static str,
    undecided: &'static str,
}

macro_rules! property {
    ($name:literal, $judge:path, $claim:literal, $holds:literal, $violated:literal, $undecided:literal) => {
        property!(
            Scope::Part,
            $name,
            $judge,
            $claim,
            $holds,
            $violated,
            $undecided
        )
    };
    ($scope:expr, $name:literal, $judge:path, $claim:literal, $holds:literal, $violated:literal, $undecided:literal) => {
        Property {
            name: $name,
            claim: $claim,
            start: $judge,
            scope: $scope,
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
        "no_foreign_events",
        no_foreign_events::NoForeignEvents::start,
        "no session sees, in any byte, what another user made",
        "amy+ bob+ amy!1 amy<amy1",
        "amy+ bob+ amy!1 bob<amy1",
        "amy+ amy!1 amy<amy1"
    ),
    property!(
        "strangers_refused",
        no_foreign_events::StrangersRefused::start,
        "nobody without a session gets a socket, an event or an answer",
        "?-",
        "?+",
        "amy+"
    ),
    property!(
        "others_actions_out_of_reach",
        no_foreign_events::OthersActionsOutOfReach::start,
        "no user reads, stops or deletes another user's action",
        "amy+ bob+ amy!1 bob?amy1=no",
        "amy+ bob+ amy!1 bob?amy1=yes",
        "amy+ bob+ amy!1 amy?amy1=yes"
    ),
    property!(
        "every_event_delivered",
        every_event_delivered::EveryEventDelivered::start,
        "each of the owner's tabs gets what each of the owner's actions makes",
        "amy+ amy!1 amy<amy1",
        "amy+ amy!1",
        "amy+"
    ),
    property!(
        "every_event_once",
        every_event_once::EveryEventOnce::start,
        "no tab gets an event twice",
        "amy+ amy<amy1#1 amy<amy1#2",
        "amy+ amy<amy1#1 amy<amy1#1",
        "amy+ amy<amy1"
    ),
    property!(
        "events_in_order",
        every_event_once::EventsInOrder::start,
        "a tab gets its session's events in the order in which they were numbered",
        "amy+ amy<amy1#1 amy<amy2#2",
        "amy+ amy<amy2#2 amy<amy1#1",
        "amy+ amy<amy1#1"
    ),
    property!(
        "silent_after_session_end",
        silent_after_session_end::SilentAfterSessionEnd::start,
        "a session that has ended gets nothing that is made later",
        "amy+ amy/phone+ amy- amy/phone!1 amy/phone<amy1",
        "amy+ amy/phone+ amy- amy/phone!1 amy<amy1",
        "amy+ amy/phone+ amy/phone!1 amy<amy1 amy-"
    ),
    property!(
        "new_session_at_login",
        silent_after_session_end::NewSessionAtLogin::start,
        "a login gives a session id that nobody has shown before",
        "amy+ bob+",
        "amy+ amy-same+",
        "?-"
    ),
    property!(
        "expectations_met",
        expectations_met::ExpectationsMet::start,
        "each step of the scenario ends as the scenario says",
        "amy+ amy=yes",
        "amy+ amy=yes amy=no",
        "amy+"
    ),
    property!(
        Scope::Parts,
        "undisturbed",
        undisturbed::Undisturbed::start,
        "a user sees the same, as soon and in the same order, whoever else is there",
        "|alone amy+ amy!1 amy<amy1#1 |alone amy+ amy!2 amy<amy2#1 |beside bob+ amy+ amy!3 amy<amy3#1",
        "|alone amy+ amy!1 amy<amy1#1 |alone amy+ amy!2 amy<amy2#1 |beside bob+ amy+ amy!3 amy<amy3#2",
        "amy+ bob+ amy!1 amy<amy1#1"
    ),
];

impl Property {
    /// Whether it speaks of several parts of a history, which only scenarios with neighbours have.
    #[must_use]
    pub const fn compares_parts(&self) -> bool {
        matches!(self.scope, Scope::Parts)
    }

    /// Judges a whole history.
    #[must_use]
    pub fn judge(&'static self, history: &History) -> Finding {
        let mut judging = Judging::start(&history.scene, [self]);
        history
            .observations
            .iter()
            .for_each(|seen| judging.see(seen));
        let found = judging.end().pop();
        found.map_or_else(
            || Finding::undecided("nothing was judged"),
            |(_, found)| found,
        )
    }
}

/// The property of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Property> {
    PROPERTIES.iter().find(|property| property.name == name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::marker::Marker;
    use crate::name::{ActionId, UserName};
    use crate::notation::{check, history};
    use crate::observation::{Observation, What};
    use crate::place::Place;
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
    fn only_undisturbed_compares_parts() {
        let comparing = PROPERTIES
            .iter()
            .filter(|property| property.compares_parts());
        let names: Vec<&str> = comparing.map(|property| property.name).collect();
        assert_eq!(names, ["undisturbed"]);
    }

    #[test]
    fn an_empty_history_proves_nothing() {
        for property in PROPERTIES {
            assert_eq!(
                property.judge(&history("")).verdict,
                Undecided,
                "{}",
                property.name
            );
        }
    }

    /// One of few users, sessions and tabs.
    fn place() -> impl Strategy<Value = Place> {
        prop::sample::select(vec![
            ("amy", "desktop", "1"),
            ("amy", "desktop", "2"),
            ("amy", "phone", "1"),
            ("bob", "desktop", "1"),
        ])
        .prop_map(|(user, session, tab)| Place {
            user: Some(UserName::from(user)),
            session: session.to_owned(),
            tab: Some(tab.to_owned()),
        })
    }

    /// What may happen, with small numbers so that things meet.
    fn happening() -> impl Strategy<Value = (Place, u8, u8, u8)> {
        (place(), 0..17_u8, 0..6_u8, 0..5_u8)
    }

    fn settled(number: u8) -> What {
        What::Settled {
            unsettled: (number == 0).then(|| "slow".to_owned()),
            listened_ms: None,
            unheard: (number == 1).then(|| "frozen".to_owned()),
        }
    }

    /// A history in which each marker is sent once, and confirmed and received only after that.
    fn made_of(happenings: Vec<(Place, u8, u8, u8)>) -> History {
        let mut history = history("amy+ bob+");
        let mut sent: Vec<(Place, Marker, bool)> = Vec::new();
        let mut at_us = 0;
        for (place, kind, number, other) in happenings {
            at_us += 100_000 * u64::from(number);
            let session = Place {
                tab: None,
                ..place.clone()
            };
            let nobody = Place {
                user: None,
                ..session.clone()
            };
            let chosen = usize::from(number) % sent.len().max(1);
            let (place, what) = match kind {
                0 => (
                    place,
                    What::Joined {
                        last_seq: (other > 0).then_some(number.into()),
                    },
                ),
                1 => {
                    let by_server = (other % 2 == 0).then(|| format!("close frame {number}"));
                    (place, What::Left { by_server })
                }
                2 => (session, What::SessionEnded),
                3 => (
                    session,
                    What::LoggedIn {
                        before: Some(format!("g{other}")),
                        after: format!("s{number}"),
                    },
                ),
                4 => (session, settled(number)),
                5 if other == 0 => (nobody, settled(number)),
                5 | 6 => {
                    let user = place.user.clone().expect("a user");
                    let marker = Marker::new(&user, sent.len() as u128);
                    sent.push((session.clone(), marker.clone(), false));
                    (session, What::Sent { marker })
                }
                7 | 8 if sent.get(chosen).is_some_and(|(.., confirmed)| !confirmed) => {
                    let (session, marker, confirmed) = &mut sent[chosen];
                    *confirmed = true;
                    let yields = [("popup", other), ("result", 1)];
                    let yields = yields.map(|(event, n)| (event.to_owned(), n.into()));
                    (
                        session.clone(),
                        What::Confirmed {
                            marker: marker.clone(),
                            action: ActionId::from(format!("a{chosen}").as_str()),
                            yields: yields.into(),
                            exact: (number % 2 == 0)
                                .then(|| "popup".to_owned())
                                .into_iter()
                                .collect(),
                        },
                    )
                }
                9 => (
                    session,
                    What::Answered {
                        asked: "GET x".to_owned(),
                        action: Some(ActionId::from(format!("a{number}").as_str())),
                        granted: other == 0,
                        frame: String::new(),
                    },
                ),
                10 => (
                    nobody,
                    What::Answered {
                        asked: "GET y".to_owned(),
                        action: None,
                        granted: other == 0,
                        frame: String::new(),
                    },
                ),
                11 => (
                    session,
                    What::Expected {
                        claim: "it".to_owned(),
                        met: other > 1,
                        unseen: other == 1,
                        found: String::new(),
                    },
                ),
                13 => {
                    let action = ActionId::from(format!("a{chosen}").as_str());
                    (session, What::Stopped { action })
                }
                12 => (
                    nobody,
                    What::Late {
                        by_ms: 500 * u64::from(other),
                        waiting: 0,
                    },
                ),
                14 if other == 0 => (
                    place,
                    What::Refused {
                        reason: "no".to_owned(),
                    },
                ),
                _ => {
                    let markers = sent
                        .get(chosen)
                        .map(|(_, marker, _)| marker.to_string())
                        .unwrap_or_default();
                    let event = if other % 2 == 0 { "popup" } else { "result" };
                    let frame = format!("42[\"{event}\",\"{markers} {markers}\"]");
                    (
                        place,
                        What::Received {
                            event: event.to_owned(),
                            number: (other > 1).then_some(number.into()),
                            frame,
                        },
                    )
                }
            };
            history.observations.push(Observation {
                seq: history.observations.len() as u64 + 1,
                at_us,
                place,
                what,
            });
        }
        history
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn one_by_one_they_say_what_the_whole_history_says(happenings in prop::collection::vec(happening(), 0..60)) {
            let history = made_of(happenings);
            for (name, specified) in specification::SPECIFICATION {
                let property = named(name).expect("listed");
                let (streamed, specified) = (property.judge(&history), specified(&history));
                prop_assert_eq!(streamed, specified, "{}", name);
            }
        }
    }

    #[test]
    fn every_property_of_a_part_is_specified() {
        let specified: Vec<&str> = specification::SPECIFICATION
            .iter()
            .map(|(name, _)| *name)
            .collect();
        let of_a_part = PROPERTIES
            .iter()
            .filter(|property| property.scope == Scope::Part);
        let listed: Vec<&str> = of_a_part.map(|property| property.name).collect();
        assert_eq!(listed, specified);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn a_part_is_judged_as_a_history_of_its_own(
            first in prop::collection::vec(happening(), 0..30),
            second in prop::collection::vec(happening(), 0..30),
        ) {
            let (first, second) = (made_of(first), made_of(second));
            let mut joined = first.clone();
            let nobody = Place { user: None, session: "the run".to_owned(), tab: None };
            let began = Observation { seq: 0, at_us: 0, place: nobody, what: What::PartBegan { beside: None } };
            joined.observations.push(began);
            joined.observations.extend(second.observations.iter().cloned());
            for property in PROPERTIES.iter().filter(|property| property.scope == Scope::Part) {
                let apart = property.judge(&first).and(property.judge(&second));
                prop_assert_eq!(property.judge(&joined), apart, "{}", property.name);
            }
        }
    }
}
