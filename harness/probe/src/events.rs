//! What the target file says of each event, whatever action makes it: where its number stands, when it was queued, where
//! the pieces of a stream stand and what its last one looks like, and which events of a name are meant.

use std::collections::{BTreeSet, HashMap, HashSet};

use evidence::{Marker, OTHERWISE, Piece};
use serde_json::Value;
use targets::Target;
use targets::file::number::{Number, Within};
use targets::file::secrets::SecretFrom;
use targets::file::socket::ResumeBy;
use targets::file::yields::{QueuedAt, Unit, Yield};
use targets::language::came::Came;
use targets::language::place::Place;
use targets::language::predicate::{Fit, Predicate};
use targets::language::step::{Act, Granted, Step};
use targets::language::template::{Lookup, Nothing, as_text};
use walk::Values;

/// Bytes of the texts of one frame that continue streams.
const PIECES: usize = 1 << 20;

/// What events are called that have no name of their own.
const NAMELESS: [&str; 2] = ["answer", "message"];

/// What is known of the events of a target.
#[derive(Debug, Default)]
pub(crate) struct Events {
    by_name: HashMap<String, Vec<Event>>,
    by_socket: HashMap<String, (Option<Number>, Option<QueuedAt>)>,
    /// Which events of a name an action means.
    only: HashMap<(String, String), Option<Predicate>>,
    /// The names of which not all events are meant.
    narrowed: HashSet<String>,
    /// The names whose pieces have a last one.
    streams: BTreeSet<String>,
    /// The names that the file gives to what users get.
    declared: HashSet<String>,
    /// What a refusal looks like where somebody opens a tab or joins a group.
    refusals: Vec<Predicate>,
    /// Events that say how far a tab has heard.
    marks: BTreeSet<String>,
}

#[derive(Debug)]
struct Event {
    number: Option<Number>,
    queued_at: Option<QueuedAt>,
    joined: Option<(Place, Option<Place>)>,
    ends: Option<Predicate>,
    only: Option<Predicate>,
}

/// Streams of a tab that an event ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// The event whose pieces they are.
    pub(crate) event: String,
    /// What tells them from others, if it says so.
    by: Option<String>,
    answer: Option<u64>,
}

/// A number, and in what it rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) number: u64,
    pub(crate) within: Within,
}

impl Events {
    /// Those of a target.
    pub(crate) fn of(target: &Target) -> Self {
        let mut events = Self::default();
        let actions = target.actions.iter();
        let made = actions.flat_map(|(action, does)| {
            let made = does.yields.iter();
            made.map(move |(name, made)| (action, name, made))
        });
        for (action, name, made) in made {
            let known = events.by_name.entry(name.clone()).or_default();
            known.push(Event::of(made));
            if made.joined.is_some() && made.ends.is_some() {
                events.streams.insert(name.clone());
            }
            if made.only.is_some() {
                events.narrowed.insert(name.clone());
            }
            let key = (action.clone(), name.clone());
            events.only.insert(key, made.only.clone());
        }
        for (name, socket) in &target.sockets {
            let of_all = (socket.number.clone(), socket.queued_at.clone());
            events.by_socket.insert(name.clone(), of_all);
            let lasts = socket.resume.iter().filter_map(|resume| match &resume.by {
                ResumeBy::Last { places, .. } => Some(places),
                _ => None,
            });
            let marks = lasts.flatten().filter_map(Place::event);
            events.marks.extend(marks.map(str::to_owned));
        }
        events.declared = declared(target);
        let of_sockets = target.sockets.iter().map(|(_, socket)| &socket.refused);
        let of_steps = openings(target).map(|step| &step.refused);
        let refusals = of_sockets.chain(of_steps).flatten().cloned();
        events.refusals = refusals.collect();
        events
    }

    /// Whether an event says no to somebody who may not be here: the file says so, or nothing in it is for users and the
    /// tab is not open yet.
    pub(crate) fn says_no(&self, came: &Came, is_opening: bool) -> bool {
        let mut refusals = self.refusals.iter();
        let is_declared = came
            .event
            .as_ref()
            .is_none_or(|name| self.declared.contains(name));
        // A frame that answers is an event too.
        let answer = Came {
            ack: came.ack.clone().or_else(|| Some(came.arguments.clone())),
            ..came.clone()
        };
        (is_opening && !is_declared)
            || refusals.any(|refused| {
                let fits = |came: &Came| matches!(refused.fits(came, &mut Nothing), Ok(Fit::Yes));
                fits(came) || fits(&answer)
            })
    }

