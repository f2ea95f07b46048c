//! How a part differs from what all parts alone have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::seen::{Part, Thing};
use crate::comparison::shape::{of_any_item, shape};
use crate::history::Scene;
use crate::observation::bare;

/// In what respect a stream of things differs, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    pub(super) what: String,
    pub(super) place: String,
    pub(super) kind: String,
}

/// What is collected of one part.
#[derive(Default)]
struct Found {
    differences: Vec<Difference>,
    is_doubted: bool,
}

/// Everything in which this part differs, and whether something in it is in doubt.
pub(super) fn differences(alone: &[&Part], part: &Part, scene: &Scene) -> (Vec<Difference>, bool) {
    let mut found = Found::default();
    let all = alone.iter().flat_map(|part| &part.things);
    let places: BTreeSet<&str> = all.clone().map(|thing| thing.place.as_str()).collect();
    let mut too_fast = part.too_fast.iter();
    if too_fast.any(|place| places.contains(place.as_str()) || place.starts_with("stranger/")) {
        return (Vec::new(), true);
    }
    let here = part
        .things
        .iter()
        .filter(|thing| places.contains(thing.place.as_str()));
    let names = all
        .chain(here)
        .map(|thing| (thing.place.as_str(), thing.kind.as_str()));
    let names: BTreeSet<(&str, &str)> = names.collect();
    for (place, kind) in &names {
        let each: Vec<Vec<&Thing>> = alone.iter().map(|part| part.of(place, kind)).collect();
        let stream = Stream {
            place,
            kind,
            each: &each,
            here: &part.of(place, kind),
        };
        stream.compare(alone, part, scene, &mut found);
    }
    for one in &names {
        for other in names
            .iter()
            .filter(|other| one < *other && one.0 == other.0)
        {
            found.differences.extend(order(alone, part, *one, *other));
        }
    }
    (found.differences, found.is_doubted)
}

/// The things of one kind at one place: in each part alone, and here.
struct Stream<'a> {
    place: &'a str,
    kind: &'a str,
    each: &'a [Vec<&'a Thing>],
    here: &'a [&'a Thing],
}

