//! The search: workers that draw schedules, play them, and count what was tried.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use proptest::prelude::prop;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::batch::Batch;
use super::found::{self, Counterexample};
use super::machine;
use super::offer::Offer;
use super::plan::ExplorePlan;
use super::play::{self, BrokenProperty, Played, play};
use super::schedule::Situation;
use super::shrink;
use super::tried::Explored;
use crate::failure::Failure;
use crate::lock::lock;

/// The search gives up after so many schedules if none of them could be run to its end.
const HOPELESS: u64 = 16;
/// How much longer than the search a schedule may take that was begun in time.
const GRACE: Duration = Duration::from_secs(15);
/// How many times more a schedule is played that has broken a property.
const REPEATS: u32 = 4;
/// How often it must break the property again for the search to end there. What breaks less often is hard to shrink, so
/// the search goes on for something better.
const ENOUGH: usize = 3;

/// What the workers share.
pub(super) struct Search {
    plan: ExplorePlan,
    offer: Arc<Offer>,
    handle: Handle,
    started: Instant,
    /// One of the workers has found something, or the search has given up.
    over: AtomicBool,
    /// A restart has ended a schedule: sessions do not outlive the server, and nobody has said that they do.
    restart_ends_all: AtomicBool,
    /// Cases that are left to try.
    left: AtomicU64,
    explored: Mutex<Explored>,
    /// The best of what was found so far and did not break often enough.
    rare: Mutex<Option<Find>>,
}

/// A batch that has broken a property.
struct Find {
    shown: BrokenProperty,
    batch: Batch,
    /// When, counted from the search's start.
    after: Duration,
    /// In how many of the repeats it broke the property again.
    n_again: usize,
}

impl Search {
    /// Searches with all workers, and shrinks what one of them finds.
    pub(super) async fn run(
        plan: ExplorePlan,
        offer: Arc<Offer>,
        started: Instant,
    ) -> Result<(Explored, Option<Counterexample>), Failure> {
        let jobs = plan.jobs;
        let search = Arc::new(Self {
            left: AtomicU64::new(plan.cases),
            plan,
            offer,
            handle: Handle::current(),
            started,
            over: AtomicBool::new(false),
            restart_ends_all: AtomicBool::new(false),
            explored: Mutex::default(),
            rare: Mutex::default(),
        });
        let mut workers: FuturesUnordered<_> = (0..jobs)
            .map(|worker| {
                let search = Arc::clone(&search);
                // The state machine's steps block.
                tokio::task::spawn_blocking(move || search.work(worker as u64))
            })
            .collect();
        let mut shortest = None;
        // The schedule that a worker has found is shrunk while the others end.
        while let Some(ended) = workers.next().await {
            let found = ended.map_err(|error| {
                let what = format!("an exploration failed inside the harness: {error}");
                Failure::world(what, "the harness", "report this")
            })?;
            if let Some(found) = found {
                shortest = Some(search.shortest(found).await?);
            }
        }
        let rare = lock(&search.rare).take();
        if let (None, Some(rare)) = (&shortest, rare) {
            shortest = Some(search.shortest(rare).await?);
        }
        let explored = lock(&search.explored).clone();
        // This fails only where something in it could not be removed.
        let _ = fs::remove_dir(play::folder(&search.plan));
        Ok((explored, shortest))
    }

    /// Shrinks what was found, and writes it as a scenario.
    async fn shortest(&self, found: Find) -> Result<Counterexample, Failure> {
        let Find {
            shown,
            batch,
            after,
            ..
        } = found;
        let (batch, runs) = {
            let Self { plan, started, .. } = self;
            shrink::shrink(plan, batch, &shown, *started).await
        };
        found::confirm(&self.plan, &batch, &shown, runs, after).await
    }

