//! A scenario with neighbours: its steps alone, and again beside each neighbour, as parts of one history.
//!
//! Each part has a server of its own where the harness may start one. Then the neighbour is there in the
//! parts alone as well, next door on another server: the machine has the same work to do, and what differs
//! comes from the server that is shared.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use evidence::{Place, SHIFTS_MS, UserName, What, spoils_a_part};
use probe::{ProbeError, Recorder};
use tokio::time::Instant;

use super::case::Case;
use super::recorded::{Recorded, finish};
use super::setting::Setting;
use super::turns::{Part, PartEnd, Played, Turns};
use crate::failure::Failure;
use crate::history::record::Record;
use crate::language::names::Who;
use crate::play;
use crate::run::error::{RunError, Stopped};
use crate::run::state::Run;
use crate::scenario::content::Neighbour;
use crate::steps::step_trait::{Actor, StepAt};
use crate::system::cast::Cast;
use crate::system::server;

/// Lateness of the harness in milliseconds that no beat has written down, and is more than a timer's own.
const SMALL_MS: Range<u128> = 20..100;

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
    let mut turns = Turns::of(setting.parts, &case.scenario.beside);
    let mut seed = setting.seed;
    while let Some(part) = turns.next() {
        let played = playing.play(part, seed).await?;
        seed = seed.wrapping_add(1);
        turns.played(part, played);
    }
    finish(case, record, recorder, turns.ended()).await
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
        run.doubts.be_each_for_itself();
        let started = Instant::now();
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
        let played = match (part, played) {
            (
                Part::Beside(_),
                Err(Stopped {
                    error: RunError::Login(user, reason),
                    ..
                }),
            ) if is_compared(steps, &user) => {
                // Alone it was granted, or there is nothing to compare with: what the part lacks is what was refused.
                self.refused_login(&user, &reason);
                Ok(())
            }
            (_, played) => played,
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
        self.small_lateness(run.watch.lag().since(started));
        let delays = (run.watch.lag()).sum_of_delays(Duration::from_millis(SHIFTS_MS));
        let was_late = u64::try_from(delays.as_millis()).is_ok_and(spoils_a_part);
        server::end(run).await;
        Ok(Played {
            ended: played,
            was_late,
        })
    }

    /// Writes down that a login of who is compared was refused. Only the comparison says whether that is to blame on a
    /// neighbour.
    fn refused_login(&self, user: &UserName, reason: &str) {
        let place = Place {
            user: Some(user.clone()),
            session: "a login".to_owned(),
            tab: None,
        };
        let refused = What::Expected {
            claim: format!("`{user}` is logged in"),
            met: false,
            unseen: true,
            found: format!("the target refused it beside a neighbour: {reason}"),
        };
        // A recorder that has stopped says so at its end.
        let _ = self.recorder.record(place, refused);
    }

    /// Writes down lateness of the harness that nothing but a comparison of short delays asks for.
    fn small_lateness(&self, late: Duration) {
        if SMALL_MS.contains(&late.as_millis()) {
            let by_ms = u64::try_from(late.as_millis()).unwrap_or(u64::MAX);
            let late = What::Late { by_ms, waiting: 0 };
            // A recorder that has stopped says so at its end.
            let _ = self.recorder.record(Place::nobody("the harness"), late);
        }
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
        let steps = &self.case.scenario.steps;
        let alone = async {
            let played = play::alone(run, steps).await;
            over.store(true, Ordering::Relaxed);
            played
        };
        let (played, ()) =
            tokio::join!(alone, play::next_door(&next_door, steps, neighbour, &over));
        server::end(next_door).await;
        Ok(played)
    }

    /// A run on a server of its own.
    async fn run(&self, recorder: Recorder, seed: u64) -> Result<Run, Failure> {
        let started = self.setting.start(self.cast).await?;
        started.run(recorder, self.case.client, seed)
    }
}

/// Whether this user takes one of these steps.
fn is_compared(steps: &[StepAt], user: &UserName) -> bool {
    steps.iter().any(|at| match at.step.facts().actor {
        Actor::Inner(inner) => is_compared(inner, user),
        actor => actor
            .browser()
            .is_some_and(|browser| browser.who == Who::User(user.clone())),
    })
}

fn nobody() -> Place {
    Place::nobody("the run")
}
