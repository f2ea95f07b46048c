//! What a page's script sends by itself: answers to what comes, and signs of life.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::tab::{Tab, WeakTab};
use crate::walker::{Walker, Wayward};
use crate::witness::Errand;

/// The shortest time from one to the next of what is sent by itself.
const SHORTEST: Duration = Duration::from_millis(10);

impl Tab {
    /// What the file says is sent by itself is sent from now on.
    pub(crate) fn tend(&self) {
        let mut sockets = self.browser().site().target.sockets.iter();
        if sockets.any(|(_, socket)| !socket.every.is_empty() || !socket.answers.is_empty()) {
            self.add_tending(tokio::spawn(tend(self.downgrade())).abort_handle());
        }
    }
}

/// Sends until the tab is gone or none of its sockets is open.
async fn tend(tab: WeakTab) {
    let Some(first) = tab.upgrade() else { return };
    let site = first.browser().site().clone();
    let mut heard = 0;
    let mut bell = first.bell();
    drop(first);
    let every = { site.target.sockets.iter() }.flat_map(|(name, socket)| {
        let named = move |(time, step)| (name, time, step);
        socket
            .every
            .iter()
            .map(move |(time, step)| named((*time, step)))
    });
    let mut due: Vec<_> = every
        .map(|(name, time, step)| (Instant::now() + time, name, time, step))
        .collect();
    loop {
        let next = due.iter().map(|(at, ..)| *at).min();
        tokio::select! {
            rung = bell.changed() => if rung.is_err() { return },
            () = async { match next { Some(at) => sleep_until(at).await, None => std::future::pending().await } } => {}
        }
        let Some(tab) = tab.upgrade() else { return };
        let nobody = BTreeMap::new();
        let walker = Walker {
            browser: tab.browser(),
            tab: Some(&tab),
            kept: tab.kept(),
            owners: &nobody,
            member: None,
            way: Wayward::default(),
            errand: Errand::Other,
            depth: 0,
        };
        for came in tab.log(|log| log.since(heard)) {
            heard = came.number;
            let Some(event) = &came.came.event else {
                continue;
            };
            let sockets = site.target.sockets.iter();
            let answers = sockets.filter(|(name, _)| *name == came.socket);
            for (_, step) in answers
                .flat_map(|(_, socket)| &socket.answers)
                .filter(|(name, _)| name == event)
            {
                // A socket that has ended needs no answer.
                let _ = walker.all([step]).await;
            }
        }
        for (at, name, time, step) in &mut due {
            if *at <= Instant::now() && tab.socket(Some(name), None).is_some() {
                let _ = walker.all([*step]).await;
            }
            while *at <= Instant::now() {
                *at += (*time).max(SHORTEST);
            }
        }
    }
}
