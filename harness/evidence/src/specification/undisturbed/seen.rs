//! The parts of a history, and what each of them shows.

use std::collections::BTreeMap;

use crate::comparison::leaves::{Leaf, of_answer, of_packet};
use crate::history::History;
use crate::marker::Marker;
use crate::observation::{COMMENT, Observation, TOO_FAST, What};

/// One part.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) beside: Option<String>,
    /// Why it is not compared.
    pub(super) left_out: Option<Why>,
    pub(super) things: Vec<Thing>,
    pub(super) lasted_us: u64,
    pub(super) worst_late_us: u64,
    pub(super) all_late_us: u64,
    /// Where somebody was too fast.
    pub(super) too_fast: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Why {
    Unsettled,
    Late,
}

impl Part {
    pub(super) fn is_unsettled(&self) -> bool {
        self.left_out == Some(Why::Unsettled)
    }

    /// The things of one kind at one place.
    pub(super) fn of(&self, place: &str, kind: &str) -> Vec<&Thing> {
        let all = self.things.iter();
        all.filter(|thing| thing.place == place && thing.kind == kind)
            .collect()
    }
}

/// One thing that was seen.
#[derive(Debug)]
pub(super) struct Thing {
    pub(super) place: String,
    pub(super) kind: String,
    pub(super) values: Vec<Leaf>,
    /// Since the part began.
    pub(super) at_us: u64,
    pub(super) after_us: u64,
    pub(super) is_event: bool,
    pub(super) is_marked: bool,
    pub(super) is_targets: bool,
    /// A step that was not seen in time, and how long it had waited.
    pub(super) waited_us: Option<u64>,
}

impl Thing {
    pub(super) fn value(&self, path: &str) -> Option<&str> {
        let found = self.values.iter().find(|(other, _)| other == path);
        found.map(|(_, value)| value.as_str())
    }
}

/// What stands before the first part is none.
pub(super) fn parts(history: &History) -> Vec<Part> {
    let mut parts: Vec<Vec<&Observation>> = Vec::new();
    for observation in &history.observations {
        match (&observation.what, parts.last_mut()) {
            (What::PartBegan { .. }, _) => parts.push(vec![observation]),
            (_, Some(part)) => part.push(observation),
            (_, None) => {}
        }
    }
    parts
        .iter()
        .map(|observations| part(observations))
        .collect()
}

fn part(observations: &[&Observation]) -> Part {
    let What::PartBegan { beside } = &observations[0].what else {
        unreachable!("a part begins so");
    };
    let began_us = observations[0].at_us;
    let late = |observation: &&Observation| match observation.what {
        What::Late { by_ms, .. } => Some(by_ms * 1000),
        _ => None,
    };
    let mut left_out = None;
    let mut long_us = 0;
    for observation in observations {
        let is_of_all = observation.place.user.is_none();
        match &observation.what {
            What::Settled {
                unsettled: Some(_), ..
            } if is_of_all => left_out = left_out.or(Some(Why::Unsettled)),
            What::Late { by_ms: 500.., .. } => {
                long_us += late(observation).unwrap_or(0);
                left_out = left_out.or((long_us >= 1_000_000).then_some(Why::Late));
            }
            _ => {}
        }
    }
    let is_too_fast = |observation: &&&Observation| match &observation.what {
        What::Expected { unseen, found, .. } => *unseen && found.contains(TOO_FAST),
        _ => false,
    };
    Part {
        beside: beside.clone(),
        left_out,
        things: { 0..observations.len() }
            .filter_map(|at| thing(&observations[..=at], began_us))
            .collect(),
        lasted_us: observations.last().map_or(0, |last| last.at_us - began_us),
        worst_late_us: observations.iter().filter_map(late).max().unwrap_or(0),
        all_late_us: observations.iter().filter_map(late).sum(),
        too_fast: { observations.iter() }
            .filter(is_too_fast)
            .map(|observation| observation.place.to_string())
            .collect(),
    }
}

/// Whether it is something that a place sees or does.
fn is_thing(observation: &Observation) -> bool {
    let Observation { place, what, .. } = observation;
    let is_of_all = place.user.is_none() && place.session == "the run";
    !is_of_all
        && !matches!(
            what,
            What::Sent { .. }
                | What::Late { .. }
                | What::Settled { .. }
                | What::PartBegan { .. }
                | What::RecordingStopped { .. }
        )
        && !matches!(what, What::Received { event, .. } if event == COMMENT)
}

fn is_event(observation: &Observation) -> bool {
    matches!(observation.what, What::Received { .. })
}

/// Whether everything that was due has had its time.
fn has_settled(observation: &Observation) -> bool {
    observation.place.user.is_none() && matches!(observation.what, What::Settled { .. })
}

