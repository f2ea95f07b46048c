//! The attack: goose acts out one journey for each user until the time is over.
//!
//! In: a site, an order, a recorder. Out: figures, goose's tables, and the history that the recorder wrote
//! meanwhile. Users start one after the other during the ramp, and each ends its session in order when
//! the time is over. Goose's controllers, its console and its own end on Ctrl-C are switched off: the caller
//! that started the attack ends it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionResult};
use goose::{GooseAttack, GooseError};
use loadtest::figures::{CONNECT, DELIVERY, Figures};
use loadtest::measured::{is_due, name_of, undeliverable};
use loadtest::{Order, Role};
use probe::{Browser, Meter, ProbeError, Reading, Recorder, Site, Watch};
use thiserror::Error;

use crate::journey::Traveller;

/// How long a user thinks between two steps: at least, at most.
const THINKING: (Duration, Duration) = (Duration::from_millis(200), Duration::from_millis(400));
/// How often a user works in one session.
const WORK_STEPS: usize = 4;

/// The results of an attack, besides its history.
pub(crate) struct AttackResult {
    pub(crate) figures: Figures,
    /// Goose's own tables.
    pub(crate) tables: String,
    /// Why it ended early: the history is full, or the readings were not read fast enough.
    pub(crate) stopped: Option<ProbeError>,
    /// How late the harness itself was, if that matters for the latencies.
    pub(crate) late: Option<Duration>,
    pub(crate) latest: Duration,
}

/// Why there was no load.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error("the target has no action that its user can do alone and that owes them something")]
    NoWork,
    #[error("goose did not run")]
    Goose(#[from] Box<GooseError>),
}

/// What the users share.
struct Shared {
    site: Arc<Site>,
    /// The users who have not started yet. The lock is never held across an await, nor with another one.
    waiting: Mutex<Vec<Traveller>>,
    figures: Mutex<Figures>,
    started: Instant,
    stopped: Mutex<Option<ProbeError>>,
}

type Seat = Arc<tokio::sync::Mutex<Traveller>>;
type Step<'a> = Pin<Box<dyn Future<Output = Result<(), ProbeError>> + Send + 'a>>;

/// Many users' working sessions.
pub(crate) struct Attack {
    pub(crate) site: Arc<Site>,
    /// Writes down what the users see.
    pub(crate) recorder: Recorder,
    pub(crate) order: Order,
}

/// Takes Ctrl-C from goose, which would end the process on the second one with the code of a violated
/// property. A load ends with its standard input.
pub(crate) fn leave_ctrl_c_to_the_caller() {
    // Only the first handler counts, and this one does nothing.
    let _ = ctrlc::set_handler(|| {});
}

impl Attack {
    /// Lets the users work until the time is over and the last session has ended.
    pub(crate) async fn run(self) -> Result<AttackResult, LoadError> {
        let configuration = self.configuration()?;
        let watch = Watch::start(Arc::clone(&self.site), self.recorder.clone());
        let lag = watch.lag().clone();
        let shared = self.shared(&watch)?;
        let scenario = scenario(&shared)?;
        // The recorder ends when all its clones are dropped, so these must go first.
        drop((self, watch));
        let metrics = GooseAttack::initialize_with_config(configuration)
            .map_err(Box::new)?
            // No journey uses goose's client, so all share one: a client for each of a thousand users would set up TLS
            // a thousand times.
            .set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())
            .map_err(Box::new)?
            .register_scenario(scenario)
            .execute()
            .await
            .map_err(Box::new)?;
        let figures = std::mem::take(&mut *lock(&shared.figures));
        let stopped = lock(&shared.stopped).take();
        lock(&shared.waiting).clear();
        Ok(AttackResult {
            figures,
            tables: metrics.to_string(),
            stopped,
            late: lag.is_relevant(),
            latest: lag.worst(),
        })
    }

    fn configuration(&self) -> Result<GooseConfiguration, LoadError> {
        let mut words: Vec<String> = [
            "--no-telnet",
            "--no-print-metrics",
            "--no-reset-metrics",
            "--quiet",
        ]
        .map(str::to_owned)
        .into();
        let seconds = |time: Duration| format!("{}s", time.as_secs().max(1));
        let options = [
            ("--host", self.site.base().to_string()),
            ("--users", self.order.users.len().to_string()),
            ("--increase-time", seconds(self.order.ramp)),
            ("--run-time", seconds(self.order.time)),
        ];
        let report = self
            .order
            .page
            .iter()
            .map(|file| ("--report-file", file.display().to_string()));
        for (option, value) in options.into_iter().chain(report) {
            words.extend([option.to_owned(), value]);
        }
        Ok(GooseConfiguration::parse_args_default(&words).map_err(Box::new)?)
    }

    fn shared(&self, watch: &Watch) -> Result<Arc<Shared>, LoadError> {
        let mut waiting = Vec::new();
        for (index, user) in self.order.users.clone().into_iter().enumerate() {
            let role = Role::of(index, self.site.target()).ok_or(LoadError::NoWork)?;
            let (meter, readings) = Meter::new();
            let recorder = self.recorder.clone();
            let browser =
                Browser::metered(Arc::clone(&self.site), "desktop", recorder.clone(), meter);
            let seed = self.order.scene.seed.wrapping_add(index as u64);
            waiting.push(Traveller::new(
                user,
                role,
                browser,
                recorder,
                watch.clone(),
                readings,
                seed,
            ));
        }
        waiting.reverse();
        let figures = Figures::new(self.order.time);
        let figures = figures.undeliverable(undeliverable(self.site.target()));
        Ok(Arc::new(Shared {
            site: Arc::clone(&self.site),
            waiting: Mutex::new(waiting),
            figures: Mutex::new(figures),
            started: Instant::now(),
            stopped: Mutex::default(),
        }))
    }
}

