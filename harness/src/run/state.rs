//! Everything that a run has made so far: browsers, tabs and actions, by the names that the scenario has for them.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use evidence::{Place, UserName};
use futures_util::future::join_all;
use probe::{Browser, ClientKind, OpenOptions, ProbeError, Recorder, Site, Tab, Watch};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use super::counts::Counts;
use super::doubts::Doubts;
use super::error::{RunError, Stopped};
use super::started::StartedAction;
use crate::language::names::{BrowserName, TabName};
use crate::language::template::{self, Reference};
use crate::language::values::Via;
use crate::lock::lock;
use crate::system::cast::Cast;
use crate::system::server::Server;

/// A socket, and the actions that were there before it.
#[derive(Clone)]
pub(crate) struct OpenTab {
    pub(crate) tab: Tab,
    pub(crate) options: OpenOptions,
    /// How many actions had been started then: this tab is owed nothing of them.
    pub(crate) opened_after: usize,
    /// The same tab before each of the cuts after which it got what it had missed: what came there does not come again.
    pub(crate) before_cuts: Vec<Tab>,
    /// How many actions had been started when it came back.
    pub(crate) returned_after: usize,
}

/// One run. Its locks are held for a look or a change, and never while something is awaited; where two are held at
/// once, they are taken in the order in which they stand here.
pub(crate) struct Run {
    pub(crate) site: Arc<Site>,
    pub(crate) recorder: Recorder,
    pub(crate) client: ClientKind,
    pub(crate) cast: Cast,
    /// The server, where the harness has started it. A restart holds it while it waits.
    pub(crate) server: tokio::sync::Mutex<Option<Server>>,
    pub(crate) browsers: Mutex<HashMap<BrowserName, Browser>>,
    pub(crate) tabs: Mutex<HashMap<TabName, OpenTab>>,
    /// Pages that an attacker has opened and the scenario does not name: they listen until its end.
    pub(crate) pages: Mutex<Vec<Tab>>,
    /// How many were ever opened: each has a name of its own.
    n_pages: AtomicUsize,
    pub(crate) actions: Mutex<Vec<StartedAction>>,
    /// What the group of each kind is called that a user makes to act in, where the scenario says nothing of groups.
    own_groups: Mutex<HashMap<(UserName, Option<String>), String>>,
    /// What the group is called in which the users of a scenario meet that says nothing of groups.
    pub(crate) common_group: String,
    pub(crate) random: Mutex<StdRng>,
    pub(crate) watch: Watch,
    pub(crate) doubts: Doubts,
    pub(crate) counts: Counts,
    /// The first step that failed by itself.
    pub(crate) first_failed: Mutex<Option<Stopped>>,
}

impl Run {
    pub(crate) fn new(
        site: Arc<Site>,
        recorder: Recorder,
        client: ClientKind,
        cast: Cast,
        server: Option<Server>,
        seed: u64,
    ) -> Self {
        Self {
            watch: Watch::start(Arc::clone(&site), recorder.clone()),
            site,
            recorder,
            client,
            cast,
            server: tokio::sync::Mutex::new(server),
            browsers: Mutex::default(),
            tabs: Mutex::default(),
            pages: Mutex::default(),
            n_pages: AtomicUsize::default(),
            actions: Mutex::default(),
            own_groups: Mutex::default(),
            common_group: new_group(),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            doubts: Doubts::default(),
            counts: Counts::default(),
            first_failed: Mutex::default(),
        }
    }

    /// Sessions whose time has passed, by the target file, are over.
    pub(crate) fn end_old_sessions(&self) -> Result<(), RunError> {
        let session = self.site.target().session.as_ref();
        let Some(lasts) = session.and_then(|session| session.lasts) else {
            return Ok(());
        };
        let browsers: Vec<Browser> = lock(&self.browsers).values().cloned().collect();
        for browser in browsers {
            if browser.session_age().is_some_and(|age| age >= lasts) {
                browser.expired().map_err(ProbeError::from)?;
            }
        }
        Ok(())
    }

    /// Makes the users known to the target, where its file says how.
    pub(crate) async fn register(&self) -> Result<(), RunError> {
        if self.site.target().users.register.is_empty() {
            return Ok(());
        }
        for (user, password) in &self.cast.by_name() {
            let browser = Browser::new(Arc::clone(&self.site), "register", self.recorder.clone());
            // Somebody who is there already is refused, and a login says whether they are.
            let _ = browser.register(user, password).await?;
        }
        Ok(())
    }

