//! What a report says of the harness's own time: how late it was, and how long it listened at the end.

use std::io::{self, Write};

use evidence::{Observation, What};
use schemars::JsonSchema;
use serde::Serialize;

/// Lateness that may matter to other claims than those of a comparison, in milliseconds.
const MATTERS_MS: u64 = 100;

/// The harness's own time in one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Timing {
    /// By how many milliseconds the harness itself was late at worst. Absent if it did not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    late_ms: Option<u64>,
    /// For how many milliseconds the run kept listening, after everything due had arrived, for events that must not
    /// arrive. For several parts, the shortest time.
    #[serde(skip_serializing_if = "Option::is_none")]
    listened_ms: Option<u64>,
}

impl Timing {
    /// Takes in what the history says of it.
    pub(crate) fn see(&mut self, seen: &Observation) {
        match seen.what {
            What::Late { by_ms, .. } if by_ms >= MATTERS_MS => {
                self.late_ms = self.late_ms.max(Some(by_ms));
            }
            What::Settled {
                listened_ms: Some(listened),
                ..
            } => {
                let shortest = self.listened_ms.map_or(listened, |ms| ms.min(listened));
                self.listened_ms = Some(shortest);
            }
            _ => {}
        }
    }

    /// By how many milliseconds the harness was late at worst.
    pub(crate) const fn late_ms(self) -> Option<u64> {
        self.late_ms
    }

    /// Of several runs: the worst lateness, and the shortest listening.
    pub(crate) fn and(self, other: Self) -> Self {
        let both = self.listened_ms.zip(other.listened_ms);
        Self {
            late_ms: self.late_ms.max(other.late_ms),
            listened_ms: both
                .map(|(one, other)| one.min(other))
                .or(self.listened_ms)
                .or(other.listened_ms),
        }
    }

    /// A line for each that is known.
    pub(crate) fn write(self, out: &mut impl Write) -> io::Result<()> {
        if let Some(late) = self.late_ms {
            writeln!(out, "  the harness itself was late by up to {late} ms")?;
        }
        if let Some(listened) = self.listened_ms {
            writeln!(
                out,
                "  listened for {:.1} s after the last event that was due",
                seconds(listened)
            )?;
        }
        Ok(())
    }
}

fn seconds(ms: u64) -> f64 {
    std::time::Duration::from_millis(ms).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use evidence::Place;

    use super::*;

    #[test]
    fn the_worst_lateness_and_the_shortest_listening_are_told() {
        let seen = |what| Observation {
            seq: 1,
            at_us: 0,
            place: Place::nobody("the run"),
            what,
        };
        let late = |by_ms| seen(What::Late { by_ms, waiting: 0 });
        let listened = |ms| {
            seen(What::Settled {
                unsettled: None,
                listened_ms: Some(ms),
                unheard: None,
            })
        };
        let mut timing = Timing::default();
        for seen in [
            late(99),
            late(120),
            late(730),
            late(200),
            listened(300),
            listened(310),
        ] {
            timing.see(&seen);
        }
        let mut quick = Timing::default();
        quick.see(&late(99));
        assert_eq!(quick.late_ms(), None);
        let both = timing.and(Timing::default());
        assert_eq!((both.late_ms, both.listened_ms), (Some(730), Some(300)));
        let mut silent = Vec::new();
        Timing::default().write(&mut silent).expect("written");
        assert!(silent.is_empty());
    }
}
