//! `log`: the log of a server that the harness started holds no password, session or marker of the run.

use std::sync::Arc;

use evidence::Place;
use serde_json::{Value, json};

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::schema_parts::map;
use crate::language::spots::Spots;
use crate::lock::lock;
use crate::model::state::Model;
use crate::needs::Needed;
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::fields::Fields;
use reading::node::Node;
use reading::wrong::{Wrong, wrong};

pub(super) const KIND: StepKind = StepKind {
    name: "log",
    schema,
    read,
};

/// The log lacks secrets: so far there is nothing else that it may lack.
#[derive(Debug)]
struct Log;

fn schema() -> Value {
    map(&json!({ "lacks": { "const": "secrets" } }), &["lacks"])
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    let mut fields = Fields::of(node, "log", &["lacks"])?;
    let lacks = fields.need("lacks")?;
    match lacks.text("lacks")? {
        "secrets" => Ok(Arc::new(Log)),
        other => wrong(
            lacks.at(),
            format!("a log cannot be searched for `{other}`"),
            "write `log: {lacks: secrets}`",
        ),
    }
}

impl Step for Log {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Harness,
            reach: Reach::Actor,
            // That there are no secrets.
            asks: true,
            needs_observer: false,
            starts: None,
            needs: Some(Needed::Log),
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        KIND.entry(json!({ "lacks": "secrets" }))
    }

    fn check(&self, _: &mut Model<'_>, _: &Spots) -> Result<(), Wrong> {
        Ok(())
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, lacks_secrets(run))
    }
}

async fn lacks_secrets(run: &Run) -> Result<(), RunError> {
    let server = run.server.lock().await;
    let log = server.as_ref().ok_or(RunError::Log)?.log();
    drop(server);
    let found = secret_in(run, &log);
    let place = Place {
        user: None,
        session: "the log".to_owned(),
        tab: None,
    };
    let claim = "the server's log lacks secrets";
    run.expected(place, claim, found.is_none(), || found.unwrap_or_default())
}

/// Which secret of the run stands in the log. The secret itself stays out of the history.
fn secret_in(run: &Run, log: &str) -> Option<String> {
    let (browsers, actions) = (lock(&run.browsers), lock(&run.actions));
    let sessions = browsers.iter().flat_map(|(name, browser)| {
        let what = format!("a session of {name}");
        let values = browser.session_values().into_iter();
        values.map(move |value| (what.clone(), value))
    });
    let markers = actions.iter().filter_map(|action| {
        let what = format!("the text of {}", action.name);
        Some((what, action.marker.as_ref()?.to_string()))
    });
    let passwords = run
        .cast
        .passwords
        .iter()
        .map(|(user, password)| (format!("the password of {user}"), password.clone()));
    let mut all = sessions.chain(markers).chain(passwords);
    let found = all.find(|(_, secret)| log.contains(secret.as_str()));
    found.map(|(what, _)| what)
}
