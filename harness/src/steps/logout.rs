//! `logout`: the session of a browser ends, and its tabs with it.

use std::sync::Arc;

use futures_util::future::join_all;
use probe::{ProbeError, Tab};
use serde_json::json;

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::{BrowserName, Who};
use crate::language::schema_parts;
use crate::language::spots::Spots;
use crate::language::values::browser;
use crate::lock::lock;
use crate::model::state::Model;
use crate::needs::Needed;
use crate::run::error::RunError;
use crate::run::silence::{is_silence, late};
use crate::run::state::Run;
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "logout",
    schema: schema_parts::place,
    read,
};

#[derive(Debug)]
pub(crate) struct Logout(pub(crate) BrowserName);

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    Ok(Arc::new(Logout(browser(node, "logout")?)))
}

impl Step for Logout {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Browser(&self.0),
            reach: Reach::Actor,
            // That it is granted.
            asks: true,
            needs_observer: false,
            starts: None,
            needs: Some(Needed::Logout),
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        KIND.entry(json!(self.0.written()))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each(&self.0, at, |model, browser| model.logout(browser, at))
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each(&self.0, |browser| log_out(run, browser)))
    }
}

async fn log_out(run: &Run, name: BrowserName) -> Result<(), RunError> {
    let browser = run.browser(&name);
    let place = browser.place();
    let granted = match browser.logout().await {
        Err(error @ ProbeError::NotOffered(_)) => return Err(error.into()),
        Err(error) if is_silence(&error) => {
            // Nobody can tell whether the session is over: what it sees or misses from here on shows nothing.
            run.doubts.doubt_browser(&name);
            let own: Vec<Tab> = lock(&run.tabs)
                .iter()
                .filter(|(tab, _)| tab.browser == name)
                .map(|(_, open)| open.tab.clone())
                .collect();
            join_all(own.iter().map(Tab::close)).await;
            let why = late(&error).unwrap_or_else(|| error.to_string());
            return run.unseen(place, "logout is granted", why);
        }
        granted => granted?,
    };
    let met = granted.is_ok();
    if let (true, Who::User(user)) = (met, &name.who) {
        run.doubts.log_out(user);
    }
    run.expected(place, "logout is granted", met, || {
        format!("it was refused: {}", granted.err().unwrap_or_default())
    })
}
