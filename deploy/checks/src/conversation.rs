//! Two users at the deployment for a moment: each starts one short action and follows it, one over a
//! WebSocket and one over polling. What their clients see goes through the isolation properties.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evidence::history::VERSION;
use evidence::{Finding, History, Marker, PROPERTIES, Place, Scene, What};
use futures_util::future::join;
use probe::{
    Ask, Browser, Login, OpenOptions, Opened, ProbeError, Recorder, Site, Started, Tab, Transport,
};
use serde_json::Map;

use crate::host::Host;

/// How long an action's events may take.
const PATIENCE: Duration = Duration::from_secs(3);
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
    /// Whether the first one's WebSocket opened and brought the whole action.
    pub(crate) websocket: Result<(), String>,
    /// The same for the second one's polls.
    pub(crate) polling: Result<(), String>,
    /// Whether a socket for a foreign page was refused.
    pub(crate) foreign_refused: bool,
    /// What the properties say.
    pub(crate) findings: Vec<(&'static str, Finding)>,
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
    let foreign = OpenOptions {
        headers: vec![("Origin".to_owned(), FOREIGN.to_owned())],
        ..OpenOptions::default()
    };
    let foreign = Tab::open(&left, "foreign", foreign).await.map_err(told)?;
    let foreign_refused = match foreign {
        Opened::Refused(_) => true,
        Opened::Granted(tab) => {
            tab.close().await;
            false
        }
    };
    let (websocket, polling) = join(
        follow(&left, Transport::Websocket, kind, &right),
        follow(&right, Transport::Polling, kind, &left),
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
        foreign_refused,
        findings: judged
            .map(|property| (property.name, property.judge(&history)))
            .collect(),
    })
}

/// Debts count only when there was time to pay them.
fn settle(
    recorder: &Recorder,
    websocket: &Result<(), String>,
    polling: &Result<(), String>,
) -> Result<(), probe::RecorderError> {
    if websocket.is_err() || polling.is_err() {
        return Ok(());
    }
    let nobody = Place {
        user: None,
        session: "the run".to_owned(),
        tab: None,
    };
    recorder.record(nobody, What::Settled)
}

/// The page of a user's own actions: nobody's after a logout.
fn start_list(host: &Host) -> Ask {
    Ask {
        method: "GET".to_owned(),
        path: host.target.actions.start.path.clone(),
        ..Ask::default()
    }
}

/// Opens a socket, starts an action, sees all of it, and lets the `other` one try to stop it.
async fn follow(
    browser: &Browser,
    transport: Transport,
    kind: &str,
    other: &Browser,
) -> Result<(), String> {
    let options = OpenOptions {
        transport,
        ..OpenOptions::default()
    };
    let told = |error: ProbeError| error.to_string();
    let tab = match Tab::open(browser, "1", options).await.map_err(told)? {
        Opened::Granted(tab) => tab,
        Opened::Refused(reason) => return Err(format!("the socket was refused: {reason}")),
    };
    let user = browser.place().user.ok_or("nobody is logged in")?;
    let marker = Marker::new(&user, rand::random());
    let started = browser.start(kind, &Map::new(), marker.clone()).await;
    let id = match started.map_err(told)? {
        Started::Granted(id) => id,
        Started::Refused(reason) => return Err(format!("`{kind}` was refused: {reason}")),
        Started::Unanswered => return Err(format!("`{kind}` was not answered")),
    };
    let target = &browser.site().target;
    let parameters = target.parameters(kind, &Map::new(), marker.as_str());
    let mut missing = Vec::new();
    for (event, count) in target.yields(kind, &parameters) {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let waited = tab.wait_for(&event, Some(&marker), count, PATIENCE).await;
        if let Err(came) = waited {
            missing.push(format!("{came} of {count} `{event}` came"));
        }
    }
    other.stop(&id).await.map_err(told)?;
    tab.close().await;
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing.join(", "))
    }
}
