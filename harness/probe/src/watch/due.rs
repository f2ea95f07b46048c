//! What actions owe to tabs, and how much of it has come.

use std::time::Duration;

use evidence::Marker;
use futures_util::future::join_all;

use crate::tab::Tab;

/// What an action owes to a tab.
#[derive(Clone, Debug)]
pub struct Due {
    /// Where it must arrive.
    pub tab: Tab,
    /// The event's name.
    pub event: String,
    /// What it carries; none where its text says nothing.
    pub marker: Option<Marker>,
    /// How many of its name had come before, where it carries none.
    pub before: usize,
    /// How many.
    pub count: usize,
    /// It is no event, but the last piece of a stream.
    pub is_end: bool,
}

/// For each thing that is due: the tab, the marker, the event, and how many have come.
pub(super) type Progress = Vec<(String, Option<Marker>, String, usize)>;

/// Waits until everything that is due has come, or the time is over.
pub(super) async fn all(due: &[Due], within: Duration) {
    let wait = |due: &Due| {
        let Due {
            tab,
            event,
            marker,
            before,
            count,
            ..
        } = due.clone();
        async move {
            let counted = (event.as_str(), marker.as_ref());
            tab.wait_until_came(counted, before, count, within).await;
        }
    };
    join_all(due.iter().map(wait)).await;
}

/// How much of each has come.
pub(super) fn progress(due: &[Due]) -> Progress {
    let mut progress = Vec::with_capacity(due.len());
    for due in due {
        let (tab, marker, event) = (&due.tab, due.marker.clone(), due.event.clone());
        progress.push((tab.place().to_string(), marker, event, so_far(due)));
    }
    progress
}

/// How many of the due events have come.
#[must_use]
pub fn so_far(due: &Due) -> usize {
    let came = due.tab.came_of(&due.event, due.marker.as_ref());
    came.saturating_sub(due.before).min(due.count)
}

/// Whether nothing more can come, because the rest was owed to tabs that are closed.
pub(super) fn come_or_closed(due: &[Due]) -> bool {
    for due in due {
        if !due.tab.has_left() && so_far(due) < due.count {
            return false;
        }
    }
    true
}