    fn known(&self, came: &Came) -> &[Event] {
        let known = came.event.as_ref().and_then(|name| self.by_name.get(name));
        known.map_or(&[], Vec::as_slice)
    }

    /// The number of an event that came over this socket.
    pub(crate) fn number(&self, socket: &str, came: &Came) -> Option<Numbered> {
        let known = self.known(came).iter();
        let own = known.filter_map(|event| event.number.as_ref());
        // What says how far somebody has heard repeats a number, and has none.
        let is_numbered = { came.event.as_ref() }
            .is_none_or(|name| !self.marks.contains(name) || self.by_name.contains_key(name));
        let of_all = self.by_socket.get(socket).filter(|_| is_numbered);
        let all = own.chain(of_all.and_then(|(number, _)| number.as_ref()));
        let mut found = all.filter_map(|number| {
            let value = number.place.first(came)?;
            let written = || as_text(&value).parse().ok();
            let within = number.within;
            let number = value.as_u64().or_else(written)?;
            Some(Numbered { number, within })
        });
        found.next()
    }

    /// When an event was queued by its own words, in microseconds since 1970.
    pub(crate) fn queued_at(&self, socket: &str, came: &Came) -> Option<u64> {
        let known = self.known(came).iter();
        let own = known.filter_map(|event| event.queued_at.as_ref());
        let of_all = self.by_socket.get(socket);
        let mut all = own.chain(of_all.and_then(|(_, queued)| queued.as_ref()));
        all.find_map(|queued| micros(&queued.place.first(came)?, queued.unit))
    }

    /// The texts in it that continue a stream.
    pub(crate) fn pieces(&self, came: &Came) -> Vec<Piece> {
        let Some(name) = &came.event else {
            return Vec::new();
        };
        let known = self.known(came).iter();
        let Some((place, by)) = known.filter_map(|event| event.joined.as_ref()).next() else {
            return Vec::new();
        };
        let by = by.as_ref().and_then(|by| by.first(came));
        let of = stream(name, by.as_ref().map(as_text).as_deref(), came.answer);
        let mut room = PIECES;
        let texts = place.all(came).into_iter().map(|value| as_text(&value));
        let kept = texts.take_while(|text| {
            room = room.saturating_sub(text.len());
            room > 0
        });
        let piece = |text| Piece {
            of: of.clone(),
            text,
        };
        kept.map(piece).collect()
    }

    /// The streams that it ends.
    pub(crate) fn ended(&self, came: &Came) -> Vec<Ending> {
        let all = self.streams.iter().filter_map(|name| {
            let mut known = self.by_name.get(name)?.iter();
            let by = known.find_map(|event| {
                let ((_, by), ends) = (event.joined.as_ref()?, event.ends.as_ref()?);
                self.is_end(ends, name, came).then_some(by.as_ref())
            })?;
            Some(Ending {
                event: name.clone(),
                by: by.and_then(|by| by.first(came)).map(|by| as_text(&by)),
                answer: came.answer,
            })
        });
        all.collect()
    }

    /// Whether an event is the last of the pieces that have this name. It may have another name, if the predicate says
    /// so, or none of its own.
    fn is_end(&self, ends: &Predicate, name: &str, came: &Came) -> bool {
        let is_named = ends.events().next().is_some();
        let is_own = came.event.as_ref().is_none_or(|event| {
            let is_nameless = NAMELESS.contains(&event.as_str());
            event == name || (is_nameless && !self.by_name.contains_key(event))
        });
        (is_named || is_own) && matches!(ends.fits(came, &mut Nothing), Ok(Fit::Yes))
    }

