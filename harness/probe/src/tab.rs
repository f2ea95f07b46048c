//! A tab: one page of a browser, with its sockets, and what it has heard.

mod acting;

mod emit;

mod foreign;

mod groups;

mod waits;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evidence::Place;
use serde_json::Value;
use targets::file::socket::Transport;
use tokio::time::Instant;
use walk::{Answer, OpenWay, Told, WalkError};

pub use self::acting::{Begun, Given, Owed, Right, Started};
use crate::browser::{Browser, in_one_line, silence};
use crate::error::ProbeError;
use crate::excerpt;
use crate::inbox::{Closing, Inbox, Opening};
use crate::recording::Reading;

/// How to open a tab.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// The client.
    pub client: walk::Client,
    /// The transport of Socket.IO; none: the one of the target file.
    pub transport: Option<Transport>,
    /// Headers of the handshake in addition to the cookies.
    pub headers: Vec<(String, String)>,
    /// What follows where the target refuses the page that would open the socket.
    pub past_page: walk::PastPage,
}

/// How an opening ended.
#[derive(Debug)]
pub enum Opened {
    /// The tab is open.
    Granted(Tab),
    /// The target said no, in these words.
    Refused(String),
}

/// A tab. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Tab {
    browser: Browser,
    walk: walk::Tab,
    inbox: Arc<Inbox>,
    /// Whether it was ever open.
    is_open: bool,
    /// It asks for what is somebody else's, or is given up in the middle: nothing is due to it.
    is_undue: bool,
    /// The groups that it has made or joined.
    memberships: Arc<Mutex<BTreeMap<String, walk::Membership>>>,
}

