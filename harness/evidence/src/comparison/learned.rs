//! What the parts alone have in common, and what a part beside a neighbour has otherwise.
//!
//! Things of one sort at one place are a stream. One that has the same number of things in each part alone
//! is steady: its third thing is held against the third thing there. Of any other the number is known to lie
//! in a range, and the values that may stand in it.
//!
//! The range begins at half of the least number alone, so that a stream that was always there is never missing,
//! and ends at twice the most and as much again as the numbers alone are apart. A number inside a thing has no
//! such range: nobody can tell one that varies from one drawn at random.

use std::collections::{BTreeMap, BTreeSet};

use super::leaves::{of_any_item, shape};
use super::view::{Sight, View};
use super::{Aspect, Difference};
use crate::finding::Witness;

/// A delay that no one notices: the band has this room at least, in microseconds.
const UNNOTICED_US: u64 = 500_000;
/// How much wider than what was seen alone the band is.
const WIDER: u64 = 4;
/// Letters of a value that a witness shows.
const SHOWN: usize = 80;

type StreamName = (String, String);
type Streams<'a> = BTreeMap<StreamName, Vec<&'a Sight>>;

/// What is known of one value.
#[derive(Debug, PartialEq, Eq)]
enum Value {
    /// It is this one.
    Constant(String),
    /// Its numbers have moved by these since the thing before.
    Steps(Vec<i128>),
    /// It may be anything.
    Free,
}

/// How late something may be, in microseconds.
#[derive(Debug)]
struct Band {
    most_us: u64,
}

/// How many things a stream has that has not the same number each time.
#[derive(Debug)]
struct Range {
    least: usize,
    most: usize,
}

/// What is known of one thing.
#[derive(Debug)]
struct Slot {
    /// Every value by its path, or what may stand where the paths were not the same each time.
    values: BTreeMap<String, Value>,
    /// The paths are the same each time.
    closed: bool,
    band: Band,
}

#[derive(Debug)]
enum Stream {
    Steady(Vec<Slot>),
    Unsteady {
        range: Range,
        /// The shapes of the texts that may stand at a path, whichever item it is in; none: any.
        words: BTreeMap<String, Option<BTreeSet<String>>>,
        band: Band,
    },
}

/// What the parts alone have in common.
#[derive(Debug)]
pub(super) struct Learned {
    users: BTreeSet<String>,
    streams: BTreeMap<StreamName, Stream>,
    /// For two steady sorts of things at a place: the order in which they came, when it was always the same.
    orders: BTreeMap<(String, String, String), Vec<bool>>,
}

impl Learned {
    pub(super) fn from(alone: &[View]) -> Self {
        let parts: Vec<Streams<'_>> = alone.iter().map(|view| streams(view, |_| true)).collect();
        let users = alone.iter().flat_map(|view| &view.sights);
        let users = users.map(|sight| sight.user.clone()).collect();
        let names: BTreeSet<&StreamName> = parts.iter().flat_map(BTreeMap::keys).collect();
        let streams = names
            .into_iter()
            .map(|name| (name.clone(), stream(name, &parts)))
            .collect();
        let mut learned = Self {
            users,
            streams,
            orders: BTreeMap::new(),
        };
        learned.orders = learned.orders(&parts);
        learned
    }

    /// How much of the view was judged, and what is not as it was alone.
    pub(super) fn against(&self, view: &View) -> (u64, Vec<Difference>) {
        let (mut checked, mut differences) = (0, Vec::new());
        let seen = streams(view, |user| self.users.contains(user));
        for (name, sights) in &seen {
            if !self.streams.contains_key(name) {
                checked += 1;
                differences.push(number(name, 0, sights));
            }
        }
        for (name, stream) in &self.streams {
            let sights = seen.get(name).map(Vec::as_slice).unwrap_or_default();
            checked += 1;
            match stream {
                Stream::Steady(slots) if slots.len() == sights.len() => {
                    for (index, slot) in slots.iter().enumerate() {
                        let before = index.checked_sub(1).map(|before| sights[before]);
                        checked +=
                            slot.against(name, index, sights[index], before, &mut differences);
                    }
                }
                Stream::Steady(slots) => differences.push(number(name, slots.len(), sights)),
                Stream::Unsteady { range, words, band } => {
                    differences.extend(range.against(name, sights));
                    for sight in sights {
                        checked += new_words(name, sight, words, &mut differences);
                        checked += band.against(name, None, sight, &mut differences);
                    }
                }
            }
        }
        for ((place, first, second), order) in &self.orders {
            let found = merged(&seen, place, first, second);
            // A number that differs is told already.
            if found.len() == order.len() {
                checked += 1;
                let at = found
                    .iter()
                    .zip(order)
                    .position(|((is_first, _), was)| is_first != was);
                differences.extend(at.map(|at| swapped(place, first, second, found[at].1)));
            }
        }
        // A harness that napped saw anything so much later.
        differences.retain(|difference| {
            !matches!(difference.aspect, Aspect::Latency(_)) || difference.size > view.late_us
        });
        (checked, differences)
    }

