//! Two users at the deployment for a moment: each starts one short action and follows it, one over a
//! WebSocket and one over polling. What their clients see goes through the isolation properties.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use evidence::history::VERSION;
use evidence::{Finding, History, Marker, PROPERTIES, Place, Scene, What};
use futures_util::future::join;
use probe::{
    Ask, Browser, Login, OpenOptions, Opened, ProbeError, Recorder, Site, Started, Tab, Transport,
};
use serde_json::Map;

use crate::check::Found;
use crate::host::{Host, is_busy};

/// The properties that so short a run can show.
const JUDGED: [&str; 5] = [
    "no_foreign_events",
    "every_event_delivered",
    "others_actions_out_of_reach",
    "new_session_at_login",
    "strangers_refused",
];
/// A page of somebody else.
const FOREIGN: &str = "https://airtight.invalid";

/// What the two saw.
pub(crate) struct Conversation {
    /// What the first one's WebSocket brought of an action.
    pub(crate) websocket: Followed,
    /// What the second one's polls brought.
    pub(crate) polling: Followed,
    /// Whether a socket for a foreign page was refused.
    pub(crate) foreign: Found,
    /// What the properties say.
    pub(crate) findings: Vec<(&'static str, Finding)>,
}

/// How following an action ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// The socket opened and brought all of it.
    Whole,
    /// Something was refused, or the connection ended before all had come.
    Wrong(String),
    /// Something did not come in time: nobody knows whether it would have.
    Silent(String),
}

impl Followed {
    /// What a refusal in these words means: too much work is none.
    fn refused(words: String) -> Self {
        if is_busy_in(&words) {
            Self::Silent(words)
        } else {
            Self::Wrong(words)
        }
    }
}

/// Whether these words tell of a status that says nothing but that there is no time.
fn is_busy_in(words: &str) -> bool {
    let behind = words.split("status ").nth(1).unwrap_or_default();
    let status = behind.split(' ').next().and_then(|word| word.parse().ok());
    status.is_some_and(is_busy)
}

/// A history in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lets the first two users of `host` act.
///
/// # Errors
/// Why they could not: no users, a refused login, no answer.
pub(crate) async fn hold(host: &Host) -> Result<Conversation, String> {
    let [one, two, ..] = host.users.as_slice() else {
        return Err("two users are needed: name them with --user".to_owned());
    };
    let kind = host.target.smoke.as_deref();
    let kind = kind.ok_or("the target file names no action for a smoke test (`smoke`)")?;
    let memory = Memory::default();
    let scene = Scene {
        airtight_history: VERSION,
        scenario: "two users for a moment".to_owned(),
        rules: Vec::new(),
        users: vec![one.0.clone(), two.0.clone()],
        expect: JUDGED.map(str::to_owned).to_vec(),
        seed: 0,
        breaks: std::collections::BTreeMap::new(),
        leaks: host
            .target
            .events
            .iter()
            .map(|(event, part)| (event.clone(), part.leak.clone()))
            .collect(),
    };
    let told = |error: ProbeError| error.to_string();
    let (recorder, writing) =
        Recorder::start(&scene, memory.clone()).map_err(|error| error.to_string())?;
    let site = Site::new(host.target.clone()).map_err(told)?;
    let (left, right) = (
        Browser::new(Arc::clone(&site), "smoke", recorder.clone()),
        Browser::new(Arc::clone(&site), "smoke", recorder.clone()),
    );
    for (browser, (user, password)) in [(&left, one), (&right, two)] {
        match browser.login(user, password).await.map_err(told)? {
            Login::Granted => {}
            Login::Refused(said) => {
                return Err(format!("the login of `{user}` was refused: {said}"));
            }
            Login::Nameless(why) => {
                return Err(format!(
                    "the login of `{user}` was granted without its identity: {why}"
                ));
            }
        }
    }
    let foreign = foreign(&left).await;
    let (websocket, polling) = join(
        follow(&left, Transport::Websocket, kind, &right, host.patience),
        follow(&right, Transport::Polling, kind, &left, host.patience),
    )
    .await;
    settle(&recorder, &websocket, &polling).map_err(|error| error.to_string())?;
    for browser in [&left, &right] {
        browser.logout().await.map_err(told)?;
        browser.request(&start_list(host)).await.map_err(told)?;
    }
    drop((left, right, site, recorder));
    tokio::task::spawn_blocking(move || writing.finish())
        .await
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())?;
    let bytes = memory.0.lock().unwrap_or_else(PoisonError::into_inner);
    let history =
        History::parse(&String::from_utf8_lossy(&bytes)).map_err(|error| error.to_string())?;
    let judged = PROPERTIES
        .iter()
        .filter(|property| JUDGED.contains(&property.name));
    Ok(Conversation {
        websocket,
        polling,
        foreign,
        findings: judged
            .map(|property| (property.name, property.judge(&history)))
            .collect(),
    })
}

