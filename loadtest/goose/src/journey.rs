//! One user's working session, step by step: log in, open a socket, start actions and follow them to
//! their results, list them, log out; then the same again.
//!
//! Which actions these are, and where the list stands, the target file says. Every fifth user floods instead of working,
//! to provoke losses for the neighbours. A step that fails is counted and ends the session; the next session begins with
//! a login. Every user waits for everything that is due before continuing, and records that in the history. So nothing is
//! still due when a session ends, and a loss is seen even if the session ended with a logout.

use std::collections::BTreeMap;
use std::time::Duration;

use evidence::{Marker, UserName, What};
use loadtest::Role;
use loadtest::measured::LIST;
use probe::{
    Begun, Browser, Due, Login, OpenOptions, Opened, ProbeError, Reading, Readings, Recorder,
    Right, Started, Tab, Watch,
};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt, SeedableRng};

/// Floods in a row. Each begins when something of the one before has arrived, or after a tick of the server.
const FLOODS: usize = 5;
const TICK: Duration = Duration::from_millis(100);
/// How long to wait for what is due, however slow the target is.
const DUE: Duration = Duration::from_secs(10);

/// One user, and where they are in their session.
pub(crate) struct Traveller {
    user: UserName,
    password: String,
    role: Role,
    browser: Browser,
    recorder: Recorder,
    watch: Watch,
    readings: Readings,
    random: StdRng,
    logged_in: bool,
    tab: Option<Tab>,
    /// The socket of the session before: it must stay silent.
    old_tab: Option<Tab>,
    /// What was sent in this session and is never answered: it happened, if the socket stays open.
    pending: Vec<Begun>,
    /// Why events that are missing in this session may still be on their way.
    unsettled: Option<String>,
    /// Sockets that ended on their own while the user worked.
    lost: u64,
}

impl Traveller {
    pub(crate) fn new(
        (user, password): (UserName, String),
        role: Role,
        browser: Browser,
        recorder: Recorder,
        watch: Watch,
        readings: Readings,
        seed: u64,
    ) -> Self {
        Self {
            user,
            password,
            role,
            browser,
            recorder,
            watch,
            readings,
            random: StdRng::seed_from_u64(seed),
            logged_in: false,
            tab: None,
            old_tab: None,
            pending: Vec::new(),
            unsettled: None,
            lost: 0,
        }
    }

    /// The next reading, if there is one.
    pub(crate) fn reading(&mut self) -> Option<Reading> {
        self.readings.reading()
    }

    /// How many readings found no room since the last call.
    pub(crate) fn take_missed(&self) -> u64 {
        self.readings.take_missed()
    }

    /// How many sockets were lost since the last call.
    pub(crate) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    pub(crate) async fn log_in(&mut self) -> Result<(), ProbeError> {
        let login = self.browser.login(&self.user, &self.password).await?;
        self.logged_in = login == Login::Granted;
        Ok(())
    }

    pub(crate) async fn open(&mut self) -> Result<(), ProbeError> {
        if !self.logged_in {
            return Ok(());
        }
        self.tab = match Tab::open(&self.browser, "1", &OpenOptions::default()).await? {
            Opened::Granted(tab) => Some(tab),
            Opened::Refused(_) => None,
        };
        Ok(())
    }

    /// Starts actions, follows them to their end, and looks at the list.
    pub(crate) async fn work(&mut self) -> Result<(), ProbeError> {
        let Some(tab) = self.tab.clone() else {
            return Ok(());
        };
        if tab.has_left() {
            self.lost += 1;
            self.tab = None;
            return Ok(());
        }
        match self.role.clone() {
            Role::Floods(kind) => {
                let mut due = Vec::new();
                for _ in 0..FLOODS {
                    due.extend(self.start(&tab, &kind).await?);
                    tab.listen(None, TICK, &mut BTreeMap::new()).await;
                }
                self.settle(due).await;
            }
            Role::Works { first, then } => {
                for kinds in [first, then] {
                    let Some(kind) = kinds.choose(&mut self.random) else {
                        continue;
                    };
                    let due = self.start(&tab, kind).await?;
                    self.settle(due).await;
                }
            }
        }
        self.list().await
    }

    /// Waits for what is due. Whether something is then missing is for the judge to say.
    async fn settle(&mut self, due: Vec<Due>) {
        let unsettled = self.watch.settle(due, DUE).await;
        self.unsettled = self.unsettled.take().or(unsettled);
    }

    /// Ends the session in order.
    pub(crate) async fn log_out(&mut self) -> Result<(), ProbeError> {
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
            self.recorder.record(self.browser.place(), settled)?;
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
        if !is_in || self.browser.site().target().logout.is_empty() {
            return Ok(false);
        }
        Ok(self.browser.logout().await?.is_ok())
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
    async fn start(&mut self, tab: &Tab, kind: &str) -> Result<Vec<Due>, ProbeError> {
        let marker = Marker::new(&self.user, self.random.random());
        let given = BTreeMap::new();
        let started = tab
            .act(kind, None, &given, (Some(marker.clone()), Right::Declared))
            .await?;
        let (Started::Granted(begun) | Started::Asked(begun)) = started else {
            return Ok(Vec::new());
        };
        let owed = begun.owes.iter();
        let due = owed
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
        Ok(due)
    }

    async fn list(&self) -> Result<(), ProbeError> {
        // A target without a list has nothing to look at.
        self.browser.surface(LIST).await?;
        Ok(())
    }
}
