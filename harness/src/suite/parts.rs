//! A scenario with neighbours: its steps alone, and again beside each neighbour, as parts of one history.
//!
//! Each part has a server of its own where the harness may start one. Then the neighbour is there in the
//! parts alone as well, next door on another server: the machine has the same work to do, and what differs
//! comes from the server that is shared. The parts take turns, so that a machine that grows slower is slower
//! in all of them. A part in which the harness itself was late shows nothing, and is taken again at once.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use evidence::{Place, SHIFTS_MS, What, spoils_a_part};
use probe::{ProbeError, Recorder};

use super::case::Case;
use super::plan::Parts;
use super::recorded::{Recorded, finish};
use super::setting::Setting;
use crate::failure::Failure;
use crate::history::record::Record;
use crate::play;
use crate::run::error::Stopped;
use crate::run::state::Run;
use crate::scenario::content::Neighbour;
use crate::system::cast::Cast;
use crate::system::start;

/// Which neighbour is there in a part, and where.
#[derive(Clone, Copy)]
enum Part<'a> {
    /// Nobody is beside the user; this neighbour is next door.
    Alone(&'a Neighbour),
    Beside(&'a Neighbour),
}

/// Each part in its turn.
fn in_turns(Parts { alone, beside }: Parts, neighbours: &[Neighbour]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for round in 0..alone.max(beside) {
        if round < alone {
            let next_door = neighbours.get(round % neighbours.len().max(1));
            parts.extend(next_door.map(Part::Alone));
        }
        if round < beside {
            parts.extend(neighbours.iter().map(Part::Beside));
        }
    }
    parts
}

/// How the steps of a part ended.
type PartEnd = Result<(), Stopped>;

struct Played {
    ended: PartEnd,
    /// The harness itself was so late that the part cannot be compared.
    was_late: bool,
}

/// Runs all parts; the history is complete when this returns.
pub(super) async fn record(
    setting: &Setting,
    case: &Case,
    cast: &Cast,
) -> Result<Recorded, Failure> {
    let file = setting.folder.join(case.file_name());
    let (recorder, record) = Record::start(&setting.scene(case, cast), file)?;
    let playing = Playing {
        setting,
        case,
        cast,
        recorder: &recorder,
    };
    let mut ended = Ok(());
    let mut parts = VecDeque::from(in_turns(setting.parts, &case.scenario.beside));
    let mut seed = setting.seed;
    let mut again = parts.len();
    while let Some(part) = parts.pop_front() {
        // What goes wrong in one part takes nothing from the others.
        let played = playing.play(part, seed).await?;
        seed = seed.wrapping_add(1);
        if played.was_late && again > 0 {
            again -= 1;
            parts.push_front(part);
        }
        ended = ended.and(played.ended);
    }
    finish(case, record, recorder, ended).await
}

/// What all parts have in common.
struct Playing<'a> {
    setting: &'a Setting,
    case: &'a Case,
    cast: &'a Cast,
    recorder: &'a Recorder,
}

impl Playing<'_> {
    async fn play(&self, part: Part<'_>, seed: u64) -> Result<Played, Failure> {
        let began = What::PartBegan {
            beside: match part {
                Part::Alone(_) => None,
                Part::Beside(neighbour) => Some(neighbour.name.clone()),
            },
        };
        let steps = &self.case.scenario.steps;
        let run = self.run(self.recorder.clone(), seed).await?;
        if let Err(error) = self.recorder.record(nobody(), began) {
            let line = steps.first().map_or(1, |at| at.line);
            let error = ProbeError::from(error).into();
            return Ok(Played {
                ended: Err(Stopped { line, error }),
                was_late: false,
            });
        }
        let played = match part {
            Part::Beside(neighbour) => play::beside(&run, steps, neighbour).await,
            Part::Alone(_) if self.setting.target.start.is_none() => play::alone(&run, steps).await,
            Part::Alone(neighbour) => self.beside_next_door(&run, neighbour, seed).await?,
        };
        if let Err(Stopped { error, .. }) = &played {
            // What such a part lacks shows nothing of the neighbour.
            let early = What::Settled {
                unsettled: Some(format!("the part ended early: {error}")),
                listened_ms: None,
                unheard: None,
            };
            // A recorder that has stopped says so at its end.
            let _ = self.recorder.record(nobody(), early);
        }
        let delays = (run.watch.lag()).sum_of_delays(Duration::from_millis(SHIFTS_MS));
        let was_late = u64::try_from(delays.as_millis()).is_ok_and(spoils_a_part);
        start::end(run).await;
        Ok(Played {
            ended: played,
            was_late,
        })
    }

    /// The steps alone, while the neighbour is busy on another server. What the neighbour sees is not kept.
    async fn beside_next_door(
        &self,
        run: &Run,
        neighbour: &Neighbour,
        seed: u64,
    ) -> Result<PartEnd, Failure> {
        let nowhere = Recorder::start(&self.setting.scene(self.case, self.cast), io::sink());
        let (quiet, _) =
            nowhere.map_err(|error| Failure::world(error, "next door", "report this"))?;
        let next_door = self.run(quiet, seed).await?;
        // It says only that the neighbour may stop: no other memory is ordered by it.
        let over = AtomicBool::new(false);
        let alone = async {
            let played = play::alone(run, &self.case.scenario.steps).await;
            over.store(true, Ordering::Relaxed);
            played
        };
        let (played, ()) = tokio::join!(alone, play::next_door(&next_door, neighbour, &over));
        start::end(next_door).await;
        Ok(played)
    }

    /// A run on a server of its own.
    async fn run(&self, recorder: Recorder, seed: u64) -> Result<Run, Failure> {
        let started = self.setting.start(self.cast).await?;
        started.run(recorder, self.case.client, seed)
    }
}

fn nobody() -> Place {
    Place::nobody("the run")
}