impl Tab {
    /// Opens a tab with the browser's cookies, and takes the steps that the target file has for that.
    ///
    /// # Errors
    /// When there is no connection, or it is never open.
    pub async fn open(
        browser: &Browser,
        tab: &str,
        options: &OpenOptions,
    ) -> Result<Opened, ProbeError> {
        let place = place_at(browser, tab);
        let inbox = browser.scribe().open(place);
        let since = Instant::now();
        let opened = browser.walk().open(tab, &way(options)).await;
        let (walk, told) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                return Err(not_open(browser, &inbox, since, error.into()));
            }
        };
        let tab = Self {
            browser: browser.clone(),
            walk,
            inbox,
            is_open: true,
            is_undue: false,
            memberships: Arc::default(),
        };
        tab.judge_opening(told, since, false).await
    }

    /// Opens a tab again that was away, with what it had kept: it gets what it missed, if the target does that.
    ///
    /// # Errors
    /// When there is no connection, or it is never open.
    pub async fn come_back(&self, options: &OpenOptions) -> Result<Opened, ProbeError> {
        let own_groups = self.groups_with_sockets();
        let inbox = self.browser.scribe().open_again(self.inbox.place.clone());
        let last = self.last_number();
        inbox.contents().last_number = last;
        let since = Instant::now();
        let told = self.walk.come_back(&way(options)).await;
        let told = match told {
            Ok(told) => told,
            Err(error) => {
                return Err(not_open(&self.browser, &inbox, since, error.into()));
            }
        };
        let tab = Self {
            inbox,
            ..self.clone()
        };
        let opened = tab.judge_opening(told, since, true).await?;
        let Opened::Granted(tab) = &opened else {
            return Ok(opened);
        };
        for group in own_groups {
            if let Err(error) = tab.join_again(&group).await {
                // Nothing is due to a tab that the scenario does not have.
                tab.close().await;
                return Err(error);
            }
        }
        Ok(opened)
    }

    /// What the opening's end means for the history.
    async fn judge_opening(
        self,
        told: Told,
        since: Instant,
        is_back: bool,
    ) -> Result<Opened, ProbeError> {
        let is_granted = told.answer.may_be() && !matches!(told.answer, Answer::Unknown(_));
        self.browser.see_opening(is_granted, since);
        if is_granted && self.is_undue {
            // The history has what comes to it, and not that anything should.
            self.inbox.not_joined()?;
            return Ok(Opened::Granted(self));
        }
        if is_granted {
            let is_again = is_back && self.walk.replays();
            let kept = self.walk.value("last").and_then(|last| last.as_u64());
            let before = self.inbox.contents().last_number;
            let last_seq = if is_again { before.or(kept) } else { kept };
            let opening = Opening {
                last_seq,
                heard: told.heard,
                is_again,
                is_socketless: self.is_given_nothing(),
            };
            self.inbox.join(&opening)?;
            self.browser.scribe().joins_by_itself(&self.inbox.place);
            self.see_kept();
            return Ok(Opened::Granted(self));
        }
        self.browser.scribe().joins_nothing(&self.inbox.place);
        self.inbox.not_joined()?;
        // A socket that opened has to leave again: nothing is due where nobody listens.
        self.walk.close().await;
        match &told.answer {
            Answer::No(_) => {
                let said = in_one_line("open", &told);
                let said = said.strip_prefix("open: ").unwrap_or(&said).to_owned();
                let text = told.came.text();
                let reason = excerpt::with_markers(&excerpt::start(&said), &text);
                self.inbox.record(evidence::What::refused(reason))?;
                Ok(Opened::Refused(excerpt::start(&said)))
            }
            Answer::Unknown(why) => Err(ProbeError::NotReady {
                place: self.inbox.place.to_string(),
                why: why.clone(),
            }),
            _ => Err(silence("the opening", "nothing came")),
        }
    }

    /// A tab that is not open: what needs no socket can be done in it.
    #[must_use]
    pub fn unopened(browser: &Browser, tab: &str) -> Self {
        let place = place_at(browser, tab);
        let recorder = browser.scribe().recorder.clone();
        Self {
            browser: browser.clone(),
            walk: browser.walk().tab(tab),
            inbox: Arc::new(Inbox::new(place, Arc::clone(browser.site()), recorder)),
            is_open: false,
            is_undue: false,
            memberships: Arc::default(),
        }
    }

    /// Whether the server has given it nothing by which something could come. A stranger who asked for a page and got
    /// it was given more than is due.
    fn is_given_nothing(&self) -> bool {
        let is_stranger = self.place().user.is_none();
        !self.opening_asks() || !(is_stranger || self.walk.listens())
    }

    /// Whether its opening asked the server for anything that could be refused.
    #[must_use]
    pub fn opening_asks(&self) -> bool {
        self.browser.walk().opening_asks()
    }

    /// Values that its steps have kept may be secrets of the target.
    fn see_kept(&self) {
        let place = &self.inbox.place;
        self.browser
            .scribe()
            .see_kept(place, |name| self.walk.value(name));
    }

    /// Where it stands in the history.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.inbox.place
    }

    /// What its steps have kept under this name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value> {
        self.walk.value(name)
    }

    /// How the server closed it, if it did.
    #[must_use]
    pub fn closed_by_server(&self) -> Option<Closing> {
        self.inbox.contents().by_server.clone()
    }

    /// Whether it is the same socket.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inbox, &other.inbox)
    }

    /// Whether it is a tab of this session of the browser.
    #[must_use]
    pub fn is_of(&self, session: &Place) -> bool {
        self.inbox.place.user == session.user && self.inbox.place.session == session.session
    }

    /// Says that the scenario is about to end the connection by what it does to the server. The server then counts as
    /// having closed nothing.
    pub fn ends_soon(&self) {
        self.inbox.contents().ends_soon = true;
    }

    /// Says goodbye and closes.
    pub async fn close(&self) {
        self.ends_soon();
        self.walk.close().await;
        self.end();
    }

    /// Lets the transport die without a goodbye.
    ///
    /// # Errors
    /// When the client cannot do that.
    pub async fn cut(&self) -> Result<(), ProbeError> {
        self.ends_soon();
        self.walk.cut().await?;
        self.end();
        Ok(())
    }

    fn end(&self) {
        self.inbox.record_end(None);
        self.inbox.give_up();
    }

    /// Whether the connection ends within this time.
    pub async fn leaves_within(&self, time: Duration) -> bool {
        self.inbox.leaves_within(time).await
    }

    /// Stops or starts reading.
    ///
    /// # Errors
    /// When the tab is closed.
    pub async fn stall(&self, stalled: bool) -> Result<(), ProbeError> {
        if self.has_left() {
            return Err(self.closed());
        }
        Ok(self.walk.stall(stalled).await?)
    }

    /// Whether it has stopped reading.
    #[must_use]
    pub fn is_stalled(&self) -> bool {
        self.walk.is_stalled()
    }

    /// The transport's id; empty where it has none.
    #[must_use]
    pub fn sid(&self) -> String {
        self.walk.sid().unwrap_or_default()
    }

    /// The highest event number that was seen here.
    #[must_use]
    pub fn last_number(&self) -> Option<u64> {
        self.inbox.contents().last_number
    }

    /// Whether the connection has ended.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.inbox.contents().left
    }

    /// Whether a tab that comes back gets what it missed, by the target file.
    #[must_use]
    pub fn replays(&self) -> bool {
        self.walk.replays()
    }

    fn closed(&self) -> ProbeError {
        let place = &self.inbox.place;
        ProbeError::Closed(match self.closed_by_server() {
            Some(how) => format!("{place} is closed by the server: {how}"),
            None => format!("{place} is closed"),
        })
    }

    /// What a walk says, with how the server closed the tab where that is why.
    fn failed(&self, error: WalkError) -> ProbeError {
        match ProbeError::from(error) {
            ProbeError::Closed(_) if self.has_left() => self.closed(),
            error => error,
        }
    }
}

impl Browser {
    /// How long an opening took.
    fn see_opening(&self, granted: bool, since: Instant) {
        if let Some(meter) = self.meter() {
            let took = since.elapsed();
            meter.send(Reading::Opened { granted, took });
        }
    }
}

fn not_open(browser: &Browser, inbox: &Inbox, since: Instant, error: ProbeError) -> ProbeError {
    browser.see_opening(false, since);
    browser.scribe().joins_nothing(&inbox.place);
    inbox.not_joined().err().map_or(error, ProbeError::from)
}

fn place_at(browser: &Browser, tab: &str) -> Place {
    Place {
        tab: Some(tab.to_owned()),
        ..browser.place()
    }
}

fn way(options: &OpenOptions) -> OpenWay {
    OpenWay {
        transport: options.transport,
        headers: options.headers.clone(),
        client: options.client,
        past_page: options.past_page,
    }
}
