//! The part of the notation that says what is meant for whom.

use super::marker;
use crate::audience::{Audience, Later, Meant, Scope};
use crate::marker::Marker;
use crate::membership::{Member, Membership};
use crate::name::UserName;
use crate::observation::{Piece, Secrecy, What};
use crate::place::Place;

/// The sending of an action: `result>@red,-amy;to>bob;unmarked`. Nothing at all declares nothing.
#[track_caller]
pub(super) fn sent(marker: Marker, meant: &str) -> What {
    let mut sent = What::sent(marker);
    let What::Sent {
        to,
        events,
        unmarked,
        acting,
        ..
    } = &mut sent
    else {
        return sent;
    };
    for item in meant.split(';').filter(|item| !item.is_empty()) {
        match item.split_once('>') {
            Some(("to", scopes)) => *to = Some(of_event(scopes).to),
            Some(("acting", tab)) => *acting = Some(Box::new(place(tab))),
            Some((event, scopes)) => _ = events.insert(event.to_owned(), of_event(scopes)),
            None if item == "unmarked" => *unmarked = true,
            None => assert!(
                item.starts_with('x'),
                "`{item}` is not a word of the notation"
            ),
        }
    }
    sent
}

/// How many results an action makes: `x3`.
pub(super) fn times(meant: &str) -> u64 {
    let mut items = meant.split(';');
    items
        .find_map(|item| item.strip_prefix('x')?.parse().ok())
        .unwrap_or(1)
}

fn of_event(scopes: &str) -> Meant {
    let mut meant = Meant::default();
    for scope in scopes.split(',') {
        match (scope, scope.strip_prefix('-')) {
            ("may", _) => meant.history = Later::May,
            ("must", _) => meant.history = Later::Must,
            ("per", _) => meant.per_join = true,
            ("unmarked", _) => meant.unmarked = true,
            (_, Some(but)) => meant.to.but.push(of_scope(but)),
            _ => meant.to.any.push(of_scope(scope)),
        }
    }
    meant
}

fn of_scope(scope: &str) -> Scope {
    match (scope, scope.matches('/').count()) {
        ("*", _) => Scope::Everyone,
        ("**", _) => Scope::Anybody,
        (_, 2) => Scope::Tab(place(scope)),
        (_, 1) => Scope::Session(place(scope)),
        _ => match scope.strip_prefix('@') {
            Some(group) => Scope::Group(group.to_owned()),
            None => Scope::User(UserName::from(scope)),
        },
    }
}

fn place(text: &str) -> Place {
    let mut parts = text.split('/').map(str::to_owned);
    let user = parts.next().filter(|user| user != "?");
    Place {
        user: user.map(|user| UserName::from(user.as_str())),
        session: parts.next().unwrap_or_default(),
        tab: parts.next(),
    }
}

/// A membership: `red:user+`.
#[track_caller]
pub(super) fn member(text: &str) -> What {
    let mut sign = text.chars();
    let is = match sign.next_back() {
        Some('?') => Membership::Asking,
        Some('+') => Membership::Joined,
        Some('!') => Membership::Refused,
        Some('~') => Membership::Leaving,
        Some('-') => Membership::Left,
        Some('^') => Membership::Lost,
        other => panic!("{other:?} is not a sign of a membership"),
    };
    let mut words = sign.as_str().split(':');
    let group = words.next().unwrap_or_default().to_owned();
    let words: Vec<&str> = words.collect();
    let who = if words.contains(&"user") {
        Member::User
    } else if words.contains(&"session") {
        Member::Session
    } else {
        Member::Tab
    };
    What::Member {
        group,
        who,
        is,
        closed: words.contains(&"closed"),
    }
}

/// A value of the server: `ace>amy`, or `-ace`.
pub(super) fn secret(text: &str) -> What {
    let (value, to) = text.split_once('>').unwrap_or((text, "*"));
    let freed = value.strip_prefix('-');
    What::Secret {
        value: freed.unwrap_or(value).to_owned(),
        to: Audience {
            any: to.split(',').map(of_scope).collect(),
            but: Vec::new(),
        },
        is: freed.map_or(Secrecy::Seen, |_| Secrecy::Freed),
    }
}

/// A third of a marker, nine letters, as a piece of a stream: `(amy1`, `|amy1`, `)amy1`.
pub(super) fn third(name: &str) -> (String, Vec<Piece>) {
    let marker = marker(&name[1..]).to_string();
    let from = match &name[..1] {
        "(" => 0,
        "|" => 9,
        _ => 18,
    };
    let text = &marker[from..from + 9];
    let piece = Piece {
        of: "answer".to_owned(),
        text: text.to_owned(),
    };
    (text.to_owned(), vec![piece])
}
