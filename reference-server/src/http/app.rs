//! What every request can reach, and the part of it that a reload replaces.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use axum::http::HeaderMap;
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::actions::registry::Actions;
use crate::delivery::rooms::Rooms;
use crate::delivery::scheduler::Scheduler;
use crate::ground::fault::{Fault, Open};
use crate::ground::metrics::Metrics;
use crate::ground::settings::{Settings, SettingsError, Source};
use crate::http::routes::uploads::Turns;
use crate::identity::attempts::Attempts;
use crate::identity::cookies::Cookies;
use crate::identity::origin::{self, Origin};
use crate::identity::sessions::{Session, SessionKey, Sessions, UserId};
use crate::operation::log_files::LogFiles;
use crate::operation::readiness::Readiness;
use crate::server::Timing;
use crate::transport::places::Places;
use crate::transport::transports::Transports;

pub(crate) struct App {
    pub(crate) live: RwLock<Arc<Live>>,
    pub(crate) timing: Timing,
    pub(crate) log_files: Option<LogFiles>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) attempts: Attempts,
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) scheduler: Arc<Scheduler>,
    pub(crate) actions: Arc<Actions>,
    pub(crate) transports: Transports,
    pub(crate) places: Places,
    pub(crate) uploads: Turns,
    /// Hashes at a time: each takes memory and a core.
    pub(crate) hashing: Arc<Semaphore>,
    /// The hash that a user who does not exist is held against.
    pub(crate) stand_in: String,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) readiness: Readiness,
    /// Cancelled when the server begins to stop.
    pub(crate) stop: CancellationToken,
    pub(crate) fault: Open,
}

/// The settings that count now, and what is made of them.
pub(crate) struct Live {
    pub(crate) settings: Settings,
    pub(crate) cookies: Cookies,
}

impl Live {
    pub(crate) fn new(settings: Settings, fault: Open) -> RwLock<Arc<Self>> {
        RwLock::new(Arc::new(Self::of(settings, fault)))
    }

    fn of(settings: Settings, fault: Open) -> Self {
        let cookies = Cookies::new(&settings, fault);
        Self { settings, cookies }
    }
}

impl App {
    /// What counts for one request: a reload does not change it on the way.
    pub(crate) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets new settings count. What takes a restart is told, and stays what it is.
    pub(crate) fn reload(&self, source: Source) -> Result<Settings, SettingsError> {
        let (settings, waiting) = self.live().settings.renewed(source)?;
        for name in waiting {
            tracing::warn!(setting = name, "a changed setting takes a restart");
        }
        let live = Arc::new(Live::of(settings.clone(), self.fault.clone()));
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = live;
        Ok(settings)
    }

    /// A name that the server answers to.
    pub(crate) fn host(&self) -> String {
        let live = self.live();
        let named = live.settings.server_names.first();
        named.map_or_else(|| "localhost".to_owned(), Clone::clone)
    }

    /// The live session that the request's cookie names.
    pub(crate) fn session(&self, headers: &HeaderMap) -> Option<Session> {
        self.sessions
            .find(&self.live().cookies.session_id(headers)?)
    }

    /// Ends sessions with their rooms and sockets, all of it before the caller answers or goes away; then
    /// their files. What is remembered of a user goes with the last session.
    pub(crate) async fn end(&self, keys: &[SessionKey]) -> std::io::Result<()> {
        let mut users = BTreeSet::new();
        let mut closing = Vec::new();
        for key in keys {
            users.extend(self.sessions.owner(key));
            self.sessions.forget(key);
            closing.extend(self.rooms.close(key));
        }
        for user in &users {
            let is_gone = || self.sessions.of_user(user).is_empty();
            self.actions.forget_user(user, is_gone);
        }
        let removed = self.sessions.remove_files(keys).await;
        join_all(closing).await;
        removed
    }

    /// Forgets what is remembered of users whose last session is over and who have nothing running.
    pub(crate) fn forget_gone(&self) {
        self.actions.forget_gone(|| self.sessions.users());
    }

    /// A state-changing request must come from us.
    pub(crate) fn is_ours(
        &self,
        headers: &HeaderMap,
        session: Option<&Session>,
        form_token: Option<&str>,
    ) -> bool {
        let live = self.live();
        let token = headers
            .get("x-csrf-token")
            .and_then(|value| value.to_str().ok())
            .or(form_token);
        let has_token = || {
            session
                .zip(token)
                .is_some_and(|(session, token)| live.cookies.is_token(&session.key, token))
        };
        match origin::of(headers, &live.settings.allowed_origins) {
            // FAULT WEB02: the check stands in a layer that nobody put around the routes.
            _ if self.fault.is(Fault::Web02) => true,
            Origin::Own => true,
            Origin::Foreign => false,
            Origin::Unknown => has_token(),
        }
    }

    /// Whether the settings let this user see the server's state.
    pub(crate) fn is_operator(&self, user: &UserId) -> bool {
        let live = self.live();
        let mut operators = live.settings.operators.iter();
        operators.any(|name| user.is(name))
    }

    /// Reads the gauges: how much there is of what, now.
    pub(crate) fn measure(&self) {
        let (users, guests) = self.sessions.count();
        self.metrics.count_sessions(users, guests);
        let sockets = crate::ground::metrics::signed(self.rooms.count_sockets());
        self.metrics.sockets.set(sockets);
    }
}
