//! A tab: what a page has of its own, its sockets, and what it has heard.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use serde_json::Value;
use targets::language::came::{Came, Close};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout_at};
use wires::Client;

use crate::browser::Browser;
use crate::error::WalkError;
use crate::heard::{Heard, Log};
use crate::held::{Held, Late};
use crate::kept::Kept;
use crate::last::last;
use crate::lock::lock;
use crate::offer;
use crate::socket::OpenSocket;
use crate::witness::{Sight, Whereabouts};

/// Sockets that one tab may have open: a membership may open one of its own.
const SOCKETS: usize = 1000;

/// A tab. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Tab(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    browser: Browser,
    place: Whereabouts,
    kept: Arc<Kept>,
    log: Mutex<Log>,
    /// Rings after each change of the log or of the sockets.
    bell: watch::Sender<()>,
    sockets: Mutex<Vec<Arc<OpenSocket>>>,
    /// Answers that are still coming.
    streams: Mutex<Vec<AbortHandle>>,
    /// It does not read.
    stalled: AtomicBool,
    /// How many answers were streamed.
    answers: AtomicU64,
    marks: Mutex<Marks>,
    held: Mutex<Held>,
    /// Who speaks over the sockets that it opens, those of its memberships too.
    client: Mutex<Client>,
    /// What is sent by itself.
    tending: Mutex<Option<AbortHandle>>,
}

/// How far a tab has heard, for its coming back.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// What Socket.IO's recovery asks for.
    pub(crate) pid: Option<String>,
    /// The offset of the last event.
    pub(crate) offset: Option<String>,
    /// The last id of a stream of events.
    pub(crate) event_id: Option<String>,
    /// The ids that each of its connections was made with, in their order: they are the same when it comes back.
    pub(crate) made: BTreeMap<String, Vec<Value>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        let tending = lock(&self.tending).take();
        tending.into_iter().for_each(|tending| tending.abort());
        lock(&self.streams)
            .drain(..)
            .for_each(|hearing| hearing.abort());
    }
}

/// A tab that may be gone.
#[derive(Clone, Debug)]
pub(crate) struct WeakTab(Weak<Inner>);

impl WeakTab {
    pub(crate) fn upgrade(&self) -> Option<Tab> {
        self.0.upgrade().map(Tab)
    }
}

impl Tab {
    /// A tab that has done nothing yet.
    pub(crate) fn new(browser: &Browser, name: &str) -> Self {
        Self::within(browser, name, &browser.session())
    }

    /// The tab of a login, which may need a socket: it is the user's from the start.
    pub(crate) fn of_login(browser: &Browser, session: &Arc<Kept>) -> Self {
        let mut place = browser.whereabouts();
        place.user = browser.named();
        Self::at(browser, place, "login", session)
    }

    /// The same in this session.
    fn within(browser: &Browser, name: &str, session: &Arc<Kept>) -> Self {
        Self::at(browser, browser.whereabouts(), name, session)
    }

    fn at(browser: &Browser, place: Whereabouts, name: &str, session: &Arc<Kept>) -> Self {
        let place = Whereabouts {
            tab: Some(name.to_owned()),
            ..place
        };
        Self(Arc::new(Inner {
            kept: Kept::inside(session),
            browser: browser.clone(),
            place,
            log: Mutex::default(),
            bell: watch::Sender::new(()),
            sockets: Mutex::default(),
            streams: Mutex::default(),
            stalled: AtomicBool::default(),
            answers: AtomicU64::default(),
            marks: Mutex::default(),
            held: Mutex::default(),
            client: Mutex::default(),
            tending: Mutex::default(),
        }))
    }

    /// Whose it is.
    #[must_use]
    pub fn browser(&self) -> &Browser {
        &self.0.browser
    }

    /// Where what it hears came.
    #[must_use]
    pub fn whereabouts(&self) -> &Whereabouts {
        &self.0.place
    }