    fn orders(&self, parts: &[Streams<'_>]) -> BTreeMap<(String, String, String), Vec<bool>> {
        let steady: Vec<&StreamName> = self
            .streams
            .iter()
            .filter(|(_, stream)| matches!(stream, Stream::Steady(_)))
            .map(|(name, _)| name)
            .collect();
        let mut orders = BTreeMap::new();
        for (index, (place, first)) in steady.iter().enumerate() {
            let others = steady[index + 1..].iter();
            for (_, second) in others.filter(|(other, _)| other == place) {
                let mut found = parts.iter().map(|part| {
                    let merged = merged(part, place, first, second).into_iter();
                    merged.map(|(is_first, _)| is_first).collect::<Vec<bool>>()
                });
                let Some(order) = found.next() else { continue };
                if found.all(|other| other == order) {
                    orders.insert((place.clone(), first.clone(), second.clone()), order);
                }
            }
        }
        orders
    }
}

fn streams(view: &View, is_asked: impl Fn(&str) -> bool) -> Streams<'_> {
    let mut streams = Streams::new();
    for sight in view.sights.iter().filter(|sight| is_asked(&sight.user)) {
        let name = (sight.place.clone(), sight.kind.clone());
        streams.entry(name).or_default().push(sight);
    }
    streams
}

/// The things of two sorts at a place in the order in which they came; true for the first sort.
fn merged<'a>(
    part: &Streams<'a>,
    place: &str,
    first: &str,
    second: &str,
) -> Vec<(bool, &'a Sight)> {
    let of = |kind: &str| {
        let name = (place.to_owned(), kind.to_owned());
        part.get(&name).cloned().unwrap_or_default()
    };
    let mut all: Vec<(bool, &Sight)> = of(first).into_iter().map(|sight| (true, sight)).collect();
    all.extend(of(second).into_iter().map(|sight| (false, sight)));
    all.sort_by_key(|(_, sight)| sight.witness.seq);
    all
}

fn stream(name: &StreamName, parts: &[Streams<'_>]) -> Stream {
    let none = Vec::new();
    let each: Vec<&Vec<&Sight>> = parts
        .iter()
        .map(|part| part.get(name).unwrap_or(&none))
        .collect();
    let count = each.first().map_or(0, |sights| sights.len());
    if each.iter().any(|sights| sights.len() != count) {
        let all = each.iter().flat_map(|sights| sights.iter().copied());
        return Stream::Unsteady {
            range: Range::of(&each),
            words: words(&each),
            band: Band::of(all),
        };
    }
    Stream::Steady((0..count).map(|index| slot(&each, index)).collect())
}

fn slot(parts: &[&Vec<&Sight>], index: usize) -> Slot {
    let things: Vec<&Sight> = parts.iter().map(|sights| sights[index]).collect();
    let paths = |sight: &Sight| -> Vec<String> {
        sight.leaves.iter().map(|(path, _)| path.clone()).collect()
    };
    let first = things.first().map(|sight| paths(sight)).unwrap_or_default();
    let closed = things.iter().all(|sight| paths(sight) == first);
    let known = if closed { first } else { Vec::new() };
    let values = known.into_iter().map(|path| {
        let value = value(parts, index, &path);
        (path, value)
    });
    Slot {
        values: values.collect(),
        closed,
        band: Band::of(things.iter().copied()),
    }
}

fn value(parts: &[&Vec<&Sight>], index: usize, path: &str) -> Value {
    let texts: Vec<&str> = parts
        .iter()
        .filter_map(|sights| at(sights[index], path))
        .collect();
    let Some(first) = texts.first() else {
        return Value::Free;
    };
    if texts.iter().all(|text| text == first) {
        return Value::Constant((*first).to_owned());
    }
    // A random id has numbers in it as well, and each time at other places.
    let same_shape = texts.iter().all(|text| shape(text).0 == shape(first).0);
    let Some(before) = index.checked_sub(1).filter(|_| same_shape) else {
        return Value::Free;
    };
    let mut moved = parts
        .iter()
        .map(|sights| steps(sights[before], sights[index], path));
    match moved.next().flatten() {
        Some(first) if moved.all(|steps| steps.as_ref() == Some(&first)) => Value::Steps(first),
        _ => Value::Free,
    }
}

/// How far the numbers of a value have moved from one thing to the next; none when it is another text.
fn steps(before: &Sight, sight: &Sight, path: &str) -> Option<Vec<i128>> {
    let (old_shape, old) = shape(at(before, path)?);
    let (new_shape, new) = shape(at(sight, path)?);
    let same = old_shape == new_shape && old.len() == new.len() && !new.is_empty();
    let pairs = old.into_iter().zip(new);
    same.then(|| {
        pairs
            .map(|(old, new)| i128::from(new) - i128::from(old))
            .collect()
    })
}

fn at<'a>(sight: &'a Sight, path: &str) -> Option<&'a str> {
    let found = sight.leaves.iter().find(|(other, _)| other == path);
    found.map(|(_, value)| value.as_str())
}

