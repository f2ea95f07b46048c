//! One action of one user, and whether its events came.

use std::time::{Duration, Instant};

use evidence::Marker;
use probe::{Browser, OpenOptions, Opened, Owed, ProbeError, Right, Started, Tab, Transport};

use crate::check::Undecided;
use crate::subject::silence::is_busy_in;

/// How the delivery of an action's events ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The socket opened and brought all of them.
    Whole,
    /// Something was refused, or the connection ended before all of them had come.
    Wrong(String),
    /// Something did not come in time. It may have come later.
    Silent(String),
}

impl Delivery {
    /// What a refusal means: a host that is too busy has refused nothing.
    fn refused(words: String) -> Self {
        if is_busy_in(&words) {
            Self::Silent(words)
        } else {
            Self::Wrong(words)
        }
    }

    /// What a connection means that ended before it was of use: one that was never made says nothing.
    fn broken(words: String) -> Self {
        if words.contains("refused") || words.contains("timed out") {
            Self::Silent(words)
        } else {
            Self::refused(words)
        }
    }

    /// Why not all of them came.
    pub(super) fn why(&self) -> Option<&str> {
        match self {
            Self::Whole => None,
            Self::Wrong(why) | Self::Silent(why) => Some(why),
        }
    }

    /// Adds what went wrong to the faults of a check.
    pub(crate) fn judge(&self, faults: &mut Vec<String>) -> Result<(), Undecided> {
        match self {
            Self::Whole => Ok(()),
            Self::Wrong(why) => {
                faults.push(why.clone());
                Ok(())
            }
            Self::Silent(why) => Err(Undecided::because(why)),
        }
    }
}

/// Opens a tab.
pub(super) async fn open(browser: &Browser, transport: Option<Transport>) -> Result<Tab, Delivery> {
    let options = OpenOptions {
        transport,
        ..OpenOptions::default()
    };
    match Tab::open(browser, "1", &options).await {
        Ok(Opened::Granted(tab)) => Ok(tab),
        Ok(Opened::Refused(reason)) => Err(Delivery::refused(format!(
            "the socket was refused: {reason}"
        ))),
        // The login was answered a moment ago, and this was answered too and is of no use: that is what a proxy does
        // that does not upgrade.
        Err(error @ ProbeError::NoAnswer { is_late: false, .. }) => {
            Err(Delivery::broken(error.to_string()))
        }
        Err(error) => Err(Delivery::Silent(error.to_string())),
    }
}

/// Starts an action in a tab, waits for its events, and then lets the `other` user try to stop it.
pub(super) async fn follow(
    tab: &Result<Tab, Delivery>,
    kind: &str,
    other: &Browser,
    patience: Duration,
) -> Delivery {
    match tab {
        Ok(tab) => {
            let delivery = act(tab, kind, other, patience).await;
            delivery.unwrap_or_else(|error| Delivery::Silent(error.to_string()))
        }
        Err(delivery) => delivery.clone(),
    }
}

/// What happens while the tab is open.
async fn act(
    tab: &Tab,
    kind: &str,
    other: &Browser,
    patience: Duration,
) -> Result<Delivery, ProbeError> {
    let Some(user) = tab.place().user.clone() else {
        return Ok(Delivery::Silent("nobody is logged in".to_owned()));
    };
    let marker = Marker::new(&user, rand::random());
    // Each visitor has groups of their own.
    let group = format!("smoke{:08x}", rand::random::<u32>());
    let given = match tab.groups_for(kind, &group).await? {
        Ok(given) => given,
        Err(why) => return Ok(Delivery::Silent(format!("`{kind}` needs a group: {why}"))),
    };
    let started = tab
        .act(kind, None, &given, (Some(marker.clone()), Right::Declared))
        .await?;
    let begun = match started {
        Started::Granted(begun) | Started::Asked(begun) => begun,
        Started::Refused(reason) | Started::ByItsRules(reason) => {
            return Ok(Delivery::refused(format!("`{kind}` was refused: {reason}")));
        }
        Started::Unanswered(why) => {
            return Ok(Delivery::Silent(format!(
                "`{kind}` was not answered: {why}"
            )));
        }
    };
    let owed = begun.owes.iter();
    let owed: Vec<&Owed> = owed
        .filter(|owed| owed.is_marked && owed.to.covers(tab.place()))
        .collect();
    let missing = missing_events(tab, &owed, &marker, patience).await;
    let has_left = tab.has_left();
    tab.confirm(&begun)?;
    let tried = Tab::unopened(other, "1").stop(&begun, None).await;
    match tried {
        // Where nothing can be stopped, nobody can try to.
        Ok(_) | Err(ProbeError::NotOffered(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(match (missing.as_str(), has_left) {
        _ if owed.is_empty() => Delivery::Silent(format!(
            "by the target file, `{kind}` owes no event with its text to whoever does it"
        )),
        ("", _) => Delivery::Whole,
        (_, true) => Delivery::Wrong(format!("{missing} before the connection ended")),
        (_, false) => Delivery::Silent(format!("{missing} within {patience:?}")),
    })
}

/// Waits for the events of an action, and says which of them did not come in time.
async fn missing_events(tab: &Tab, owed: &[&Owed], marker: &Marker, patience: Duration) -> String {
    let deadline = Instant::now() + patience;
    let mut missing = Vec::new();
    for Owed { event, count, .. } in owed {
        let count = usize::try_from(*count).unwrap_or(usize::MAX);
        let left = deadline.saturating_duration_since(Instant::now());
        if let Err(came) = tab.wait_for(event, Some(marker), count, left).await {
            missing.push(format!("{came} of {count} `{event}` events came"));
        }
    }
    missing.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_host_has_not_refused() {
        for (words, is_busy) in [
            ("status 503 Service Unavailable", true),
            ("the socket was refused: status 429 slow down", true),
            ("start: status 504", true),
            ("status 403 503", false),
            ("status 502 Bad Gateway", false),
            ("the connection was closed", false),
            ("503", false),
        ] {
            assert_eq!(is_busy_in(words), is_busy, "{words}");
            let delivery = Delivery::refused(words.to_owned());
            assert_eq!(matches!(delivery, Delivery::Silent(_)), is_busy, "{words}");
        }
    }
}
