//! A tab of an attacker: it asks by what is somebody else's, or leaves in the middle. Nothing is due to it, and what it
//! gets is judged like anything else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use evidence::{Marker, What};
use tokio::time::Instant;
use walk::Foreign;

use super::{Begun, Given, OpenOptions, Opened, Right, Tab, not_open, place_at, way};
use crate::browser::Browser;
use crate::error::ProbeError;

impl Tab {
    /// What another tab has by which this one could ask for what is not its own: ids, and how far it has heard.
    #[must_use]
    pub fn foreign(&self, other: &Self) -> Foreign {
        self.walk.foreign(&other.walk)
    }

    /// From now on it asks by what is somebody else's.
    pub fn borrow(&self, foreign: &Foreign) {
        self.walk.borrow(foreign);
    }

    /// Asks what an action of somebody else shows, by its id in other spellings. Whatever the target says is its own
    /// choice; what comes is judged. Gives how often it asked: what has no id has no other spelling.
    ///
    /// # Errors
    /// When the target file does not say how, or there is no answer.
    pub async fn read_respelled(&self, begun: &Begun) -> Result<usize, ProbeError> {
        let target = self.browser.site().target();
        let Some(action) = target.action(begun.kind()) else {
            return Ok(0);
        };
        let others = begun.act.respelled(&action.way);
        let n_asked = others.len();
        for act in others {
            let mut other = begun.clone();
            other.act = Arc::new(act);
            self.read(&other).await?;
        }
        Ok(n_asked)
    }

    /// Opens a tab that asks by what is somebody else's. `None`: the target said no, or nothing.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub async fn open_with(
        browser: &Browser,
        tab: &str,
        options: &OpenOptions,
        foreign: &Foreign,
    ) -> Result<Option<Self>, ProbeError> {
        let inbox = browser.scribe().open(place_at(browser, tab));
        inbox.contents().is_undue = true;
        let since = Instant::now();
        let way = way(options);
        let opened = browser.walk().open_with(tab, &way, foreign).await;
        let (walk, told) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                return no_tab(Err(not_open(browser, &inbox, since, error.into())));
            }
        };
        let tab = Self {
            browser: browser.clone(),
            walk,
            inbox,
            is_open: true,
            is_undue: true,
            memberships: Arc::default(),
        };
        no_tab(tab.judge_opening(told, since, false).await)
    }

    /// Begins an action that nothing is owed for, waits for its end for so long, and then lets all of this tab die without a
    /// goodbye: a request in the middle of its answer, and the socket.
    ///
    /// # Errors
    /// When the client cannot do that, or the history cannot be written.
    pub async fn abandon(
        &self,
        kind: &str,
        given: &BTreeMap<String, Given>,
        marker: Marker,
        after: Duration,
    ) -> Result<(), ProbeError> {
        // Where users have a pace, the turn comes first: else nothing would be sent in so short a time.
        self.walk.at_its_pace().await;
        let marked = (Some(marker.clone()), Right::Undue);
        let begun = self.act_now(kind, None, given, marked);
        let ended = tokio::time::timeout(after, begun).await;
        if ended.is_err() {
            self.record_sender(What::Unanswered { marker })?;
        }
        self.cut().await?;
        match ended {
            Ok(Err(error)) if !is_refusal(&error) => Err(error),
            _ => Ok(()),
        }
    }
}

/// What is no error here: a target may refuse an attacker in any way.
const fn is_refusal(error: &ProbeError) -> bool {
    matches!(
        error,
        ProbeError::NotReady { .. }
            | ProbeError::NoAnswer { .. }
            | ProbeError::Closed(_)
            | ProbeError::Unset(_)
            | ProbeError::Unsendable(_)
            | ProbeError::NotOffered(_)
    )
}

fn no_tab(opened: Result<Opened, ProbeError>) -> Result<Option<Tab>, ProbeError> {
    match opened {
        Ok(Opened::Granted(tab)) => Ok(Some(tab)),
        Ok(Opened::Refused(_)) => Ok(None),
        Err(error) if is_refusal(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
