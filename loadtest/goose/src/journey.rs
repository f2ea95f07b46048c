//! One user's working session, step by step: log in, open a socket, start actions and follow them to
//! their results, list them, log out; then the same again.
//!
//! Which actions these are, and where the list stands, the target file says. Every fifth user floods instead of working,
//! to provoke losses for the neighbours. A step that fails is counted and ends the session; the next session begins with
//! a login. Every user waits for everything that is due before continuing, and records that in the history. So nothing is
//! still due when a session ends, and a loss is seen even if the session ended with a logout.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use evidence::{Marker, UserName, What};
use loadtest::figures::ROUND_TRIP;
use loadtest::measured::{of_action, of_journey};
use loadtest::{LIST, Role};
use probe::{
    Begun, Browser, Due, Given, Login, OpenOptions, Opened, ProbeError, Reading, Readings,
    Recorder, Right, Started, Tab, Watch,
};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt, SeedableRng};
use targets::file::journey::Stop;

use crate::figuring::Timed;
use crate::tickets::Tickets;

/// Floods in a row. Each begins when something of the one before has arrived, or after a tick of the server.
const FLOODS: usize = 5;
const TICK: Duration = Duration::from_millis(100);
/// How long a user without a socket waits before the next try.
const AGAIN: Duration = Duration::from_millis(300);
/// How long to wait for what is due, however slow the target is: where its file promises something, and where it does not.
const PROMISED: Duration = Duration::from_secs(10);
const UNPROMISED: Duration = Duration::from_mins(1);

/// One user, and where they are in their session.
pub(crate) struct Traveller {
    user: UserName,
    password: String,
    role: Role,
    gear: Gear,
    random: StdRng,
    logged_in: bool,
    tab: Option<Tab>,
    /// The socket of the session before: it must stay silent.
    old_tab: Option<Tab>,
    /// What was sent in this session and is never answered: it happened, if the socket stays open.
    pending: Vec<Begun>,
    /// Why events that are missing in this session may still be on their way.
    unsettled: Option<String>,
    /// What the user timed, beside the readings of the browser.
    timed: Vec<Timed>,
    /// How much later than due the last round began.
    behind: Duration,
    /// When the step began that is under way: a round, once it was due.
    began: Instant,
}

/// What a user works with.
pub(crate) struct Gear {
    pub(crate) browser: Browser,
    pub(crate) recorder: Recorder,
    pub(crate) watch: Watch,
    pub(crate) readings: Readings,
    /// When rounds are due, where they come at a rate.
    pub(crate) tickets: Option<Arc<Tickets>>,
}

impl Traveller {
    pub(crate) fn new(
        (user, password): (UserName, String),
        role: Role,
        gear: Gear,
        seed: u64,
    ) -> Self {
        Self {
            user,
            password,
            role,
            gear,
            random: StdRng::seed_from_u64(seed),
            logged_in: false,
            tab: None,
            old_tab: None,
            pending: Vec::new(),
            unsettled: None,
            timed: Vec::new(),
            behind: Duration::ZERO,
            began: Instant::now(),
        }
    }

    /// The next reading, if there is one.
    pub(crate) fn reading(&mut self) -> Option<(Instant, Reading)> {
        self.gear.readings.reading()
    }

    /// How many readings found no room since the last call.
    pub(crate) fn take_missed(&self) -> u64 {
        self.gear.readings.take_missed()
    }

    /// What the user timed since the last call.
    pub(crate) fn take_timed(&mut self) -> Vec<Timed> {
        std::mem::take(&mut self.timed)
    }

    /// How much later than due the last step began.
    pub(crate) const fn behind(&self) -> Duration {
        self.behind
    }

    /// A step begins, and nothing of it is late.
    fn begin(&mut self) {
        self.behind = Duration::ZERO;
        self.began = Instant::now();
    }

    pub(crate) async fn log_in(&mut self) -> Result<(), ProbeError> {
        self.begin();
        let login = self.gear.browser.login(&self.user, &self.password).await?;
        self.logged_in = login == Login::Granted;
        Ok(())
    }