impl Stream<'_> {
    fn difference(&self, what: String) -> Difference {
        Difference {
            what,
            place: self.place.to_owned(),
            kind: self.kind.to_owned(),
        }
    }

    fn compare(&self, alone: &[&Part], part: &Part, scene: &Scene, found: &mut Found) {
        let (least, most) = self.least_and_most();
        let count = self.here.len();
        if least == most && count == most {
            (0..count).for_each(|index| self.compare_one(index, part, scene, found));
            return;
        }
        if most == 0 {
            self.compare_new(alone, scene, found);
            return;
        }
        let range = self.range(alone, part, scene.uncounted.contains(self.kind));
        let is_within = range.0 <= count && count <= range.1;
        if !is_within {
            let what: &[&str] = match count {
                0 => &["nothing", "fewer"],
                _ if count < least => &["fewer"],
                _ => &["more"],
            };
            let all = what.iter().map(|what| self.difference((*what).to_owned()));
            found.differences.extend(all);
        }
        if least == most && !is_within {
            return;
        }
        for thing in self.here {
            self.compare_words(thing, found);
            let all = self.each.iter().flatten().map(|thing| thing.after_us);
            let loose_us = loose_us(all);
            if thing.after_us > loose_us + part.worst_late_us {
                found
                    .differences
                    .push(self.difference("late any".to_owned()));
            }
        }
    }

    /// Nothing came alone.
    fn compare_new(&self, alone: &[&Part], scene: &Scene, found: &mut Found) {
        let longest_us = alone.iter().map(|part| part.lasted_us).max().unwrap_or(0);
        let is_in_time = |thing: &&&Thing| !thing.is_event || thing.at_us <= longest_us + 500_000;
        let in_time: Vec<&&Thing> = self.here.iter().filter(is_in_time).collect();
        if in_time.is_empty() {
            found.is_doubted = true;
            return;
        }
        found.differences.push(self.difference("more".to_owned()));
        let is_unasked = |thing: &&&Thing| thing.is_event && !thing.is_marked;
        if in_time.into_iter().any(|thing| is_unasked(&thing))
            && !scene.ambient.contains(bare(self.kind))
        {
            found.differences.push(self.difference("new".to_owned()));
        }
    }

    fn least_and_most(&self) -> (usize, usize) {
        let counts = self.each.iter().map(Vec::len);
        (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0))
    }

    /// How many there may be here.
    fn range(&self, alone: &[&Part], part: &Part, is_open: bool) -> (usize, usize) {
        let (least, most) = self.least_and_most();
        let mut all = self.each.iter().flatten();
        let is_like_first = |thing: &Thing| {
            let first = self.each[0][0];
            let shapes = |thing: &Thing| -> Vec<(String, String)> {
                { thing.values.iter() }
                    .map(|(path, value)| (path.clone(), shape(value).0))
                    .collect()
            };
            thing.is_event && shapes(thing) == shapes(first)
        };
        if least < most || is_open && most > 0 {
            let times = if alone.len() <= 2 {
                4
            } else if alone.len() == 3 {
                3
            } else {
                2
            };
            let room = ((most - least) * times).max(3 * most.isqrt() + 1);
            let longest = alone.iter().map(|part| part.lasted_us).max().unwrap_or(0);
            let most = if part.lasted_us > longest && longest > 0 {
                usize::try_from(most as u64 * part.lasted_us / longest).expect("it fits")
            } else {
                most
            };
            return (least.div_ceil(2), most + room);
        }
        if most >= 4 && all.all(|thing| is_like_first(thing)) {
            return (least - least / 4, most + most / 4);
        }
        (least, most)
    }

    fn compare_one(&self, index: usize, part: &Part, scene: &Scene, found: &mut Found) {
        let thing = self.here[index];
        let each: Vec<&Thing> = self.each.iter().map(|things| things[index]).collect();
        let loose_us = loose_us(each.iter().map(|thing| thing.after_us));
        if let Some(waited_us) = thing.waited_us {
            if each.iter().any(|thing| thing.value("met") != Some("true")) {
                return;
            }
            if waited_us > loose_us + part.all_late_us {
                found.differences.push(self.difference("unseen".to_owned()));
            } else {
                found.is_doubted = true;
            }
            return;
        }
        if thing.after_us > loose_us + part.worst_late_us {
            found
                .differences
                .push(self.difference(format!("late {index}")));
        }
        let tight_us = self.tight_us(index).filter(|tight_us| *tight_us < loose_us);
        if tight_us.is_some_and(|tight_us| thing.after_us > tight_us + part.all_late_us)
            && thing.is_targets
            && !scene.ambient.contains(bare(self.kind))
        {
            found
                .differences
                .push(self.difference(format!("delay {index}")));
        }
        self.compare_values(index, found);
    }

    /// Past this, a thing is later than any alone.
    fn tight_us(&self, index: usize) -> Option<u64> {
        let times = |index: usize| self.each.iter().map(move |things| things[index].after_us);
        let most = |index| times(index).max().unwrap_or(0);
        let spread = |index| most(index) - times(index).min().unwrap_or(0);
        let wider = match self.each.len() {
            0..3 => return None,
            3 => 9,
            _ => 4,
        };
        let worst = (0..self.here.len()).map(spread).max().unwrap_or(0);
        let room = (spread(index) * wider).max(worst * 2).max(most(index));
        Some(most(index) + room + 100_000)
    }

    fn compare_values(&self, index: usize, found: &mut Found) {
        let thing = self.here[index];
        let paths = |thing: &Thing| -> Vec<String> {
            thing.values.iter().map(|(path, _)| path.clone()).collect()
        };
        let known = paths(self.each[0][index]);
        if self.each.iter().any(|things| paths(things[index]) != known) {
            return;
        }
        for path in known.iter().collect::<BTreeSet<_>>() {
            found.differences.extend(self.compare_value(index, path));
        }
        let more = thing
            .values
            .iter()
            .filter(|(path, _)| !known.contains(path));
        let more = more.map(|(path, _)| self.difference(format!("content {index} {path}")));
        found.differences.extend(more);
    }

    fn compare_value(&self, index: usize, path: &str) -> Option<Difference> {
        let texts = self
            .each
            .iter()
            .filter_map(|things| things[index].value(path));
        let texts: Vec<&str> = texts.collect();
        let now = self.here[index].value(path);
        let first = *texts.first()?;
        if texts.contains(&"not seen in time") {
            return None;
        }
        if texts.iter().all(|text| *text == first) {
            return (now != Some(first))
                .then(|| self.difference(format!("content {index} {path}")));
        }
        if index == 0 || texts.iter().any(|text| shape(text).0 != shape(first).0) {
            return None;
        }
        let grew = |things: &[&Thing]| -> Option<Vec<i128>> {
            let (old_shape, old) = shape(things[index - 1].value(path)?);
            let (new_shape, new) = shape(things[index].value(path)?);
            let pairs = old
                .iter()
                .zip(&new)
                .map(|(old, new)| i128::from(*new) - i128::from(*old));
            (old_shape == new_shape && !new.is_empty()).then(|| pairs.collect())
        };
        let was = grew(&self.each[0])?;
        let always = self
            .each
            .iter()
            .all(|things| grew(things).as_ref() == Some(&was));
        (always && grew(self.here) != Some(was))
            .then(|| self.difference(format!("step {index} {path}")))
    }

    /// A text that never stood there alone, where each text stood there in two parts or more.
    fn compare_words(&self, thing: &Thing, found: &mut Found) {
        let mut in_parts: BTreeMap<String, BTreeMap<String, BTreeSet<usize>>> = BTreeMap::new();
        for (part, things) in self.each.iter().enumerate() {
            for (path, value) in things.iter().flat_map(|thing| &thing.values) {
                let words = in_parts.entry(of_any_item(path)).or_default();
                words.entry(shape(value).0).or_default().insert(part);
            }
        }
        for (path, value) in &thing.values {
            let path = of_any_item(path);
            let Some(words) = in_parts.get(&path) else {
                continue;
            };
            let is_closed = words.values().all(|parts| parts.len() >= 2);
            if is_closed && !words.contains_key(&shape(value).0) {
                found
                    .differences
                    .push(self.difference(format!("word {path}")));
            }
        }
    }
}

