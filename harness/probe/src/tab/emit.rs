//! Events and frames that a scenario writes out itself.

use std::time::Duration;

use serde_json::Value;

use super::Tab;
use crate::error::ProbeError;

/// How long an acknowledgement may take.
const ACK: Duration = Duration::from_secs(20);

impl Tab {
    /// Emits an event with these arguments. Gives the arguments of its acknowledgement; `None` if none came in time.
    ///
    /// # Errors
    /// When the tab is closed.
    pub async fn emit(
        &self,
        event: &str,
        arguments: Vec<Value>,
    ) -> Result<Option<Vec<Value>>, ProbeError> {
        match self.walk.emit(event, arguments, ACK).await {
            Ok(came) => Ok(came.and_then(|came| came.ack)),
            Err(walk::WalkError::NoSocket(_)) if self.has_left() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends a raw frame: JSON, or a text as it stands.
    ///
    /// # Errors
    /// When the tab is closed.
    pub async fn send(&self, frame: &Value) -> Result<(), ProbeError> {
        Ok(self.walk.send(frame, ACK).await?)
    }
}