    pub(crate) async fn open(&mut self) -> Result<(), ProbeError> {
        self.begin();
        if !self.logged_in {
            return Ok(());
        }
        self.tab = match Tab::open(&self.gear.browser, "1", &OpenOptions::default()).await? {
            Opened::Granted(tab) => Some(tab),
            Opened::Refused(_) => None,
        };
        Ok(())
    }

    /// Does a round of work: at once, or when one is due.
    pub(crate) async fn work(&mut self) -> Result<(), ProbeError> {
        self.begin();
        let Some(tab) = self.tab.clone() else {
            self.time(ROUND_TRIP, Duration::ZERO, false);
            // At a rate nothing else keeps them from asking again and again.
            if self.gear.tickets.is_some() {
                tokio::time::sleep(AGAIN).await;
            }
            return Ok(());
        };
        let tickets = self.gear.tickets.clone();
        if let Some(tickets) = &tickets {
            let Some(behind) = tickets.next().await else {
                return Ok(());
            };
            self.behind = behind;
            self.began = Instant::now();
        }
        if tab.has_left() {
            self.time(ROUND_TRIP, Duration::ZERO, false);
            self.tab = None;
            return Ok(());
        }
        let began = Instant::now();
        let done = self.round(&tab).await;
        if let Some(tickets) = &tickets {
            tickets.done(began.elapsed());
        }
        done
    }

    /// Starts actions, follows them to their end, and looks at the list: or whatever the target file says.
    async fn round(&mut self, tab: &Tab) -> Result<(), ProbeError> {
        match self.role.clone() {
            Role::Floods(kind) => {
                let mut due = Vec::new();
                for _ in 0..FLOODS {
                    due.extend(self.start(tab, &kind).await?.unwrap_or_default());
                    tab.listen(None, TICK, &mut BTreeMap::new()).await;
                }
                self.settle(due).await;
                self.look(LIST).await
            }
            Role::Works { first, then } => {
                for kinds in [first, then] {
                    if let Some(kind) = kinds.choose(&mut self.random) {
                        self.follow(tab, kind).await?;
                    }
                }
                self.look(LIST).await
            }
            Role::Travels { journey, stops } => {
                let (began, mut is_good) = (Instant::now(), true);
                for stop in &stops {
                    let ended = match stop {
                        Stop::Start(kind) => self.follow(tab, kind).await,
                        Stop::Read(surface) => self.look(surface).await.map(|()| true),
                        Stop::Pause(time) => {
                            tokio::time::sleep(*time).await;
                            Ok(true)
                        }
                    };
                    if ended.is_err() {
                        self.time(&of_journey(&journey), began.elapsed(), false);
                    }
                    is_good &= ended?;
                }
                self.time(&of_journey(&journey), began.elapsed(), is_good);
                Ok(())
            }
        }
    }

    /// Starts an action and waits for all that it owes. Gives whether that came.
    async fn follow(&mut self, tab: &Tab, kind: &str) -> Result<bool, ProbeError> {
        let began = Instant::now();
        let started = self.start(tab, kind).await;
        let Ok(Some(due)) = started else {
            self.time_of((ROUND_TRIP, kind), began.elapsed(), false, Vec::new());
            return started.map(|_| false);
        };
        if due.is_empty() {
            return Ok(true);
        }
        self.settle(due.clone()).await;
        let took = began.elapsed();
        let came = |due: &Due| due.tab.came_of(&due.event, due.marker.as_ref()) >= due.count;
        let is_whole = due.iter().all(came);
        let brought = due.iter().filter(|due| due.count > 0 && came(due));
        let brought = brought.map(|due| due.event.clone()).collect();
        self.time_of((ROUND_TRIP, kind), took, is_whole, brought);
        Ok(is_whole)
    }

    /// Something was asked for since the step began, and nobody answered.
    pub(crate) fn unanswered(&mut self, name: &str) {
        self.time(name, self.began.elapsed(), false);
    }

    fn time(&mut self, name: &str, took: Duration, granted: bool) {
        self.time_of((name, ""), took, granted, Vec::new());
    }

    /// The same of one of several things that have one name, and that brought events.
    fn time_of(
        &mut self,
        (name, detail): (&str, &str),
        took: Duration,
        granted: bool,
        brought: Vec<String>,
    ) {
        self.timed.push(Timed {
            name: name.to_owned(),
            detail: detail.to_owned(),
            at: Instant::now(),
            took,
            behind: self.behind,
            granted,
            brought,
        });
    }

