//! How late something may be.

use crate::comparison::difference::{Aspect, Checks, Difference};
use crate::comparison::sighting::Sighting;

/// A delay that no one notices, in microseconds: the least room of the band.
const UNNOTICED_US: u64 = 500_000;
/// The room of the band, as a multiple of the spread that was seen alone.
const WIDER: u64 = 4;

/// How late something may be.
#[derive(Debug)]
pub(super) struct LatencyBand {
    most_us: u64,
}

impl LatencyBand {
    /// As late as any of these was alone, with some room.
    pub(super) fn of<'a>(sightings: impl Iterator<Item = &'a Sighting> + Clone) -> Self {
        let times = sightings.map(|sighting| sighting.after_us);
        let least = times.clone().min().unwrap_or(0);
        let most = times.max().unwrap_or(0);
        let room = (most - least).saturating_mul(WIDER).max(UNNOTICED_US);
        Self {
            most_us: most.saturating_add(room),
        }
    }

    /// Checks when a thing came: the one with this `index`, or without an index any thing of its stream.
    pub(super) fn check(&self, index: Option<usize>, sighting: &Sighting, checks: &mut Checks) {
        checks.count += 1;
        if sighting.after_us > self.most_us {
            let says = format!(
                "it came after {} ms, and within {} ms alone",
                sighting.after_us / 1000,
                self.most_us / 1000
            );
            let size = sighting.after_us - self.most_us;
            let difference = Difference::at(sighting, Aspect::Latency(index), size, says);
            checks.differences.push(difference);
        }
    }
}