/// What may stand at each path: anything, as soon as one part alone has a word that no other has.
fn words(parts: &[&Vec<&Sight>]) -> BTreeMap<String, Option<BTreeSet<String>>> {
    let mut in_parts: BTreeMap<String, BTreeMap<String, BTreeSet<usize>>> = BTreeMap::new();
    for (part, sights) in parts.iter().enumerate() {
        for (path, value) in sights.iter().flat_map(|sight| &sight.leaves) {
            let words = in_parts.entry(of_any_item(path)).or_default();
            words.entry(shape(value).0).or_default().insert(part);
        }
    }
    let known = in_parts.into_iter().map(|(path, words)| {
        let is_closed = words.values().all(|parts| parts.len() > 1);
        (path, is_closed.then(|| words.into_keys().collect()))
    });
    known.collect()
}

fn new_words(
    name: &StreamName,
    sight: &Sight,
    words: &BTreeMap<String, Option<BTreeSet<String>>>,
    differences: &mut Vec<Difference>,
) -> u64 {
    let mut checked = 0;
    for (path, value) in &sight.leaves {
        let path = of_any_item(path);
        // Where nothing stood alone, nothing is known.
        let Some(Some(known)) = words.get(&path) else {
            continue;
        };
        checked += 1;
        if !known.contains(&shape(value).0) {
            let says = format!("{path} is {}, which never stood there alone", shown(value));
            let size = value.chars().count() as u64;
            differences.push(difference(
                name,
                Aspect::Content(None, path),
                size,
                sight,
                says,
            ));
        }
    }
    checked
}

impl Slot {
    fn against(
        &self,
        name: &StreamName,
        index: usize,
        sight: &Sight,
        before: Option<&Sight>,
        differences: &mut Vec<Difference>,
    ) -> u64 {
        let mut checked = self.band.against(name, Some(index), sight, differences);
        for (path, known) in &self.values {
            let found = at(sight, path);
            let content = Aspect::Content(Some(index), path.clone());
            match known {
                Value::Free => continue,
                Value::Constant(was) if found == Some(was.as_str()) => {}
                Value::Constant(was) => {
                    let now = found.map_or_else(|| "missing".to_owned(), shown);
                    let says = format!("{path} is {now}, and {} alone", shown(was));
                    differences.push(difference(name, content, apart(was, found), sight, says));
                }
                Value::Steps(was) => {
                    let now = before.and_then(|before| steps(before, sight, path));
                    if now.as_ref() != Some(was) {
                        let says = format!(
                            "{path} went from {} to {}, and by {was:?} alone",
                            before
                                .and_then(|before| at(before, path))
                                .map_or_else(String::new, shown),
                            found.map_or_else(String::new, shown)
                        );
                        let aspect = Aspect::Step(index, path.clone());
                        differences.push(difference(name, aspect, 1, sight, says));
                    }
                }
            }
            checked += 1;
        }
        if self.closed {
            let more = sight
                .leaves
                .iter()
                .filter(|(path, _)| !self.values.contains_key(path));
            for (path, value) in more {
                let says = format!("{path} is {}, and nothing stood there alone", shown(value));
                let size = value.chars().count() as u64;
                let content = Aspect::Content(Some(index), path.clone());
                differences.push(difference(name, content, size, sight, says));
            }
        }
        checked
    }
}

