//! What is no answer: a request that nobody answered in time, a connection that broke, a tab that the server closed.

use std::time::Duration;

use probe::{ProbeError, Tab, Watch};

/// Lateness for which a server may have given a client up.
const ASLEEP: Duration = Duration::from_secs(1);

/// No answer came: a reset connection is no refusal.
pub(crate) const fn is_silence(error: &ProbeError) -> bool {
    matches!(
        error,
        ProbeError::NoAnswer { .. } | ProbeError::NotReady { .. } | ProbeError::Closed(_)
    )
}

/// An answer that did not come in time, in words; none for any other failure.
pub(crate) fn late(error: &ProbeError) -> Option<String> {
    match error {
        ProbeError::NoAnswer {
            asked,
            is_late: true,
            ..
        } => Some(format!("no answer to {asked} in time")),
        ProbeError::NotReady { .. } => Some(error.to_string()),
        _ => None,
    }
}

/// The server's close of a tab, to be said beside what did not come.
pub(crate) fn closed_by_server(tab: &Tab) -> String {
    let how = tab.closed_by_server();
    how.map_or_else(String::new, |how| {
        format!("; the server closed the tab: {how}")
    })
}

/// Whether the harness has slept through what a server waits for: then a close accuses nobody.
///
/// It asks about the whole run, although only the time of the waiting matters: a long sleep at the start of a run
/// excuses a close much later.
pub(crate) fn has_slept(watch: &Watch) -> bool {
    watch.lag().last(ASLEEP).is_some()
}
