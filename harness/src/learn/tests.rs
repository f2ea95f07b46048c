//! From what was seen to what the file says.

use std::path::PathBuf;

use evidence::Place;

use super::change::{Change, File, changes, write};
use super::entry::{Entry, Example};
use super::sighting::Carrier;
use super::stands::Stands;

const TEXT: &str = "\
target: a board
login: none
socket: {protocol: websocket}
groups: {room: {}}
actions:
  vote: # by its members
    takes: {room: group, to: user, text: marker}
    do: {send: \"{text}\"}
    yields: {vote: {to: tab, count: 1}, seen: 1, rest: {to: {group: room}, but: tab}}
  bare:
    takes: {text: marker}
    do: {send: \"{text}\"}
";

fn entry(action: &str, carrier: Carrier, stands: Stands) -> Entry {
    let nobody = Place::nobody("x");
    Entry {
        action: Some(action.to_owned()),
        carrier,
        stands,
        is_no_audience: None,
        is_missed: false,
        times: 1,
        example: Example {
            seen_at: nobody,
            acting: None,
            seq: 1,
            history: PathBuf::new(),
            frame: String::new(),
            says: String::new(),
        },
    }
}

fn event(name: &str) -> Carrier {
    Carrier::Event(name.to_owned())
}

#[track_caller]
fn check(text: &str, entries: &[Entry]) -> (Vec<Change>, String, usize) {
    let target = targets::parse(text).expect("a target");
    let file = File {
        name: "mine.yaml",
        text,
        target: &target,
    };
    let entries: Vec<&Entry> = entries.iter().collect();
    let found = changes(file, &entries);
    let (edited, left) = write(text, &found);
    let n_left = left.len();
    (found, edited, n_left)
}

#[track_caller]
fn says(entries: &[Entry], says: &str) {
    let (found, edited, n_left) = check(TEXT, entries);
    assert_eq!((found.len(), n_left), (1, 0), "{found:#?}");
    assert_eq!(found[0].says, says);
    targets::parse(&edited).expect("a target");
    // What is written is not to be learned again.
    let (again, _, _) = check(&edited, entries);
    let is_new = |change: &&Change| {
        matches!(entries[0].carrier, Carrier::Event(_)) && !change.says.is_empty()
    };
    assert_eq!(
        again.iter().filter(is_new).count(),
        0,
        "{again:#?}\n{edited}"
    );
}

#[test]
fn what_is_accepted_is_the_audience_that_would_have_allowed_it() {
    let room = || "room".to_owned();
    says(
        &[entry("vote", event("vote"), Stands::Other)],
        "yields: {vote: {to: everyone}}",
    );
    says(
        &[entry("vote", event("vote"), Stands::Member(room()))],
        "yields: {vote: {to: [tab, {group: room}]}}",
    );
    says(
        &[
            entry("vote", event("vote"), Stands::Session),
            entry("vote", event("vote"), Stands::Named("to".to_owned())),
        ],
        "yields: {vote: {to: [session, {user: to}]}}",
    );
    says(
        &[entry("vote", event("seen"), Stands::User)],
        "yields: {seen: {to: user}}",
    );
    says(
        &[entry("vote", event("rest"), Stands::Late(room()))],
        "yields: {rest: {history: may}}",
    );
    says(
        &[entry("bare", event("typing"), Stands::Stranger)],
        "yields: {typing: {to: anybody, count: 0+}}",
    );
    says(
        &[entry(
            "vote",
            Carrier::Answer("GET /list".to_owned()),
            Stands::Other,
        )],
        "yields: {GET /list: {to: everyone, count: 0+}}",
    );
}

#[test]
fn what_not_everybody_got_is_owed_to_nobody() {
    let missed = Entry {
        is_missed: true,
        ..entry("vote", event("vote"), Stands::Other)
    };
    says(&[missed], "yields: {vote: {to: everyone, count: 0+}}");
}

#[test]
fn what_cannot_be_said_in_place_is_said_and_left() {
    let (found, edited, n_left) = check(TEXT, &[entry("vote", event("rest"), Stands::Acting)]);
    let why = found[0].by_hand.as_deref().unwrap_or_default();
    assert!(why.contains("`but: tab`"), "{why}");
    assert_eq!((edited.as_str(), n_left), (TEXT, 1));
    let shared = TEXT.replace("actions:\n", "each action: {yields: {echo: 1}}\nactions:\n");
    let (found, edited, n_left) = check(&shared, &[entry("bare", event("echo"), Stands::Other)]);
    let why = found[0].by_hand.as_deref().unwrap_or_default();
    assert!(why.contains("each action"), "{why}");
    assert_eq!((edited, n_left), (shared, 1));
}

#[test]
fn what_no_audience_could_allow_has_no_change() {
    let refused = Entry {
        is_no_audience: Some("its action was refused"),
        ..entry("vote", event("vote"), Stands::Other)
    };
    assert!(check(TEXT, &[refused]).0.is_empty());
}
