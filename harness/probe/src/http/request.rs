//! Requests of a scenario, and their answers in the history.

use evidence::{ActionId, What};

use crate::error::ProbeError;
use crate::excerpt;
use crate::http::ask::{Answer, Ask};
use crate::http::browser::Browser;
use crate::recording::RecorderError;

impl Browser {
    /// Sends a request and records the answer.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn request(&self, ask: &Ask) -> Result<Answer, ProbeError> {
        let sent = self.send(ask).await;
        let granted = sent
            .as_ref()
            .is_ok_and(|(answer, _)| ask.is_granted_by(answer));
        // The action may have been stopped even if no answer came, or if the server failed.
        let may_be = match &sent {
            Ok((answer, _)) => granted || answer.status >= 500,
            Err(ProbeError::NoAnswer { source, .. }) => !source.is_connect(),
            Err(_) => false,
        };
        if may_be
            && self.site().target.stops(&ask.method, &ask.path)
            && let Some(action) = ask.action.clone()
        {
            self.record(What::Stopped { action })?;
        }
        let (answer, frame) = sent?;
        self.record_answer(
            format!("{} {}", ask.method, ask.path),
            ask.action.clone(),
            granted,
            frame,
        )?;
        Ok(answer)
    }

    /// Records an answer that is neither a login's nor about a marker.
    pub(super) fn record_answer(
        &self,
        asked: String,
        action: Option<ActionId>,
        granted: bool,
        frame: String,
    ) -> Result<(), RecorderError> {
        self.record(What::answered(asked, action, granted, frame))
    }

    /// Records a refusal, and gives the answer in one line.
    pub(super) fn record_refusal(
        &self,
        asked: &str,
        answer: &Answer,
    ) -> Result<String, RecorderError> {
        let said = in_one_line(asked, answer);
        let reason = excerpt::with_markers(&said, &answer.body);
        self.record(What::refused(reason))?;
        Ok(said)
    }
}

/// A refusal in one line.
pub(super) fn in_one_line(asked: &str, answer: &Answer) -> String {
    let words = format!(
        "{asked}: status {} {}",
        answer.status,
        excerpt::start(&answer.body)
    );
    words.trim_end().to_owned()
}
