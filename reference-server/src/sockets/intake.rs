//! The events of one client, from the library's handler to the task that answers them.

use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use serde_json::Value;
use socketioxide::extract::{AckSender, SocketRef};
use tokio::sync::mpsc::Sender;

use super::client_events::{Asked, too_many};
use crate::transport::rate::Turn;
use crate::transport::transports::{self, Transport};

/// The library clones it for each event.
#[derive(Clone)]
pub(super) struct Intake {
    pub(super) transport: Arc<Transport>,
    /// Where events wait for the task that answers.
    pub(super) asks: Sender<Asked>,
    pub(super) events_per_second: u32,
    /// Counts refused events.
    pub(super) refused: Counter,
}

impl Intake {
    /// Passes an event on without waiting, or refuses it.
    pub(super) fn take(&self, socket: SocketRef, event: String, data: Value, ack: AckSender) {
        let _request = self.transport.request().enter();
        match self.transport.take_turn() {
            Turn::Granted => self.pass_on(socket, Asked { event, data, ack }),
            Turn::Refused => {
                self.refused.inc();
                // An error is ignored: a client that cannot take the answer is disconnected.
                let _ = ack.send(&too_many(self.events_per_second));
            }
            Turn::Deaf => {
                self.refused.inc();
                tracing::warn!("a client sends far too many events and is disconnected");
                transports::send_away(socket);
            }
        }
    }

    fn pass_on(&self, socket: SocketRef, asked: Asked) {
        if self.asks.try_send(asked).is_err() {
            tracing::warn!("a client sends faster than it is answered and is disconnected");
            transports::send_away(socket);
        }
    }
}
