//! How something differs from what it was alone.

use super::sighting::{Sighting, StreamName};
use crate::finding::Witness;

/// In how many parts beside a neighbour a difference must be seen, if there are that many.
pub(crate) const REPEATED: usize = 2;

/// In what respect something differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aspect {
    /// A value at this path, in the thing with this index; without an index, in any thing of the stream.
    Content(Option<usize>, String),
    /// How much a number grew since the thing before.
    Step(usize, String),
    /// Which of two kinds of things comes first.
    Order(String),
    /// How many there are.
    Count(Number),
    /// A step that was always met is not seen in time.
    Unseen,
    /// When the thing with this index comes; without an index, any thing of the stream.
    Latency(Option<usize>),
    /// The same, by less than anybody notices at once: it counts where each part shows it.
    Delay(usize),
}

/// How a number differs from what it was alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Number {
    /// There is nothing: it is fewer, too.
    Nothing,
    Fewer,
    More,
    /// There is something where nothing came alone, and nothing that anybody did has asked for it: it is more, too.
    New,
}

/// One difference from what was seen alone.
#[derive(Clone, Debug)]
pub(super) struct Difference {
    pub(super) aspect: Aspect,
    pub(super) stream: StreamName,
    /// How large it is, in letters, things or microseconds.
    pub(super) size: u64,
    pub(super) witness: Witness,
}

/// How many things were compared, and which differ.
#[derive(Debug, Default)]
pub(super) struct Checks {
    pub(super) count: u64,
    pub(super) differences: Vec<Difference>,
    /// What may be a difference, and nobody can tell.
    pub(super) doubts: Vec<String>,
}

/// Letters of a value that a witness shows.
const EXCERPT: usize = 80;

impl Aspect {
    /// The order in which people see them: what is easiest to understand comes first.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Content(..) | Self::Step(..) => 0,
            Self::Order(_) => 1,
            Self::Count(_) => 2,
            Self::Unseen => 3,
            Self::Latency(_) | Self::Delay(_) => 4,
        }
    }

    /// What it is as well, and need not be told twice: a long delay is a short one, nothing is fewer, and
    /// what is new is more.
    pub(super) const fn includes(&self) -> Option<Self> {
        match self {
            Self::Latency(Some(index)) => Some(Self::Delay(*index)),
            Self::Count(Number::Nothing) => Some(Self::Count(Number::Fewer)),
            Self::Count(Number::New) => Some(Self::Count(Number::More)),
            _ => None,
        }
    }

    /// What to say where it was seen in fewer parts than it must, and is no chance that passes in silence.
    pub(super) const fn missed(&self) -> Option<&'static str> {
        match self {
            Self::Unseen => Some("it was met in each part alone, and not seen in time"),
            Self::Count(Number::Nothing) => Some("it came in each part alone, and did not come"),
            Self::Count(Number::New) => Some("it came in no part alone, and came"),
            _ => None,
        }
    }

    /// In how many of these parts beside a neighbour it must be seen, if it counts there at all. What may be chance, as
    /// who wins a race, or a number that was the same alone, must be so in each of them.
    pub(super) fn needs(&self, n_parts: usize) -> usize {
        match self {
            Self::Order(_) | Self::Count(Number::Fewer | Number::More) => n_parts,
            Self::Delay(_) => n_parts.max(REPEATED),
            _ => REPEATED.min(n_parts),
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

    /// All that a number shows, of a stream that had `alone` things in a part alone. The witness is the first surplus thing, or the last thing
    /// if some are missing.
    pub(super) fn in_count(
        stream: &StreamName,
        alone: usize,
        sightings: &[&Sighting],
        says: &str,
    ) -> Vec<Self> {
        let numbers: &[Number] = match sightings.len() {
            0 => &[Number::Nothing, Number::Fewer],
            count if count < alone => &[Number::Fewer],
            _ => &[Number::More],
        };
        let shown = sightings.get(alone).or(sightings.last());
        let nothing = Witness {
            seq: None,
            says: String::new(),
            frame: String::new(),
            event: None,
        };
        let witness = shown.map_or(nothing, |sighting| sighting.witness.clone());
        let difference = |number: &Number| Self {
            aspect: Aspect::Count(*number),
            stream: stream.clone(),
            size: sightings.len().abs_diff(alone) as u64,
            witness: Witness {
                says: says.to_owned(),
                ..witness.clone()
            },
        };
        numbers.iter().map(difference).collect()
    }
}

impl Checks {
    /// Adds a difference in the number of things.
    pub(super) fn count_of(&mut self, stream: &StreamName, alone: usize, sightings: &[&Sighting]) {
        let says = format!("there are {}, and {alone} alone", sightings.len());
        self.differences
            .extend(Difference::in_count(stream, alone, sightings, &says));
    }
}

/// The beginning of a value, as it is shown in a witness.
pub(super) fn excerpt(value: &str) -> String {
    let cut = if value.chars().nth(EXCERPT).is_some() {
        "…"
    } else {
        ""
    };
    let short: String = value.chars().take(EXCERPT).collect();
    format!("`{short}{cut}`")
}
