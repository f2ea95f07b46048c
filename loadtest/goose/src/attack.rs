//! The attack: goose acts out one journey for each user until the time is over.
//!
//! In: a site, an order, a recorder. Out: figures, goose's tables, and the history that the recorder wrote
//! meanwhile. Users start one after the other during the ramp, and each ends its session in order when
//! the time is over. Goose's controllers, its console and its own end on Ctrl-C are switched off: the caller
//! that started the attack ends it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evidence::UserName;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionResult};
use goose::{GooseAttack, GooseError};
use loadtest::figures::{CONNECT, DELIVERY, Figures, ROUND_TRIP};
use loadtest::measured::{is_due, name_of, undeliverable};
use loadtest::{Order, Role};
use probe::{Browser, Meter, ProbeError, Reading, Recorder, Site, Watch};
use thiserror::Error;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::figuring::{Figuring, Timed};
use crate::journey::{Gear, Traveller};
use crate::limits::{self, Busy};
use crate::lock::lock;
use crate::tickets::Tickets;

/// How long a user thinks between two steps: at least, at most.
const THINKING: (Duration, Duration) = (Duration::from_millis(200), Duration::from_millis(400));
/// How many users are registered at once.
const AT_ONCE: usize = 8;
/// How often a user works in one session.
const WORK_STEPS: usize = 4;
/// The same where rounds of work are due at a rate.
const ROUNDS: usize = 16;
/// Why no delivery is measured on another machine.
const ELSEWHERE: &str = "the target is on another machine, and two clocks measure no delivery";

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
    /// What the harness itself came to the end of.
    pub(crate) limits: Vec<String>,
    /// Why the users were too few for the rate.
    pub(crate) too_few_users: Option<String>,
}

