//! The attack: goose acts out one journey for each user until the time is over.
//!
//! In: a site, users, a recorder. Out: figures, goose's tables, and the history that the recorder wrote
//! meanwhile. Users start one after the other during the ramp, and each ends its session in order when
//! the time is over. Goose's controllers, its console and its own end on Ctrl-C are switched off: who
//! started the attack ends it.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evidence::UserName;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionResult};
use goose::{GooseAttack, GooseError};
use probe::{Browser, Meter, ProbeError, Reading, Recorder, Site, Target};
use thiserror::Error;

use crate::figures::{CONNECT, DELIVERY, Figures};
use crate::journey::{Role, Traveller, is_due};

/// Thinking time between two steps.
const THINKING: (Duration, Duration) = (Duration::from_millis(200), Duration::from_millis(400));
/// Times a user starts something in one session.
const WORK_STEPS: usize = 4;

/// Many users' working sessions.
#[derive(Debug)]
pub struct Attack {
    /// What they work on.
    pub site: Arc<Site>,
    /// Where what they see is written.
    pub recorder: Recorder,
    /// The users and their passwords: one journey each.
    pub users: BTreeMap<UserName, String>,
    /// How long all of them stay.
    pub time: Duration,
    /// How long it takes until all are there.
    pub ramp: Duration,
    /// What is random comes from here, except for the thinking times.
    pub seed: u64,
    /// Where goose writes its report; the name ends in `.html`.
    pub report: Option<PathBuf>,
}

/// What an attack gave, besides its history.
#[derive(Debug)]
pub struct Outcome {
    /// How long things took.
    pub figures: Figures,
    /// Goose's own tables.
    pub tables: String,
    /// Why it ended before its time: the history takes no more.
    pub stopped: Option<ProbeError>,
}

/// Why there was no attack.
#[derive(Debug, Error)]
pub enum LoadError {
    /// Nobody could work on this target.
    #[error("the target has no action that says what it yields")]
    NoWork,
    /// Goose could not do it.
    #[error("goose did not run")]
    Goose(#[from] Box<GooseError>),
}

impl LoadError {
    /// One imperative sentence.
    #[must_use]
    pub const fn fix(&self) -> &'static str {
        match self {
            Self::NoWork => {
                "give the target file a kind `countdown`, `popups` or `modals` with its `yields`"
            }
            Self::Goose(_) => "free some memory, files or ports and try again",
        }
    }
}

/// What the users share.
struct Shared {
    site: Arc<Site>,
    /// Who has not started yet.
    waiting: Mutex<Vec<Traveller>>,
    figures: Mutex<Figures>,
    started: Instant,
    stopped: Mutex<Option<ProbeError>>,
}

type Seat = Arc<tokio::sync::Mutex<Traveller>>;
type Step<'a> = Pin<Box<dyn Future<Output = Result<(), ProbeError>> + Send + 'a>>;

/// Takes Ctrl-C from goose, which would end the process on the second one with the code of a violated
/// property. Call it before anything listens for Ctrl-C: what listens later is still told.
pub fn leave_ctrl_c_to_the_caller() {
    // Only the first handler counts, and this one does nothing.
    let _ = ctrlc::set_handler(|| {});
}

impl Attack {
    /// The names of all that an attack on `target` measures.
    #[must_use]
    pub fn names(target: &Target) -> Vec<String> {
        let (login, logout, start) = (&target.login, &target.logout, &target.actions.start);
        let list = target.actions.list.iter();
        [
            format!("GET {}", login.page),
            format!("POST {}", login.page),
        ]
        .into_iter()
        .chain([CONNECT.to_owned(), DELIVERY.to_owned()])
        .chain(
            [start, logout]
                .into_iter()
                .chain(list)
                .map(|call| format!("{} {}", call.method, call.path)),
        )
        .collect()
    }

    /// Lets the users work until the time is over and the last session has ended.
    ///
    /// # Errors
    /// When nobody could start.
    pub async fn run(self) -> Result<Outcome, LoadError> {
        let configuration = self.configuration()?;
        let shared = self.shared()?;
        let scenario = scenario(&shared)?;
        // The recorder's own end must see every clone of it gone.
        drop(self);
        let metrics = GooseAttack::initialize_with_config(configuration)
            .map_err(Box::new)?
            // One client for all, which none uses: one for each would make a thousand wait for TLS.
            .set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())
            .map_err(Box::new)?
            .register_scenario(scenario)
            .execute()
            .await
            .map_err(Box::new)?;
        let figures = std::mem::take(&mut *lock(&shared.figures));
        let stopped = lock(&shared.stopped).take();
        lock(&shared.waiting).clear();
        Ok(Outcome {
            figures,
            tables: metrics.to_string(),
            stopped,
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
            ("--host", self.site.target.base.to_string()),
            ("--users", self.users.len().to_string()),
            ("--increase-time", seconds(self.ramp)),
            ("--run-time", seconds(self.time)),
        ];
        let report = self
            .report
            .iter()
            .map(|file| ("--report-file", file.display().to_string()));
        for (option, value) in options.into_iter().chain(report) {
            words.extend([option.to_owned(), value]);
        }
        Ok(GooseConfiguration::parse_args_default(&words).map_err(Box::new)?)
    }

    fn shared(&self) -> Result<Arc<Shared>, LoadError> {
        let mut waiting = Vec::new();
        for (index, user) in self.users.clone().into_iter().enumerate() {
            let role = Role::of(index, &self.site.target).ok_or(LoadError::NoWork)?;
            let (meter, readings) = Meter::new();
            let recorder = self.recorder.clone();
            let browser =
                Browser::metered(Arc::clone(&self.site), "desktop", recorder.clone(), meter);
            let seed = self.seed.wrapping_add(index as u64);
            waiting.push(Traveller::new(
                user, role, browser, recorder, readings, seed,
            ));
        }
        waiting.reverse();
        Ok(Arc::new(Shared {
            site: Arc::clone(&self.site),
            waiting: Mutex::new(waiting),
            figures: Mutex::new(Figures::new(self.time)),
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

/// A step of everybody's session, as goose's transaction.
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
            shared.tell(user, &mut traveller).await?;
            if let Err(ProbeError::Recorder(error)) = ended {
                // Nothing that happens from here on could be judged.
                lock(&shared.stopped).get_or_insert(error.into());
                goose::trigger_killswitch("the history takes no more");
            }
            Ok(())
        })
    }));
    transaction.set_name(name)
}

impl Shared {
    /// Puts what a user's clients took into goose's tables and into the figures.
    async fn tell(&self, user: &mut GooseUser, traveller: &mut Traveller) -> TransactionResult {
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
                } => self.sample(user, &asked, took, granted, status).await?,
                Reading::Opened { granted, took } => {
                    self.sample(user, CONNECT, took, granted, None).await?;
                }
                Reading::Arrived(arrival) => {
                    if let Some(took) = arrival.latency()
                        && is_due(&self.site.target, &arrival.event)
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
