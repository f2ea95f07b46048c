//! `restart`: the server ends and starts again; its sockets are away after that.

use std::sync::Arc;

use serde_json::{Value, json};

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::spots::Spots;
use crate::lock::lock;
use crate::model::state::Model;
use crate::needs::Needed;
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::node::Node;
use reading::wrong::{Wrong, wrong};

pub(super) const KIND: StepKind = StepKind {
    name: "restart",
    schema,
    read,
};

#[derive(Debug)]
pub(crate) struct Restart;

fn schema() -> Value {
    json!({ "const": "server" })
}

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    match node.text("restart")? {
        "server" => Ok(Arc::new(Restart)),
        other => wrong(
            node.at(),
            format!("`{other}` cannot be restarted"),
            "write `restart: server`",
        ),
    }
}

impl Step for Restart {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Harness,
            reach: Reach::Everybody,
            asks: false,
            // The library's sockets cannot be told that the end of the server is the scenario's doing.
            needs_observer: true,
            starts: None,
            needs: Some(Needed::Restart),
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        KIND.entry(json!("server"))
    }

    fn check(&self, model: &mut Model<'_>, _: &Spots) -> Result<(), Wrong> {
        model.restart();
        Ok(())
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, restart(run))
    }
}

async fn restart(run: &Run) -> Result<(), RunError> {
    run.doubts.restart();
    // Its end is the scenario's doing, and no close of the server's own.
    lock(&run.tabs)
        .values()
        .for_each(|open| open.tab.ends_soon());
    let mut server = run.server.lock().await;
    let mut local = server.take().ok_or(RunError::Restart)?;
    // It blocks until the old process has ended and the new one is ready.
    let restarted = tokio::task::spawn_blocking(move || local.restart().map(|()| local)).await;
    *server = Some(restarted.map_err(|_| RunError::Restart)??);
    run.site.forget_connections()?;
    Ok(())
}
