//! Requests, events and frames that no file describes: a scenario writes them out itself.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, ORIGIN};
use serde_json::Value;
use targets::language::came::Came;
use tokio::time::timeout;
use wires::Outgoing;
use wires::frame::Frame;

use crate::browser::Browser;
use crate::error::WalkError;
use crate::heard::Heard;
use crate::kept::{Kept, Names};
use crate::request::{self, Answered, Filled, FilledBody};
use crate::site::PATIENCE;
use crate::tab::Tab;

/// A request, written out.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers beside those that the file carries.
    pub headers: Vec<(String, String)>,
    /// What to send.
    pub body: AskBody,
}

/// What to send.
#[derive(Clone, Debug, Default)]
pub enum AskBody {
    /// Nothing.
    #[default]
    Nothing,
    /// JSON.
    Json(Value),
    /// A form.
    Form(Vec<(String, String)>),
    /// A file of so many bytes, in this form field.
    File(String, usize),
}

impl Browser {
    /// Sends a request as a page of the target would, and waits for its whole answer. No witness sees it.
    ///
    /// # Errors
    /// When there is no answer, or it cannot be sent.
    pub async fn ask(&self, ask: &Ask) -> Result<Answered, WalkError> {
        let filled = self.fill(ask)?;
        let patience = self.site().target.patience.unwrap_or(PATIENCE);
        request::exchange(self, filled, false, patience, false).await
    }

    fn fill(&self, ask: &Ask) -> Result<Filled, WalkError> {
        let unsendable = |what: &str| WalkError::Unsendable(what.to_owned());
        let method =
            Method::from_bytes(ask.method.as_bytes()).map_err(|_| unsendable(&ask.method))?;
        let mut url = self.url(&ask.path)?;
        let mut headers = HeaderMap::new();
        let mut put = |name: &str, value: &str| {
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable(name))?;
            let value = HeaderValue::from_str(value).map_err(|_| unsendable(name))?;
            headers.insert(key, value);
            Ok::<_, WalkError>(())
        };
        if method != Method::GET && method != Method::HEAD {
            put(ORIGIN.as_str(), &self.site().origin())?;
        }
        let session = self.session();
        let cookies = self.cookies();
        let nobody = std::collections::BTreeMap::new();
        let mut names = Names::of(&session, &cookies, &nobody);
        let carries = &self.site().target.carries;
        for (name, value) in &carries.headers {
            if let Ok(value) = value.text(&mut names) {
                put(name, &value)?;
            }
        }
        for (key, value) in &carries.query {
            if let (Ok(key), Ok(value)) = (key.text(&mut names), value.value(&mut names)) {
                let value = targets::language::template::as_text(&value);
                url.query_pairs_mut().append_pair(&key, &value);
            }
        }
        for (name, value) in &ask.headers {
            put(name, value)?;
        }
        Ok(Filled {
            method,
            url,
            headers,
            body: match &ask.body {
                AskBody::Nothing => FilledBody::Nothing,
                AskBody::Json(json) => FilledBody::Json(json.to_string()),
                AskBody::Form(form) => FilledBody::Form(form.clone()),
                AskBody::File(field, size) => FilledBody::File(field.clone(), *size),
            },
        })
    }
}

impl Tab {
    /// Emits an event that no file describes, and waits for its acknowledgement; `None` if none came in time.
    ///
    /// # Errors
    /// When no socket is open.
    pub async fn emit(
        &self,
        event: &str,
        arguments: Vec<Value>,
        within: Duration,
    ) -> Result<Option<Came>, WalkError> {
        let socket = self.socket(None, None);
        let socket = socket.ok_or_else(|| WalkError::NoSocket(event.to_owned()))?;
        let number = socket.next_ack(event);
        let moment = self.log(|log| log.now());
        let outgoing = Outgoing::Event {
            namespace: socket.namespace.clone(),
            name: event.to_owned(),
            arguments,
            id: Some(number),
        };
        let sent = socket.speaker.send(outgoing).await;
        sent.map_err(|error| WalkError::NoAnswer {
            asked: format!("emit {event}"),
            why: error.to_string(),
            is_late: false,
            is_sent: false,
        })?;
        let name = socket.name.as_str();
        let look = |heard: &Heard| {
            let is_it = heard.socket == name && heard.acknowledges == Some(number);
            let is_over = heard.came.close.is_some();
            (is_it || is_over).then(|| is_it.then(|| heard.came.clone()))
        };
        Ok(self.wait(moment, within, look).await.flatten())
    }

    /// Sends a frame that no file describes: JSON, or a text as it stands.
    ///
    /// # Errors
    /// When no socket is open.
    pub async fn send(&self, value: &Value, within: Duration) -> Result<(), WalkError> {
        let socket = self.socket(None, None);
        let socket = socket.ok_or_else(|| WalkError::NoSocket("a frame".to_owned()))?;
        let text = targets::language::template::as_text(value);
        let sending = socket.speaker.send(Outgoing::Frame(Frame::text(text)));
        let no_answer = |why: String| WalkError::NoAnswer {
            asked: "send".to_owned(),
            why,
            is_late: false,
            is_sent: false,
        };
        let sent = timeout(within, sending).await;
        let sent = sent.map_err(|_| no_answer("it could not be sent in time".to_owned()))?;
        sent.map_err(|error| no_answer(error.to_string()))
    }
}

impl<'a> Names<'a> {
    /// What names stand for in a session.
    fn of(
        kept: &'a Kept,
        cookies: &'a [(String, String)],
        owners: &'a std::collections::BTreeMap<String, std::sync::Arc<Kept>>,
    ) -> Self {
        Names {
            kept,
            counter: kept,
            owners,
            cookies,
            socket_id: None,
            own: std::collections::BTreeMap::new(),
            leaves_out: true,
        }
    }
}
