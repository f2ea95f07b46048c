//! Two users visit the deployment for a moment. Each starts one short action and waits for its events, one user
//! over a WebSocket and the other over polling. The isolation properties judge what their clients saw.

mod delivery;

use std::sync::Arc;
use std::time::Duration;

use evidence::history::VERSION;
use evidence::{Finding, PROPERTIES, Place, Scene, UserName, What};
use futures_util::future::{join, join_all};
use probe::{Browser, Login, ProbeError, Recorder, RecorderError, Site, Tab, Transport};
use targets::file::socket::Protocol;

pub(crate) use self::delivery::Delivery;
use self::delivery::{follow, open};
use super::declared::{self, has_polling, has_websocket, socket};
use super::foreign::{self, Foreign};
use super::host::Host;
use super::memory::Memory;
use crate::check::Undecided;

/// The properties that such a short run can prove.
const JUDGED: [&str; 5] = [
    "no_foreign_events",
    "every_event_delivered",
    "others_actions_out_of_reach",
    "new_session_at_login",
    "strangers_refused",
];
/// How long both users listen when everything has come.
const MOMENT: Duration = Duration::from_millis(300);

/// What the two users saw.
pub(crate) struct Conversation {
    /// What came over the first user's WebSocket; an error where the target has none.
    pub(crate) websocket: Result<Delivery, Undecided>,
    /// What the second user's polling brought; an error where the target has none.
    pub(crate) polling: Result<Delivery, Undecided>,
    /// Whether each has tried to stop the other's action, as far as the target can stop any.
    pub(crate) tried_to_stop: Result<(), Undecided>,
    /// What the target said of the first user's cookies.
    pub(crate) set_cookies: Vec<String>,
    /// How a page of another site fared that opened a socket.
    pub(crate) foreign: Result<Foreign, Undecided>,
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
    let (kind, action) = declared::action(&host.target)?;
    let memory = Memory::default();
    let scene = scene(host, &one.0, &two.0);
    let recorder = Recorder::start(&scene, memory.clone());
    let (recorder, writing) = recorder.map_err(Undecided::because)?;
    let site = Site::new(host.target.clone()).map_err(Undecided::because)?;
    let browser = || Browser::new(Arc::clone(&site), "smoke", recorder.clone());
    let (left, right) = (browser(), browser());
    login(&left, one).await?;
    login(&right, two).await?;
    let set_cookies = left.set_cookies();
    let foreign = foreign::open(&left, host).await;
    let ways = ways(host);
    // Both are open before anybody acts, and until everything has come: each could see what is the other's.
    let tabs = join(open(&left, ways.0), open(&right, ways.1)).await;
    let foreign =
        foreign.and_then(|foreign| foreign.beside(tabs.0.as_ref().err().and_then(Delivery::why)));
    let (one, other) = join(
        follow(&tabs.0, kind, &right, host.patience),
        follow(&tabs.1, kind, &left, host.patience),
    )
    .await;
    listen(&tabs).await;
    settle(&recorder, &one, &other).map_err(Undecided::because)?;
    for tab in [&tabs.0, &tabs.1].into_iter().flatten() {
        tab.close().await;
    }
    drop(tabs);
    for browser in [&left, &right] {
        let stranger = Browser::new(Arc::clone(&site), "stranger", recorder.clone());
        leave(browser, stranger).await.map_err(Undecided::because)?;
    }
    // The writing ends when nobody can record any more.
    drop((left, right, site, recorder));
    tokio::task::spawn_blocking(move || writing.finish())
        .await
        .map_err(Undecided::because)?
        .map_err(Undecided::because)?;
    let (websocket, polling) = deliveries(host, one, other);
    Ok(Conversation {
        websocket,
        polling,
        tried_to_stop: declared::can_be_stopped(&host.target, kind, action),
        set_cookies,
        foreign,
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
        leaks: host.target.leaks.clone(),
        ambient: host.target.ambient.iter().cloned().collect(),
        public: host.target.public.iter().cloned().collect(),
        ..Scene::default()
    }
}

/// Logs in, and says why nobody is in where nobody is.
pub(super) async fn login(
    browser: &Browser,
    (user, password): &(UserName, String),
) -> Result<(), Undecided> {
    let login = browser.login(user, password).await;
    match login.map_err(Undecided::because)? {
        Login::Granted => Ok(()),
        Login::Refused(said) => Err(Undecided(format!(
            "the login of `{user}` was refused: {said}"
        ))),
        Login::Unknown(why) => Err(Undecided(format!(
            "the login of `{user}` was granted without its identity: {why}"
        ))),
    }
}

/// How the two users open their sockets: Socket.IO by a WebSocket and by polling, as far as the target takes both, and
/// anything else as the file says.
fn ways(host: &Host) -> (Option<Transport>, Option<Transport>) {
    match socket(&host.target) {
        Ok(socket) if socket.protocol == Protocol::SocketIo => (
            has_websocket(socket).then_some(Transport::WebSocket),
            has_polling(socket).then_some(Transport::Polling),
        ),
        _ => (None, None),
    }
}

/// What the deliveries of the two users say of a WebSocket and of polling.
fn deliveries(
    host: &Host,
    one: Delivery,
    other: Delivery,
) -> (Result<Delivery, Undecided>, Result<Delivery, Undecided>) {
    let socket = match socket(&host.target) {
        Ok(socket) => socket,
        Err(why) => return (Err(why.clone()), Err(why)),
    };
    let protocol = socket.protocol;
    let not_it = |what: &str| {
        let words = declared::protocol(protocol);
        Err(Undecided(format!("{what}: the target's socket is {words}")))
    };
    match protocol {
        Protocol::SocketIo => {
            let only = |way: &str| {
                Err(Undecided(format!(
                    "the target file says `transport: {way}`"
                )))
            };
            let websocket = match has_websocket(socket) {
                true => Ok(one),
                false => only("polling"),
            };
            let polling = match has_polling(socket) {
                true => Ok(other),
                false => only("websocket"),
            };
            (websocket, polling)
        }
        Protocol::WebSocket => (Ok(one), not_it("nothing polls")),
        Protocol::Sse => (not_it("there is no WebSocket"), not_it("nothing polls")),
    }
}

/// Listens for what is nobody's business: it may come a little later than what is due.
async fn listen((one, other): &(Result<Tab, Delivery>, Result<Tab, Delivery>)) {
    let ends = [one, other].into_iter().flatten().map(|tab| async {
        tab.leaves_within(MOMENT).await;
    });
    join_all(ends).await;
}

/// Logs out where the target file says how, and then asks without a session for what a user sees.
async fn leave(browser: &Browser, stranger: Browser) -> Result<(), ProbeError> {
    let has_logout = !browser.site().target().logout.is_empty();
    let is_out = has_logout && browser.logout().await?.is_ok();
    let asking = if is_out { browser } else { &stranger };
    for surface in ["actions of mine", "private page"] {
        if asking.surface(surface).await?.is_some() {
            break;
        }
    }
    browser.leave().await;
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

fn findings(memory: &Memory) -> Result<Vec<(&'static str, Finding)>, Undecided> {
    let history = memory.history()?;
    let judged = PROPERTIES
        .iter()
        .filter(|property| JUDGED.contains(&property.name));
    Ok(judged
        .map(|property| (property.name, property.judge(&history)))
        .collect())
}
