//! Looking for leaks that nobody has written down: schedules of steps by chance, run against a live target,
//! judged by every property, and shrunk to the shortest that still breaks one.
//!
//! In: a plan with a seed. Out: what was tried, and the counterexample as a scenario file. The model of a
//! schedule (`schedule.rs`) says only which steps are possible; who must have seen what is the judge's to
//! say, as in any other run.

mod schedule;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evidence::Verdict;
use futures_util::{StreamExt, stream};
use probe::ClientKind;
use proptest::prelude::prop;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use proptest_state_machine::ReferenceStateMachine;
use tokio::runtime::Handle;

use self::schedule::{Schedule, Situation};
use self::written::House;
use crate::failure::Failure;
use crate::suite::{self, Parts, Plan};
use crate::system::Aim;

/// Schedules that can be on one server.
pub(crate) const GROUPS: usize = schedule::NAMES.len();
/// Steps that a schedule may have.
const LONGEST: usize = 24;
/// How long a counterexample is made shorter.
const SHRINKING: Duration = Duration::from_mins(1);
/// Schedules at a time while one is made shorter.
const AT_ONCE: usize = 8;
/// Runs in which a shorter schedule may show that it breaks the same.
const TRIES: u32 = 2;
/// How often the shortest schedule is run again.
const CONFIRMATIONS: u32 = 5;

/// What to explore, and how far.
#[derive(Clone, Debug)]
pub(crate) struct ExplorePlan {
    pub(crate) target: Option<PathBuf>,
    pub(crate) fault: Option<String>,
    pub(crate) seed: u64,
    pub(crate) cases: u64,
    pub(crate) time: Duration,
    /// Servers at a time.
    pub(crate) jobs: usize,
    /// Schedules at a time on one server.
    pub(crate) together: usize,
    pub(crate) history: PathBuf,
    /// Where a counterexample goes.
    pub(crate) out: PathBuf,
}

/// What was tried.
#[derive(Clone, Debug, Default)]
pub(crate) struct Explored {
    pub(crate) cases: u64,
    pub(crate) steps: BTreeMap<&'static str, u64>,
    pub(crate) deliveries: u64,
    pub(crate) chances: u64,
}

/// The shortest schedule that breaks a property.
#[derive(Clone, Debug)]
pub(crate) struct Counterexample {
    pub(crate) property: String,
    pub(crate) witness: String,
    /// What runs it again.
    pub(crate) command: String,
    pub(crate) n_steps: usize,
    /// How often it broke it again, of how many times.
    pub(crate) again: (u32, u32),
    pub(crate) after: Duration,
}

/// How an exploration ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) explored: Explored,
    pub(crate) found: Option<Counterexample>,
    pub(crate) took: Duration,
}

impl Ended {
    /// Nothing was proved by cases in which nothing could leak.
    pub(crate) fn verdict(&self) -> Verdict {
        match &self.found {
            Some(_) => Verdict::Violated,
            None if self.explored.chances == 0 => Verdict::Undecided,
            None => Verdict::Holds,
        }
    }
}

/// What the workers share.
struct Shared {
    plan: ExplorePlan,
    handle: Handle,
    started: Instant,
    /// Somebody has found something, or the harness has no more.
    over: AtomicBool,
    left: AtomicU64,
    explored: Mutex<Explored>,
    trouble: Mutex<Option<Failure>>,
}

/// What one run of a schedule showed.
struct Shown {
    property: String,
    rules: Vec<String>,
    witness: String,
}

/// What a scenario claims: a schedule by chance all there is, and one that was found what it breaks. A mended
/// server would be undecided about what so few steps give no chance to.
#[derive(Default)]
struct Claims {
    properties: BTreeSet<String>,
    rules: BTreeSet<String>,
}

impl Claims {
    fn of(property: &str) -> Self {
        Self {
            properties: BTreeSet::from([property.to_owned()]),
            ..Self::default()
        }
    }

    fn add(&mut self, shown: Shown) {
        self.properties.insert(shown.property);
        self.rules.extend(shown.rules);
    }
}

/// Explores until a counterexample is found, all cases are tried or the time is over.
pub(crate) async fn run(plan: ExplorePlan) -> Result<Ended, Failure> {
    let started = Instant::now();
    let jobs = plan.jobs;
    let shared = Arc::new(Shared {
        left: AtomicU64::new(plan.cases),
        plan,
        handle: Handle::current(),
        started,
        over: AtomicBool::new(false),
        explored: Mutex::default(),
        trouble: Mutex::default(),
    });
    let workers: Vec<_> = (0..jobs)
        .map(|worker| {
            let shared = Arc::clone(&shared);
            // The state machine's steps block.
            tokio::task::spawn_blocking(move || shared.work(worker as u64))
        })
        .collect();
    let mut found = None;
    for worker in workers {
        let ended = worker.await.map_err(|error| {
            let what = format!("an exploration failed inside the harness: {error}");
            Failure::world(what, "the harness", "report this")
        })?;
        found = found.or(ended);
    }
    if let Some(trouble) = lock(&shared.trouble).take()
        && found.is_none()
    {
        return Err(trouble);
    }
    let explored = lock(&shared.explored).clone();
    Ok(Ended {
        explored,
        found,
        took: started.elapsed(),
    })
}

