//! Emitting an event through the library, and waiting for its one answer.

use std::future::Future;
use std::pin::Pin;

use futures_util::FutureExt;
use rust_socketio::Payload;
use rust_socketio::asynchronous::Client;
use serde_json::Value;
use tokio::sync::mpsc;

use super::client::values;
use crate::socket::connection::ACK;

/// An emit in flight. Gives the arguments of the answer, or nothing if none came in time.
pub(super) type PendingAnswer = Pin<Box<dyn Future<Output = Option<Vec<Value>>> + Send>>;

/// Emits an event, and waits for its answer.
pub(super) fn ask(client: Client, event: String, arguments: Vec<Value>) -> PendingAnswer {
    Box::pin(async move {
        let (reply, mut answers) = mpsc::channel(1);
        let answered = move |payload: Payload, _: Client| {
            // Only the first answer counts.
            let _ = reply.try_send(values(payload));
            async {}.boxed()
        };
        client
            .emit_with_ack(event, arguments, ACK, answered)
            .await
            .ok()?;
        let values = tokio::time::timeout(ACK, answers.recv()).await.ok()??;
        // The library wraps an acknowledgement's arguments in one more array.
        match values.into_iter().next() {
            Some(Value::Array(inner)) => Some(inner),
            other => Some(other.into_iter().collect()),
        }
    })
}
