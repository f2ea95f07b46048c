//! Where everything that arrives at a tab goes: it is recorded at once, and counted for callers that wait.
//!
//! While a tab is opening, what comes is held: what came before the target said that it is open stands before that in
//! the history, and everything else behind it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use evidence::{Joiner, Marker, Piece, Place, Sighting, What};
use tokio::sync::watch;
use tokio::time::timeout;

use super::closing::Closing;
use super::tally::{Crowded, Tally};
use crate::events::{Ending, end_of};
use crate::lock::lock;
use crate::recording::{Lost, Recorder, RecorderError};
use crate::site::Site;

/// Things that may arrive while a tab is opening.
const HELD: usize = 100_000;
/// Streams of one tab whose pieces are joined.
const STREAMS: usize = 1000;
/// Markers of one stream whose end is waited for.
const MARKERS: usize = 1000;

/// What a tab has seen: recorded at once, and kept for callers that wait.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub(crate) place: Place,
    /// The tag in the markers of its user.
    tag: String,
    site: Arc<Site>,
    recorder: Recorder,
    /// What came while the tab is opening; none once it is open. It is locked while what comes is written down, so that
    /// the history has it in its order.
    held: Mutex<Option<Vec<Taken>>>,
    contents: Mutex<Contents>,
    pub(crate) bell: watch::Sender<()>,
}

/// What has come, and the state of the connection.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) tally: Tally,
    streams: HashMap<String, Stream>,
    pub(crate) last_number: Option<u64>,
    pub(crate) left: bool,
    /// How the server closed it.
    pub(crate) by_server: Option<Closing>,
    /// The scenario is about to end the connection.
    pub(crate) ends_soon: bool,
    /// The tab is open, and has no socket so far.
    pub(crate) is_socketless: bool,
    /// It is an attacker's: where it stands in an order, nobody has promised.
    pub(crate) is_undue: bool,
    /// A socket was opened.
    pub(crate) has_socket: bool,
}

/// A stream, and the markers that its pieces have given.
#[derive(Debug, Default)]
struct Stream {
    /// The event whose pieces they are.
    event: String,
    /// The streamed answer in which the last of them came.
    answer: Option<u64>,
    joiner: Joiner,
    markers: BTreeSet<Marker>,
}

/// How a tab was opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    /// The number before the first event.
    pub(crate) last_seq: Option<u64>,
    /// It is open behind so many of the things that came.
    pub(crate) heard: u64,
    /// It was away, and has missed what it gets now.
    pub(crate) is_again: bool,
    /// Nothing can come by itself so far.
    pub(crate) is_socketless: bool,
}

/// One thing that came.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// What the history gets, in this order.
    pub(crate) whats: Vec<What>,
    /// The event that callers may wait for.
    pub(crate) event: Option<String>,
    /// The streams that it ends.
    pub(crate) ends: Vec<Ending>,
    /// Which of the tab's streamed answers it came in.
    pub(crate) answer: Option<u64>,
    /// Its number in the tab's own sequence.
    pub(crate) number: Option<u64>,
    /// It was missed while the tab was away, and comes again.
    pub(crate) is_again: bool,
    /// It counts among what a tab has heard.
    pub(crate) is_heard: bool,
    /// The server closed the connection.
    pub(crate) closing: Option<Closing>,
}

impl Taken {
    /// What the history gets, and nothing that callers wait for.
    pub(crate) fn of(whats: Vec<What>) -> Self {
        Self {
            whats,
            ..Self::default()
        }
    }
}

impl Contents {
    /// The end of streams is counted like an event with the markers that they gave.
    fn end(&mut self, ending: &Ending) -> Result<(), Crowded> {
        let ended = self
            .streams
            .extract_if(|name, stream| ending.ends(name, &stream.event, stream.answer));
        let markers = ended.flat_map(|(_, stream)| stream.markers);
        let markers: Vec<Marker> = markers.collect();
        self.tally.take(&end_of(&ending.event), markers)
    }
}

impl Inbox {
    pub(crate) fn new(place: Place, site: Arc<Site>, recorder: Recorder) -> Self {
        let tag = place
            .user
            .as_ref()
            .map_or_else(String::new, |user| Marker::new(user, 0).tag().to_owned());
        Self {
            tag,
            place,
            site,
            recorder,
            held: Mutex::new(Some(Vec::new())),
            contents: Mutex::default(),
            bell: watch::Sender::new(()),
        }
    }

    /// Records an observation at the tab.
    pub(crate) fn record(&self, what: What) -> Result<(), RecorderError> {
        self.recorder.record(self.place.clone(), what)
    }

    /// Takes something that came.
    pub(crate) fn take(&self, taken: Taken) -> Result<(), RecorderError> {
        let mut held = lock(&self.held);
        match held.as_mut() {
            Some(held) if held.len() >= HELD => Err(self.stop_crowded()),
            Some(held) => {
                held.push(taken);
                Ok(())
            }
            None => self.write(taken),
        }
    }

