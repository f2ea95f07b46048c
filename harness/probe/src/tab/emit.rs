//! Events and frames that a scenario writes out itself.

use std::time::Duration;

use evidence::{ActionId, What};
use serde_json::Value;

use super::Tab;
use crate::error::ProbeError;

/// How long an acknowledgement may take.
const ACK: Duration = Duration::from_secs(20);

impl Tab {
    /// Emits an event with these arguments, about an action if it is about one. Gives the arguments of its
    /// acknowledgement; `None` if none came in time.
    ///
    /// # Errors
    /// When the tab is closed.
    pub async fn emit(
        &self,
        event: &str,
        arguments: Vec<Value>,
        action: Option<&ActionId>,
    ) -> Result<Option<Vec<Value>>, ProbeError> {
        let ack = match self.walk.emit(event, arguments, ACK).await {
            Ok(came) => came.and_then(|came| came.ack),
            Err(walk::WalkError::NoSocket(_)) if self.has_left() => None,
            Err(error) => return Err(error.into()),
        };
        let site = self.browser.site();
        let granted = ack.as_ref().map(|ack| site.grants_ack(event, ack));
        if let Some(action) = action {
            if granted != Some(false) && site.stops_by_emit(event) {
                let action = action.clone();
                self.record_sender(What::Stopped { action })?;
            }
            if let Some(granted) = granted {
                let asked = format!("emit {event}");
                let action = Some(action.clone());
                let what = What::answered(asked, action, granted, String::new());
                self.inbox.record(what)?;
            }
        }
        Ok(ack)
    }

    /// Sends a raw frame: JSON, or a text as it stands.
    ///
    /// # Errors
    /// When the tab is closed.
    pub async fn send(&self, frame: &Value) -> Result<(), ProbeError> {
        Ok(self.walk.send(frame, ACK).await?)
    }
}
