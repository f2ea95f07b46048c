//! A browser: a cookie jar on a site, and who is logged in with it.
//!
//! A browser names its sessions and records everything that it sees. What carries a session is a secret: a history gets
//! its digest.

mod login;

mod ask;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use evidence::{Place, What};
use walk::{Near, Witness};

pub use self::ask::{Answer, Ask, Body, Visited};
pub use self::login::Login;
pub(crate) use self::login::{in_one_line, silence};
use crate::lock::lock;
use crate::recording::{Meter, Recorder, RecorderError};
use crate::scribe::{Scribe, place_of};
use crate::site::Site;

/// How something ended that was asked of the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The target did it.
    Granted,
    /// The target said no; what it said, in one line.
    Refused(String),
    /// It was sent, and the target file does not say what a yes looks like.
    Asked,
    /// Nobody knows, for this reason.
    Unknown(String),
}

/// Values of one browser's sessions that are known.
const SHOWN: usize = 1000;

/// One cookie jar, and who is logged in with it. Clones are the same browser.
#[derive(Clone, Debug)]
pub struct Browser(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    site: Arc<Site>,
    walk: walk::Browser,
    scribe: Arc<Scribe>,
    /// The values that have carried its sessions, the newest last.
    shown: Mutex<Vec<String>>,
    /// When its session began, as long as it lasts.
    began: Mutex<Option<Instant>>,
}

impl Browser {
    /// A browser that has visited nothing.
    #[must_use]
    pub fn new(site: Arc<Site>, device: &str, recorder: Recorder) -> Self {
        Self::with(site, device, recorder, None)
    }

    /// A new browser with a meter on everything that it and its tabs do.
    #[must_use]
    pub fn metered(site: Arc<Site>, device: &str, recorder: Recorder, meter: Meter) -> Self {
        Self::with(site, device, recorder, Some(meter))
    }

    fn with(site: Arc<Site>, device: &str, recorder: Recorder, meter: Option<Meter>) -> Self {
        let scribe = Arc::new(Scribe::new(&site, recorder, meter));
        let witness = Arc::clone(&scribe) as Arc<dyn Witness>;
        Self(Arc::new(Inner {
            walk: walk::Browser::new(&site.walk, device, None, &witness),
            site,
            scribe,
            shown: Mutex::default(),
            began: Mutex::default(),
        }))
    }

    /// The site that it talks to.
    #[must_use]
    pub fn site(&self) -> &Arc<Site> {
        &self.0.site
    }

    pub(crate) fn walk(&self) -> &walk::Browser {
        &self.0.walk
    }

    pub(crate) fn scribe(&self) -> &Scribe {
        &self.0.scribe
    }

    pub(crate) fn meter(&self) -> Option<&Meter> {
        self.0.scribe.meter.as_ref()
    }

    /// The user and the session that it belongs to now. Each further login starts a session with a new name.
    #[must_use]
    pub fn place(&self) -> Place {
        place_of(&self.0.site, &self.0.walk.whereabouts())
    }

    /// The newest value that carries its session. It stays after a logout.
    #[must_use]
    pub fn session_value(&self) -> Option<String> {
        self.see_identity();
        lock(&self.0.shown).last().cloned()
    }

    /// Every value that has carried a session of it, at most the newest thousand.
    #[must_use]
    pub fn session_values(&self) -> Vec<String> {
        self.see_identity();
        lock(&self.0.shown).clone()
    }

    /// Keeps what carries its session now.
    fn see_identity(&self) {
        let Some(now) = self.0.walk.identity() else {
            return;
        };
        let mut shown = lock(&self.0.shown);
        if shown.last() != Some(&now) {
            shown.retain(|known| *known != now);
            shown.push(now);
            if shown.len() > SHOWN {
                shown.remove(0);
            }
        }
    }

    /// Takes the cookies of another browser, and what its login kept, and is still nobody's.
    pub fn steal(&self, from: &Self) {
        self.0.walk.steal(&from.0.walk);
    }

    /// The same, with a letter changed in what carries the session. False if there is nothing to change.
    #[must_use]
    pub fn forge(&self, from: &Self, near: Near) -> bool {
        self.0.walk.forge(&from.0.walk, near)
    }

    /// How old its session is; none where it has none, or its end was recorded.
    #[must_use]
    pub fn session_age(&self) -> Option<Duration> {
        lock(&self.0.began).map(|began| began.elapsed())
    }

    /// The name of the cookie that carries its session, as far as a cookie does.
    #[must_use]
    pub fn session_cookie(&self) -> Option<String> {
        self.0.walk.session_cookie()
    }

    /// The cookies that it has now, decoded: their names and values.
    #[must_use]
    pub fn cookies(&self) -> Vec<(String, String)> {
        self.0.walk.cookies()
    }

    /// Its cookies as a request sends them, in the header `Cookie`.
    #[must_use]
    pub fn cookie_header(&self) -> Option<String> {
        self.0.walk.cookie_header()
    }

    /// The newest `Set-Cookie` header of each cookie that the target has set in answers to steps of its file, as it came:
    /// what its attributes are, no jar tells.
    #[must_use]
    pub fn set_cookies(&self) -> Vec<String> {
        self.0.scribe.set_cookies()
    }

    /// Records an observation at the browser's current place.
    fn record(&self, what: What) -> Result<(), RecorderError> {
        self.0.scribe.recorder.record(self.place(), what)
    }

    /// Closes what its login holds open.
    pub async fn leave(&self) {
        self.0.walk.leave().await;
    }
}