impl Range {
    fn of(parts: &[&Vec<&Sight>]) -> Self {
        let counts = parts.iter().map(|sights| sights.len());
        Self {
            least: counts.clone().min().unwrap_or(0),
            most: counts.max().unwrap_or(0),
        }
    }

    fn against(&self, name: &StreamName, sights: &[&Sight]) -> Option<Difference> {
        let Self { least, most } = *self;
        let count = sights.len();
        let too_many = count > 2 * most + (most - least);
        if count * 2 >= least && !too_many {
            return None;
        }
        let nearest = if too_many { most } else { least };
        let says = format!("there are {count}, and from {least} to {most} alone");
        Some(number_of(name, nearest, sights, says))
    }
}

impl Band {
    fn of<'a>(sights: impl Iterator<Item = &'a Sight> + Clone) -> Self {
        let least = sights
            .clone()
            .map(|sight| sight.after_us)
            .min()
            .unwrap_or(0);
        let most = sights.map(|sight| sight.after_us).max().unwrap_or(0);
        let room = (most - least).saturating_mul(WIDER).max(UNNOTICED_US);
        Self {
            most_us: most.saturating_add(room),
        }
    }

    fn against(
        &self,
        name: &StreamName,
        index: Option<usize>,
        sight: &Sight,
        differences: &mut Vec<Difference>,
    ) -> u64 {
        if sight.after_us > self.most_us {
            let says = format!(
                "it came after {} ms, and within {} ms alone",
                sight.after_us / 1000,
                self.most_us / 1000
            );
            let aspect = Aspect::Latency(index);
            differences.push(difference(
                name,
                aspect,
                sight.after_us - self.most_us,
                sight,
                says,
            ));
        }
        1
    }
}

/// A stream with another number of things; the witness is the first that is too many, or the last there is.
fn number(name: &StreamName, alone: usize, sights: &[&Sight]) -> Difference {
    let says = format!("there are {}, and {alone} alone", sights.len());
    number_of(name, alone, sights, says)
}

fn number_of(name: &StreamName, alone: usize, sights: &[&Sight], says: String) -> Difference {
    let size = sights.len().abs_diff(alone) as u64;
    match sights.get(alone).or(sights.last()) {
        Some(sight) => difference(name, Aspect::Number, size, sight, says),
        None => Difference {
            aspect: Aspect::Number,
            place: name.0.clone(),
            kind: name.1.clone(),
            size,
            witness: Witness {
                seq: None,
                says,
                frame: String::new(),
                event: None,
            },
        },
    }
}

fn swapped(place: &str, first: &str, second: &str, sight: &Sight) -> Difference {
    let other = if sight.kind == first { second } else { first };
    let says = format!("it came before `{other}`, and after it alone");
    let name = (place.to_owned(), sight.kind.clone());
    difference(&name, Aspect::Order(other.to_owned()), 1, sight, says)
}

fn difference(
    name: &StreamName,
    aspect: Aspect,
    size: u64,
    sight: &Sight,
    says: String,
) -> Difference {
    Difference {
        aspect,
        place: name.0.clone(),
        kind: name.1.clone(),
        size,
        witness: Witness {
            says,
            ..sight.witness.clone()
        },
    }
}

/// Letters from the first to the last that differ.
fn apart(was: &str, now: Option<&str>) -> u64 {
    let now = now.unwrap_or_default();
    let same = was
        .chars()
        .zip(now.chars())
        .take_while(|(was, now)| was == now)
        .count();
    let longest = was.chars().count().max(now.chars().count());
    longest.saturating_sub(same) as u64
}

fn shown(value: &str) -> String {
    let cut = if value.chars().nth(SHOWN).is_some() {
        "…"
    } else {
        ""
    };
    let short: String = value.chars().take(SHOWN).collect();
    format!("`{short}{cut}`")
}