/// The greatest of these times, and room: four times what they differ, half a second at least.
fn loose_us(times: impl Iterator<Item = u64> + Clone) -> u64 {
    let most = times.clone().max().unwrap_or(0);
    most + ((most - times.min().unwrap_or(0)) * 4).max(500_000)
}

/// Which of two streams at one place comes before the other, unlike alone.
fn order(
    alone: &[&Part],
    part: &Part,
    one: (&str, &str),
    other: (&str, &str),
) -> Option<Difference> {
    let of_socket = |name: (&str, &str)| {
        let mut all = alone.iter().flat_map(|part| part.of(name.0, name.1));
        ["joined", "left"].contains(&name.1)
            || name.1.starts_with("emit ")
            || all.any(|thing| thing.is_event)
    };
    let count = |name: (&str, &str), part: &Part| part.of(name.0, name.1).len();
    let is_steady = |name| {
        let count_alone = count(name, alone[0]);
        count_alone > 0 && alone.iter().all(|part| count(name, part) == count_alone)
    };
    if !is_steady(one) || !is_steady(other) || of_socket(one) != of_socket(other) {
        return None;
    }
    let both = |part: &Part| -> Vec<String> {
        let of_both = |thing: &&Thing| {
            thing.place == one.0 && [one.1, other.1].contains(&thing.kind.as_str())
        };
        part.things
            .iter()
            .filter(of_both)
            .map(|thing| thing.kind.clone())
            .collect()
    };
    let was = both(alone[0]);
    let now = both(part);
    if alone.iter().any(|part| both(part) != was) || now.len() != was.len() {
        return None;
    }
    let at = { now.iter().zip(&was) }.position(|(now, was)| now != was)?;
    let before = if now[at] == one.1 { other.1 } else { one.1 };
    Some(Difference {
        what: format!("order {before}"),
        place: one.0.to_owned(),
        kind: now[at].clone(),
    })
}
