//! A browser: a cookie jar on a site, and who is logged in with it.
//!
//! A browser names its sessions and records everything that it sees. Cookie values are secrets: a history gets their
//! digests.

use std::sync::{Arc, Mutex, MutexGuard};

use evidence::{Place, UserName, What};
use reqwest::Url;

use crate::error::ProbeError;
use crate::http::cookies::Jar;
use crate::http::site::Site;
use crate::lock::lock;
use crate::recording::Meter;
use crate::recording::{Recorder, RecorderError};

/// One cookie jar, and who is logged in with it. Clones are the same browser.
#[derive(Clone, Debug)]
pub struct Browser(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    site: Arc<Site>,
    device: String,
    recorder: Recorder,
    meter: Option<Meter>,
    identity: Mutex<Identity>,
}

/// Who the browser is for the target.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) cookies: Jar,
    pub(super) user: Option<UserName>,
    pub(super) logins: u32,
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
        let identity = Identity {
            cookies: Jar::new(site.target.session_cookie()),
            user: None,
            logins: 0,
        };
        Self(Arc::new(Inner {
            site,
            device: device.to_owned(),
            recorder,
            meter,
            identity: Mutex::new(identity),
        }))
    }

    /// The site that it talks to.
    #[must_use]
    pub fn site(&self) -> &Arc<Site> {
        &self.0.site
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.0.recorder
    }

    pub(crate) fn meter(&self) -> Option<&Meter> {
        self.0.meter.as_ref()
    }

    /// The user and the session that it belongs to now. Each further login starts a session with a new name.
    #[must_use]
    pub fn place(&self) -> Place {
        let identity = self.identity();
        let session = if identity.logins > 1 {
            format!("{}-{}", self.0.device, identity.logins)
        } else {
            self.0.device.clone()
        };
        Place {
            user: identity.user.clone(),
            session,
            tab: None,
        }
    }

    /// The newest value of the session cookie. It stays after a logout.
    #[must_use]
    pub fn session_value(&self) -> Option<String> {
        self.identity().cookies.session_values().last().cloned()
    }

    /// Every value that the session cookie has had, at most the newest thousand.
    #[must_use]
    pub fn session_values(&self) -> Vec<String> {
        self.identity().cookies.session_values().to_vec()
    }

    /// The cookies that it has now, decoded: their names and values.
    #[must_use]
    pub fn cookies(&self) -> Vec<(String, String)> {
        self.identity().cookies.all()
    }

    /// The cookies to send with a request to `url`, or with a WebSocket handshake there.
    pub(crate) fn cookie_header(&self, url: &Url) -> Option<String> {
        self.identity().cookies.header(url)
    }

    /// The URL of `path` on this site.
    pub(crate) fn url(&self, path: &str) -> Result<Url, ProbeError> {
        let joined = self.0.site.target.base.join(path);
        joined.map_err(|_| ProbeError::Unsendable(path.to_owned()))
    }

    /// Records an observation at the browser's current place.
    pub(super) fn record(&self, what: What) -> Result<(), RecorderError> {
        self.0.recorder.record(self.place(), what)
    }

    /// Holds the lock only to read or change it. While you hold it, send nothing, record nothing, and take no other
    /// lock.
    pub(super) fn identity(&self) -> MutexGuard<'_, Identity> {
        lock(&self.0.identity)
    }
}