    /// Whether an event of this name is one that the file means, by `where`: for a marked one `values` are those of its
    /// action. What nobody knows yet speaks for it.
    pub(crate) fn is_meant(
        &self,
        came: &Came,
        raw: &str,
        values: &dyn Fn(&Marker) -> Option<(String, Values)>,
    ) -> bool {
        let Some(name) = came
            .event
            .as_ref()
            .filter(|name| self.narrowed.contains(*name))
        else {
            return true;
        };
        let fits = |only: &Option<Predicate>, lookup: &mut dyn Lookup| {
            let fits = only.as_ref().map(|only| only.fits(came, lookup));
            !matches!(fits, Some(Ok(Fit::No(_))))
        };
        // It may quote the text of another action.
        let marked = Marker::find_all(raw.as_bytes()).filter_map(|marker| values(&marker));
        let mut of_actions = marked.filter_map(|(action, mut values)| {
            let only = self.only.get(&(action, name.clone()))?;
            Some(fits(only, &mut values))
        });
        match of_actions.next() {
            Some(is_meant) => is_meant || of_actions.any(|is_meant| is_meant),
            None => self
                .known(came)
                .iter()
                .any(|event| fits(&event.only, &mut Nothing)),
        }
    }

    /// Whether the file says of any event which of them are meant.
    pub(crate) fn are_narrowed(&self) -> bool {
        !self.narrowed.is_empty()
    }
}

/// The steps by which a tab is opened.
fn openings(target: &Target) -> impl Iterator<Item = &Step> {
    let joins = target.groups.iter().flat_map(|(_, group)| &group.join);
    target.open.iter().chain(joins)
}

/// The names of what users get.
fn declared(target: &Target) -> HashSet<String> {
    let made = target.actions.iter().flat_map(|(_, does)| &does.yields);
    let made = made.map(|(name, _)| name.as_str());
    let secrets = target
        .secrets
        .iter()
        .filter_map(|secret| match &secret.from {
            SecretFrom::Event(event, _) => Some(event.as_str()),
            SecretFrom::Kept(_) => None,
        });
    let places = target.freed.iter().chain(&target.never);
    let places = places.filter_map(|places| places.event.as_deref());
    let yeses = openings(target).flat_map(|step| {
        let granted = match &step.granted {
            Some(Granted::When(granted)) => Some(granted),
            _ => None,
        };
        let awaited = match &step.act {
            Some(Act::Await(awaited)) => Some(awaited),
            _ => None,
        };
        granted
            .into_iter()
            .chain(awaited)
            .flat_map(Predicate::events)
    });
    let all = made.chain(secrets).chain(places).chain(yeses);
    let listed = target.ambient.iter().chain(&target.public);
    all.map(str::to_owned).chain(listed.cloned()).collect()
}

/// What an event is called whose name is declared, but which is none that is meant by `where`.
pub fn otherwise(event: &str) -> String {
    format!("{event}{OTHERWISE}")
}

/// What the end of a stream is called, where it is counted like an event.
pub fn end_of(event: &str) -> String {
    format!("end of {event}")
}

/// How a stream is called among those of a tab: by what tells it from others, or else by the answer that it is.
fn stream(event: &str, by: Option<&str>, answer: Option<u64>) -> String {
    match (by, answer) {
        (Some(by), _) => format!("{event} {by}"),
        (None, Some(answer)) => format!("{event} #{answer}"),
        (None, None) => event.to_owned(),
    }
}

impl Ending {
    /// Whether it ends the stream of this name, whose pieces are these events and came in this answer last.
    pub(crate) fn ends(&self, name: &str, event: &str, answer: Option<u64>) -> bool {
        match &self.by {
            Some(by) => name == stream(&self.event, Some(by), None),
            None => event == self.event && (self.answer.is_none() || self.answer == answer),
        }
    }
}

impl Event {
    fn of(made: &Yield) -> Self {
        Self {
            ends: made.ends.clone(),
            only: made.only.clone(),
            number: made.number.clone(),
            queued_at: made.queued_at.clone(),
            joined: made.joined.clone().map(|joined| (joined, made.by.clone())),
        }
    }
}

