//! How many things a stream may have if the number was not the same in each part alone.
//!
//! The range begins at half the least number alone: so a stream that always had things may not become empty. It
//! ends at twice the greatest number plus the difference between the greatest and the least. A number inside a
//! thing has no such range, because it may be random.

use crate::comparison::difference::{Checks, Difference};
use crate::comparison::sighting::{Sighting, StreamName};

/// The least and the greatest number of things in a part alone.
#[derive(Debug)]
pub(super) struct CountRange {
    least: usize,
    most: usize,
}

impl CountRange {
    pub(super) fn of(parts: &[&[&Sighting]]) -> Self {
        let counts = parts.iter().map(|sightings| sightings.len());
        Self {
            least: counts.clone().min().unwrap_or(0),
            most: counts.max().unwrap_or(0),
        }
    }

    pub(super) fn check(&self, name: &StreamName, sightings: &[&Sighting], checks: &mut Checks) {
        let Self { least, most } = *self;
        let count = sightings.len();
        let too_many = count > 2 * most + (most - least);
        if count * 2 >= least && !too_many {
            return;
        }
        let nearest = if too_many { most } else { least };
        let says = format!("there are {count}, and from {least} to {most} alone");
        let difference = Difference::in_count(name, nearest, sightings, says);
        checks.differences.push(difference);
    }
}
