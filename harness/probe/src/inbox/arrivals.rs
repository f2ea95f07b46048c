//! Where everything that arrives at a tab goes: it is recorded at once, and counted for callers that wait.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use evidence::{Marker, Place, What};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::closing::Closing;
use super::stamp::Stamp;
use super::tally::{Crowded, Tally};
use crate::error::ProbeError;
use crate::lock::lock;
use crate::recording::meter;
use crate::recording::{Arrival, Lost, Meter, Reading, Recorder, RecorderError};
use crate::target::SocketPart;

/// The name in a history of an event whose name cannot be read.
pub(super) const UNREADABLE: &str = "(unreadable)";

/// What a tab has seen: recorded at once, and kept for callers that wait.
#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) place: Place,
    /// The tag in the markers of its user.
    tag: String,
    recorder: Recorder,
    meter: Option<Meter>,
    opening_since: Instant,
    contents: Mutex<Contents>,
    pub(super) bell: watch::Sender<()>,
}

/// What has come, and the state of the connection.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) tally: Tally,
    pub(super) last_number: Option<u64>,
    /// The target has said that the socket is ready.
    pub(super) joined: bool,
    pub(super) left: bool,
    /// How the server closed it.
    pub(super) by_server: Option<Closing>,
    /// The scenario is about to end the connection.
    pub(super) ends_soon: bool,
}

impl Inbox {
    pub(super) fn new(place: Place, recorder: Recorder, meter: Option<Meter>) -> Self {
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
            contents: Mutex::default(),
            bell: watch::Sender::new(()),
        }
    }

    /// Records an observation at the tab.
    pub(super) fn record(&self, what: What) -> Result<(), RecorderError> {
        self.recorder.record(self.place.clone(), what)
    }

    /// Records an observation at the session: what a user starts belongs to the session and not to one of its tabs.
    pub(super) fn record_at_session(&self, what: What) -> Result<(), RecorderError> {
        self.recorder.record(
            Place {
                tab: None,
                ..self.place.clone()
            },
            what,
        )
    }

    /// The error for what did not come in time: the event that says that the socket is ready or, after it, what was
    /// missed.
    pub(super) fn not_ready(&self, part: &SocketPart, waited: Duration) -> ProbeError {
        let event = if self.contents().joined {
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

    pub(super) fn send_opening(&self, granted: bool) {
        if let Some(meter) = &self.meter {
            meter.send(Reading::Opened {
                granted,
                took: self.opening_since.elapsed(),
            });
        }
    }

    /// The target said that the socket is ready. Whatever else it sends is read after this.
    pub(super) fn record_join(&self, last_seq: Option<u64>) -> Result<(), RecorderError> {
        self.send_opening(true);
        {
            let mut contents = self.contents();
            contents.joined = true;
            contents.last_number = last_seq;
        }
        self.record(What::Joined { last_seq })
    }

    /// Takes an event that arrived.
    pub(super) fn take_event(
        &self,
        event: String,
        stamp: Stamp,
        frame: String,
    ) -> Result<(), RecorderError> {
        if let Some(meter) = &self.meter {
            meter.send(Reading::Arrived(Arrival {
                event: event.clone(),
                number: stamp.number,
                queued_at: stamp.queued_at,
                received_at: meter::now(),
            }));
        }
        let number = stamp.number;
        // Only the user's own markers: a target that leaks to everybody must not fill the memory.
        let own = |marker: &Marker| marker.tag() == self.tag;
        let markers: Vec<Marker> = Marker::find_all(frame.as_bytes()).filter(own).collect();
        let name = event.clone();
        self.record(What::received(event, number, frame))?;
        let taken = {
            let mut contents = self.contents();
            contents.last_number = contents.last_number.max(number);
            contents.tally.take(&name, markers)
        };
        self.bell.send_replace(());
        taken.map_err(|Crowded| self.stop_crowded())
    }

    /// Takes a frame that is not a packet.
    pub(super) fn take_unreadable(&self, frame: String) -> Result<(), RecorderError> {
        self.take_event(UNREADABLE.to_owned(), Stamp::default(), frame)
    }

    /// More came than can be kept. From here on the run shows nothing, and its end says so.
    pub(super) fn stop_crowded(&self) -> RecorderError {
        self.recorder.stop(Lost::Crowded)
    }

    /// A message was too long to read. From here on the run shows nothing, and its end says so.
    pub(super) fn stop_too_long(&self) -> RecorderError {
        self.recorder.stop(Lost::TooLong)
    }

    /// Records, once, that the connection has ended: how the server ended it, or `None` if the scenario did.
    pub(super) fn record_end(&self, by_server: Option<Closing>) {
        let by_server = {
            let mut contents = self.contents();
            let by_server = by_server.filter(|_| !contents.ends_soon);
            if std::mem::replace(&mut contents.left, true) {
                return;
            }
            let told = by_server.as_ref().map(Closing::to_string);
            contents.by_server = by_server;
            told
        };
        // If the history takes no more, the end of the run says so.
        let _ = self.record(What::Left { by_server });
        self.bell.send_replace(());
    }

    /// The scenario has closed or cut a connection that the server had already closed. From now on nothing is due
    /// here.
    pub(super) fn give_up(&self) {
        if self.contents().by_server.take().is_some() {
            let _ = self.record(What::Left { by_server: None });
        }
    }

    /// Waits until the connection has ended.
    pub(super) async fn until_left(&self) {
        let mut bell = self.bell.subscribe();
        while !self.contents().left && bell.changed().await.is_ok() {}
    }

    pub(super) async fn wait_until_left(&self) {
        // If the other side never closes, stop waiting after a while.
        let _ = timeout(Duration::from_secs(5), self.until_left()).await;
    }

    /// Holds the lock only to read or change it. Write to the history and ring the bell after you release it.
    pub(super) fn contents(&self) -> MutexGuard<'_, Contents> {
        lock(&self.contents)
    }
}
