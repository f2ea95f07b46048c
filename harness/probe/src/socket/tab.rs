//! A tab: one Socket.IO connection of a browser, over either client.
//!
//! The client's task records what arrives, and keeps enough of it in memory for `wait_for`. Waiting
//! awaits the next arrival or the deadline; nothing polls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use evidence::{ActionId, Marker, Place, What};
use serde_json::{Map, Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::ProbeError;
use crate::excerpt;
use crate::http::ask::Started;
use crate::http::browser::Browser;
use crate::lock::lock;
use crate::recording::meter::{self, Arrival, Meter, Reading};
use crate::recording::{Lost, Recorder, RecorderError};
use crate::socket::tally::{Crowded, Log};
use crate::socket::{library, observer};

/// How long a socket may take to be ready.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How long an acknowledgement may take.
const ACK: Duration = Duration::from_secs(10);

/// Which client opens the socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientKind {
    /// Our own: it keeps every frame as it came.
    #[default]
    Observer,
    /// The one that Rust users have.
    RustSocketio,
}

/// How the socket's bytes travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket from the beginning.
    #[default]
    Websocket,
    /// HTTP requests.
    Polling,
}

/// How to open a socket.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// The client.
    pub client: ClientKind,
    /// The transport.
    pub transport: Transport,
    /// Headers of the handshake besides the cookies.
    pub headers: Vec<(String, String)>,
    /// Ask for everything after this number.
    pub resume: Option<u64>,
}

/// How an opening ended.
#[derive(Debug)]
pub enum Opened {
    /// The socket is ready.
    Granted(Tab),
    /// The target said no, in these words.
    Refused(String),
}

/// What a tab asks of its client's task.
#[derive(Debug)]
pub(crate) enum Command {
    Emit {
        event: String,
        data: Value,
        reply: oneshot::Sender<Acknowledged>,
    },
    Close,
    Cut,
    Stall(bool),
}

/// An acknowledgement's first argument, and the packet as it came.
#[derive(Debug)]
pub(crate) struct Acknowledged {
    pub(crate) answer: Value,
    pub(crate) frame: String,
}

/// A connection that is ready.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) sid: String,
}

/// An open socket. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Tab {
    browser: Browser,
    connection: Arc<Connection>,
    seen: Arc<Seen>,
}

impl Tab {
    /// Opens a socket with the browser's cookies and waits until the target says that it is ready.
    ///
    /// # Errors
    /// When there is no connection, or a connection that is never ready.
    pub async fn open(
        browser: &Browser,
        tab: &str,
        options: OpenOptions,
    ) -> Result<Opened, ProbeError> {
        let place = Place {
            tab: Some(tab.to_owned()),
            ..browser.place()
        };
        let seen = Arc::new(Seen::new(
            place,
            browser.recorder().clone(),
            browser.meter().cloned(),
        ));
        let opening = async {
            match options.client {
                ClientKind::Observer => observer::connect(browser, &options, &seen).await,
                ClientKind::RustSocketio => library::connect(browser, &options, &seen).await,
            }
        };
        let opened = timeout(PATIENCE, opening).await;
        if !matches!(opened, Ok(Ok(Ok(_)))) {
            seen.read_opened(false);
        }
        let opened = opened.unwrap_or_else(|_| Err(seen.not_ready(browser, PATIENCE)));
        if opened.is_err() && seen.log().joined {
            // What it has joined it leaves again: nothing is due where nobody listens.
            seen.left(None);
        }
        let opened = opened?;
        match opened {
            Ok(connection) => Ok(Opened::Granted(Self {
                browser: browser.clone(),
                connection: Arc::new(connection),
                seen,
            })),
            Err(said) => {
                let shown = excerpt::start(&said);
                let reason = excerpt::with_markers(&shown, &said);
                seen.record(What::Refused { reason })?;
                Ok(Opened::Refused(shown))
            }
        }
    }

    /// Whether the server has closed it, and how.
    #[must_use]
    pub fn closed_by_server(&self) -> Option<String> {
        self.seen.log().by_server.clone()
    }

