//! Random histories of few users, sessions, tabs and numbers, so that they often collide.

use proptest::prelude::*;

use crate::history::History;
use crate::marker::Marker;
use crate::name::{ActionId, UserName};
use crate::observation::{Observation, What};
use crate::place::Place;
use crate::test_histories::history;

/// What may happen: where, of which kind, and two small numbers that say the rest.
pub(super) type Happening = (Place, u8, u8, u8);

pub(super) fn happening() -> impl Strategy<Value = Happening> {
    (place(), 0..17_u8, 0..6_u8, 0..5_u8)
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

/// A history in which each marker is sent once, and confirmed and received only after that.
pub(super) fn made_of(happenings: Vec<Happening>) -> History {
    let mut history = history("amy+ bob+");
    let mut sent = Vec::new();
    let mut at_us = 0;
    for happening in happenings {
        at_us += 100_000 * u64::from(happening.2);
        let (place, what) = observed(happening, &mut sent);
        history.observations.push(Observation {
            seq: history.observations.len() as u64 + 1,
            at_us,
            place,
            what,
        });
    }
    history
}

/// A marker that was sent.
struct Request {
    session: Place,
    marker: Marker,
    confirmed: bool,
}

fn observed((tab, kind, number, other): Happening, sent: &mut Vec<Request>) -> (Place, What) {
    let session = Place {
        tab: None,
        ..tab.clone()
    };
    let nobody = Place {
        user: None,
        ..session.clone()
    };
    let chosen = usize::from(number) % sent.len().max(1);
    match kind {
        5 if other == 0 => (nobody, settled(number)),
        5 | 6 => {
            let user = tab.user.expect("a user");
            let marker = Marker::new(&user, sent.len() as u128);
            sent.push(Request {
                session: session.clone(),
                marker: marker.clone(),
                confirmed: false,
            });
            (session, What::sent(marker))
        }
        7 | 8 if sent.get(chosen).is_some_and(|request| !request.confirmed) => {
            let request = &mut sent[chosen];
            request.confirmed = true;
            let what = confirmed(request.marker.clone(), chosen, number, other);
            (request.session.clone(), what)
        }
        0 | 1 => (tab, of_a_tab(kind, number, other)),
        2 => (session, What::SessionEnded),
        3 | 4 | 9 | 11 => (session, of_a_session(kind, number, other)),
        10 | 12 => (nobody, of_nobody(kind, other)),
        13 => {
            let action = ActionId::from(format!("a{chosen}").as_str());
            (session, What::Stopped { action })
        }
        14 if other == 0 => (tab, What::refused("no".to_owned())),
        _ => {
            let marker = sent.get(chosen).map(|request| request.marker.to_string());
            let marker = marker.unwrap_or_default();
            // Sometimes cut short.
            let shown = if kind == 16 { 16 } else { marker.len() };
            let shown = &marker[..shown.min(marker.len())];
            (tab, received(shown, number, other))
        }
    }
}

fn of_a_tab(kind: u8, number: u8, other: u8) -> What {
    if kind == 0 {
        What::joined((other > 0).then_some(number.into()))
    } else {
        What::Left {
            by_server: (other.is_multiple_of(2)).then(|| format!("close frame {number}")),
        }
    }
}

fn of_a_session(kind: u8, number: u8, other: u8) -> What {
    match kind {
        3 => What::LoggedIn {
            before: Some(format!("g{other}")),
            after: format!("s{number}"),
        },
        4 => settled(number),
        9 => What::answered(
            "GET x".to_owned(),
            Some(ActionId::from(format!("a{number}").as_str())),
            other == 0,
            String::new(),
        ),
        _ => What::Expected {
            claim: "it".to_owned(),
            met: other > 1,
            unseen: other == 1,
            found: String::new(),
        },
    }
}

fn of_nobody(kind: u8, other: u8) -> What {
    if kind == 10 {
        What::answered("GET y".to_owned(), None, other == 0, String::new())
    } else {
        What::Late {
            by_ms: 500 * u64::from(other),
            waiting: 0,
        }
    }
}

fn settled(number: u8) -> What {
    What::Settled {
        unsettled: (number == 0).then(|| "slow".to_owned()),
        listened_ms: None,
        unheard: (number == 1).then(|| "frozen".to_owned()),
    }
}

fn confirmed(marker: Marker, action: usize, number: u8, other: u8) -> What {
    let yields = [("popup", other), ("result", 1)];
    let yields = yields.map(|(event, n)| (event.to_owned(), n.into()));
    let exact = (number.is_multiple_of(2)).then(|| "popup".to_owned());
    What::Confirmed {
        marker,
        action: ActionId::from(format!("a{action}").as_str()),
        yields: yields.into(),
        exact: exact.into_iter().collect(),
    }
}

fn received(marker: &str, number: u8, other: u8) -> What {
    let event = if other.is_multiple_of(2) {
        "popup"
    } else {
        "result"
    };
    let frame = format!("42[\"{event}\",\"{marker} {marker}\"]");
    What::received(
        event.to_owned(),
        (other > 1).then_some(number.into()),
        frame,
    )
}
