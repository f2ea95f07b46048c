//! One user's working session, step by step: log in, open a socket, start actions and follow them to
//! their results, list them, log out; then the same again.
//!
//! Every fifth user floods instead of working: that is how a neighbour's loss is provoked. A step that
//! fails is counted and ends the session; the next one begins with a login. Whoever works waits for all
//! that is due before going on, and says so in the history, so that a session owes nothing unfairly
//! when it ends, and a loss is seen also in one that ended with a logout.

use std::collections::BTreeMap;
use std::time::Duration;

use evidence::{Marker, UserName, What};
use loadtest::Role;
use loadtest::role::FLOOD;
use probe::{
    Ask, Browser, Login, OpenOptions, Opened, ProbeError, Reading, Readings, Recorder, Started, Tab,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

/// Messages in one flood.
const FLOOD_SIZE: u64 = 1000;
/// Floods one after the other, each when something of the one before is here, or after a server's tick.
const FLOODS: usize = 5;
const TICK: Duration = Duration::from_millis(100);
/// How long what is due may take to arrive.
const DUE: Duration = Duration::from_secs(5);

/// One user, and where they are in their session.
pub(crate) struct Traveller {
    user: UserName,
    password: String,
    role: Role,
    browser: Browser,
    recorder: Recorder,
    readings: Readings,
    random: StdRng,
    logged_in: bool,
    tab: Option<Tab>,
    /// The socket of the session before: it must stay silent.
    old_tab: Option<Tab>,
    /// Sockets that ended on their own while somebody worked there.
    lost: u64,
}

impl Traveller {
    pub(crate) fn new(
        (user, password): (UserName, String),
        role: Role,
        browser: Browser,
        recorder: Recorder,
        readings: Readings,
        seed: u64,
    ) -> Self {
        Self {
            user,
            password,
            role,
            browser,
            recorder,
            readings,
            random: StdRng::seed_from_u64(seed),
            logged_in: false,
            tab: None,
            old_tab: None,
            lost: 0,
        }
    }

    /// The next reading, if there is one.
    pub(crate) fn reading(&mut self) -> Option<Reading> {
        self.readings.reading()
    }

    /// Readings that found no room since it was last asked.
    pub(crate) fn take_missed(&self) -> u64 {
        self.readings.take_missed()
    }

    /// Sockets lost since it was last asked.
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
        self.tab = match Tab::open(&self.browser, "1", OpenOptions::default()).await? {
            Opened::Granted(tab) => Some(tab),
            Opened::Refused(_) => None,
        };
        Ok(())
    }

    /// Starts something, follows it to its end, and looks at the list.
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
            Role::Floods => {
                let flood = json!({ "what": "modal", "count": FLOOD_SIZE });
                let flood = flood.as_object().cloned().unwrap_or_default();
                for _ in 0..FLOODS {
                    self.start(FLOOD, flood.clone()).await?;
                    tab.listen(None, TICK).await;
                }
            }
            Role::Works(kinds) => {
                let first = self.random.random_range(0..kinds.len().max(2) - 1);
                let last = kinds.len() - 1;
                for kind in kinds.get(first).into_iter().chain(kinds.get(last)) {
                    if let Some(due) = self.start(kind, Map::new()).await? {
                        follow(&tab, &due).await;
                    }
                }
            }
        }
        self.list().await
    }

    /// Ends the session in order.
    pub(crate) async fn log_out(&mut self) -> Result<(), ProbeError> {
        if let Some(tab) = self.tab.take() {
            self.recorder.record(self.browser.place(), What::Settled)?;
            if let Some(old) = self.old_tab.replace(tab) {
                old.close().await;
            }
        }
        if std::mem::take(&mut self.logged_in) {
            self.browser.logout().await?;
        }
        Ok(())
    }

    /// Ends everything: the time is over.
    pub(crate) async fn leave(&mut self) -> Result<(), ProbeError> {
        let ended = self.log_out().await;
        for tab in self.old_tab.take().into_iter().chain(self.tab.take()) {
            tab.close().await;
        }
        ended
    }

    /// Starts an action; its marker and what it owes, when the target said yes.
    async fn start(
        &mut self,
        kind: &str,
        given: Map<String, Value>,
    ) -> Result<Option<Due>, ProbeError> {
        let marker = Marker::new(&self.user, self.random.random());
        let started = self.browser.start(kind, &given, marker.clone()).await?;
        let target = &self.browser.site().target;
        let yields = target.yields(kind, &target.parameters(kind, &given, marker.as_str()));
        Ok(matches!(started, Started::Granted(_)).then_some(Due { marker, yields }))
    }

    async fn list(&self) -> Result<(), ProbeError> {
        let Some(list) = &self.browser.site().target.actions.list else {
            return Ok(());
        };
        let ask = Ask {
            method: list.method.clone(),
            path: list.path.clone(),
            granted: Some(list.granted),
            ..Ask::default()
        };
        self.browser.request(&ask).await?;
        Ok(())
    }
}

/// What an action owes to each tab.
struct Due {
    marker: Marker,
    yields: BTreeMap<String, u64>,
}

/// Waits until all that is due is here, or its time is over: what is missing then is the judge's.
async fn follow(tab: &Tab, due: &Due) {
    let deadline = Instant::now() + DUE;
    for (event, count) in &due.yields {
        let count = usize::try_from(*count).unwrap_or(usize::MAX);
        let left = deadline.saturating_duration_since(Instant::now());
        let _ = tab.wait_for(event, Some(&due.marker), count, left).await;
    }
}
