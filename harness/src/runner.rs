//! Runs one scenario's steps against a site and writes down what its clients see. It judges nothing.

mod failing;
mod requests;
mod sockets;
mod waiting;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evidence::{ActionId, Marker, Place, UserName, What};
use futures_util::future::{join_all, try_join_all};
use futures_util::{StreamExt, stream};
use probe::{Browser, ClientKind, OpenOptions, ProbeError, Recorder, Site, Tab, Transport, Watch};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value};
use thiserror::Error;

pub(crate) use self::failing::asks;
use crate::local::{Local, LocalError};
use crate::scenario::template::{self, Reference};
use crate::scenario::{
    ActionName, BrowserName, Expect, Mark, Neighbour, Step, StepKind, TabName, Via, Who,
};

/// Users that act at the same moment where a step says `everyone`.
const AT_ONCE: usize = 128;

/// Why a scenario could not be run to its end.
#[derive(Debug, Error)]
pub(crate) enum RunError {
    #[error(transparent)]
    Probe(#[from] ProbeError),
    #[error(transparent)]
    Local(#[from] LocalError),
    #[error("the target refused the login of `{0}`: {1}")]
    Login(UserName, String),
    #[error("the login of `{0}` was granted without its identity: {1}")]
    Nameless(UserName, String),
    #[error("the target refused the socket of `{0}`")]
    Socket(String),
    #[error("the target gave no id for `{0}`")]
    NoAction(String),
    #[error("`{0}` is not known at this step")]
    Unknown(String),
    #[error("what was asked for was not seen in time")]
    Unseen,
    #[error("there is no action `{0}` in the target file")]
    Kind(String),
    #[error(
        "`{kind}` counts its events by `{parameter}`, which is no whole number up to 1000000000 here"
    )]
    Uncounted { kind: String, parameter: String },
    #[error("the harness did not start this target and cannot restart it")]
    Restart,
    #[error("the harness did not start this target and cannot read its log")]
    Log,
    #[error("the target file has no `{0}`")]
    NotInTarget(&'static str),
}

type Done<'a> = Pin<Box<dyn Future<Output = Result<(), (u64, RunError)>> + Send + 'a>>;

/// A socket, and the actions that were there before it.
#[derive(Clone)]
struct OpenTab {
    tab: Tab,
    options: OpenOptions,
    opened_after: usize,
}

/// An action that a step starts.
#[derive(Clone, Copy)]
struct Starting<'a> {
    kind: &'a str,
    label: &'a str,
    via: Via,
    mark: Mark,
    parameters: &'a Map<String, Value>,
    expect: Expect,
}

struct StartedAction {
    name: ActionName,
    id: ActionId,
    /// None where its events cannot be told from another's.
    marker: Option<Marker>,
    yields: BTreeMap<String, u64>,
}

/// Everything that a run has made so far.
pub(crate) struct Runner {
    site: Arc<Site>,
    recorder: Recorder,
    client: ClientKind,
    passwords: BTreeMap<UserName, String>,
    server: tokio::sync::Mutex<Option<Local>>,
    random: Mutex<StdRng>,
    browsers: Mutex<HashMap<BrowserName, Browser>>,
    tabs: Mutex<HashMap<TabName, OpenTab>>,
    actions: Mutex<Vec<StartedAction>>,
    watch: Watch,
    /// An event that was waited for has not come.
    is_disappointed: AtomicBool,
    /// What was waited for in vain, at which tab, and how many there are when the last of it has come: late.
    missed: Mutex<HashMap<(TabName, String), usize>>,
    /// Whose action may have been started, or stopped, or not: no answer came.
    unsure: Mutex<HashSet<UserName>>,
    /// Browsers whose login came to nothing: who acts in them, nobody can tell.
    nameless: Mutex<HashSet<BrowserName>>,
    /// The first step that failed by itself.
    first_failed: Mutex<Option<(u64, RunError)>>,
}