impl Shared {
    /// Tries schedules of its own, by its own part of the seed.
    fn work(&self, worker: u64) -> Option<Counterexample> {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.plan.seed.to_le_bytes());
        seed[8..16].copy_from_slice(&worker.to_le_bytes());
        let config = Config {
            cases: u32::try_from(self.plan.cases).unwrap_or(u32::MAX),
            failure_persistence: None,
            // We shrink several schedules at a time, and play each twice: see `shrink`.
            max_shrink_iters: 0,
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let schedule =
            Schedule::sequential_strategy(2..=LONGEST).prop_map(|(start, moves, _)| (start, moves));
        let strategy = prop::collection::vec(schedule, self.plan.together).prop_map(House::of);
        let found = Mutex::new(None);
        let tried = runner.run(&strategy, |houses| {
            for mut house in houses {
                match self.takes_cases(house.n_schedules()) {
                    0 => return Ok(()),
                    taken => house.keep(taken),
                }
                if let Some(shown) = self.play(&house).into_iter().next()
                    && !self.over.swap(true, Ordering::Relaxed)
                {
                    *lock(&found) = Some((shown, house));
                    return Err(TestCaseError::fail("a property is broken"));
                }
            }
            Ok(())
        });
        // The runner makes nothing shorter, so all that it can say is that there is something.
        drop(tried);
        let (shown, house) = lock(&found).take()?;
        let Shown {
            property, witness, ..
        } = shown;
        let after = self.started.elapsed();
        let shortest = self.handle.block_on(self.shrink(house, &property));
        self.confirm(&shortest, &property, &witness, after)
    }

    /// Takes schedules out and then steps, at first many and then one by one, as long as what is left breaks
    /// the same property.
    async fn shrink(&self, house: House, property: &str) -> House {
        let end = Instant::now() + SHRINKING;
        let mut best = house;
        if best.n_schedules() > 1
            && let Some(alone) = self.first_that_breaks(best.each_alone(), property).await
        {
            best = alone;
        }
        // It needs the others, or some of them.
        while best.n_schedules() > 1 && Instant::now() < end {
            match self.first_that_breaks(best.each_less(), property).await {
                Some(fewer) => best = fewer,
                None => break,
            }
        }
        let mut size = best.length().div_ceil(2).max(1);
        while Instant::now() < end {
            let starts = (0..best.length()).step_by(size);
            let shorter = starts.filter_map(|at| best.without(&(at..at + size)));
            let shorter = shorter.collect();
            match self.first_that_breaks(shorter, property).await {
                Some(shorter) => best = shorter,
                None if size == 1 => break,
                None => size = size.div_ceil(2).min(size - 1),
            }
        }
        best
    }

    async fn first_that_breaks(&self, houses: Vec<House>, property: &str) -> Option<House> {
        let tried = stream::iter(houses).map(|house| async move {
            let breaks = self.breaks(&house, property).await;
            breaks.then_some(house)
        });
        let breaking: Vec<Option<House>> = tried.buffered(AT_ONCE).collect().await;
        breaking.into_iter().flatten().next()
    }

    /// Whether a house breaks the property, in one of a few runs: some leaks need a moment's chance.
    async fn breaks(&self, house: &House, property: &str) -> bool {
        for _ in 0..TRIES {
            let shown = self.run_once(house).await.unwrap_or_default();
            if shown.iter().any(|shown| shown.property == property) {
                return true;
            }
        }
        false
    }

    /// How many of so many schedules may still be tried.
    fn takes_cases(&self, wanted: usize) -> usize {
        if self.over.load(Ordering::Relaxed) || self.started.elapsed() >= self.plan.time {
            return 0;
        }
        let (order, wanted) = (Ordering::Relaxed, wanted as u64);
        let taken = self
            .left
            .fetch_update(order, order, |left| Some(left.saturating_sub(wanted)));
        let (Ok(left) | Err(left)) = taken;
        usize::try_from(left.min(wanted)).unwrap_or(usize::MAX)
    }

