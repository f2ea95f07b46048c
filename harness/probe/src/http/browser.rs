//! A browser: a cookie jar on a site, and who is logged in with it.
//!
//! It names its sessions, and all that it sees is recorded. Cookie values are secrets: a history gets their digests.

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

/// Who the target takes the browser for.
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

    /// The same, with a meter on all that it and its tabs do.
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

    /// The site it is on.
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

    /// Whose it is now, and in which session. Each further login in it names another session.
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

    /// The session cookie's value; after a logout the one that it was.
    #[must_use]
    pub fn session_value(&self) -> Option<String> {
        self.identity().cookies.session_values().last().cloned()
    }

    /// Every session cookie's value that it has had; of very many the newest thousand.
    #[must_use]
    pub fn session_values(&self) -> Vec<String> {
        self.identity().cookies.session_values().to_vec()
    }

    /// The cookies that go with a request to `url`, or with a WebSocket's handshake there.
    pub(crate) fn cookie_header(&self, url: &Url) -> Option<String> {
        self.identity().cookies.header(url)
    }

    /// Where on the site `path` is.
    pub(crate) fn url(&self, path: &str) -> Result<Url, ProbeError> {
        let joined = self.0.site.target.base.join(path);
        joined.map_err(|_| ProbeError::Unsendable(path.to_owned()))
    }

    /// Writes down what was seen, at the place where the browser is now.
    pub(super) fn record(&self, what: What) -> Result<(), RecorderError> {
        self.0.recorder.record(self.place(), what)
    }

    /// Held for no longer than it is read or changed: nothing is sent, recorded or locked meanwhile.
    pub(super) fn identity(&self) -> MutexGuard<'_, Identity> {
        lock(&self.0.identity)
    }
}
