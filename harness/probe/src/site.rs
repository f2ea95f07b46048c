//! A site: a target at an address, the way to it, and what a run knows of it.

use std::sync::{Arc, Mutex};

use evidence::UserName;
use reqwest::Url;
use targets::Target;
use walk::WalkError;

use crate::door::Door;
use crate::error::ProbeError;
use crate::events::Events;
use crate::groups::Groups;
use crate::route::Route;

/// A target at an address.
#[derive(Debug)]
pub struct Site {
    /// The way to it.
    pub route: Route,
    pub(crate) walk: Arc<walk::Site>,
    pub(crate) events: Events,
    pub(crate) groups: Groups,
    /// What answered when it was last asked whether it answers.
    pub(crate) door: Mutex<Door>,
}

impl Site {
    /// A site that has not been contacted yet.
    ///
    /// # Errors
    /// When the target has no address, TLS cannot be set up, or the target's `trust` is not a certificate.
    pub fn new(target: Target) -> Result<Arc<Self>, ProbeError> {
        let route = Route::of(&target)?;
        let base = target.base.clone().ok_or(ProbeError::NoAddress)?;
        let own = route.clone();
        let way = walk::Way::from(Box::new(move || own.client()) as Box<_>);
        // What connects to another address knows no library.
        let way = match route.direct() {
            Some(direct) => way.or_direct(direct),
            None => way,
        };
        let events = Events::of(&target);
        let walk = walk::Site::new(target, base, way)?;
        Ok(Arc::new(Self {
            route,
            walk,
            events,
            groups: Groups::default(),
            door: Mutex::default(),
        }))
    }

    /// Whether a tab that comes back is sent events of this name that it missed, as far as is known.
    #[must_use]
    pub fn replays(&self, event: &str) -> bool {
        self.walk.replays(event)
    }

    /// How to talk to it.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.walk.target
    }

    /// Its address.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.walk.base
    }

    /// The base's origin, as a browser sends it.
    #[must_use]
    pub fn origin(&self) -> String {
        self.walk.origin()
    }

    /// A user as the target knows them: where it folds names, those that differ only in their case are one.
    #[must_use]
    pub fn user(&self, name: &str) -> UserName {
        if self.target().users.are_folded {
            UserName::from(name.to_lowercase().as_str())
        } else {
            UserName::from(name)
        }
    }

    /// Lets the clients that are processes of their own end, once their sockets are closed.
    pub fn dismiss_children(&self) {
        self.walk.dismiss_children();
    }

    /// Drops all open connections: the server behind them has stopped, and a request sent on one would get no answer.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn forget_connections(&self) -> Result<(), ProbeError> {
        Ok(self.walk.forget_connections()?)
    }
}

impl From<WalkError> for ProbeError {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::NoAnswer {
                asked,
                why,
                is_late,
                is_sent,
            } => Self::NoAnswer {
                asked,
                why,
                is_late,
                is_sent,
            },
            WalkError::Unset(unset) => Self::Unset(unset.to_string()),
            WalkError::Unsendable(what) => Self::Unsendable(what),
            WalkError::NoSocket(place) => Self::Closed(format!("{place} is closed")),
            WalkError::NotOffered(what) => Self::Client(what),
        }
    }
}