    /// One worker: it tries schedules that the seed and its number give.
    fn work(&self, worker: u64) -> Option<Find> {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.plan.seed.to_le_bytes());
        seed[8..16].copy_from_slice(&worker.to_le_bytes());
        let config = Config {
            failure_persistence: None,
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let schedule = machine::schedules(&self.offer);
        let users = self.plan.users.clone();
        let strategy = prop::collection::vec(schedule, self.plan.together)
            .prop_map(move |drawn| Batch::of(drawn, &users));
        // Drawn one by one: a runner would draw all that are left when the search is over.
        while self.goes_on() {
            // A strategy that rejects a draw has nothing to play.
            let Ok(drawn) = strategy.new_tree(&mut runner) else {
                self.takes_cases(1);
                continue;
            };
            for mut batch in drawn.current() {
                if batch.restarts() && self.restart_ends_all.load(Ordering::Relaxed) {
                    continue;
                }
                match self.takes_cases(batch.n_schedules()) {
                    0 => return None,
                    taken => batch.keep(taken),
                }
                let Some(find) = self.handle.block_on(self.find(batch)) else {
                    continue;
                };
                if find.n_again < ENOUGH {
                    self.put_aside(find);
                } else if !self.over.swap(true, Ordering::Relaxed) {
                    return Some(find);
                }
            }
        }
        None
    }

    /// Whether there is time, and something left to try.
    fn goes_on(&self) -> bool {
        let is_over = self.over.load(Ordering::Relaxed) || self.started.elapsed() >= self.plan.time;
        !is_over && self.left.load(Ordering::Relaxed) > 0
    }

    /// Takes so many cases of those that are left. Gives how many it got.
    fn takes_cases(&self, wanted: usize) -> usize {
        if !self.goes_on() {
            return 0;
        }
        let (order, wanted) = (Ordering::Relaxed, wanted as u64);
        let taken = self
            .left
            .fetch_update(order, order, |left| Some(left.saturating_sub(wanted)));
        let (Ok(left) | Err(left)) = taken;
        usize::try_from(left.min(wanted)).unwrap_or(usize::MAX)
    }

    /// Plays a batch, and where it breaks a property, several times more.
    async fn find(&self, batch: Batch) -> Option<Find> {
        let shown = self.try_once(&batch).await?;
        let after = self.started.elapsed();
        let again =
            join_all((0..REPEATS).map(|_| play(&self.plan, &batch, Some(&shown.property)))).await;
        let breaks = |played: &Played| played.breaks(&shown.property);
        let n_again = again.iter().flatten().filter(|one| breaks(one)).count();
        Some(Find {
            shown,
            batch,
            after,
            n_again,
        })
    }

    /// Keeps this for the end, unless something better was put aside before.
    fn put_aside(&self, find: Find) {
        let mut rare = lock(&self.rare);
        if rare.as_ref().is_none_or(|kept| kept.n_again < find.n_again) {
            *rare = Some(find);
        }
    }

    /// Plays a batch; `None` where it takes much longer than the search may.
    async fn play_in_time(&self, batch: &Batch) -> Option<Result<Played, Failure>> {
        let left = (self.plan.time + GRACE).saturating_sub(self.started.elapsed());
        timeout(left, play(&self.plan, batch, None)).await.ok()
    }

    /// Plays a batch, counts it, and gives the first property that it broke.
    async fn try_once(&self, batch: &Batch) -> Option<BrokenProperty> {
        let played = self.play_in_time(batch).await?;
        let is_stopped = { played.as_ref() }.is_ok_and(|played| played.stopped.is_some());
        if is_stopped && batch.restarts() && !self.offer.keeps_missed {
            self.restart_ends_all.store(true, Ordering::Relaxed);
        }
        if count(&mut lock(&self.explored), batch, &played) {
            self.over.store(true, Ordering::Relaxed);
        }
        played.ok()?.shown.into_iter().next()
    }
}

/// Counts a batch. Gives whether to give up, because nothing could be run so far.
fn count(explored: &mut Explored, batch: &Batch, played: &Result<Played, Failure>) -> bool {
    let n_schedules = batch.n_schedules();
    match played {
        Err(failure) => explored.not_run.add(n_schedules, &failure.to_string()),
        Ok(Played {
            stopped: Some(why), ..
        }) => explored.not_played.add(n_schedules, why),
        Ok(played) => {
            explored.cases += n_schedules as u64;
            explored.deliveries += played.deliveries;
            explored.chances += played.chances;
            for Situation(kind) in batch.situations() {
                *explored.steps.entry(kind).or_default() += 1;
            }
        }
    }
    explored.cases == 0 && explored.n_not_tried() >= HOPELESS
}