/// A time in microseconds since 1970.
fn micros(value: &Value, unit: Unit) -> Option<u64> {
    let factor = match unit {
        Unit::Microseconds => 1.0,
        Unit::Milliseconds => 1e3,
        Unit::Seconds => 1e6,
        Unit::Rfc3339 => {
            let time = value.as_str()?;
            let time =
                time::OffsetDateTime::parse(time, &time::format_description::well_known::Rfc3339);
            return u64::try_from(time.ok()?.unix_timestamp_nanos() / 1000).ok();
        }
    };
    if factor == 1.0 {
        return value.as_u64();
    }
    let time = value.as_f64().filter(|time| (0.0..1e17).contains(time))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked"
    )]
    Some((time * factor) as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TARGET: &str = "target: x\nlogin: none\nactions:\n  say:\n    do: {emit: [say, '{marker}']}\n    yields:\n      said: {number: $2/n, queued_at: {at: $2/t, unit: ms}}\n      delta: {joined: /text, by: /of, count: 1+}\nsocket: {number: {number: /seq, in: everyone}}\n";

    fn came(event: &str, arguments: &[Value]) -> Came {
        Came {
            event: Some(event.to_owned()),
            arguments: arguments.to_vec(),
            ..Came::default()
        }
    }

    #[test]
    fn an_event_that_no_user_gets_says_no_before_the_tab_is_open() {
        let file =
            format!("{TARGET}ambient: [state]\nopen: [connect: {{}}, await: {{event: ready}}]\n");
        let events = Events::of(&targets::parse(&file).expect("a target"));
        let says_no =
            |event, is_opening| events.says_no(&came(event, &[json!({"code": 4})]), is_opening);
        assert!(says_no("error", true) && !says_no("error", false));
        for event in ["said", "delta", "state", "ready"] {
            assert!(!says_no(event, true), "{event}");
        }
        // What the file calls a refusal is one at any time.
        let file = file.replace("socket: {", "socket: {refused: {event: error, /code: 4}, ");
        let events = Events::of(&targets::parse(&file).expect("a target"));
        assert!(events.says_no(&came("error", &[json!({"code": 4})]), false));
        assert!(!events.says_no(&came("error", &[json!({"code": 5})]), false));
    }

    #[test]
    fn an_event_has_its_own_number_before_that_of_its_socket() {
        let events = Events::of(&targets::parse(TARGET).expect("a target"));
        let number = |event, arguments: &[Value]| {
            let found = events.number("", &came(event, arguments));
            found.map(|found| (found.number, found.within))
        };
        let said = [json!({"seq": 7}), json!({"n": 3})];
        assert_eq!(number("said", &said), Some((3, Within::Tab)));
        assert_eq!(number("other", &said), Some((7, Within::Everyone)));
        assert_eq!(
            number("other", &[json!({"seq": "9"})]),
            Some((9, Within::Everyone))
        );
        assert_eq!(number("other", &[json!({"seq": "x"})]), None);
    }

    #[test]
    fn a_time_is_told_in_microseconds() {
        let events = Events::of(&targets::parse(TARGET).expect("a target"));
        let said = came("said", &[json!(1), json!({"t": 1500})]);
        assert_eq!(events.queued_at("", &said), Some(1_500_000));
        assert_eq!(
            micros(&json!("1970-01-01T00:00:01Z"), Unit::Rfc3339),
            Some(1_000_000)
        );
        assert_eq!(micros(&json!(-1), Unit::Seconds), None);
        assert_eq!(micros(&json!(1e300), Unit::Seconds), None);
    }

    #[test]
    fn pieces_belong_to_their_stream() {
        let events = Events::of(&targets::parse(TARGET).expect("a target"));
        let pieces = events.pieces(&came("delta", &[json!({"text": "ab", "of": 4})]));
        assert_eq!(
            pieces,
            [Piece {
                of: "delta 4".into(),
                text: "ab".into()
            }]
        );
        assert_eq!(events.pieces(&came("said", &[json!({"text": "ab"})])), []);
    }

    #[test]
    fn a_stream_is_ended_by_its_own_last_piece() {
        let ending = |by: Option<&str>, answer| Ending {
            event: "delta".to_owned(),
            by: by.map(str::to_owned),
            answer,
        };
        assert!(ending(Some("4"), None).ends("delta 4", "delta", None));
        assert!(!ending(Some("4"), None).ends("delta 5", "delta", None));
        assert!(ending(None, Some(2)).ends("delta #2", "delta", Some(2)));
        assert!(!ending(None, Some(2)).ends("delta #1", "delta", Some(1)));
        assert!(!ending(None, None).ends("delta x", "delta x", None));
    }
}
