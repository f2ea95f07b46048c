//! What is known about one value of a thing.

use crate::comparison::difference::{Aspect, Checks, Difference, excerpt};
use crate::comparison::shape::shape;
use crate::comparison::sighting::Sighting;
use crate::comparison::view::UNSEEN;

/// What is known about one value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LearnedValue {
    /// It is always this text.
    Constant(String),
    /// Its numbers always grew by these since the thing before.
    Steps(Vec<i128>),
    /// It may be anything.
    Free,
}

impl LearnedValue {
    /// Learns from the values at `path` in the thing with this `index`, in each part.
    pub(super) fn of(parts: &[&[&Sighting]], index: usize, path: &str) -> Self {
        let texts: Vec<&str> = parts
            .iter()
            .filter_map(|sightings| sightings[index].value(path))
            .collect();
        let Some(first) = texts.first() else {
            return Self::Free;
        };
        // Nobody knows how a step ends that was not seen in time.
        if texts.contains(&UNSEEN) {
            return Self::Free;
        }
        if texts.iter().all(|text| text == first) {
            return Self::Constant((*first).to_owned());
        }
        // A random id also has digits in it, but at other places each time.
        let same_shape = texts.iter().all(|text| shape(text).0 == shape(first).0);
        let Some(before) = index.checked_sub(1).filter(|_| same_shape) else {
            return Self::Free;
        };
        let mut moved = parts
            .iter()
            .map(|sightings| steps(sightings[before], sightings[index], path));
        match moved.next().flatten() {
            Some(first) if moved.all(|steps| steps.as_ref() == Some(&first)) => Self::Steps(first),
            _ => Self::Free,
        }
    }

    /// Checks the value at `path` in the thing with this `index`; `before` is the thing before it.
    pub(super) fn check(
        &self,
        (index, path): (usize, &str),
        sighting: &Sighting,
        before: Option<&Sighting>,
        checks: &mut Checks,
    ) {
        let found = sighting.value(path);
        match self {
            Self::Free => return,
            Self::Constant(was) if found == Some(was.as_str()) => {}
            Self::Constant(was) => {
                let now = found.map_or_else(|| "missing".to_owned(), excerpt);
                let says = format!("{path} is {now}, and {} alone", excerpt(was));
                let content = Aspect::Content(Some(index), path.to_owned());
                let difference = Difference::at(sighting, content, apart(was, found), says);
                checks.differences.push(difference);
            }
            Self::Steps(was) => {
                let now = before.and_then(|before| steps(before, sighting, path));
                if now.as_ref() != Some(was) {
                    let from = before.and_then(|before| before.value(path));
                    let alone: Vec<String> = was.iter().map(ToString::to_string).collect();
                    let alone = alone.join(", ");
                    let says = format!(
                        "{path} went from {} to {}, and alone it changed by {alone}",
                        from.map_or_else(String::new, excerpt),
                        found.map_or_else(String::new, excerpt)
                    );
                    let step = Aspect::Step(index, path.to_owned());
                    let difference = Difference::at(sighting, step, 1, says);
                    checks.differences.push(difference);
                }
            }
        }
        checks.count += 1;
    }
}

/// How much the numbers in a value grew from one thing to the next; `None` if the rest of the text differs.
fn steps(before: &Sighting, sighting: &Sighting, path: &str) -> Option<Vec<i128>> {
    let (old_shape, old) = shape(before.value(path)?);
    let (new_shape, new) = shape(sighting.value(path)?);
    let same = old_shape == new_shape && old.len() == new.len() && !new.is_empty();
    let pairs = old.into_iter().zip(new);
    same.then(|| {
        pairs
            .map(|(old, new)| i128::from(new) - i128::from(old))
            .collect()
    })
}

/// How many letters there are from the first that differs on.
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
