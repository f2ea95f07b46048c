//! One visit to a host: what several checks need is made once.

use std::sync::Arc;

use evidence::Scene;
use evidence::history::VERSION;
use probe::{Browser, Recorder, Site};
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::conversation::{self, Conversation};
use super::declared;
use super::host::{Host, Response};
use super::silence::{Silence, is_busy};
use crate::check::Undecided;

/// A host, and what two of its users saw there.
pub struct Visit {
    pub(crate) host: Host,
    conversation: OnceCell<Result<Conversation, Undecided>>,
}

impl Visit {
    /// A visit that has seen nothing yet.
    #[must_use]
    pub fn new(host: &Host) -> Self {
        Self {
            host: host.clone(),
            conversation: OnceCell::new(),
        }
    }

    /// The conversation of two users. The first check that asks for it starts it; the others wait until it ends.
    pub(crate) async fn conversation(&self) -> Result<&Conversation, Undecided> {
        let held = self
            .conversation
            .get_or_init(|| conversation::hold(&self.host));
        held.await.as_ref().map_err(Clone::clone)
    }

    /// The browser of somebody who has not logged in. What it sees is written down nowhere.
    pub(crate) fn stranger(&self) -> Result<Browser, Undecided> {
        let scene = Scene {
            airtight_history: VERSION,
            ..Scene::default()
        };
        let started = Recorder::start(&scene, std::io::sink());
        let (recorder, _writing) = started.map_err(Undecided::because)?;
        let site = Site::new(self.host.target.clone()).map_err(Undecided::because)?;
        Ok(Browser::new(Arc::clone(&site), "guest", recorder))
    }

    /// What a stranger is answered who asks for this surface, with all that leads to it.
    pub(crate) async fn as_stranger(&self, surface: &str) -> Result<Response, Undecided> {
        let stranger = self.stranger()?;
        let asked = timeout(self.host.patience, stranger.surface(surface)).await;
        let told = asked.map_err(|_| Silence::Late(self.host.patience))?;
        let told = told.map_err(Undecided::because)?;
        let told = told
            .ok_or_else(|| Undecided(format!("there is no surface `{surface}`")))?
            .told;
        let described = declared::surface(&self.host.target, surface)?;
        if told.at != described.step.at {
            return Err(Undecided(format!(
                "what leads to the surface `{surface}` ended before it: {}",
                told.came.told()
            )));
        }
        let response = Response::of(&told.came)
            .ok_or_else(|| Undecided(format!("the surface `{surface}` was not answered")))?;
        if is_busy(response.status.as_u16()) {
            return Err(Silence::Busy(response.status).into());
        }
        Ok(response)
    }
}
