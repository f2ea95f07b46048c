//! What is sent through the library, in order, and what waits for its answer.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use rust_socketio::asynchronous::Client;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::client::{Pushed, emit};
use crate::outgoing::Emission;

/// Events that may wait to be sent. When they are so many, no more are taken, and who sends waits.
const WAITING: usize = 256;
/// How long the answer to an event holds up the next that asks for one. It is less than a step waits, so that an event
/// whose answer never comes does not take the next one's time.
const PATIENCE: Duration = Duration::from_secs(10);

/// An event on its way out. It is never dropped halfway.
type Sending = Pin<Box<dyn Future<Output = Result<(), rust_socketio::Error>> + Send>>;

/// What is sent, and what waits.
pub(super) struct Speech {
    client: Client,
    push: mpsc::Sender<Pushed>,
    to_send: VecDeque<Emission>,
    sending: Option<Sending>,
    /// The one answer that is waited for.
    asked: Option<Asked>,
    n_asked: u64,
}

struct Asked {
    number: u64,
    /// The caller's.
    id: u64,
    until: Instant,
}

impl Speech {
    pub(super) fn new(client: Client, push: mpsc::Sender<Pushed>) -> Self {
        Self {
            client,
            push,
            to_send: VecDeque::new(),
            sending: None,
            asked: None,
            n_asked: 0,
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.to_send.len() < WAITING
    }

    /// Whether everything was sent.
    pub(super) fn is_silent(&self) -> bool {
        self.to_send.is_empty() && self.sending.is_none()
    }

    /// Lines up an event.
    pub(super) fn take(&mut self, emission: Emission) {
        self.to_send.push_back(emission);
        self.go_on();
    }

    /// The next that was sent, or could not be: then nothing more is. May be dropped at any time.
    pub(super) async fn sent(&mut self) -> Result<(), rust_socketio::Error> {
        let Some(sending) = &mut self.sending else {
            return std::future::pending().await;
        };
        let sent = sending.await;
        self.sending = None;
        if sent.is_err() {
            self.to_send.clear();
        }
        self.go_on();
        sent
    }

    /// The caller's id of what was answered, if it still waits.
    pub(super) fn answered(&mut self, number: u64) -> Option<u64> {
        let asked = self.asked.take_if(|asked| asked.number == number)?;
        self.go_on();
        Some(asked.id)
    }

    /// When an answer is waited for no more.
    pub(super) fn until(&self) -> Option<Instant> {
        self.asked.as_ref().map(|asked| asked.until)
    }

    /// Waits no more for what did not come in time.
    pub(super) fn give_up(&mut self) {
        let now = Instant::now();
        if self.asked.take_if(|asked| asked.until <= now).is_some() {
            self.go_on();
        }
    }

    /// Begins to send the next. One that asks waits until the one before has its answer.
    fn go_on(&mut self) {
        if self.sending.is_some() {
            return;
        }
        let is_asking = self.asked.is_some();
        let next = self
            .to_send
            .pop_front_if(|next| next.id.is_none() || !is_asking);
        let Some(Emission {
            name,
            arguments,
            id,
        }) = next
        else {
            return;
        };
        let asked = id.map(|id| {
            self.n_asked += 1;
            self.asked = Some(Asked {
                number: self.n_asked,
                id,
                until: Instant::now() + PATIENCE,
            });
            (self.n_asked, PATIENCE)
        });
        let (client, push) = (self.client.clone(), self.push.clone());
        self.sending = Some(Box::pin(emit(client, push, (name, arguments), asked)));
    }
}
