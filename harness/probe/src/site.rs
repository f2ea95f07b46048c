//! A site: a target at an address, the way to it, and what a run knows of it.

use std::sync::Arc;

use evidence::UserName;
use reqwest::Url;
use targets::Target;
use targets::language::step::{Act, Method};
use walk::WalkError;

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
        let way = if route.connect_to().is_none() {
            way.or_direct(route.tls())
        } else {
            way
        };
        let events = Events::of(&target);
        let walk = walk::Site::new(target, base, way)?;
        Ok(Arc::new(Self {
            route,
            walk,
            events,
            groups: Groups::default(),
        }))
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

    /// Asks for a page once, outside of any history. Whatever comes back shows that somebody is there.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn knock(&self) -> Result<(), ProbeError> {
        let page = self.cheapest_page();
        let url = self.base().join(&page);
        let url = url.map_err(|_| ProbeError::Unsendable(format!("GET {page}")))?;
        match self.walk.http().get(url).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(ProbeError::NoAnswer {
                asked: format!("GET {page}"),
                why: walk::innermost(&error).to_string(),
                is_late: error.is_timeout(),
                is_sent: !error.is_connect(),
            }),
        }
    }

    /// A page that costs the target little: its health, a public page, the page of its login, or the root.
    pub(crate) fn cheapest_page(&self) -> String {
        let target = self.target();
        let surfaces = ["health", "public page"].into_iter().filter_map(|name| {
            let found = target.surfaces.iter().find(|(known, _)| known == name);
            found
                .and_then(|(_, surface)| surface.as_ref())
                .map(|surface| &surface.step)
        });
        let steps = surfaces.chain(target.login.iter().flatten());
        let mut pages = steps.filter_map(|step| match &step.act {
            Some(Act::Request(request)) if request.method == Method::Get => {
                request.path.plain().map(str::to_owned)
            }
            _ => None,
        });
        pages.next().unwrap_or_else(|| "/".to_owned())
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
            WalkError::NoSocket(place) => Self::Closed(place),
            WalkError::NotOffered(what) => Self::NotOffered(what.to_string()),
        }
    }
}
