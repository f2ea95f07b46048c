//! Two users visit the deployment for a moment. Each starts one short action and waits for its events, one user
//! over a WebSocket and the other over polling. The isolation properties judge what their clients saw.

mod delivery;
mod memory;

use std::sync::Arc;

use evidence::history::VERSION;
use evidence::{Finding, PROPERTIES, Place, Scene, UserName, What};
use futures_util::future::join;
use probe::{
    Ask, Browser, Login, OpenOptions, Opened, ProbeError, Recorder, RecorderError, Site, Tab,
    Transport,
};

pub(crate) use self::delivery::Delivery;
use self::delivery::follow;
use self::memory::Memory;
use super::host::Host;
use super::silence::is_busy_in;
use crate::check::Undecided;

/// The properties that such a short run can prove.
const JUDGED: [&str; 5] = [
    "no_foreign_events",
    "every_event_delivered",
    "others_actions_out_of_reach",
    "new_session_at_login",
    "strangers_refused",
];
/// The origin of another site.
const FOREIGN: &str = "https://airtight.invalid";

/// What the two users saw.
pub(crate) struct Conversation {
    /// What came over the first user's WebSocket.
    pub(crate) websocket: Delivery,
    /// What the second user's polling brought.
    pub(crate) polling: Delivery,
    /// Whether a page of another site could open a socket.
    pub(crate) foreign_opened: Result<bool, Undecided>,
    /// The name of each property with its finding.
    pub(crate) findings: Vec<(&'static str, Finding)>,
}

/// Lets the first two users of `host` log in, act and leave.
///
/// # Errors
/// Why they could not: no users, a refused login, no answer.
pub(crate) async fn hold(host: &Host) -> Result<Conversation, Undecided> {
    let [one, two, ..] = host.users.as_slice() else {
        let why = "two users are needed: name them with --user";
        return Err(Undecided::because(why));
    };
    let Some(kind) = host.target.smoke.as_deref() else {
        let why = "the target file names no action for a smoke test (`smoke`)";
        return Err(Undecided::because(why));
    };
    let memory = Memory::default();
    let scene = scene(host, &one.0, &two.0);
    let recorder = Recorder::start(&scene, memory.clone());
    let (recorder, writing) = recorder.map_err(Undecided::because)?;
    let site = Site::new(host.target.clone()).map_err(Undecided::because)?;
    let browser = || Browser::new(Arc::clone(&site), "smoke", recorder.clone());
    let (left, right) = (browser(), browser());
    login(&left, one).await?;
    login(&right, two).await?;
    let foreign_opened = foreign_opened(&left).await;
    let (websocket, polling) = join(
        follow(&left, Transport::Websocket, kind, &right, host.patience),
        follow(&right, Transport::Polling, kind, &left, host.patience),
    )
    .await;
    settle(&recorder, &websocket, &polling).map_err(Undecided::because)?;
    for browser in [&left, &right] {
        leave(browser, host).await.map_err(Undecided::because)?;
    }
    // The writing ends when nobody can record any more.
    drop((left, right, site, recorder));
    tokio::task::spawn_blocking(move || writing.finish())
        .await
        .map_err(Undecided::because)?
        .map_err(Undecided::because)?;
    Ok(Conversation {
        websocket,
        polling,
        foreign_opened,
        findings: findings(&memory)?,
    })
}

/// The head of the history.
fn scene(host: &Host, one: &UserName, two: &UserName) -> Scene {
    Scene {
        airtight_history: VERSION,
        scenario: "two users for a moment".to_owned(),
        users: vec![one.clone(), two.clone()],
        expect: JUDGED.map(str::to_owned).to_vec(),
        leaks: host
            .target
            .events
            .iter()
            .map(|(event, part)| (event.clone(), part.leak.clone()))
            .collect(),
        ..Scene::default()
    }
}

async fn login(browser: &Browser, (user, password): &(UserName, String)) -> Result<(), Undecided> {
    let login = browser.login(user, password).await;
    match login.map_err(Undecided::because)? {
        Login::Granted => Ok(()),
        Login::Refused(said) => Err(Undecided(format!(
            "the login of `{user}` was refused: {said}"
        ))),
        Login::Nameless(why) => Err(Undecided(format!(
            "the login of `{user}` was granted without its identity: {why}"
        ))),
    }
}

/// Logs out, and then asks without a session for a page that lists a user's actions.
async fn leave(browser: &Browser, host: &Host) -> Result<(), ProbeError> {
    browser.logout().await?;
    let list = Ask {
        method: "GET".to_owned(),
        path: host.target.actions.start.path.clone(),
        ..Ask::default()
    };
    browser.request(&list).await?;
    Ok(())
}

/// Records that the run has settled: a missing event counts only if both users waited for all of theirs.
fn settle(
    recorder: &Recorder,
    websocket: &Delivery,
    polling: &Delivery,
) -> Result<(), RecorderError> {
    if [websocket, polling] != [&Delivery::Whole; 2] {
        return Ok(());
    }
    let nobody = Place {
        user: None,
        session: "the run".to_owned(),
        tab: None,
    };
    recorder.record(nobody, What::settled())
}

/// Opens a socket as a page of another site would.
async fn foreign_opened(browser: &Browser) -> Result<bool, Undecided> {
    let options = OpenOptions {
        headers: vec![("Origin".to_owned(), FOREIGN.to_owned())],
        ..OpenOptions::default()
    };
    match Tab::open(browser, "foreign", options).await {
        Ok(Opened::Refused(words)) if is_busy_in(&words) => Err(Undecided(words)),
        Ok(Opened::Refused(_)) => Ok(false),
        Ok(Opened::Granted(tab)) => {
            tab.close().await;
            Ok(true)
        }
        Err(error) => Err(Undecided::because(error)),
    }
}

fn findings(memory: &Memory) -> Result<Vec<(&'static str, Finding)>, Undecided> {
    let history = memory.history()?;
    let judged = PROPERTIES
        .iter()
        .filter(|property| JUDGED.contains(&property.name));
    Ok(judged
        .map(|property| (property.name, property.judge(&history)))
        .collect())
}
