//! Starting and stopping a target's actions over HTTP.

use evidence::{ActionId, Marker, What};
use serde_json::{Map, Value};

use crate::error::ProbeError;
use crate::http::ask::{Answer, Ask, Body, Started};
use crate::http::browser::Browser;
use crate::http::request::in_one_line;
use crate::target::{Call, template};

impl Browser {
    /// Starts an action that carries `marker`.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub async fn start(
        &self,
        kind: &str,
        given: &Map<String, Value>,
        marker: Marker,
    ) -> Result<Started, ProbeError> {
        let target = &self.site().target;
        let parameters = target.parameters(kind, given, marker.as_str());
        let ask = start(&target.actions.start, kind, &parameters);
        self.record(What::sent(marker.clone()))?;
        let answer = match self.send(&ask).await {
            Ok((answer, _)) => answer,
            Err(error @ ProbeError::NoAnswer { .. }) => {
                self.record(What::Unanswered { marker })?;
                return Ok(Started::Unanswered(error.in_words()));
            }
            Err(error) => return Err(error),
        };
        let Some(action) = self.new_action(&answer) else {
            return Ok(Started::Refused(self.record_refusal("start", &answer)?));
        };
        self.record(target.confirmation(kind, &parameters, marker, action.clone()))?;
        Ok(Started::Granted(action))
    }

    /// Starts an action without a marker: nobody can tell its events from another action's.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn start_unmarked(
        &self,
        kind: &str,
        given: &Map<String, Value>,
    ) -> Result<Started, ProbeError> {
        let target = &self.site().target;
        let parameters = target.unmarked_parameters(kind, given);
        let ask = start(&target.actions.start, kind, &parameters);
        let (answer, frame) = self.send(&ask).await?;
        let id = self.new_action(&answer);
        self.record_answer(format!("start {kind}"), id.clone(), id.is_some(), frame)?;
        Ok(id.map_or_else(
            || Started::Refused(in_one_line("start", &answer)),
            Started::Granted,
        ))
    }

    /// The new action's id in the answer to its start, if the target granted it.
    fn new_action(&self, answer: &Answer) -> Option<ActionId> {
        if answer.status != self.site().target.actions.start.granted {
            return None;
        }
        let answer = serde_json::from_str(&answer.body).ok()?;
        self.site().new_action(&answer)
    }

    /// Asks to stop an action, whoever owns it.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn stop(&self, id: &ActionId) -> Result<Answer, ProbeError> {
        let call = &self.site().target.actions.stop;
        let path = call.path.replace("{id}", id.as_str());
        let json = call.json.as_ref();
        let id_written = self.site().id_as_written(id);
        let body = json.map(|json| Body::Json(template::with_id(json, &id_written)));
        self.request(&Ask {
            method: call.method.clone(),
            path,
            body: body.unwrap_or_default(),
            action: Some(id.clone()),
            granted: Some(call.granted),
            ..Ask::default()
        })
        .await
    }
}

/// The request that starts an action.
fn start(call: &Call, kind: &str, parameters: &Map<String, Value>) -> Ask {
    let body = call.json.as_ref().map_or(Body::Nothing, |json| {
        Body::Json(template::with_action(json, kind, parameters))
    });
    Ask {
        method: call.method.clone(),
        path: call.path.clone(),
        body,
        granted: Some(call.granted),
        ..Ask::default()
    }
}