impl Runner {
    pub(crate) fn new(
        site: Arc<Site>,
        recorder: Recorder,
        client: ClientKind,
        passwords: BTreeMap<UserName, String>,
        server: Option<Local>,
        seed: u64,
    ) -> Self {
        Self {
            watch: Watch::start(Arc::clone(&site), recorder.clone()),
            is_disappointed: AtomicBool::new(false),
            missed: Mutex::default(),
            unsure: Mutex::default(),
            site,
            recorder,
            client,
            passwords,
            server: tokio::sync::Mutex::new(server),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            browsers: Mutex::default(),
            tabs: Mutex::default(),
            actions: Mutex::default(),
            nameless: Mutex::default(),
            first_failed: Mutex::default(),
        }
    }

    /// Runs the steps, waits for what is still due, and closes the sockets.
    pub(crate) async fn run(&self, steps: &[Step]) -> Result<(), (u64, RunError)> {
        let ended = self.walk(steps).await;
        self.finish(ended).await?;
        self.ended(steps)
    }

    /// The same while a neighbour goes on and on.
    pub(crate) async fn run_beside(
        &self,
        steps: &[Step],
        neighbour: &Neighbour,
    ) -> Result<(), (u64, RunError)> {
        if let Err(failed) = self.walk(&neighbour.before).await {
            return self.finish(Err(failed)).await;
        }
        let over = AtomicBool::new(false);
        let walk = async {
            let ended = self.walk(steps).await;
            over.store(true, Ordering::Relaxed);
            ended
        };
        let (ended, neighbours) = tokio::join!(walk, self.go_on(&neighbour.meanwhile, &over));
        self.finish(ended.and(neighbours)).await?;
        self.ended(steps)
    }

    /// What a neighbour does, on a server where nobody else is, until `over`.
    pub(crate) async fn run_next_door(&self, neighbour: &Neighbour, over: &AtomicBool) {
        // It is there for the work that it makes; how it ends shows nothing.
        if self.walk(&neighbour.before).await.is_ok() {
            let _ = self.go_on(&neighbour.meanwhile, over).await;
        }
        self.leave().await;
    }