/// A working session as goose's scenario.
fn scenario(shared: &Arc<Shared>) -> Result<Scenario, LoadError> {
    let first = {
        let shared = Arc::clone(shared);
        Transaction::new(Arc::new(move |user| {
            let (next, is_last) = {
                let mut waiting = lock(&shared.waiting);
                (waiting.pop(), waiting.is_empty())
            };
            if let Some(traveller) = next {
                user.set_session_data::<Seat>(Arc::new(tokio::sync::Mutex::new(traveller)));
                if is_last {
                    lock(&shared.figures).all_are_here(shared.started.elapsed());
                }
            }
            Box::pin(async { Ok(()) })
        }))
    };
    let mut scenario = Scenario::new("a working session")
        .set_wait_time(THINKING.0, THINKING.1)
        .map_err(Box::new)?
        .register_transaction(first.set_name("arrive").set_on_start())
        .register_transaction(step(shared, "log in", |one| Box::pin(one.log_in())).set_sequence(1))
        .register_transaction(step(shared, "open", |one| Box::pin(one.open())).set_sequence(2));
    let work = step(shared, "work", |one| Box::pin(one.work()))
        .set_sequence(3)
        .set_weight(WORK_STEPS);
    scenario = scenario
        .register_transaction(work.map_err(Box::new)?)
        .register_transaction(
            step(shared, "log out", |one| Box::pin(one.log_out())).set_sequence(4),
        );
    Ok(scenario
        .register_transaction(step(shared, "leave", |one| Box::pin(one.leave())).set_on_stop()))
}

/// A step of a session, as goose's transaction.
fn step(
    shared: &Arc<Shared>,
    name: &str,
    act: impl for<'a> Fn(&'a mut Traveller) -> Step<'a> + Copy + Send + Sync + 'static,
) -> Transaction {
    let shared = Arc::clone(shared);
    let transaction = Transaction::new(Arc::new(move |user| {
        let shared = Arc::clone(&shared);
        Box::pin(async move {
            let Some(seat) = user.get_session_data::<Seat>().cloned() else {
                return Ok(());
            };
            let mut traveller = seat.lock().await;
            let ended = act(&mut traveller).await;
            shared.report(user, &mut traveller).await?;
            let missed = traveller.take_missed();
            if missed > 0 {
                lock(&shared.stopped).get_or_insert(ProbeError::Unmeasured(missed));
                goose::trigger_killswitch("the readings were not read in time");
            }
            match ended {
                // Nothing that happens after this could be judged.
                Err(error @ ProbeError::Recorder(_)) => {
                    lock(&shared.stopped).get_or_insert(error);
                    goose::trigger_killswitch("the history takes no more");
                }
                // It would be so each time, and a load that asks for nothing finds nothing.
                Err(
                    error @ (ProbeError::NotOffered(_)
                    | ProbeError::Unset(_)
                    | ProbeError::Unsendable(_)),
                ) => {
                    lock(&shared.stopped).get_or_insert(error);
                    goose::trigger_killswitch("the target file does not say how");
                }
                Ok(()) | Err(_) => {}
            }
            Ok(())
        })
    }));
    transaction.set_name(name)
}

impl Shared {
    /// Adds the readings of a user's clients to goose's tables and to the figures.
    async fn report(&self, user: &mut GooseUser, traveller: &mut Traveller) -> TransactionResult {
        let lost = (0..traveller.take_lost()).map(|_| (Duration::ZERO, false));
        for (took, granted) in lost.collect::<Vec<_>>() {
            self.sample(user, DELIVERY, took, granted, None).await?;
        }
        while let Some(reading) = traveller.reading() {
            match reading {
                Reading::Answered {
                    asked,
                    status,
                    granted,
                    took,
                } => {
                    let name = name_of(self.site.target(), &asked);
                    self.sample(user, &name, took, granted, status).await?;
                }
                Reading::Opened { granted, took } => {
                    self.sample(user, CONNECT, took, granted, None).await?;
                }
                Reading::Arrived(arrival) => {
                    if let Some(took) = arrival.latency()
                        && is_due(self.site.target(), &arrival.event)
                    {
                        self.sample(user, DELIVERY, took, true, None).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn sample(
        &self,
        user: &mut GooseUser,
        name: &str,
        took: Duration,
        granted: bool,
        status: Option<u16>,
    ) -> TransactionResult {
        lock(&self.figures).add(name, self.started.elapsed(), took, granted);
        let (method, path) = name.split_once(' ').unwrap_or(("SIO", name));
        user.record_custom_request_duration(method, path, took, granted, status, None)
            .await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
