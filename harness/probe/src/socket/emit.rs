//! What a tab emits: events, and starts and stops of actions. Each acknowledgement goes into the history.

use evidence::{ActionId, Marker, What};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::connection::{ACK, Acknowledged, Command};
use super::tab::Tab;
use crate::error::ProbeError;
use crate::excerpt;
use crate::http::ask::Started;
use crate::recording::RecorderError;

impl Tab {
    /// Emits an event with these arguments and records its acknowledgement, whose arguments it gives; `None` if none
    /// came in time. `action` is the action that the event is about.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub async fn emit(
        &self,
        event: &str,
        arguments: Vec<Value>,
        action: Option<ActionId>,
    ) -> Result<Option<Vec<Value>>, ProbeError> {
        let target = &self.browser.site().target;
        let acknowledged = self.ask(event, arguments).await;
        let granted = acknowledged
            .as_ref()
            .map(|acknowledged| target.socket.grants(acknowledged.answer()));
        if target.socket.stop.as_deref() == Some(event)
            && let Some(action) = &action
        {
            self.record_stop(action, granted)?;
        }
        let Some(acknowledged) = acknowledged else {
            return Ok(None);
        };
        self.record_answer(event, action, &acknowledged)?;
        Ok(Some(acknowledged.arguments))
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
        self.inbox.record_at_session(What::sent(marker.clone()))?;
        let data = json!({ "kind": kind, "parameters": parameters });
        let Some(acknowledged) = self.ask(event, vec![data]).await else {
            self.inbox.record_at_session(What::Unanswered { marker })?;
            let why = format!("no acknowledgement of `{event}` in time");
            return Ok(Started::Unanswered(why));
        };
        let granted = target.socket.grants(acknowledged.answer());
        let id = self.browser.site().new_action(acknowledged.answer());
        let Some(action) = id.filter(|_| granted) else {
            self.record_answer(event, None, &acknowledged)?;
            return Ok(Started::Refused(excerpt::start(&acknowledged.frame)));
        };
        let confirmed = target.confirmation(kind, &parameters, marker, action.clone());
        self.inbox.record_at_session(confirmed)?;
        Ok(Started::Granted(action))
    }

    /// Asks over the socket to stop an action. Gives whether the target did; `None` if it did not answer.
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
        let data = json!({ "id": self.browser.site().id_as_written(id) });
        let answer = self.emit(event, vec![data], Some(id.clone())).await?;
        Ok(answer.map(|arguments| {
            target
                .socket
                .grants(arguments.first().unwrap_or(&Value::Null))
        }))
    }

    /// Records a stop, unless the target refused: without an answer the action may have been stopped.
    fn record_stop(&self, id: &ActionId, granted: Option<bool>) -> Result<(), RecorderError> {
        if granted == Some(false) {
            return Ok(());
        }
        let action = id.clone();
        self.inbox.record_at_session(What::Stopped { action })
    }

    async fn ask(&self, event: &str, arguments: Vec<Value>) -> Option<Acknowledged> {
        let (reply, answer) = oneshot::channel();
        self.connection
            .commands
            .send(Command::Emit {
                event: event.to_owned(),
                arguments,
                reply,
            })
            .await
            .ok()?;
        timeout(ACK, answer).await.ok()?.ok()
    }

    fn record_answer(
        &self,
        event: &str,
        action: Option<ActionId>,
        acknowledged: &Acknowledged,
    ) -> Result<(), RecorderError> {
        let target = &self.browser.site().target;
        self.inbox.record(What::answered(
            format!("emit {event}"),
            action,
            target.socket.grants(acknowledged.answer()),
            acknowledged.frame.clone(),
        ))
    }
}