    /// Closes all sockets.
    pub(crate) async fn leave(&self) {
        let tabs: Vec<OpenTab> = lock(&self.tabs).drain().map(|(_, open)| open).collect();
        let pages: Vec<Tab> = lock(&self.pages).drain(..).collect();
        let tabs = tabs.iter().map(|open| &open.tab).chain(&pages);
        join_all(tabs.map(Tab::close)).await;
        let browsers: Vec<Browser> = lock(&self.browsers).values().cloned().collect();
        join_all(browsers.iter().map(Browser::leave)).await;
        self.site.dismiss_children();
    }

    /// The name of a new page of this tab's user.
    pub(crate) fn page_of(&self, tab: &TabName) -> String {
        let number = self.n_pages.fetch_add(1, Ordering::Relaxed) + 1;
        format!("{} page {number}", tab.tab)
    }

    /// The browser of this name; a new one where there was none.
    pub(crate) fn browser(&self, name: &BrowserName) -> Browser {
        let mut browsers = lock(&self.browsers);
        browsers
            .entry(name.clone())
            .or_insert_with(|| {
                Browser::new(Arc::clone(&self.site), &name.device, self.recorder.clone())
            })
            .clone()
    }

    /// The tab of this name, as it was opened last.
    pub(crate) fn tab(&self, name: &TabName) -> Result<OpenTab, RunError> {
        lock(&self.tabs)
            .get(name)
            .cloned()
            .ok_or_else(|| RunError::Unknown(name.to_string()))
    }

    /// The tab that acts: the one of this name that is open, or else one that can do what needs no socket.
    pub(crate) fn acting(&self, name: &TabName, via: Via) -> Result<Tab, RunError> {
        let open = self.tab(name);
        match (open, via) {
            (open, Via::Socket) => open.map(|open| open.tab),
            (Ok(open), Via::Http) if !open.tab.has_left() => Ok(open.tab),
            (_, Via::Http) => Ok(Tab::unopened(&self.browser(&name.browser), &name.tab)),
        }
    }

    /// The name of the group of this kind that is a user's alone: the same one for each of their tabs, and like a marker
    /// never one of an earlier run.
    pub(crate) fn own_group(&self, user: &UserName, kind: Option<&str>) -> String {
        let mut own = lock(&self.own_groups);
        let name = own.entry((user.clone(), kind.map(str::to_owned)));
        name.or_insert_with(new_group).clone()
    }

    /// Where what is seen at this tab stands in the history.
    pub(crate) fn place_at(&self, name: &TabName) -> Place {
        Place {
            tab: Some(name.tab.clone()),
            ..self.browser(&name.browser).place()
        }
    }

    /// The text with its references filled in.
    pub(crate) fn fill(&self, text: &str) -> Result<String, RunError> {
        template::fill(text, &|reference| self.lookup(reference)).map_err(RunError::Unknown)
    }

    /// The texts by name, each filled in.
    pub(crate) fn fill_all(
        &self,
        texts: &BTreeMap<String, String>,
    ) -> Result<Vec<(String, String)>, RunError> {
        let filled = texts
            .iter()
            .map(|(name, value)| Ok((name.clone(), self.fill(value)?)));
        filled.collect()
    }

    /// The value with the references in its strings filled in.
    pub(crate) fn fill_json(&self, value: &Value) -> Result<Value, RunError> {
        template::fill_json(value, &|reference| self.lookup(reference)).map_err(RunError::Unknown)
    }

    /// The name of the cookie that carries sessions, as a browser here has it.
    fn any_session_cookie(&self) -> Option<String> {
        let browsers: Vec<Browser> = lock(&self.browsers).values().cloned().collect();
        let stranger = || Browser::new(Arc::clone(&self.site), "stranger", self.recorder.clone());
        let known = browsers.iter().find_map(Browser::session_cookie);
        known.or_else(|| stranger().session_cookie())
    }

    fn lookup(&self, reference: &Reference) -> Option<String> {
        match reference {
            Reference::Action(name) => {
                let actions = lock(&self.actions);
                StartedAction::last_of(&actions, name).map(|started| started.id().to_string())
            }
            Reference::Session(tab) => self.browser(&tab.browser).session_value(),
            Reference::Sid(tab) => self.tab(tab).ok().map(|open| open.tab.sid()),
            Reference::Run => Some(self.common_group.clone()),
            Reference::SessionCookie => self.any_session_cookie(),
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

/// The name of a group that nobody is in.
pub(crate) fn new_group() -> String {
    format!("airtight{:08x}", rand::random::<u32>())
}