    /// Whether it is the same socket.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.seen, &other.seen)
    }

    /// Whether it is a tab of this session, as the browser has it now.
    #[must_use]
    pub fn is_of(&self, session: &Place) -> bool {
        self.seen.place.user == session.user && self.seen.place.session == session.session
    }

    /// The connection is about to end by what the scenario does to the server, which then closes nothing.
    pub fn ends_soon(&self) {
        self.seen.log().ends_soon = true;
    }

    /// Says goodbye and closes.
    pub async fn close(&self) {
        self.end(Command::Close).await;
    }

    /// Lets the transport die without a goodbye.
    pub async fn cut(&self) {
        self.end(Command::Cut).await;
    }

    async fn end(&self, command: Command) {
        // A task that is gone has closed already.
        let _ = self.connection.commands.send(command).await;
        self.seen.wait_until_left().await;
        self.seen.given_up();
    }

    /// Whether the connection ends within this time.
    pub async fn leaves_within(&self, time: Duration) -> bool {
        timeout(time, self.seen.wait_until_left()).await.is_ok() && self.has_left()
    }

    /// Stops or starts reading.
    ///
    /// # Errors
    /// When the socket is closed.
    pub async fn stall(&self, stalled: bool) -> Result<(), ProbeError> {
        self.connection
            .commands
            .send(Command::Stall(stalled))
            .await
            .map_err(|_| self.closed())
    }

    /// The transport's id.
    #[must_use]
    pub fn sid(&self) -> &str {
        &self.connection.sid
    }

    /// The highest number that was seen here.
    #[must_use]
    pub fn last_number(&self) -> Option<u64> {
        self.seen.log().last_number
    }

    /// Whether the connection has ended.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.seen.log().left
    }

    /// Emits an event and records its acknowledgement; `None` when none came in time. `action` is what the event
    /// asks for.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub async fn emit(
        &self,
        event: &str,
        data: Value,
        action: Option<ActionId>,
    ) -> Result<Option<Value>, ProbeError> {
        let target = &self.browser.site().target;
        let acknowledged = self.ask(event, data).await;
        let granted = acknowledged
            .as_ref()
            .map(|acknowledged| target.socket.grants(&acknowledged.answer));
        if target.socket.stop.as_deref() == Some(event)
            && let Some(action) = &action
        {
            self.may_be_stopped(action, granted)?;
        }
        let Some(acknowledged) = acknowledged else {
            return Ok(None);
        };
        self.answered(event, action, &acknowledged)?;
        Ok(Some(acknowledged.answer))
    }

    /// Starts an action over the socket.
    ///
    /// # Errors
    /// When the target cannot do that over the socket.
    pub async fn start(
        &self,
        kind: &str,
        given: &Map<String, Value>,
        marker: Marker,
    ) -> Result<Started, ProbeError> {
        let target = &self.browser.site().target;
        let event = target
            .socket
            .start
            .as_deref()
            .ok_or(ProbeError::NotOffered("start over the socket"))?;
        let parameters = target.parameters(kind, given, marker.as_str());
        self.seen.record_at_session(What::Sent {
            marker: marker.clone(),
        })?;
        let data = json!({ "kind": kind, "parameters": parameters });
        let Some(acknowledged) = self.ask(event, data).await else {
            self.seen.record_at_session(What::Unanswered { marker })?;
            let why = format!("no acknowledgement of `{event}` in time");
            return Ok(Started::Unanswered(why));
        };
        let granted = target.socket.grants(&acknowledged.answer);
        let id = self.browser.site().started(&acknowledged.answer);
        let Some(action) = id.filter(|_| granted) else {
            self.answered(event, None, &acknowledged)?;
            return Ok(Started::Refused(excerpt::start(&acknowledged.frame)));
        };
        let yields = target.yields(kind, &parameters);
        self.seen.record_at_session(What::Confirmed {
            marker,
            action: action.clone(),
            yields,
            exact: target.exact(kind),
        })?;
        Ok(Started::Granted(action))
    }

    /// Asks over the socket to stop an action; whether the target did, `None` when it said nothing.
    ///
    /// # Errors
    /// When the target cannot do that over the socket.
    pub async fn stop(&self, id: &ActionId) -> Result<Option<bool>, ProbeError> {
        let target = &self.browser.site().target;
        let event = target
            .socket
            .stop
            .as_deref()
            .ok_or(ProbeError::NotOffered("stop over the socket"))?;
        if self.has_left() {
            return Err(self.closed());
        }
        let data = json!({ "id": self.browser.site().written(id) });
        let acknowledged = self.ask(event, data).await;
        let granted = acknowledged
            .as_ref()
            .map(|acknowledged| target.socket.grants(&acknowledged.answer));
        self.may_be_stopped(id, granted)?;
        if let Some(acknowledged) = acknowledged {
            self.answered(event, Some(id.clone()), &acknowledged)?;
        }
        Ok(granted)
    }

    /// Without an answer it may have been stopped.
    fn may_be_stopped(&self, id: &ActionId, granted: Option<bool>) -> Result<(), RecorderError> {
        if granted == Some(false) {
            return Ok(());
        }
        let action = id.clone();
        self.seen.record_at_session(What::Stopped { action })
    }

    /// Waits for `count` events of this name that no earlier wait has used, or that carry `marker`.
    /// Gives how many there were when the time was over.
    ///
    /// # Errors
    /// `Err` holds how many came instead.
    pub async fn wait_for(
        &self,
        event: &str,
        marker: Option<&Marker>,
        count: usize,
        within: Duration,
    ) -> Result<(), usize> {
        let deadline = Instant::now() + within;
        let mut bell = self.seen.bell.subscribe();
        loop {
            bell.mark_unchanged();
            let (have, left) = {
                let mut log = self.seen.log();
                let have = log.count(event, marker);
                if have >= count {
                    if marker.is_none() {
                        log.consume(event, count);
                    }
                    return Ok(());
                }
                (have, log.left)
            };
            if left || timeout_at(deadline, bell.changed()).await.is_err() {
                return Err(have);
            }
        }
    }

    /// How many events of this name have come.
    #[must_use]
    pub fn came(&self, event: &str) -> usize {
        self.seen.log().came(event)
    }

    /// Listens for so long; gives the first event (of this name) that arrives, but for so many of each of these.
    pub async fn listen(
        &self,
        event: Option<&str>,
        how_long: Duration,
        but_for: &mut BTreeMap<String, usize>,
    ) -> Option<String> {
        let deadline = Instant::now() + how_long;
        let mut bell = self.seen.bell.subscribe();
        let mut moment = self.seen.log().total();
        loop {
            bell.mark_unchanged();
            loop {
                let came = self.seen.log().first_after(moment, event);
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

    /// Waits until none of these events has come for `quiet`, at most ten times as long; gives the last
    /// that came.
    pub async fn last_of(&self, among: &[String], quiet: Duration) -> Option<String> {
        let end = Instant::now() + quiet * 10;
        let mut bell = self.seen.bell.subscribe();
        loop {
            bell.mark_unchanged();
            let last = self.seen.log().last_of(among);
            let deadline = end.min(Instant::now() + quiet);
            if timeout_at(deadline, bell.changed()).await.is_err() {
                return last;
            }
        }
    }

    async fn ask(&self, event: &str, data: Value) -> Option<Acknowledged> {
        let (reply, answer) = oneshot::channel();
        self.connection
            .commands
            .send(Command::Emit {
                event: event.to_owned(),
                data,
                reply,
            })
            .await
            .ok()?;
        timeout(ACK, answer).await.ok()?.ok()
    }

    fn answered(
        &self,
        event: &str,
        action: Option<ActionId>,
        acknowledged: &Acknowledged,
    ) -> Result<(), RecorderError> {
        let target = &self.browser.site().target;
        self.seen.record(What::Answered {
            asked: format!("emit {event}"),
            action,
            granted: target.socket.grants(&acknowledged.answer),
            frame: acknowledged.frame.clone(),
        })
    }

    fn closed(&self) -> ProbeError {
        ProbeError::Closed(self.seen.place.to_string())
    }
}

/// What a tab has seen: written down at once, and kept for who waits.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) place: Place,
    /// What the markers of its user carry.
    tag: String,
    recorder: Recorder,
    meter: Option<Meter>,
    opening_since: Instant,
    log: Mutex<Log>,
    bell: watch::Sender<()>,
}

impl Seen {
    fn new(place: Place, recorder: Recorder, meter: Option<Meter>) -> Self {
        let tag = place
            .user
            .as_ref()
            .map_or_else(String::new, |user| Marker::new(user, 0).tag().to_owned());
        Self {
            tag,
            place,
            recorder,
            meter,
            opening_since: Instant::now(),
            log: Mutex::default(),
            bell: watch::Sender::new(()),
        }
    }

    pub(crate) fn record(&self, what: What) -> Result<(), RecorderError> {
        self.recorder.record(self.place.clone(), what)
    }

    /// What a user makes belongs to the session and not to one of its tabs.
    fn record_at_session(&self, what: What) -> Result<(), RecorderError> {
        self.recorder.record(
            Place {
                tab: None,
                ..self.place.clone()
            },
            what,
        )
    }

    /// What did not come in time: the target's word that the socket is ready, or after it what was missed.
    pub(crate) fn not_ready(&self, browser: &Browser, waited: Duration) -> ProbeError {
        let part = &browser.site().target.socket;
        let event = if self.log().joined {
            let asked = part.resume.as_deref().unwrap_or("resume");
            format!("the answer to `{asked}`")
        } else {
            format!("`{}`", part.ready.as_deref().unwrap_or("connect"))
        };
        ProbeError::NotReady {
            place: self.place.to_string(),
            event,
            seconds: waited.as_secs(),
        }
    }

    fn read_opened(&self, granted: bool) {
        if let Some(meter) = &self.meter {
            meter.read(Reading::Opened {
                granted,
                took: self.opening_since.elapsed(),
            });
        }
    }

    /// The target's word that the socket is ready: whatever else it sends is read after it.
    pub(crate) fn joined(&self, last_seq: Option<u64>) -> Result<(), RecorderError> {
        self.read_opened(true);
        {
            let mut log = self.log();
            log.joined = true;
            log.last_number = last_seq;
        }
        self.record(What::Joined { last_seq })
    }

    pub(crate) fn event(
        &self,
        event: String,
        stamp: Stamp,
        frame: String,
    ) -> Result<(), RecorderError> {
        if let Some(meter) = &self.meter {
            meter.read(Reading::Arrived(Arrival {
                event: event.clone(),
                number: stamp.number,
                queued_at: stamp.queued_at,
                received_at: meter::now(),
            }));
        }
        let number = stamp.number;
        // Only its own: a target that leaks to everybody must not fill the memory.
        let own = |marker: &Marker| marker.tag() == self.tag;
        let markers: Vec<Marker> = Marker::find_all(frame.as_bytes()).filter(own).collect();
        let name = event.clone();
        self.record(What::Received {
            event,
            number,
            frame,
        })?;
        let taken = {
            let mut log = self.log();
            log.last_number = log.last_number.max(number);
            log.take(&name, markers)
        };
        self.bell.send_replace(());
        taken.map_err(|Crowded| self.crowded())
    }

    /// More came than can be kept, and from here on the run shows nothing: it says so at its end.
    pub(crate) fn crowded(&self) -> RecorderError {
        self.recorder.stop(Lost::Crowded)
    }

    /// A message was not read, and from here on the run shows nothing.
    pub(crate) fn too_long(&self) -> RecorderError {
        self.recorder.stop(Lost::TooLong)
    }

    /// The connection has ended, by the server in this way or by the scenario; said once.
    pub(crate) fn left(&self, by_server: Option<String>) {
        let by_server = {
            let mut log = self.log();
            let by_server = by_server.filter(|_| !log.ends_soon);
            if std::mem::replace(&mut log.left, true) {
                return;
            }
            log.by_server.clone_from(&by_server);
            by_server
        };
        // A history that takes no more is told of where the run ends.
        let _ = self.record(What::Left { by_server });
        self.bell.send_replace(());
    }

    /// The scenario has closed or cut what the server had closed: from now on nothing is due here.
    fn given_up(&self) {
        if self.log().by_server.take().is_some() {
            let _ = self.record(What::Left { by_server: None });
        }
    }

    async fn wait_until_left(&self) {
        let mut bell = self.bell.subscribe();
        let gone = async { while !self.log().left && bell.changed().await.is_ok() {} };
        // A peer that does not close is left after a while.
        let _ = timeout(Duration::from_secs(5), gone).await;
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        lock(&self.log)
    }
}

/// What an event's second argument says of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stamp {
    pub(crate) number: Option<u64>,
    pub(crate) queued_at: Option<u64>,
}

impl Stamp {
    pub(crate) fn of(arguments: &[Value]) -> Self {
        let read = |name: &str| arguments.get(1)?.get(name)?.as_u64();
        Self {
            number: read("seq"),
            queued_at: read("queued_at"),
        }
    }
}
