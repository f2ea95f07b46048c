//! Random histories in which it is declared what is meant for whom: groups, refusals, pieces, values of the server, and
//! actions without a text.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::audience::{Audience, Later, Meant, Scope};
use crate::history::History;
use crate::marker::Marker;
use crate::membership::{Member, Membership};
use crate::name::{ActionId, UserName};
use crate::observation::{Observation, Piece, Secrecy, What};
use crate::place::Place;
use crate::test_histories::history;

/// What may happen: where, of which kind, and three small numbers that say the rest.
pub(super) type Happening = (Place, u8, u8, u8, u8);

pub(super) fn happening() -> impl Strategy<Value = Happening> {
    (place(), 0..40_u8, 0..6_u8, 0..6_u8, 0..12_u8)
}

/// One of few users, sessions and tabs, or a stranger's tab.
fn place() -> impl Strategy<Value = Place> {
    let places = [
        ("amy", "desktop", "1"),
        ("amy", "desktop", "2"),
        ("amy", "phone", "1"),
        ("bob", "desktop", "1"),
        ("bob", "desktop", "1"),
        ("?", "desktop", "1"),
    ];
    prop::sample::select(
        places
            .map(|(user, session, tab)| named(user, session, tab))
            .to_vec(),
    )
}

fn named(user: &str, session: &str, tab: &str) -> Place {
    Place {
        user: (user != "?").then(|| UserName::from(user)),
        session: session.to_owned(),
        tab: Some(tab.to_owned()),
    }
}

/// A history in which each marker is sent once, and answered and received only after that.
pub(super) fn made_of(happenings: Vec<Happening>) -> History {
    let mut history = history("stays shares ambient:tick amy+ amy/desktop/2+ bob+");
    history.observations.pop();
    let mut requests = Vec::new();
    let mut at_us = 0;
    for happening in happenings {
        at_us += 1 + 700_000 * u64::from(happening.2);
        let (place, what) = observed(happening, at_us, &mut requests);
        history.observations.push(Observation {
            seq: history.observations.len() as u64 + 1,
            at_us,
            place,
            what,
        });
    }
    history
}

/// A request that was sent.
struct Request {
    session: Place,
    marker: Marker,
    is_answered: bool,
}

fn observed(
    (tab, kind, number, other, more): Happening,
    at_us: u64,
    requests: &mut Vec<Request>,
) -> (Place, What) {
    let session = Place {
        tab: None,
        ..tab.clone()
    };
    let chosen = usize::from(number) % requests.len().max(1);
    let text = { requests.get(chosen) }.map_or_else(String::new, |one| one.marker.to_string());
    match kind {
        0 => {
            let socketless = other == 0;
            let last_seq = None;
            (
                tab,
                What::Joined {
                    last_seq,
                    socketless,
                },
            )
        }
        1 => {
            let by_server = (other.is_multiple_of(2)).then(|| format!("close frame {text}"));
            (tab, What::Left { by_server })
        }
        2 if more < 3 => (session, What::SessionEnded),
        3 => (Place::nobody("the run"), settled(number)),
        4 if other == 0 => (session, settled(number)),
        5..=9 => {
            let user = tab.user.clone().unwrap_or_else(|| UserName::from("amy"));
            let marker = made(more, &user, requests.len());
            requests.push(Request {
                session: session.clone(),
                marker: marker.clone(),
                is_answered: false,
            });
            (session, sent(marker, tab, number, other, more))
        }
        10..=15 if requests.get(chosen).is_some_and(|one| !one.is_answered) => {
            let request = &mut requests[chosen];
            request.is_answered = true;
            let marker = request.marker.clone();
            (request.session.clone(), answer(marker, chosen, other, more))
        }
        16..=21 => (tab, member(number, other, more)),
        22 => (session, answered(at_us, &text, other)),
        23 => (tab, secret(number, other, more)),
        24 => (tab, received(VALUES[usize::from(other) % 4], more, 0)),
        25 | 26 => (tab, piece(&text, number, other)),
        27 if other == 0 => {
            let action = ActionId::from(format!("a{chosen}").as_str());
            (session, What::Stopped { action })
        }
        28 if other == 0 => {
            let what = What::LoggedIn {
                before: None,
                after: format!("s{number}"),
            };
            (session, what)
        }
        29 if other == 0 => (tab, What::refused(text)),
        30 | 31 => (tab, received("", more, other)),
        33 => {
            let letters = text.len().min(8 + usize::from(more));
            (tab, received(&text[..letters], more, other))
        }
        32 if other == 0 => (
            Place::nobody("the run"),
            What::Late {
                by_ms: 1500,
                waiting: 0,
            },
        ),
        _ => (tab, received(&text, more, other)),
    }
}

const VALUES: [&str; 4] = [
    "ace-of-spades",
    "7H",
    "king-of-hearts",
    "3f9a0c71-5be2-4d18",
];

fn settled(number: u8) -> What {
    What::Settled {
        unsettled: (number == 0).then(|| "slow".to_owned()),
        listened_ms: None,
        unheard: None,
    }
}

