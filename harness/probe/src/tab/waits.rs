//! Waiting at a tab for events: each wait awaits the next arrival or its deadline, and nothing polls.

use std::collections::BTreeMap;
use std::time::Duration;

use evidence::Marker;
use tokio::time::{Instant, timeout, timeout_at};

use super::Tab;

impl Tab {
    /// Waits for `count` events of this name that no earlier wait has used, or that carry `marker`.
    ///
    /// # Errors
    /// When the time is over first, or the connection has ended: how many came instead.
    pub async fn wait_for(
        &self,
        event: &str,
        marker: Option<&Marker>,
        count: usize,
        within: Duration,
    ) -> Result<(), usize> {
        self.wait_for_more((event, marker), 0, count, within).await
    }

    /// The same for events that came after the first `before` of them.
    ///
    /// # Errors
    /// When the time is over first, or the connection has ended: how many came instead.
    pub async fn wait_for_more(
        &self,
        (event, marker): (&str, Option<&Marker>),
        before: usize,
        count: usize,
        within: Duration,
    ) -> Result<(), usize> {
        let deadline = Instant::now() + within;
        let mut bell = self.inbox.bell.subscribe();
        loop {
            bell.mark_unchanged();
            let (have, left) = {
                let mut contents = self.inbox.contents();
                let have = contents.tally.count(event, marker, before);
                if have >= count {
                    if marker.is_none() {
                        contents.tally.consume(event, before, count);
                    }
                    return Ok(());
                }
                (have, contents.left)
            };
            if left || timeout_at(deadline, bell.changed()).await.is_err() {
                return Err(have);
            }
        }
    }

    /// Waits until `count` events of this name (with `marker`) have come after the first `before`. Uses none up.
    pub(crate) async fn wait_until_came(
        &self,
        (event, marker): (&str, Option<&Marker>),
        before: usize,
        count: usize,
        within: Duration,
    ) {
        let deadline = Instant::now() + within;
        let mut bell = self.inbox.bell.subscribe();
        loop {
            bell.mark_unchanged();
            let came = self.came_of(event, marker).saturating_sub(before);
            let is_over = came >= count || self.has_left();
            if is_over || timeout_at(deadline, bell.changed()).await.is_err() {
                return;
            }
        }
    }

    /// How many events of this name have come, or how many of them carry `marker`.
    #[must_use]
    pub fn came_of(&self, event: &str, marker: Option<&Marker>) -> usize {
        let contents = self.inbox.contents();
        match marker {
            Some(_) => contents.tally.count(event, marker, 0),
            None => contents.tally.came(event),
        }
    }

    /// Waits until the next event, or the end of the connection, at most for so long.
    pub async fn wait_for_change(&self, within: Duration) {
        let mut bell = self.inbox.bell.subscribe();
        if !self.has_left() {
            let _ = timeout(within, bell.changed()).await;
        }
    }

    /// How many events of this name have come.
    #[must_use]
    pub fn came(&self, event: &str) -> usize {
        self.inbox.contents().tally.came(event)
    }

    /// Listens for `how_long`. Gives the first event (of this name) that arrives, except for as many of each name as
    /// `but_for` allows.
    pub async fn listen(
        &self,
        event: Option<&str>,
        how_long: Duration,
        but_for: &mut BTreeMap<String, usize>,
    ) -> Option<String> {
        let deadline = Instant::now() + how_long;
        let mut bell = self.inbox.bell.subscribe();
        let mut moment = self.inbox.contents().tally.total();
        loop {
            bell.mark_unchanged();
            loop {
                let came = self.inbox.contents().tally.first_after(moment, event);
                let Some((number, came)) = came else { break };
                match but_for.get_mut(&came) {
                    Some(left) if *left > 0 => *left -= 1,
                    _ => return Some(came),
                }
                moment = number;
            }
            if timeout_at(deadline, bell.changed()).await.is_err() {
                return None;
            }
        }
    }

    /// Waits until none of these events has come for `quiet`, at most ten times as long. Gives the name that came
    /// last.
    pub async fn last_of(&self, among: &[String], quiet: Duration) -> Option<String> {
        let end = Instant::now() + quiet * 10;
        let mut bell = self.inbox.bell.subscribe();
        loop {
            bell.mark_unchanged();
            let last = self.inbox.contents().tally.last_of(among);
            let deadline = end.min(Instant::now() + quiet);
            if timeout_at(deadline, bell.changed()).await.is_err() {
                return last;
            }
        }
    }
}