/// The last of these as a thing, if it is one.
fn thing(so_far: &[&Observation], began_us: u64) -> Option<Thing> {
    let (observation, before) = so_far.split_last()?;
    if !is_thing(observation) {
        return None;
    }
    let Observation {
        at_us, place, what, ..
    } = *observation;
    let by_same = |other: &&&Observation| {
        other.place.user == place.user && other.place.session == place.session
    };
    let last = |is_it: &dyn Fn(&Observation) -> bool| {
        let mut found = before
            .iter()
            .rev()
            .filter(by_same)
            .filter(|other| is_it(other));
        found.next().map_or(began_us, |other| other.at_us)
    };
    let acted_us = last(&|other| {
        matches!(other.what, What::Sent { .. }) || (is_thing(other) && !is_event(other))
    });
    let saw_us = last(&|other| is_thing(other) && is_event(other));
    let text = what.target_text().unwrap_or_default();
    let known = known(before);
    let is_marked = Marker::find_all(text.as_bytes()).next().is_some();
    let mut shown = Marker::find_all(text.as_bytes());
    let sent_us = shown.find_map(|marker| known.get(marker.as_str()).map(|(_, at_us)| *at_us));
    let since = match (is_event(observation), sent_us) {
        (true, Some(sent_us)) => sent_us,
        (true, None) => acted_us,
        (false, _) => acted_us.max(saw_us),
    };
    let counts = |other: &Observation| matches!(other.what, What::Sent { .. }) || is_thing(other);
    let is_first = { before.iter() }
        .filter(by_same)
        .all(|other| !counts(other));
    let since = match what {
        What::Answered {
            asked_us: Some(asked_us),
            ..
        } => since.max(*asked_us),
        _ if is_first => *at_us,
        _ => since,
    };
    let (kind, values) = described(so_far, what, &known);
    Some(Thing {
        place: place.to_string(),
        kind,
        values,
        at_us: at_us - began_us,
        after_us: match what {
            What::Left { by_server: None } => 0,
            What::Expected { .. } if before.iter().any(|other| has_settled(other)) => 0,
            _ => at_us.saturating_sub(since.max(began_us)),
        },
        is_event: is_event(observation),
        is_marked,
        is_targets: matches!(
            what,
            What::Received { .. } | What::Answered { .. } | What::Confirmed { .. }
        ),
        waited_us: matches!(what, What::Expected { unseen: true, .. }).then(|| at_us - acted_us),
    })
}

/// The markers that were sent, each with its name and when it was sent.
fn known(before: &[&Observation]) -> BTreeMap<String, (String, u64)> {
    let mut known = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for observation in before {
        if let What::Sent { marker, .. } = &observation.what {
            let who = observation.place.who();
            let count = counts.entry(who).or_default();
            *count += 1;
            known.insert(
                marker.to_string(),
                (format!("‹{who}'s {count}›"), observation.at_us),
            );
        }
    }
    known
}

/// What a person's nth action is called, by its id.
fn action_names(so_far: &[&Observation]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for observation in so_far.iter().filter(|observation| is_thing(observation)) {
        let (What::Confirmed { action, .. }
        | What::Answered {
            action: Some(action),
            ..
        }) = &observation.what
        else {
            continue;
        };
        if action.as_str().is_empty() || names.contains_key(action.as_str()) {
            continue;
        }
        let who = observation.place.who();
        let count = counts.entry(who).or_default();
        *count += 1;
        names.insert(action.to_string(), format!("‹{who}'s {count}›"));
    }
    names
}

fn described(
    so_far: &[&Observation],
    what: &What,
    known: &BTreeMap<String, (String, u64)>,
) -> (String, Vec<Leaf>) {
    let named = |text: &str| {
        let mut named = text.to_owned();
        for marker in Marker::find_all(text.as_bytes()) {
            let name = known
                .get(marker.as_str())
                .map_or("‹foreign›", |(name, _)| name);
            named = named.replace(marker.as_str(), name);
        }
        named
    };
    let one = |path: &str, value: String| vec![(path.to_owned(), value)];
    match what {
        What::Received { event, frame, .. } => (event.clone(), of_packet(&named(frame))),
        What::Answered {
            asked,
            action,
            frame,
            ..
        } => {
            let names = action_names(so_far);
            let name =
                { action.as_ref() }.and_then(|action| Some((action, names.get(action.as_str())?)));
            let asked = name.map_or(asked.clone(), |(action, name)| {
                asked.replace(action.as_str(), name)
            });
            (asked, of_answer(&named(frame)))
        }
        What::Confirmed { action, .. } => {
            ("confirmed".to_owned(), one("action", action.to_string()))
        }
        What::Refused { reason, .. } => ("refused".to_owned(), one("reason", named(reason))),
        What::Joined { .. } => ("joined".to_owned(), Vec::new()),
        What::Expected {
            claim, met, unseen, ..
        } => {
            let met = if *unseen {
                "not seen in time".to_owned()
            } else {
                met.to_string()
            };
            (format!("step: {claim}"), one("met", met))
        }
        What::LoggedIn { .. } => ("logged in".to_owned(), Vec::new()),
        What::SessionEnded => ("session ended".to_owned(), Vec::new()),
        What::Left { by_server } => {
            let how = by_server
                .iter()
                .map(|how| ("by the server".to_owned(), named(how)));
            ("left".to_owned(), how.collect())
        }
        What::Unanswered { .. } => ("unanswered".to_owned(), Vec::new()),
        What::Member { is, .. } if is.is_an_answer() => {
            ("membership".to_owned(), one("is", format!("{is:?}")))
        }
        _ => (String::new(), Vec::new()),
    }
}
