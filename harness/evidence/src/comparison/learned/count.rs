//! How many things a stream may have.
//!
//! What was the same in each part alone must be the same, with two exceptions: events of which the target file does not
//! say how many there are, and a series of things that are all alike, as ticks are, which may have a few more or fewer.
//! What varied alone has a range. It begins at half the least number. It ends at the greatest number and some room: as
//! much as the numbers differ alone, the more often the fewer parts there are, and no less than chance gives to a number
//! of this size. In a part that takes longer, more may come. Nothing at all is always too few where something always
//! came.

use crate::comparison::difference::{Checks, Difference};
use crate::comparison::sighting::{Sighting, StreamName};
use crate::comparison::streams::Streams;

/// From so many on, things that are all alike are a series.
const SERIES: usize = 4;
/// A series may have one more or fewer for each so many.
const ONE_IN: usize = 4;
/// Standard deviations of a number that comes by chance.
const DEVIATIONS: usize = 3;

/// How many things a part may have.
#[derive(Debug)]
pub(super) struct CountRange {
    least: usize,
    most: usize,
    kind: Kind,
    /// How long the longest part alone lasted, in microseconds.
    lasted_us: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It was the same in each part alone, and must stay so.
    Exact,
    /// The same, of things that are all alike.
    Series,
    /// It varies by chance, with this room above.
    Varies(usize),
}

impl CountRange {
    /// Learns from the things of a stream in each part. `is_open`: the target file does not say how many there are.
    pub(super) fn of(each: &[&[&Sighting]], parts: &[Streams<'_>], is_open: bool) -> Self {
        let counts = each.iter().map(|sightings| sightings.len());
        let least = counts.clone().min().unwrap_or(0);
        let most = counts.max().unwrap_or(0);
        let times_wider = match each.len() {
            0..=2 => 4,
            3 => 3,
            _ => 2,
        };
        let by_chance = DEVIATIONS * most.isqrt() + 1;
        let kind = if least < most || is_open {
            Kind::Varies(by_chance.max((most - least) * times_wider))
        } else if least >= SERIES && are_alike(each) {
            Kind::Series
        } else {
            Kind::Exact
        };
        Self {
            least,
            most,
            kind,
            lasted_us: { parts.iter() }
                .map(|part| part.lasted_us)
                .max()
                .unwrap_or(0),
        }
    }

    /// The least and the greatest number in a part that lasts so long.
    fn bounds(&self, lasted_us: u64) -> (usize, usize) {
        match self.kind {
            Kind::Exact => (self.least, self.most),
            Kind::Series => (
                self.least - self.least / ONE_IN,
                self.most + self.most / ONE_IN,
            ),
            Kind::Varies(room) => {
                let most = scaled(self.most, lasted_us.max(self.lasted_us), self.lasted_us);
                // Half of one is one.
                (self.least.div_ceil(2), most.saturating_add(room))
            }
        }
    }

    /// Checks the number of things in a part; says whether it is one of those that may be.
    pub(super) fn check(
        &self,
        name: &StreamName,
        (sightings, lasted_us): (&[&Sighting], u64),
        checks: &mut Checks,
    ) -> bool {
        let (least, most) = self.bounds(lasted_us);
        let count = sightings.len();
        if (least..=most).contains(&count) {
            return true;
        }
        let nearest = if count > most { self.most } else { self.least };
        let alone = match self.least == self.most {
            true => self.most.to_string(),
            false => format!("from {} to {}", self.least, self.most),
        };
        let says = format!("there are {count}, and {alone} alone");
        let differences = Difference::in_count(name, nearest, sightings, &says);
        checks.differences.extend(differences);
        false
    }
}

/// This number in a part that lasts so long instead of that long.
fn scaled(number: usize, lasts_us: u64, lasted_us: u64) -> usize {
    if lasted_us == 0 {
        return number;
    }
    let scaled = number as u128 * u128::from(lasts_us) / u128::from(lasted_us);
    usize::try_from(scaled).unwrap_or(usize::MAX)
}

/// Whether all are events whose texts have the same shape.
fn are_alike(each: &[&[&Sighting]]) -> bool {
    let mut all = each.iter().flat_map(|sightings| sightings.iter());
    let Some(first) = all.next() else {
        return false;
    };
    first.is_event && all.all(|other| other.shapes() == first.shapes())
}