    /// Runs a house on a server of its own; gives what it broke.
    fn play(&self, house: &House) -> Vec<Shown> {
        match self.handle.block_on(self.run_once(house)) {
            Ok(shown) => shown,
            Err(failure) => {
                self.over.store(true, Ordering::Relaxed);
                lock(&self.trouble).get_or_insert(failure);
                Vec::new()
            }
        }
    }

    async fn run_once(&self, house: &House) -> Result<Vec<Shown>, Failure> {
        let folder = self.plan.history.join(format!(
            "explore-{}/{:016x}",
            self.plan.seed,
            rand::random::<u64>()
        ));
        let file = folder.join("schedule.yaml");
        let text = house.text("schedules by chance", &[], &Claims::default());
        let written_down = fs::create_dir_all(&folder).and_then(|()| fs::write(&file, text));
        written_down.map_err(|error| {
            Failure::world(
                format!("cannot write a schedule: {error}"),
                file.display(),
                "name another folder with --history",
            )
        })?;
        let plan = Plan {
            paths: vec![file.clone()],
            target: self.plan.target.clone(),
            aim: Aim::default(),
            passwords: None,
            clients: vec![ClientKind::Observer],
            only: Vec::new(),
            fault: self.plan.fault.clone(),
            seed: self.plan.seed,
            jobs: 1,
            history: folder.clone(),
            parts: Parts::default(),
            neighbours_only: false,
        };
        let suite = suite::run(plan, |_, _| {}).await?;
        let mut shown = Vec::new();
        for entry in suite.entries() {
            let Some(report) = entry.report() else {
                let what = entry
                    .error()
                    .unwrap_or("a case could not be run")
                    .to_owned();
                return Err(Failure::Told(what));
            };
            let mut explored = lock(&self.explored);
            explored.cases += house.n_schedules() as u64;
            explored.deliveries += report.deliveries;
            explored.chances += report.chances_to_leak();
            for Situation(kind) in house.situations() {
                *explored.steps.entry(kind).or_default() += 1;
            }
            drop(explored);
            let broken = report.findings.iter();
            let broken = broken.filter(|judged| judged.finding.verdict == Verdict::Violated);
            shown.extend(broken.map(|judged| {
                Shown {
                    property: judged.property.to_owned(),
                    rules: judged.rules.clone(),
                    witness: judged
                        .finding
                        .witnesses
                        .first()
                        .map(|witness| witness.says.clone())
                        .unwrap_or_default(),
                }
            }));
        }
        // What is found is written as a scenario; the rest would fill the disk.
        let _ = fs::remove_dir_all(&folder);
        Ok(shown)
    }

    /// What runs a scenario as it was found.
    fn command(&self, file: &Path) -> String {
        let fault = self.plan.fault.iter();
        let fault: String = fault.map(|fault| format!(" --fault {fault}")).collect();
        format!("airtight run {}{fault}", file.display())
    }

    /// Runs the shortest schedule again and again, and writes it down as a scenario.
    fn confirm(
        &self,
        house: &House,
        property: &str,
        witness: &str,
        after: Duration,
    ) -> Option<Counterexample> {
        let mut claims = Claims::of(property);
        let again = (0..CONFIRMATIONS).filter(|_| {
            let shown = self.play(house);
            let breaks = shown.iter().any(|shown| shown.property == property);
            shown.into_iter().for_each(|shown| claims.add(shown));
            breaks
        });
        let again = u32::try_from(again.count()).unwrap_or(CONFIRMATIONS);
        let name = self
            .plan
            .fault
            .clone()
            .unwrap_or_else(|| "found".to_owned());
        let file = self
            .plan
            .out
            .join(format!("{}-{}.yaml", name.to_lowercase(), self.plan.seed));
        let repeats = if again == CONFIRMATIONS {
            "each time that it was run again".to_owned()
        } else {
            format!("{again} times of {CONFIRMATIONS}: it is flaky")
        };
        let comment = [
            format!(
                "Found by `airtight explore --seed {}`, and shrunk.",
                self.plan.seed
            ),
            format!("It broke {property} {repeats}."),
            format!("Run it: {}", self.command(&file)),
        ];
        let text = house.text("a schedule that was found by exploring", &comment, &claims);
        let stored = fs::create_dir_all(&self.plan.out).and_then(|()| fs::write(&file, text));
        if let Err(error) = stored {
            let failure = Failure::world(
                format!("cannot write the counterexample: {error}"),
                file.display(),
                "name another folder with --out",
            );
            lock(&self.trouble).get_or_insert(failure);
            return None;
        }
        Some(Counterexample {
            property: property.to_owned(),
            witness: witness.to_owned(),
            command: self.command(&file),
            n_steps: house.n_steps(),
            again: (again, CONFIRMATIONS),
            after,
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
