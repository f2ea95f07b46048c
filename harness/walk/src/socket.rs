//! A socket of a tab that is open, or was: over what it goes, and what asked for acknowledgements.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use targets::language::came::Close;
use tokio::sync::watch;
use tokio::time::timeout;
use wires::Speaker;

use crate::lock::lock;

/// A socket of a tab.
#[derive(Debug)]
pub(crate) struct OpenSocket {
    /// Its name in the target file.
    pub(crate) name: String,
    /// The membership that opened it, if one did.
    pub(crate) member: Option<String>,
    pub(crate) namespace: String,
    pub(crate) speaker: Speaker,
    /// The socket's id, where the protocol has one.
    pub(crate) sid: Option<String>,
    asked: Mutex<Asked>,
    /// How the server closed it.
    pub(crate) closed: Mutex<Option<Close>>,
    /// It ends with the task that hears the socket.
    heard: watch::Receiver<()>,
}

/// What asks for acknowledgements that have not come.
#[derive(Debug, Default)]
struct Asked {
    /// The number of the next one.
    next: u64,
    /// The name of each event, by the number.
    events: BTreeMap<u64, String>,
}

/// Events whose acknowledgements have not come that are known by their names.
const UNANSWERED: usize = 1000;
/// How long a socket that has ended is still heard. A machine that takes longer is late anyway.
const LAST_WORDS: Duration = Duration::from_secs(2);

impl OpenSocket {
    pub(crate) fn new(
        name: &str,
        member: Option<&str>,
        namespace: &str,
        speaker: Speaker,
        sid: Option<String>,
        heard: watch::Receiver<()>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            member: member.map(str::to_owned),
            namespace: namespace.to_owned(),
            speaker,
            sid,
            asked: Mutex::default(),
            closed: Mutex::default(),
            heard,
        }
    }

    /// The socket has ended: waits until all is heard that came before. A busy machine would hear it when the tab is
    /// back, behind what is newer.
    pub(crate) async fn heard_all(&self) {
        let mut heard = self.heard.clone();
        // Nobody ever sends: it fails when the task has ended.
        let _ = timeout(LAST_WORDS, heard.changed()).await;
    }

    /// The number of the acknowledgement that this event asks for.
    pub(crate) fn next_ack(&self, event: &str) -> u64 {
        let mut asked = lock(&self.asked);
        let number = asked.next;
        asked.next += 1;
        asked.events.insert(number, event.to_owned());
        if asked.events.len() > UNANSWERED {
            asked.events.pop_first();
        }
        number
    }

    /// What asked for this acknowledgement.
    pub(crate) fn asked(&self, number: u64) -> String {
        let event = lock(&self.asked).events.remove(&number);
        event.map_or_else(|| "emit".to_owned(), |event| format!("emit {event}"))
    }

    pub(crate) fn is_open(&self) -> bool {
        lock(&self.closed).is_none() && !self.speaker.is_closed()
    }
}
