//! What came of an action, held against what the file says comes of it.

use std::collections::{BTreeMap, BTreeSet};

use evidence::Marker;
use serde_json::Value;
use targets::file::yields::{Marked, Yield};
use targets::language::came::Came;
use targets::language::place::Place;
use targets::language::predicate::Fit;
use targets::language::template::Nothing;
use walk::{Answer, Whereabouts};

use crate::audience::{Doing, Meant};
use crate::seen::{Seen, What, named};
use crate::shape::{leaves, listed};
use crate::sought::Sought;

/// An action that was done once.
pub(crate) struct Done {
    pub(crate) acting: Whereabouts,
    pub(crate) sought: Sought,
    pub(crate) answer: Answer,
    /// What had come before it.
    pub(crate) moment: usize,
    pub(crate) meant: BTreeMap<String, Meant>,
}

impl Done {
    pub(crate) const fn doing(&self, owner: targets::file::identity::Owner) -> Doing<'_> {
        Doing {
            acting: &self.acting,
            owner,
            meant: &self.meant,
        }
    }

    /// Whether what it yields is owed.
    pub(crate) const fn is_owed(&self) -> bool {
        matches!(self.answer, Answer::Yes | Answer::Sent)
    }
}

/// What came with a marker under one name: an event, or an answer.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    /// Where it came, and how often.
    pub(crate) at: BTreeMap<String, (Whereabouts, u64)>,
    /// Where the marker stood.
    pub(crate) stands: BTreeSet<String>,
}

/// Places of a marker, in words. A frame that is no JSON has none.
pub(crate) fn standing(stands: &[String]) -> String {
    let place = |stand: &String| match stand.as_str() {
        "" => "the whole frame".to_owned(),
        stand => stand.to_owned(),
    };
    let places: Vec<String> = stands.iter().map(place).collect();
    listed(&places, "")
}

/// Everything in which the marker stood, by the event's name, or `answer to …`, or `acknowledgement`.
pub(crate) fn with_marker(seen: &[Seen], done: &Done) -> BTreeMap<String, Carried> {
    let mut all: BTreeMap<String, Carried> = BTreeMap::new();
    for seen in seen.iter().skip(done.moment) {
        let Some(came) = seen.came() else { continue };
        let stands = done.sought.stands(came);
        if stands.is_empty() {
            continue;
        }
        let name = match (&seen.what, seen.event()) {
            (_, Some(event)) => event.to_owned(),
            (What::Answer(asked, _), _) => format!("answer to {asked}"),
            _ => "acknowledgement".to_owned(),
        };
        let entry = all.entry(name).or_default();
        entry.stands.extend(stands);
        let label = named(&seen.at);
        let known = entry
            .at
            .entry(label)
            .or_insert_with(|| (seen.at.clone(), 0));
        known.1 += 1;
    }
    all
}

/// Events of this name that came since, whether they have the marker or not.
pub(crate) fn named_so<'a>(
    seen: &'a [Seen],
    done: &'a Done,
    event: &'a str,
) -> impl Iterator<Item = (&'a Whereabouts, &'a Came)> {
    let new = seen.iter().skip(done.moment);
    new.filter(move |seen| seen.event() == Some(event))
        .filter_map(|seen| Some((&seen.at, seen.came()?)))
}

/// Whether an event is one of those that are meant.
pub(crate) fn is_meant(yields: &Yield, came: &Came) -> bool {
    let fit = yields
        .only
        .as_ref()
        .map(|only| only.fits(came, &mut Nothing));
    // What a name in the predicate stands for is not known here.
    !matches!(fit, Some(Ok(Fit::No(_))))
}

/// How often the event came to each place. One that is joined came where its pieces give the marker together.
pub(crate) fn counted(
    seen: &[Seen],
    done: &Done,
    event: &str,
    yields: &Yield,
) -> BTreeMap<String, (Whereabouts, u64)> {
    let mut all: BTreeMap<String, (Whereabouts, u64)> = BTreeMap::new();
    let mut joined: BTreeMap<(String, String, Option<u64>), String> = BTreeMap::new();
    for (at, came) in named_so(seen, done, event).filter(|(_, came)| is_meant(yields, came)) {
        let is_own = match (&yields.joined, yields.marked) {
            (Some(place), _) => {
                let stream = yields.by.as_ref().and_then(|by| by.first(came));
                let stream = stream.map(|value| value.to_string()).unwrap_or_default();
                let whole = joined.entry((named(at), stream, came.answer)).or_default();
                whole.push_str(&texts(place, came));
                done.sought.is_in(whole)
            }
            (None, Marked::Yes) => !done.sought.stands(came).is_empty(),
            // One that shows the text of another action is that action's.
            (None, Marked::May) => {
                !done.sought.stands(came).is_empty()
                    || Marker::find_all(came.text().as_bytes()).next().is_none()
            }
            (None, Marked::No) => true,
        };
        if is_own {
            let entry = all.entry(named(at)).or_insert_with(|| (at.clone(), 0));
            entry.1 += 1;
        }
    }
    all
}

fn texts(place: &Place, came: &Came) -> String {
    let all = place.all(came).into_iter();
    all.map(|value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    })
    .collect()
}

/// The place whose texts give the marker together, where no single event has it.
pub(crate) fn in_pieces(seen: &[Seen], done: &Done, event: &str) -> Option<String> {
    let mut whole: BTreeMap<(String, String), String> = BTreeMap::new();
    for (at, came) in named_so(seen, done, event) {
        let Some(value) = came.value() else { continue };
        leaves(&value, &mut String::new(), &mut |place, value| {
            if let Value::String(text) = value {
                let pieces = whole.entry((named(at), place.to_owned())).or_default();
                pieces.push_str(text);
            }
        });
    }
    let mut whole = whole.into_iter();
    let found = whole.find(|(_, text)| done.sought.is_in(text));
    found.map(|((_, place), _)| place)
}