    /// Runs the steps again and again. A step about an action that is not there is left out.
    async fn go_on(&self, steps: &[Step], over: &AtomicBool) -> Result<(), (u64, RunError)> {
        while !over.load(Ordering::Relaxed) {
            for step in steps {
                match self.attempt(step).await {
                    Err((_, RunError::Unknown(_) | RunError::NoAction(_))) => {
                        tokio::task::yield_now().await;
                    }
                    // Without an answer there is no work to go on with.
                    Err(failed) => return self.failed(step, failed),
                    Ok(()) => {}
                }
                if over.load(Ordering::Relaxed) {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn finish(&self, ended: Result<(), (u64, RunError)>) -> Result<(), (u64, RunError)> {
        if ended.is_ok() {
            self.settle().await;
        }
        self.leave().await;
        ended
    }

    async fn leave(&self) {
        let tabs: Vec<OpenTab> = lock(&self.tabs).drain().map(|(_, open)| open).collect();
        join_all(tabs.iter().map(|open| open.tab.close())).await;
    }

    fn walk<'a>(&'a self, steps: &'a [Step]) -> Done<'a> {
        Box::pin(async move {
            for step in steps {
                self.step(step).await?;
            }
            Ok(())
        })
    }

    /// Takes a step. One that fails by itself does not end the run.
    fn step<'a>(&'a self, step: &'a Step) -> Done<'a> {
        Box::pin(async move {
            match self.attempt(step).await {
                Err(failed) => self.failed(step, failed),
                Ok(()) => Ok(()),
            }
        })
    }

    fn attempt<'a>(&'a self, step: &'a Step) -> Done<'a> {
        Box::pin(async move {
            match &step.kind {
                StepKind::Repeat { times, steps } => {
                    for _ in 0..*times {
                        self.walk(steps).await?;
                    }
                    Ok(())
                }
                StepKind::Together(steps) => try_join_all(steps.iter().map(|step| self.step(step)))
                    .await
                    .map(|_| ()),
                kind => self.act(kind).await.map_err(|error| (step.line, error)),
            }
        })
    }

    async fn act(&self, kind: &StepKind) -> Result<(), RunError> {
        match kind {
            StepKind::Login {
                browser,
                in_browser,
            } => {
                // Whoever is asked to log in again may succeed.
                let again = |name: &BrowserName| {
                    browser.who == Who::Everyone && name.device == browser.device || name == browser
                };
                lock(&self.nameless).retain(|name| !again(name));
                self.each(browser, |browser| self.login(browser, in_browser.as_ref()))
                    .await
            }
            StepKind::Logout(browser) => self.each(browser, |browser| self.logout(browser)).await,
            StepKind::Open {
                tab,
                polling,
                headers,
                expect,
            } => {
                let transport = if *polling {
                    Transport::Polling
                } else {
                    Transport::Websocket
                };
                self.each_tab(tab, |tab| self.open(tab, transport, headers, *expect))
                    .await
            }
            StepKind::Close(tab) => {
                self.each_tab(tab, async |tab| {
                    self.tab(&tab)?.tab.close().await;
                    Ok(())
                })
                .await
            }
            StepKind::Cut(tab) => {
                self.each_tab(tab, async |tab| {
                    self.tab(&tab)?.tab.cut().await;
                    Ok(())
                })
                .await
            }
            StepKind::Stall(tab) => {
                self.each_tab(tab, async |tab| Ok(self.tab(&tab)?.tab.stall(true).await?))
                    .await
            }
            StepKind::Resume(tab) => self.each_tab(tab, |tab| self.resume(tab)).await,
            StepKind::Start {
                tab,
                kind,
                label,
                via,
                mark,
                parameters,
                expect,
            } => {
                let starting = Starting {
                    kind,
                    label,
                    via: *via,
                    mark: *mark,
                    parameters,
                    expect: expect.unwrap_or(Expect::Granted),
                };
                self.each_tab(tab, |tab| self.start(tab, starting)).await
            }
            StepKind::Stop {
                tab,
                action,
                via,
                expect,
            } => {
                self.each_tab(tab, |tab| self.stop(tab, action, *via, *expect))
                    .await
            }
            StepKind::Emit {
                tab,
                event,
                data,
                expect,
            } => {
                self.each_tab(tab, |tab| self.emit(tab, event, data, *expect))
                    .await
            }
            StepKind::Http(http) => {
                self.each(&http.browser, |browser| self.http(browser, http))
                    .await
            }
            StepKind::Upload {
                browser,
                bytes,
                expect,
            } => {
                self.each(browser, |browser| self.upload(browser, *bytes, expect))
                    .await
            }
            StepKind::Restart => self.restart().await,
            StepKind::LogLacksSecrets => self.log_lacks_secrets().await,
            StepKind::Await {
                tab,
                event,
                limit,
                count,
                of,
            } => {
                self.each_tab(tab, |tab| {
                    self.wait(tab, event, *limit, *count, of.as_ref())
                })
                .await
            }
            StepKind::Quiet {
                tab,
                for_time,
                event,
            } => {
                self.each_tab(tab, |tab| self.quiet(tab, *for_time, event.as_deref()))
                    .await
            }
            StepKind::Last {
                tab,
                event,
                among,
                quiet,
            } => {
                self.each_tab(tab, |tab| self.last(tab, event, among, *quiet))
                    .await
            }
            StepKind::Repeat { .. } | StepKind::Together(_) => Ok(()),
        }
    }

    /// Runs `what` for the browser, or for everyone's at once.
    async fn each<F: Future<Output = Result<(), RunError>>>(
        &self,
        browser: &BrowserName,
        what: impl Fn(BrowserName) -> F,
    ) -> Result<(), RunError> {
        let what = async |browser: BrowserName| {
            self.is_named(&browser)?;
            what(browser).await
        };
        if browser.who != Who::Everyone {
            return what(browser.clone()).await;
        }
        let all = self.passwords.keys().map(|user| {
            what(BrowserName {
                who: Who::User(user.clone()),
                device: browser.device.clone(),
            })
        });
        // One that fails does not end what the others do.
        let ended = stream::iter(all.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
        failing::worst(ended.collect().await)
    }

    async fn each_tab<F: Future<Output = Result<(), RunError>>>(
        &self,
        tab: &TabName,
        what: impl Fn(TabName) -> F,
    ) -> Result<(), RunError> {
        let what = async |tab: TabName| {
            self.is_named(&tab.browser)?;
            what(tab).await
        };
        if tab.browser.who != Who::Everyone {
            return what(tab.clone()).await;
        }
        let all = self.passwords.keys().map(|user| what(tab.of(user)));
        let ended = stream::iter(all.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
        failing::worst(ended.collect().await)
    }

    fn expected(
        &self,
        place: Place,
        claim: &str,
        met: bool,
        found: impl FnOnce() -> String,
    ) -> Result<(), RunError> {
        let found = if met { String::new() } else { found() };
        self.recorder
            .record(
                place,
                What::Expected {
                    claim: claim.to_owned(),
                    met,
                    unseen: false,
                    found,
                },
            )
            .map_err(ProbeError::from)?;
        Ok(())
    }

    /// Nobody knows whether it came true, because of `found`.
    fn unseen(&self, place: Place, claim: &str, found: String) -> Result<(), RunError> {
        let what = What::Expected {
            claim: claim.to_owned(),
            met: false,
            unseen: true,
            found,
        };
        self.recorder
            .record(place, what)
            .map_err(ProbeError::from)?;
        Ok(())
    }

    fn browser(&self, name: &BrowserName) -> Browser {
        let mut browsers = lock(&self.browsers);
        browsers
            .entry(name.clone())
            .or_insert_with(|| {
                Browser::new(Arc::clone(&self.site), &name.device, self.recorder.clone())
            })
            .clone()
    }

    fn tab(&self, name: &TabName) -> Result<OpenTab, RunError> {
        lock(&self.tabs)
            .get(name)
            .cloned()
            .ok_or_else(|| RunError::Unknown(name.to_string()))
    }

    fn action(&self, name: &ActionName) -> Result<(ActionId, Option<Marker>), RunError> {
        let actions = lock(&self.actions);
        let found = actions.iter().rev().find(|started| started.name == *name);
        found
            .map(|started| (started.id.clone(), started.marker.clone()))
            .ok_or_else(|| RunError::Unknown(format!("{}.{}", name.user, name.label)))
    }

    fn fill(&self, text: &str) -> Result<String, RunError> {
        template::fill(text, &|reference| self.lookup(reference)).map_err(RunError::Unknown)
    }

    fn fill_json(&self, value: &Value) -> Result<Value, RunError> {
        template::fill_json(value, &|reference| self.lookup(reference)).map_err(RunError::Unknown)
    }

    fn lookup(&self, reference: &Reference) -> Option<String> {
        match reference {
            Reference::Action(name) => self.action(name).ok().map(|(id, _)| id.to_string()),
            Reference::Session(tab) => self.browser(&tab.browser).session_value(),
            Reference::Sid(tab) => self.tab(tab).ok().map(|open| open.tab.sid().to_owned()),
            Reference::SessionCookie => Some(self.site.target.session_cookie().to_owned()),
            Reference::Random => {
                let mut random = lock(&self.random);
                Some(
                    (0..16)
                        .map(|_| char::from(b'a' + random.random_range(0..26_u8)))
                        .collect(),
                )
            }
        }
    }
}

const fn word(expect: Expect) -> &'static str {
    match expect {
        Expect::Granted => "granted",
        Expect::Refused => "refused",
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
