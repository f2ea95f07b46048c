//! How late something may be.
//!
//! Two limits: past the loose one a delay is so long that two parts are enough to show it. Past the tight one it is
//! longer than anything alone, and counts where each part beside the neighbour shows it. How much wider than what was
//! seen the tight one is depends on the number of parts alone, because few of them may be alike by chance; two are too
//! few for one.

use crate::comparison::difference::{Aspect, Checks, Difference};
use crate::comparison::sighting::Sighting;

/// A delay that no one notices, in microseconds: the least room of the loose limit.
pub(super) const UNNOTICED_US: u64 = 500_000;
/// The same of the tight limit: what a machine does to a few processes that share it.
const JITTER_US: u64 = 100_000;
/// The room of the loose limit, as a multiple of the spread that was seen alone.
const WIDER: u64 = 4;
/// The room of the tight one, where there are three parts alone. If times are even over any span, two parts beside
/// exceed it by chance in one of a thousand comparisons; with four parts alone, [`WIDER`] is enough for that.
const WIDER_OF_THREE: u64 = 9;
/// The least number of parts alone that give a tight limit.
const FEWEST: usize = 3;

/// How late something may be.
#[derive(Debug)]
pub(super) struct LatencyBand {
    least_us: u64,
    most_us: u64,
    loose_us: u64,
    tight_us: Option<u64>,
}

impl LatencyBand {
    /// As late as any of these was alone, with some room.
    pub(super) fn of<'a>(sightings: impl Iterator<Item = &'a Sighting> + Clone) -> Self {
        let times = sightings.map(|sighting| sighting.after_us);
        let least_us = times.clone().min().unwrap_or(0);
        let most_us = times.max().unwrap_or(0);
        let room = (most_us - least_us).saturating_mul(WIDER).max(UNNOTICED_US);
        Self {
            least_us,
            most_us,
            loose_us: most_us.saturating_add(room),
            tight_us: None,
        }
    }

    /// How much the times alone differ.
    pub(super) const fn spread_us(&self) -> u64 {
        self.most_us - self.least_us
    }

    /// Gives it a tight limit, where so many parts alone are enough for one; `worst_us` is the greatest spread of any
    /// thing of the stream.
    pub(super) fn tighten(&mut self, n_alone: usize, worst_us: u64) {
        let wider = match n_alone {
            ..FEWEST => return,
            FEWEST => WIDER_OF_THREE,
            _ => WIDER,
        };
        let own = self.spread_us().saturating_mul(wider);
        let room = own.max(worst_us.saturating_mul(2)).max(self.most_us);
        let tight = self.most_us.saturating_add(room).saturating_add(JITTER_US);
        self.tight_us = Some(tight).filter(|tight| *tight < self.loose_us);
    }

    /// The time past which a delay speaks for itself.
    pub(super) const fn loose_us(&self) -> u64 {
        self.loose_us
    }

    /// A limit in words, with what it was learnt from.
    pub(super) fn limit(&self, limit_us: u64) -> String {
        let (most_ms, limit_ms) = (self.most_us / 1000, limit_us / 1000);
        format!("alone it took {most_ms} ms at most, so the limit is {limit_ms} ms")
    }

    /// Checks when a thing came: the one with this `index`, or without an index any thing of its stream.
    pub(super) fn check(&self, index: Option<usize>, sighting: &Sighting, checks: &mut Checks) {
        checks.count += 1;
        let mut late = |aspect, limit_us: u64| {
            let after_us = sighting.after_us;
            if after_us > limit_us {
                let (after_ms, limit) = (after_us / 1000, self.limit(limit_us));
                let says = format!("it came after {after_ms} ms; {limit}");
                let difference = Difference::at(sighting, aspect, after_us - limit_us, says);
                checks.differences.push(difference);
            }
        };
        late(Aspect::Latency(index), self.loose_us);
        if let (Some(index), Some(tight_us)) = (index, self.tight_us)
            && sighting.is_targets
        {
            late(Aspect::Delay(index), tight_us);
        }
    }
}
