//! What actions owe to tabs, and how much of it has come.

use std::time::Duration;

use evidence::Marker;
use futures_util::future::join_all;

use crate::socket::Tab;

/// What an action owes to a tab.
#[derive(Clone, Debug)]
pub struct Due {
    /// Where it must arrive.
    pub tab: Tab,
    /// The event's name.
    pub event: String,
    /// What it carries.
    pub marker: Marker,
    /// How many.
    pub count: usize,
}

/// For each thing that is due: the tab, the marker, the event, and how many have come.
pub(super) type Progress = Vec<(String, Marker, String, usize)>;

/// Waits until everything that is due has come, or the time is over.
pub(super) async fn all(due: &[Due], within: Duration) {
    let wait = |due: &Due| {
        let Due {
            tab,
            event,
            marker,
            count,
        } = due.clone();
        async move { tab.wait_for(&event, Some(&marker), count, within).await }
    };
    join_all(due.iter().map(wait)).await;
}

/// How much of each has come.
pub(super) async fn progress(due: &[Due]) -> Progress {
    let mut progress = Vec::with_capacity(due.len());
    for due in due {
        let (tab, marker, event) = (&due.tab, due.marker.clone(), due.event.clone());
        progress.push((tab.sid().to_owned(), marker, event, so_far(due).await));
    }
    progress
}

/// How many of the due events have come.
pub async fn so_far(due: &Due) -> usize {
    let came = due
        .tab
        .wait_for(&due.event, Some(&due.marker), due.count, Duration::ZERO);
    came.await.err().unwrap_or(due.count).min(due.count)
}

/// Whether nothing more can come, because the rest was owed to tabs that are closed.
pub(super) async fn come_or_closed(due: &[Due]) -> bool {
    for due in due {
        if !due.tab.has_left() && so_far(due).await < due.count {
            return false;
        }
    }
    true
}