fn scope(number: u8, tab: &Place) -> Scope {
    match number % 9 {
        0 => Scope::Tab(tab.clone()),
        1 => Scope::Session(tab.clone()),
        2 => Scope::User(UserName::from("bob")),
        3 => Scope::Everyone,
        4 if number > 8 => Scope::Anybody,
        5 | 6 => Scope::Group("blue".to_owned()),
        _ => Scope::Group("red".to_owned()),
    }
}

/// Every other marker is for its owner alone.
fn made(more: u8, user: &UserName, number: usize) -> Marker {
    let make = if more.is_multiple_of(2) {
        Marker::new
    } else {
        Marker::private
    };
    make(user, number as u128)
}

fn sent(marker: Marker, tab: Place, number: u8, other: u8, more: u8) -> What {
    if (other, more % 2) == (0, 0) {
        return What::sent(marker);
    }
    let meant = |any: Vec<Scope>| Meant {
        to: Audience {
            any,
            but: (number == 5)
                .then(|| scope(other, &tab))
                .into_iter()
                .collect(),
        },
        history: [Later::None, Later::May, Later::Must][usize::from(other % 3)],
        per_join: number == 4,
        unmarked: number == 3 && other == 5,
    };
    let mut events = BTreeMap::from([("popup".to_owned(), meant(vec![scope(more, &tab)]))]);
    if other > 2 {
        let both = vec![scope(more + 1, &tab), scope(number, &tab)];
        events.insert("result".to_owned(), meant(both));
    }
    What::Sent {
        marker,
        to: (more > 6).then(|| Audience::of(scope(number, &tab))),
        events,
        unmarked: number == 1,
        acting: (other != 1).then(|| Box::new(tab)),
        doing: None,
    }
}

fn answer(marker: Marker, action: usize, other: u8, more: u8) -> What {
    match more {
        0 | 1 => What::Refused {
            reason: format!("no {marker}"),
            marker: Some(marker),
        },
        2 => What::Unanswered { marker },
        _ => {
            let yields = [("popup", u64::from(other % 3)), ("result", 1)];
            let exact = ["popup", "result"].into_iter().take(usize::from(more % 3));
            What::Confirmed {
                marker,
                action: ActionId::from(format!("a{action}").as_str()),
                yields: yields.map(|(event, n)| (event.to_owned(), n)).into(),
                exact: exact.map(str::to_owned).collect::<BTreeSet<_>>(),
            }
        }
    }
}

fn member(number: u8, other: u8, more: u8) -> What {
    let is = match more {
        0..=2 => Membership::Asking,
        3..=6 => Membership::Joined,
        7 => Membership::Refused,
        8 => Membership::Leaving,
        9 => Membership::Lost,
        _ => Membership::Left,
    };
    What::Member {
        group: if number.is_multiple_of(2) {
            "red"
        } else {
            "blue"
        }
        .to_owned(),
        who: match other {
            0 => Member::Session,
            1 => Member::User,
            _ => Member::Tab,
        },
        is,
        closed: other == 5 && number == 5,
    }
}

fn answered(at_us: u64, text: &str, other: u8) -> What {
    What::Answered {
        asked: "GET x".to_owned(),
        action: None,
        granted: true,
        frame: if other < 2 {
            text.to_owned()
        } else {
            String::new()
        },
        is_public: false,
        asked_us: (other != 1).then(|| at_us.saturating_sub(u64::from(other) * 400_000)),
        pieces: Vec::new(),
        never: Vec::new(),
    }
}

fn secret(number: u8, other: u8, more: u8) -> What {
    let tab = named("amy", "desktop", "1");
    What::Secret {
        value: VALUES[usize::from(other) % 4].to_owned(),
        to: Audience::of(if number < 4 {
            scope(u8::from(other > 2) * 6, &tab)
        } else {
            scope(number, &tab)
        }),
        is: if more == 0 {
            Secrecy::Freed
        } else {
            Secrecy::Seen
        },
    }
}

fn piece(text: &str, number: u8, other: u8) -> What {
    let third = text.len() / 3;
    let (first, rest) = text.split_at(third);
    let (second, last) = rest.split_at(third);
    let text = [first, second, last, text][usize::from(other % 4)];
    let mut what = received(&text.to_uppercase(), 0, number);
    if let What::Received { pieces, .. } = &mut what {
        pieces.push(Piece {
            of: "answer".to_owned(),
            text: text.to_owned(),
        });
    }
    what
}

fn received(text: &str, more: u8, other: u8) -> What {
    let event = match other {
        0 => "tick",
        1..=3 => "popup",
        _ => "result",
    };
    What::Received {
        event: event.to_owned(),
        number: (more > 5).then_some(more.into()),
        order: (more > 8).then(|| "red".to_owned()),
        frame: format!("42[\"{event}\",\"{text}\"]"),
        pieces: Vec::new(),
        never: (more == 5 && other == 5)
            .then(|| "/hand".to_owned())
            .into_iter()
            .collect(),
        says_no: more == 4,
    }
}
