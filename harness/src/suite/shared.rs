//! One server for many scenarios: a target whose users are fixed is started once, and its scenarios run one after the
//! other. One that restarts the server, or reads its log, has a server of its own.

use std::fmt;

use probe::Target;
use tokio::sync::{Mutex, MutexGuard};

use crate::failure::Failure;
use crate::needs::Needed;
use crate::scenario::content::Scenario;
use crate::steps::step_trait::all_needs;
use crate::system::cast::Cast;
use crate::system::server::{self, Server};
use crate::system::start;

/// A server that is started when the first scenario needs it.
#[derive(Default)]
pub(crate) struct Shared(Mutex<Option<Running>>);

/// The server, and the target that points at it.
struct Running {
    target: Target,
    server: Server,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// A scenario's turn on the server.
pub(super) struct Turn<'a>(MutexGuard<'a, Option<Running>>);

impl Shared {
    /// The one of this target, if its users are fixed.
    pub(super) fn of(target: &Target) -> Option<Self> {
        let start = target.start.as_ref()?;
        let is_fixed = start.add_users.is_empty() && target.users.register.is_empty();
        is_fixed.then(Self::default)
    }

    /// Whether the scenario does with a server that was there before and is there after it.
    pub(super) fn fits(scenario: &Scenario) -> bool {
        let mut needs = scenario.all_steps().flat_map(all_needs);
        let has_own = needs.any(|need| matches!(need, Needed::Restart | Needed::Log));
        !has_own && scenario.beside.is_empty()
    }

    /// Waits for a turn, and starts the server where it does not run.
    pub(super) async fn turn(
        &self,
        target: &Target,
        fault: Option<&str>,
        cast: &Cast,
    ) -> Result<Turn<'_>, Failure> {
        let mut turn = self.0.lock().await;
        if let Some(running) = turn.as_mut()
            && running.server.has_ended()
        {
            server::end(turn.take()).await;
        }
        if turn.is_none() {
            let mut target = target.clone();
            let server = start::start(&mut target, fault, &cast.by_name()).await?;
            *turn = server.map(|server| Running { target, server });
        }
        Ok(Turn(turn))
    }

    /// Ends the server.
    pub(super) async fn end(&self) {
        let running = self.0.lock().await.take();
        server::end(running).await;
    }
}

impl Turn<'_> {
    /// The target that points at the server.
    pub(super) fn target(&self) -> Option<Target> {
        self.0.as_ref().map(|running| running.target.clone())
    }
}
