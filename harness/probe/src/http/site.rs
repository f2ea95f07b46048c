//! A site: a target at an address, the way to it, and the connections that its browsers share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evidence::ActionId;
use serde_json::Value;

use crate::error::ProbeError;
use crate::http::route::Route;
use crate::lock::lock;
use crate::target::Target;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a connection may be idle and still be used again. A server closes an idle connection whenever it likes,
/// and a request sent just then gets no answer. Of the known servers gunicorn is the quickest, after 2 s.
const IDLE: Duration = Duration::from_secs(1);

/// A target at an address.
#[derive(Debug)]
pub struct Site {
    /// How to talk to it.
    pub target: Target,
    /// The way to it.
    pub route: Route,
    http: Mutex<reqwest::Client>,
    /// Whether the target writes action ids as numbers, as far as it has given any. `Relaxed`: the flag guards no
    /// other memory.
    numeric_ids: AtomicBool,
}

impl Site {
    /// A site that has not been contacted yet.
    ///
    /// # Errors
    /// When TLS cannot be set up, or the target's `trust` is not a certificate.
    pub fn new(target: Target) -> Result<Arc<Self>, ProbeError> {
        let route = Route::of(&target)?;
        let http = Mutex::new(client(&route)?);
        Ok(Arc::new(Self {
            target,
            route,
            http,
            numeric_ids: AtomicBool::new(false),
        }))
    }

    /// The new action's id in the answer to its start.
    pub(crate) fn new_action(&self, answer: &Value) -> Option<ActionId> {
        let call = &self.target.actions.start;
        let is_number = call
            .id
            .as_deref()
            .and_then(|id| answer.pointer(id)?.as_number());
        self.numeric_ids
            .fetch_or(is_number.is_some(), Ordering::Relaxed);
        call.id_in(answer)
    }

    /// An action's id as the target writes it: a number or a text.
    pub(crate) fn id_as_written(&self, id: &ActionId) -> Value {
        let is_number = self.numeric_ids.load(Ordering::Relaxed);
        let number = serde_json::from_str(id.as_str()).ok();
        number
            .filter(|number: &Value| is_number && number.is_number())
            .unwrap_or_else(|| Value::from(id.as_str()))
    }

    /// Asks for the login page once, outside of any history. Whatever comes back shows that somebody is there.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn knock(&self) -> Result<(), ProbeError> {
        let page = &self.target.login.page;
        let url = { self.target.base.join(page) }
            .map_err(|_| ProbeError::Unsendable(format!("GET {page}")))?;
        match self.http().get(url).send().await {
            Ok(_) => Ok(()),
            Err(source) => Err(ProbeError::NoAnswer {
                asked: format!("GET {page}"),
                source,
            }),
        }
    }

    /// Drops all open connections: the server behind them has stopped, and a request sent on one would get no answer.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn forget_connections(&self) -> Result<(), ProbeError> {
        let fresh = client(&self.route)?;
        *lock(&self.http) = fresh;
        Ok(())
    }

    pub(crate) fn http(&self) -> reqwest::Client {
        lock(&self.http).clone()
    }
}

fn client(route: &Route) -> Result<reqwest::Client, ProbeError> {
    let http = route.client().timeout(PATIENCE).pool_idle_timeout(IDLE);
    let http = http.build();
    http.map_err(|source| ProbeError::NoAnswer {
        asked: "the first request".to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_goes_back_as_the_target_wrote_it() {
        let target = include_str!("../../../../scenarios/targets/reference.yaml");
        let site = Site::new(Target::parse(target).expect("a target")).expect("a site");
        let texts = serde_json::json!({ "id": "12" });
        let id = site.new_action(&texts).expect("an id");
        assert_eq!(site.id_as_written(&id), Value::from("12"));
        let numbers = serde_json::json!({ "id": 12 });
        let id = site.new_action(&numbers).expect("an id");
        assert_eq!(site.id_as_written(&id), Value::from(12));
        assert_eq!(site.id_as_written(&ActionId::from("1a")), Value::from("1a"));
    }
}