    /// What its steps kept under this name, or what is around it.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value> {
        self.0.kept.get(name)
    }

    /// The id of its newest open socket, where the protocol has one.
    #[must_use]
    pub fn sid(&self) -> Option<String> {
        self.sockets().last()?.sid.clone()
    }

    /// Whether any of its sockets is open.
    #[must_use]
    pub fn has_socket(&self) -> bool {
        !self.sockets().is_empty()
    }

    /// Whether it has a socket, or an answer that is still coming, or had one until now: something may come by itself.
    #[must_use]
    pub fn listens(&self) -> bool {
        !lock(&self.0.sockets).is_empty() || !lock(&self.0.streams).is_empty()
    }

    /// What its steps kept.
    pub(crate) fn kept(&self) -> &Arc<Kept> {
        &self.0.kept
    }

    /// Adds a socket that is open.
    pub(crate) fn add(&self, socket: Arc<OpenSocket>) {
        let mut sockets = lock(&self.0.sockets);
        sockets.retain(|known| known.is_open());
        if sockets.len() < SOCKETS {
            sockets.push(socket);
        }
    }

    /// The socket that a step goes over: the membership's before the tab's, or the one of this name.
    pub(crate) fn socket(&self, on: Option<&str>, member: Option<&str>) -> Option<Arc<OpenSocket>> {
        let sockets = lock(&self.0.sockets);
        let mut open = sockets.iter().rev().filter(|socket| socket.is_open());
        if let Some(on) = on {
            return open.find(|socket| socket.name == on).cloned();
        }
        let mut own = open.clone().filter(|socket| socket.member.is_some());
        let of_member = own.find(|socket| socket.member.as_deref() == member);
        of_member
            .or_else(|| open.find(|socket| socket.member.is_none()))
            .cloned()
    }

    /// All of its sockets that are open.
    pub(crate) fn sockets(&self) -> Vec<Arc<OpenSocket>> {
        let sockets = lock(&self.0.sockets);
        let open = sockets.iter().filter(|socket| socket.is_open());
        open.cloned().collect()
    }

    /// Whether it has stopped reading.
    #[must_use]
    pub fn is_stalled(&self) -> bool {
        self.0.stalled.load(Ordering::Relaxed)
    }

    /// The number of the next answer that is streamed.
    pub(crate) fn next_answer(&self) -> u64 {
        self.0.answers.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Adds an answer that is still coming.
    pub(crate) fn add_stream(&self, hearing: AbortHandle) {
        let mut streams = lock(&self.0.streams);
        streams.retain(|known| !known.is_finished());
        streams.push(hearing);
    }

    /// Drops all answers that are still coming.
    pub(crate) fn end_streams(&self) {
        lock(&self.0.streams)
            .drain(..)
            .for_each(|hearing| hearing.abort());
    }

    /// Whether both ends have kept all of its sockets open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let sockets = lock(&self.0.sockets);
        sockets.iter().all(|socket| lock(&socket.closed).is_none())
    }

    /// Whether the server has closed all of its sockets, and it had some.
    pub(crate) fn was_shut(&self) -> bool {
        let sockets = lock(&self.0.sockets);
        let mut closed = sockets.iter().map(|socket| lock(&socket.closed).is_some());
        !sockets.is_empty() && closed.all(|is_closed| is_closed)
    }

    /// Something came over a socket, or as a message of a streamed answer.
    pub(crate) fn hear(&self, socket: &str, came: Came, raw: &str) {
        self.take_heard(socket, came, None, raw);
    }

    /// An acknowledgement of this number came, to what was asked.
    pub(crate) fn hear_answer(
        &self,
        socket: &str,
        came: Came,
        (number, asked): (u64, &str),
        raw: &str,
    ) {
        self.take_heard(socket, came, Some((number, asked)), raw);
    }

    fn take_heard(&self, socket: &str, came: Came, answers: Option<(u64, &str)>, raw: &str) {
        let asked = answers.map(|(_, asked)| asked);
        let acknowledges = answers.map(|(number, _)| number);
        {
            // Locked until it was seen: whoever releases what is held must not be overtaken.
            let mut held = lock(&self.0.held);
            if held.is_holding() {
                held.take(Late {
                    socket: socket.to_owned(),
                    came: came.clone(),
                    asked: asked.map(str::to_owned),
                    raw: raw.to_owned(),
                });
            } else {
                self.show(socket, &came, asked, raw, false);
            }
        }
        let heard = Heard {
            number: 0,
            socket: socket.to_owned(),
            came,
            acknowledges,
            size: raw.len(),
        };
        lock(&self.0.log).take(heard);
        self.0.bell.send_replace(());
    }

    /// The witness sees what came, and the tab counts how far it is.
    fn show(&self, socket: &str, came: &Came, asked: Option<&str>, raw: &str, waited: bool) {
        let site = self.0.browser.site();
        if let Some(last) = last(&site.target, socket, came) {
            self.0.kept.keep("last", last);
            came.event.iter().for_each(|event| site.counts(event));
        }
        let sight = Sight::Heard {
            socket,
            came,
            asked,
            raw,
            waited,
        };
        self.0.browser.see(&self.0.place, &sight);
    }

    /// It comes back: what comes from now on is seen only when it is released, and an `await` means nothing older.
    pub(crate) fn hold(&self) {
        self.0.stalled.store(false, Ordering::Relaxed);
        lock(&self.0.held).begin();
        lock(&self.0.log).reopen();
    }

    /// What was held is seen.
    pub(crate) fn release(&self) {
        {
            let mut held = lock(&self.0.held);
            for late in held.release() {
                let asked = late.asked.as_deref();
                self.show(&late.socket, &late.came, asked, &late.raw, false);
            }
        }
        self.0.bell.send_replace(());
    }

    /// An answer delivers this event, which waited at the target. What is newer was held, and is seen after it.
    pub(crate) fn deliver(&self, socket: &str, came: Came, raw: &str) {
        self.show(socket, &came, None, raw, true);
        let heard = Heard {
            socket: socket.to_owned(),
            came,
            size: raw.len(),
            ..Heard::default()
        };
        lock(&self.0.log).take(heard);
        self.0.bell.send_replace(());
    }

    /// Waits while too much is held.
    pub(crate) async fn has_room(&self) {
        let mut bell = self.0.bell.subscribe();
        while lock(&self.0.held).is_full() {
            // The bell ends with the tab.
            let _ = bell.changed().await;
        }
    }

    /// The server closed a socket.
    pub(crate) fn hear_close(&self, socket: &OpenSocket, close: Close, is_bound: bool) {
        *lock(&socket.closed) = Some(close.clone());
        let name = socket.name.as_str();
        let sight = Sight::Closed {
            socket: name,
            member: socket.member.as_deref(),
            is_last: !self.has_socket(),
            close: &close,
            is_bound,
        };
        self.0.browser.see(&self.0.place, &sight);
        let came = Came {
            close: Some(close),
            ..Came::default()
        };
        let heard = Heard {
            socket: name.to_owned(),
            came,
            ..Heard::default()
        };
        lock(&self.0.log).take(heard);
        self.0.bell.send_replace(());
    }

    pub(crate) fn see(&self, sight: &Sight<'_>) {
        self.0.browser.see(&self.0.place, sight);
    }

    /// From now on this client opens its sockets.
    pub(crate) fn speaks_by(&self, client: Client) {
        *lock(&self.0.client) = client;
    }

    pub(crate) fn client(&self) -> Client {
        *lock(&self.0.client)
    }

    /// Holds the lock only to read or change them.
    pub(crate) fn marks<T>(&self, act: impl FnOnce(&mut Marks) -> T) -> T {
        act(&mut lock(&self.0.marks))
    }

    /// Waits until the target file's `pace` lets this tab's user do something.
    pub async fn at_its_pace(&self) {
        let site = self.0.browser.site();
        let Some(pace) = site.target.pace else { return };
        let place = &self.0.place;
        // A stranger is known by the browser alone.
        let user = place.user.as_ref().unwrap_or(&place.session);
        sleep_until(site.pace.turn(user, pace)).await;
    }

    /// Says goodbye, and closes everything.
    pub async fn close(&self) {
        self.end_streams();
        for socket in self.sockets() {
            socket.speaker.close().await;
            socket.heard_all().await;
        }
    }

    /// Lets all its sockets die without a goodbye.
    ///
    /// # Errors
    /// When the client of one cannot do that. The others are cut.
    pub async fn cut(&self) -> Result<(), WalkError> {
        self.end_streams();
        let mut cut = Ok(());
        let mut ended = Vec::new();
        for socket in self.sockets() {
            let is_cut = offer::done(socket.speaker.cut().await);
            if is_cut.is_ok() {
                ended.push(socket);
            }
            cut = cut.and(is_cut);
        }
        // Not before all are cut: the others would live as long as this one is heard.
        for socket in ended {
            socket.heard_all().await;
        }
        cut
    }

    /// Stops or starts reading.
    ///
    /// # Errors
    /// When the client of one of its sockets cannot do that.
    pub async fn stall(&self, is_stalled: bool) -> Result<(), WalkError> {
        let mut stalled = Ok(());
        for socket in self.sockets() {
            stalled = stalled.and(offer::done(socket.speaker.stall(is_stalled).await));
        }
        if stalled.is_ok() {
            self.0.stalled.store(is_stalled, Ordering::Relaxed);
        }
        stalled
    }

    /// What sends by itself ends with the tab.
    pub(crate) fn add_tending(&self, tending: AbortHandle) {
        let old = lock(&self.0.tending).replace(tending);
        old.into_iter().for_each(|old| old.abort());
    }

    pub(crate) fn downgrade(&self) -> WeakTab {
        WeakTab(Arc::downgrade(&self.0))
    }

    /// Rings after each change.
    pub(crate) fn bell(&self) -> watch::Receiver<()> {
        self.0.bell.subscribe()
    }

    /// Holds the lock only to read.
    pub(crate) fn log<T>(&self, look: impl FnOnce(&Log) -> T) -> T {
        look(&lock(&self.0.log))
    }

    /// Waits until `look` finds something in what comes after `moment`, for this long at most.
    pub(crate) async fn wait<T>(
        &self,
        mut moment: u64,
        within: Duration,
        mut look: impl FnMut(&Heard) -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + within;
        let mut bell = self.0.bell.subscribe();
        loop {
            bell.mark_unchanged();
            for heard in self.log(|log| log.since(moment)) {
                moment = heard.number;
                if let Some(found) = look(&heard) {
                    return Some(found);
                }
            }
            if timeout_at(deadline, bell.changed()).await.is_err() {
                return None;
            }
        }
    }
}