/// Debts count only when there was time to pay them.
fn settle(
    recorder: &Recorder,
    websocket: &Followed,
    polling: &Followed,
) -> Result<(), probe::RecorderError> {
    if [websocket, polling] != [&Followed::Whole; 2] {
        return Ok(());
    }
    let nobody = Place {
        user: None,
        session: "the run".to_owned(),
        tab: None,
    };
    recorder.record(nobody, What::settled())
}

/// The page of a user's own actions: nobody's after a logout.
fn start_list(host: &Host) -> Ask {
    Ask {
        method: "GET".to_owned(),
        path: host.target.actions.start.path.clone(),
        ..Ask::default()
    }
}

/// Opens a socket as a page of somebody else would.
async fn foreign(browser: &Browser) -> Found {
    let options = OpenOptions {
        headers: vec![("Origin".to_owned(), FOREIGN.to_owned())],
        ..OpenOptions::default()
    };
    match Tab::open(browser, "foreign", options).await {
        Ok(Opened::Refused(words)) if is_busy_in(&words) => Found::Undecided(words),
        Ok(Opened::Refused(_)) => Found::Holds,
        Ok(Opened::Granted(tab)) => {
            tab.close().await;
            Found::Violated(vec!["the socket was opened".to_owned()])
        }
        Err(error) => Found::undecided(error),
    }
}

/// Opens a socket, starts an action, sees all of it, and lets the `other` one try to stop it.
async fn follow(
    browser: &Browser,
    transport: Transport,
    kind: &str,
    other: &Browser,
    patience: Duration,
) -> Followed {
    let options = OpenOptions {
        transport,
        ..OpenOptions::default()
    };
    let tab = match Tab::open(browser, "1", options).await {
        Ok(Opened::Granted(tab)) => tab,
        Ok(Opened::Refused(reason)) => {
            return Followed::refused(format!("the socket was refused: {reason}"));
        }
        // It answered, and then nothing could be said over it: a proxy that does not upgrade does so.
        Err(error @ ProbeError::Broke { .. }) => return Followed::refused(error.to_string()),
        Err(error) => return Followed::Silent(error.to_string()),
    };
    let followed = act(browser, &tab, kind, other, patience).await;
    tab.close().await;
    followed.unwrap_or_else(|error| Followed::Silent(error.to_string()))
}

/// The part in which the socket is open.
async fn act(
    browser: &Browser,
    tab: &Tab,
    kind: &str,
    other: &Browser,
    patience: Duration,
) -> Result<Followed, ProbeError> {
    let Some(user) = browser.place().user else {
        return Ok(Followed::Silent("nobody is logged in".to_owned()));
    };
    let marker = Marker::new(&user, rand::random());
    let started = browser.start(kind, &Map::new(), marker.clone()).await?;
    let id = match started {
        Started::Granted(id) => id,
        Started::Refused(reason) => {
            return Ok(Followed::refused(format!("`{kind}` was refused: {reason}")));
        }
        Started::Unanswered(_) => {
            return Ok(Followed::Silent(format!("`{kind}` was not answered")));
        }
    };
    let target = &browser.site().target;
    let parameters = target.parameters(kind, &Map::new(), marker.as_str());
    let deadline = Instant::now() + patience;
    let mut missing = Vec::new();
    for (event, count) in target.yields(kind, &parameters) {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let left = deadline.saturating_duration_since(Instant::now());
        if let Err(came) = tab.wait_for(&event, Some(&marker), count, left).await {
            missing.push(format!("{came} of {count} `{event}` came"));
        }
    }
    let has_left = tab.has_left();
    other.stop(&id).await?;
    let missing = missing.join(", ");
    Ok(match (missing.as_str(), has_left) {
        ("", _) => Followed::Whole,
        (_, true) => Followed::Wrong(format!("{missing} before the connection ended")),
        (_, false) => Followed::Silent(format!("{missing} within {patience:?}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_work_is_no_refusal() {
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
            let followed = Followed::refused(words.to_owned());
            assert_eq!(matches!(followed, Followed::Silent(_)), is_busy, "{words}");
        }
    }
}