    /// Waits for what is due. Whether something is then missing is for the judge to say.
    async fn settle(&mut self, due: Vec<Due>) {
        let target = self.gear.browser.site().target();
        let most = { target.prompt }.map_or(UNPROMISED, |_| PROMISED);
        let unsettled = self.gear.watch.settle(due, most).await;
        self.unsettled = self.unsettled.take().or(unsettled);
    }

    /// Ends the session in order.
    pub(crate) async fn log_out(&mut self) -> Result<(), ProbeError> {
        self.begin();
        let tab = self.tab.take();
        if let Some(tab) = &tab {
            for begun in std::mem::take(&mut self.pending) {
                tab.confirm(&begun)?;
            }
            let settled = What::Settled {
                unsettled: self.unsettled.take(),
                listened_ms: None,
                unheard: None,
            };
            self.gear
                .recorder
                .record(self.gear.browser.place(), settled)?;
        }
        if let Some(old) = self.old_tab.take() {
            old.close().await;
        }
        let ended = self.end_session().await;
        // Only a session that has ended leaves a socket that must stay silent.
        match (tab, &ended) {
            (Some(tab), Ok(true)) => self.old_tab = Some(tab),
            (Some(tab), _) => tab.close().await,
            (None, _) => {}
        }
        ended.map(|_| ())
    }

    /// Gives whether the target has ended the session.
    async fn end_session(&mut self) -> Result<bool, ProbeError> {
        let is_in = std::mem::take(&mut self.logged_in);
        if !is_in || self.gear.browser.site().target().logout.is_empty() {
            return Ok(false);
        }
        Ok(self.gear.browser.logout().await?.is_ok())
    }

    /// The time is over: ends the session and closes all tabs.
    pub(crate) async fn leave(&mut self) -> Result<(), ProbeError> {
        let ended = self.log_out().await;
        for tab in self.old_tab.take().into_iter().chain(self.tab.take()) {
            tab.close().await;
        }
        ended
    }

    /// Starts an action. Gives what it owes to the tab, if it may have happened.
    async fn start(&mut self, tab: &Tab, kind: &str) -> Result<Option<Vec<Due>>, ProbeError> {
        let began = Instant::now();
        let marker = Marker::new(&self.user, self.random.random());
        let Some(given) = self.groups_for(tab, kind).await? else {
            return Ok(None);
        };
        let started = tab
            .act(kind, None, &given, (Some(marker.clone()), Right::Declared))
            .await?;
        let begun = match started {
            Started::Granted(begun) | Started::Asked(begun) => begun,
            Started::Refused(_) | Started::ByItsRules(_) => return Ok(None),
            Started::Unanswered(_) => {
                let target = self.gear.browser.site().target();
                if let Some(name) = of_action(target, kind) {
                    self.time(&name, began.elapsed(), false);
                }
                return Ok(None);
            }
        };
        let owed = begun.owes.iter();
        let due: Vec<Due> = owed
            .filter(|owed| owed.is_marked && !owed.is_end && owed.to.covers(tab.place()))
            .map(|owed| Due {
                tab: tab.clone(),
                event: owed.event.clone(),
                marker: Some(marker.clone()),
                before: 0,
                count: usize::try_from(owed.count).unwrap_or(usize::MAX),
                is_end: false,
            })
            .collect();
        if begun.is_pending() {
            self.pending.push(begun);
        }
        Ok(Some(due))
    }

    /// A group of this user's own for each that the action takes: the one in which the tab is, or a new one. None where
    /// the target lets them have none; what it said is in the history.
    async fn groups_for(
        &mut self,
        tab: &Tab,
        kind: &str,
    ) -> Result<Option<BTreeMap<String, Given>>, ProbeError> {
        // Another one after each login: a target may have ended the one before with its socket.
        let fresh = format!("load{:08x}", self.random.random::<u32>());
        Ok(tab.groups_for(kind, &fresh).await?.ok())
    }

    async fn look(&self, surface: &str) -> Result<(), ProbeError> {
        // A target without it has nothing to look at.
        self.gear.browser.surface(surface).await?;
        Ok(())
    }
}
