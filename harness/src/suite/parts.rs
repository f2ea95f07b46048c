//! A scenario with neighbours: its steps alone, and again beside each neighbour, as parts of one history.
//!
//! Each part has a server of its own where the harness may start one. Then the neighbour is there in the
//! parts alone as well, next door on another server: the machine has the same work to do, and what differs
//! comes from the server that is shared. The parts take turns, so that a machine that grows slower is slower
//! in all of them.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use evidence::{Place, UserName, What};
use probe::{ProbeError, Recorder};

use super::{Case, Recorded, Shared, file_name, finish, scene};
use crate::failure::Failure;
use crate::history::record::Record;
use crate::play;
use crate::run::error::Stopped;
use crate::run::state::Run;
use crate::scenario::content::Neighbour;
use crate::system::start;

/// How often the steps are run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    /// Alone.
    pub(crate) alone: usize,
    /// Beside each neighbour.
    pub(crate) beside: usize,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            alone: 3,
            beside: 2,
        }
    }
}

/// Who is there in a part.
#[derive(Clone, Copy)]
enum Part<'a> {
    /// Nobody; this neighbour is next door.
    Alone(&'a Neighbour),
    Beside(&'a Neighbour),
}

impl Parts {
    /// Each part in its turn.
    fn of(self, neighbours: &[Neighbour]) -> Vec<Part<'_>> {
        let mut parts = Vec::new();
        for round in 0..self.alone.max(self.beside) {
            if round < self.alone {
                let next_door = neighbours.get(round % neighbours.len().max(1));
                parts.extend(next_door.map(Part::Alone));
            }
            if round < self.beside {
                parts.extend(neighbours.iter().map(Part::Beside));
            }
        }
        parts
    }
}

type Played = Result<(), Stopped>;

/// Runs all parts; the history is complete when this returns.
pub(super) async fn record(
    shared: &Arc<Shared>,
    case: &Case,
    passwords: &BTreeMap<UserName, String>,
) -> Result<Recorded, Failure> {
    let (recorder, record) =
        Record::start(&scene(shared, case), shared.folder.join(file_name(case)))?;
    let mut ended = Ok(());
    for (index, part) in shared
        .plan
        .parts
        .of(&case.scenario.beside)
        .into_iter()
        .enumerate()
    {
        let seed = shared.plan.seed.wrapping_add(index as u64);
        // What goes wrong in one part takes nothing from the others.
        let played = play(shared, case, passwords, &recorder, part, seed).await?;
        ended = ended.and(played);
    }
    finish(case, record, recorder, ended).await
}

async fn play(
    shared: &Arc<Shared>,
    case: &Case,
    passwords: &BTreeMap<UserName, String>,
    recorder: &Recorder,
    part: Part<'_>,
    seed: u64,
) -> Result<Played, Failure> {
    let began = What::PartBegan {
        beside: match part {
            Part::Alone(_) => None,
            Part::Beside(neighbour) => Some(neighbour.name.clone()),
        },
    };
    let run = run(shared, case, passwords, recorder.clone(), seed).await?;
    if let Err(error) = recorder.record(nobody(), began) {
        let line = case.scenario.steps.first().map_or(1, |at| at.line);
        let error = ProbeError::from(error).into();
        return Ok(Err(Stopped { line, error }));
    }
    let steps = &case.scenario.steps;
    let played = match part {
        Part::Beside(neighbour) => play::beside(&run, steps, neighbour).await,
        Part::Alone(_) if shared.target.start.is_none() => play::alone(&run, steps).await,
        Part::Alone(neighbour) => {
            let nowhere = Recorder::start(&scene(shared, case), io::sink());
            let (quiet, _) =
                nowhere.map_err(|error| Failure::world(error, "next door", "report this"))?;
            let next_door = self::run(shared, case, passwords, quiet, seed).await?;
            let over = AtomicBool::new(false);
            let alone = async {
                let played = play::alone(&run, steps).await;
                over.store(true, Ordering::Relaxed);
                played
            };
            let (played, ()) = tokio::join!(alone, play::next_door(&next_door, neighbour, &over));
            start::end(next_door).await;
            played
        }
    };
    if let Err(Stopped { error, .. }) = &played {
        // What such a part lacks shows nothing of who was beside.
        let early = What::Settled {
            unsettled: Some(format!("the part ended early: {error}")),
            listened_ms: None,
            unheard: None,
        };
        // A recorder that has stopped says so at its end.
        let _ = recorder.record(nobody(), early);
    }
    start::end(run).await;
    Ok(played)
}

/// A run on a server of its own, if the target can be started.
async fn run(
    shared: &Arc<Shared>,
    case: &Case,
    passwords: &BTreeMap<UserName, String>,
    recorder: Recorder,
    seed: u64,
) -> Result<Run, Failure> {
    let mut target = shared.target.clone();
    let server = start::start(&mut target, shared.plan.fault.as_deref(), passwords).await?;
    let site = start::site(target)?;
    let passwords = passwords.clone();
    Ok(Run::new(
        site,
        recorder,
        case.client,
        passwords,
        server,
        seed,
    ))
}

fn nobody() -> Place {
    Place {
        user: None,
        session: "the run".to_owned(),
        tab: None,
    }
}