    /// The target said that the tab is open.
    pub(crate) fn join(&self, opening: &Opening) -> Result<(), RecorderError> {
        let Opening {
            last_seq,
            is_socketless,
            ..
        } = *opening;
        let mut held = lock(&self.held);
        let all = held.take().unwrap_or_default();
        let (before, after) = if opening.is_again {
            // What was missed comes before anything newer.
            let (mut missed, mut newer): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|taken| taken.is_again);
            missed.append(&mut newer);
            (Vec::new(), missed)
        } else {
            let (mut all, mut known) = (all, 0);
            let late = all.iter().position(|taken| {
                known += u64::from(taken.is_heard);
                known > opening.heard
            });
            let after = late.map_or_else(Vec::new, |late| all.split_off(late));
            (all, after)
        };
        before.into_iter().try_for_each(|taken| self.write(taken))?;
        {
            let mut contents = self.contents();
            contents.last_number = contents.last_number.max(last_seq);
            contents.is_socketless = is_socketless;
        }
        self.record(What::Joined {
            last_seq,
            socketless: is_socketless,
        })?;
        after.into_iter().try_for_each(|taken| self.write(taken))
    }

    /// Whether nothing has said so far that the tab is open.
    pub(crate) fn is_opening(&self) -> bool {
        lock(&self.held).is_some() || self.contents().is_socketless
    }

    /// A membership was granted. Where joining opened the first socket of the tab, the socket was granted with it.
    pub(crate) fn begin_membership(&self) -> Result<(), RecorderError> {
        let (is_first, last) = {
            let mut contents = self.contents();
            let is_first = contents.has_socket && std::mem::take(&mut contents.is_socketless);
            (is_first, contents.last_number)
        };
        if is_first {
            self.take(Taken::of(vec![What::joined(last)]))?;
        }
        Ok(())
    }

    /// The tab was not opened.
    pub(crate) fn not_joined(&self) -> Result<(), RecorderError> {
        let mut held = lock(&self.held);
        let all = held.take().unwrap_or_default();
        all.into_iter().try_for_each(|taken| self.write(taken))
    }

    fn write(&self, taken: Taken) -> Result<(), RecorderError> {
        if let Some(closing) = taken.closing {
            self.record_end(Some(closing));
            return Ok(());
        }
        let mut markers = Vec::new();
        for what in taken.whats {
            if let What::Received {
                event,
                frame,
                pieces,
                ..
            } = &what
            {
                markers.extend(Marker::find_all(frame.as_bytes()));
                markers.extend(self.joined(pieces, event, taken.answer));
            }
            self.record(what)?;
        }
        markers.retain(|marker| self.counts(marker));
        let counted = {
            let mut contents = self.contents();
            contents.last_number = contents.last_number.max(taken.number);
            let counted = match &taken.event {
                Some(event) => contents.tally.take(event, markers),
                None => Ok(()),
            };
            let ended = taken.ends.iter().map(|ending| contents.end(ending));
            counted.and(ended.collect())
        };
        self.bell.send_replace(());
        counted.map_err(|Crowded| self.stop_crowded())
    }

    /// Only the user's own, and what others must get too: a target that leaks to everybody must not fill the memory.
    fn counts(&self, marker: &Marker) -> bool {
        marker.tag() == self.tag || self.site.groups.is_shared(marker.tag())
    }

    /// The markers that pieces of streams give together.
    fn joined(&self, pieces: &[Piece], event: &str, answer: Option<u64>) -> Vec<Marker> {
        if pieces.is_empty() {
            return Vec::new();
        }
        let mut contents = self.contents();
        let mut found = Vec::new();
        for piece in pieces {
            if contents.streams.len() >= STREAMS && !contents.streams.contains_key(&piece.of) {
                continue;
            }
            let stream = contents.streams.entry(piece.of.clone()).or_default();
            stream.answer = answer;
            if stream.event.is_empty() {
                event.clone_into(&mut stream.event);
            }
            let sightings = stream.joiner.take(piece.text.as_bytes());
            let markers: Vec<Marker> = sightings.iter().filter_map(Sighting::marker).collect();
            let counts = markers.iter().filter(|marker| self.counts(marker));
            if stream.markers.len() < MARKERS {
                stream.markers.extend(counts.cloned());
            }
            found.extend(markers);
        }
        found
    }

    /// More came than can be kept. From here on the run shows nothing, and its end says so.
    pub(crate) fn stop_crowded(&self) -> RecorderError {
        self.recorder.stop(Lost::Crowded)
    }

    /// Records, once, that the connection has ended: how the server ended it, or `None` if the scenario did.
    pub(crate) fn record_end(&self, by_server: Option<Closing>) {
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
    pub(crate) fn give_up(&self) {
        if self.contents().by_server.take().is_some() {
            let _ = self.record(What::Left { by_server: None });
        }
    }

    /// Waits until the connection has ended.
    pub(crate) async fn until_left(&self) {
        let mut bell = self.bell.subscribe();
        while !self.contents().left && bell.changed().await.is_ok() {}
    }

    /// Whether the connection ends within this time.
    pub(crate) async fn leaves_within(&self, time: Duration) -> bool {
        timeout(time, self.until_left()).await.is_ok()
    }

    /// Holds the lock only to read or change it. Write to the history and ring the bell after you release it.
    pub(crate) fn contents(&self) -> MutexGuard<'_, Contents> {
        lock(&self.contents)
    }
}