/// Why there was no load.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error(
        "the target has no action that its user can do alone, or in a group of their own, and that owes them something"
    )]
    NoWork,
    #[error("a user could not be registered")]
    Registering(#[source] Box<ProbeError>),
    #[error("goose did not run")]
    Goose(#[from] Box<GooseError>),
}

/// What the users share.
struct Shared {
    site: Arc<Site>,
    /// The users who have not started yet. The lock is never held across an await, nor with another one.
    waiting: Mutex<Vec<Traveller>>,
    figures: Figuring,
    /// When rounds are due, where they come at a rate.
    tickets: Option<Arc<Tickets>>,
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
        let n_users = self.order.users.len();
        let few_files = limits::open_files(n_users);
        let busy = Busy::start();
        let (site, users) = (Arc::clone(&self.site), self.order.users.clone());
        let recorder = self.recorder.clone();
        // The recorder ends when all its clones are dropped, so these must go first.
        drop((self, watch));
        register(&site, &users, &recorder).await?;
        drop(recorder);
        let attack = GooseAttack::initialize_with_config(configuration)
            .map_err(Box::new)?
            // No journey uses goose's client, so all share one: a client for each of a thousand users would set up TLS
            // a thousand times.
            .set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())
            .map_err(Box::new)?
            .register_scenario(scenario);
        let metrics = tokio::select! {
            metrics = attack.execute() => metrics.map_err(Box::new)?,
            never = shared.figures.tell() => match never {},
        };
        let busy = busy.and_then(|busy| busy.is_limit());
        let tickets = shared.tickets.as_deref();
        let figures = whole(shared.figures.take(shared.site.target()), tickets);
        let stopped = lock(&shared.stopped).take();
        lock(&shared.waiting).clear();
        Ok(AttackResult {
            figures,
            limits: few_files.into_iter().chain(busy).collect(),
            too_few_users: tickets.and_then(|tickets| tickets.too_few(n_users)),
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
        let tickets = { self.order.arrivals.clone() }.map(|all| Arc::new(Tickets::new(all)));
        let mut waiting = Vec::new();
        for (index, user) in self.order.users.clone().into_iter().enumerate() {
            let role = Role::of(index, self.site.target()).ok_or(LoadError::NoWork)?;
            let (meter, readings) = Meter::new();
            let recorder = self.recorder.clone();
            let browser =
                Browser::metered(Arc::clone(&self.site), "desktop", recorder.clone(), meter);
            let seed = self.order.scene.seed.wrapping_add(index as u64);
            let gear = Gear {
                browser,
                recorder,
                watch: watch.clone(),
                readings,
                tickets: tickets.clone(),
            };
            waiting.push(Traveller::new(user, role, gear, seed));
        }
        waiting.reverse();
        let elsewhere = { self.order.is_elsewhere }.then(|| ELSEWHERE.to_owned());
        let figures = Figures::new(self.order.time);
        let figures =
            figures.undeliverable(elsewhere.or_else(|| undeliverable(self.site.target())));
        Ok(Arc::new(Shared {
            site: Arc::clone(&self.site),
            waiting: Mutex::new(waiting),
            figures: Figuring::new(figures),
            tickets,
            stopped: Mutex::default(),
        }))
    }
}

/// Makes the users known to the target, where its file says how. A login says whether they are.
async fn register(
    site: &Arc<Site>,
    users: &BTreeMap<UserName, String>,
    recorder: &Recorder,
) -> Result<(), LoadError> {
    if site.target().users.register.is_empty() {
        return Ok(());
    }
    let mut under_way = JoinSet::new();
    for (user, password) in users.clone() {
        if under_way.len() >= AT_ONCE {
            under_way.join_next().await;
        }
        let browser = Browser::new(Arc::clone(site), "register", recorder.clone());
        under_way.spawn(async move { browser.register(&user, &password).await.map(drop) });
    }
    while let Some(ended) = under_way.join_next().await {
        if let Ok(Err(error)) = ended {
            return Err(LoadError::Registering(Box::new(error)));
        }
    }
    Ok(())
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
                shared.figures.arrives(is_last);
                if let (true, Some(tickets)) = (is_last, &shared.tickets) {
                    tickets.begin(Instant::now());
                }
            }
            Box::pin(async { Ok(()) })
        }))
    };
    // At a rate, each waits until a round is due.
    let (thinks, n_steps) = match &shared.tickets {
        Some(_) => ((Duration::ZERO, Duration::ZERO), ROUNDS),
        None => (THINKING, WORK_STEPS),
    };
    let mut scenario = Scenario::new("a working session")
        .set_wait_time(thinks.0, thinks.1)
        .map_err(Box::new)?
        .register_transaction(first.set_name("arrive").set_on_start())
        .register_transaction(step(shared, "log in", |one| Box::pin(one.log_in())).set_sequence(1))
        .register_transaction(step(shared, "open", |one| Box::pin(one.open())).set_sequence(2));
    let work = step(shared, "work", |one| Box::pin(one.work()))
        .set_sequence(3)
        .set_weight(n_steps);
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
            if let Err(ProbeError::NoAnswer { asked, .. }) = &ended {
                traveller.unanswered(&shared.name_of(asked));
            }
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
    /// The name under which it is counted that nobody answered this.
    fn name_of(&self, asked: &str) -> String {
        let method = asked.split_once(' ').map(|(method, _)| method);
        match method {
            Some("GET" | "POST" | "PUT" | "PATCH" | "DELETE") => name_of(self.site.target(), asked),
            _ => CONNECT.to_owned(),
        }
    }

    /// Adds the readings of a user's clients to goose's tables and to the figures.
    async fn report(&self, user: &mut GooseUser, traveller: &mut Traveller) -> TransactionResult {
        let behind = traveller.behind();
        for timed in traveller.take_timed() {
            self.figures.comes_back(&timed);
            self.sample(user, &timed, None).await?;
        }
        while let Some((at, reading)) = traveller.reading() {
            let timed = |name: &str, took, granted| Timed {
                name: name.to_owned(),
                detail: String::new(),
                at,
                took,
                behind,
                granted,
                brought: Vec::new(),
            };
            match reading {
                Reading::Answered {
                    asked,
                    status,
                    granted,
                    took,
                } => {
                    let name = name_of(self.site.target(), &asked);
                    let timed = timed(&name, took, granted);
                    self.sample(user, &timed, status).await?;
                }
                Reading::Opened { granted, took } => {
                    self.sample(user, &timed(CONNECT, took, granted), None)
                        .await?;
                }
                Reading::Arrived(arrival) => {
                    if !is_due(self.site.target(), &arrival.event) {
                        continue;
                    }
                    let took = self.figures.event_arrives(self.site.target(), &arrival);
                    if let Some(took) = took {
                        self.sample(user, &timed(DELIVERY, took, true), None)
                            .await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn sample(
        &self,
        user: &mut GooseUser,
        timed: &Timed,
        status: Option<u16>,
    ) -> TransactionResult {
        let Timed {
            name,
            took,
            granted,
            ..
        } = timed;
        self.figures.add(user.weighted_users_index, timed);
        let (method, path) = name.split_once(' ').unwrap_or(("SIO", name));
        user.record_custom_request_duration(method, path, *took, *granted, status, None)
            .await
    }
}

/// The figures with all that was due.
fn whole(mut figures: Figures, tickets: Option<&Tickets>) -> Figures {
    match tickets {
        None => figures.make_up(),
        Some(tickets) => {
            let (count, waited) = tickets.never_began();
            figures.never_began(ROUND_TRIP, count, &waited);
        }
    }
    figures
}
