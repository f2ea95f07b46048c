//! What is not as it was alone.

use super::sighting::{Sighting, StreamName};
use crate::finding::Witness;

/// What a difference is in, from the smallest to the largest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aspect {
    /// A value in the thing of this index, at this path; none: in any of them.
    Content(Option<usize>, String),
    /// How far a number has moved since the thing before.
    Step(usize, String),
    /// Which of two kinds of things comes first.
    Order(String),
    /// How many there are.
    Count,
    /// When it comes; none: any of them.
    Latency(Option<usize>),
}

/// One thing that is not as it was alone.
#[derive(Clone, Debug)]
pub(super) struct Difference {
    pub(super) aspect: Aspect,
    pub(super) stream: StreamName,
    /// How large: letters, things or microseconds.
    pub(super) size: u64,
    pub(super) witness: Witness,
}

/// How much was held against what was seen alone, and what differs.
#[derive(Debug, Default)]
pub(super) struct Checks {
    pub(super) count: u64,
    pub(super) differences: Vec<Difference>,
}

/// Letters of a value that a witness shows.
const EXCERPT: usize = 80;

impl Aspect {
    /// What a person should see first, because it is the easiest to follow.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Content(..) | Self::Step(..) => 0,
            Self::Order(_) => 1,
            Self::Count => 2,
            Self::Latency(_) => 3,
        }
    }
}

impl Difference {
    /// A difference that this sighting shows.
    pub(super) fn at(sighting: &Sighting, aspect: Aspect, size: u64, says: String) -> Self {
        Self {
            aspect,
            stream: sighting.stream.clone(),
            size,
            witness: Witness {
                says,
                ..sighting.witness.clone()
            },
        }
    }

    /// A stream of which there were so many `alone`; the witness is the first that is too many, or the last there is.
    pub(super) fn in_count(
        stream: &StreamName,
        alone: usize,
        sightings: &[&Sighting],
        says: String,
    ) -> Self {
        let size = sightings.len().abs_diff(alone) as u64;
        match sightings.get(alone).or(sightings.last()) {
            Some(sighting) => Self::at(sighting, Aspect::Count, size, says),
            None => Self {
                aspect: Aspect::Count,
                stream: stream.clone(),
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
}

impl Checks {
    /// The number of things must be what it always was alone.
    pub(super) fn count_of(&mut self, stream: &StreamName, alone: usize, sightings: &[&Sighting]) {
        let says = format!("there are {}, and {alone} alone", sightings.len());
        self.differences
            .push(Difference::in_count(stream, alone, sightings, says));
    }
}

/// The beginning of a value, for a person.
pub(super) fn excerpt(value: &str) -> String {
    let cut = if value.chars().nth(EXCERPT).is_some() {
        "…"
    } else {
        ""
    };
    let short: String = value.chars().take(EXCERPT).collect();
    format!("`{short}{cut}`")
}
