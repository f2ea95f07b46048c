//! One visit to a host: what several checks need is made once, and ended once.

use std::sync::Arc;
use std::time::Duration;

use evidence::Scene;
use evidence::history::VERSION;
use probe::{Ask, Browser, Recorder, Site};
use targets::language::came::Came;
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};

use super::conversation::{self, Conversation, login};
use super::declared;
use super::host::{Host, Response};
use super::silence::{Silence, is_busy};
use crate::check::Undecided;

/// A host, and what two of its users saw there.
pub struct Visit {
    pub(crate) host: Host,
    conversation: OnceCell<Result<Conversation, Undecided>>,
    users: OnceCell<Result<Vec<Browser>, Undecided>>,
}

/// The longest pause before a request is sent once more to a host that got too many.
const PAUSE: Duration = Duration::from_secs(1);
/// Letters of an answer's body that are looked at.
const SHOWN: usize = 256 << 10;

impl Visit {
    /// A visit that has seen nothing yet.
    #[must_use]
    pub fn new(host: &Host) -> Self {
        Self {
            host: host.clone(),
            conversation: OnceCell::new(),
            users: OnceCell::new(),
        }
    }

    /// The conversation of two users. The first check that asks for it starts it; the others wait until it ends.
    pub(crate) async fn conversation(&self) -> Result<&Conversation, Undecided> {
        let held = self
            .conversation
            .get_or_init(|| conversation::hold(&self.host));
        held.await.as_ref().map_err(Clone::clone)
    }

    /// The users, each logged in with a browser of their own; at most two, and none where none was
    /// named. Nothing is written down of what they see.
    pub(crate) async fn users(&self) -> Result<&[Browser], Undecided> {
        let logged_in = self.users.get_or_init(|| self.log_in()).await;
        logged_in.as_deref().map_err(Clone::clone)
    }

    async fn log_in(&self) -> Result<Vec<Browser>, Undecided> {
        if self.host.users.is_empty() {
            return Ok(Vec::new());
        }
        // A server may give each user one session at a time, so those of the conversation have to be over. What came of
        // it does not matter here.
        let _ = self.conversation().await;
        let mut browsers = Vec::new();
        for user in self.host.users.iter().take(2) {
            let browser = self.stranger()?;
            login(&browser, user).await?;
            browsers.push(browser);
        }
        Ok(browsers)
    }

    /// Logs the users out, where the target file says how. Every check has seen what it needs.
    pub(crate) async fn leave(&self) {
        let Some(Ok(browsers)) = self.users.get() else {
            return;
        };
        for browser in browsers {
            if !self.host.target.logout.is_empty() {
                // A session that stays is one that nobody uses.
                let _ = timeout(self.host.patience, browser.logout()).await;
            }
            browser.leave().await;
        }
    }

    /// What somebody is answered who asks for this with their cookies. A host that says "too many" is asked once more
    /// after a pause; one that is busy still gives no answer.
    pub(crate) async fn ask_as(
        &self,
        browser: &Browser,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Response, Undecided> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let ask = Ask {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: headers.iter().map(owned).collect(),
            ..Ask::default()
        };
        let patience = self.host.patience;
        let mut pauses = [PAUSE.min(patience / 10)].into_iter();
        loop {
            let asked = timeout(patience, browser.request(&ask)).await;
            let answer = asked.map_err(|_| Silence::Late(patience))?;
            let answer = answer.map_err(Undecided::because)?;
            let came = Came {
                status: Some(answer.status),
                headers: answer.headers,
                body: Some(answer.body.chars().take(SHOWN).collect()),
                ..Came::default()
            };
            let response = Response::of(&came)
                .ok_or_else(|| Undecided(format!("the answer to {method} {path} is no HTTP")))?;
            match (is_busy(answer.status), pauses.next()) {
                (false, _) => return Ok(response),
                (true, Some(pause)) => sleep(pause).await,
                (true, None) => return Err(Silence::Busy(response.status).into()),
            }
        }
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
