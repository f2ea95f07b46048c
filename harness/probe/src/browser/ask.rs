//! Requests that a scenario writes out, and the surfaces of the target file.

use evidence::{ActionId, What};
use serde_json::Value;
use targets::language::came::Came;
use targets::language::predicate::Fit;
use walk::{AskBody, Errand, Told};

use super::login::in_one_line;
use super::{Browser, Stop};
use crate::error::ProbeError;
use crate::frame;
use crate::recording::Reading;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers to send in addition to the target's own.
    pub headers: Vec<(String, String)>,
    /// What to send.
    pub body: Body,
    /// The action that the request is about, if any.
    pub action: Option<ActionId>,
    /// The request stops that action, if the target grants it.
    pub is_stop: bool,
    /// Anybody may be answered.
    pub is_public: bool,
}

/// What to send.
#[derive(Clone, Debug, Default)]
pub enum Body {
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

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Its headers, in lower case and in their order.
    pub headers: Vec<(String, String)>,
    /// The body as text. Only the first 16 MiB are kept.
    pub body: String,
    /// Whether the body was longer than that.
    pub cut: bool,
    /// Whether the target did what was asked.
    pub granted: bool,
}

/// A surface of the target file that was asked for.
#[derive(Debug)]
pub struct Visited {
    /// Whether the target granted it, by its file.
    pub ended: Stop,
    /// What it answered.
    pub answer: Answer,
    /// The step that decided it, and what came to it.
    pub told: Told,
}

impl Browser {
    /// Sends a request and records the answer.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn request(&self, ask: &Ask) -> Result<Answer, ProbeError> {
        let asking = walk::Ask {
            method: ask.method.clone(),
            path: ask.path.clone(),
            headers: ask.headers.clone(),
            body: match &ask.body {
                Body::Nothing => AskBody::Nothing,
                Body::Json(json) => AskBody::Json(json.clone()),
                Body::Form(form) => AskBody::Form(form.clone()),
                Body::File(field, size) => AskBody::File(field.clone(), *size),
            },
        };
        let sent = self.walk().ask(&asking).await.map_err(ProbeError::from);
        let granted = { sent.as_ref() }.is_ok_and(|answered| self.grants(ask, &answered.came));
        // The action may have been stopped even if no answer came, or if the server failed.
        let may_be = match &sent {
            Ok(answered) => granted || answered.came.status.is_some_and(|status| status >= 500),
            Err(ProbeError::NoAnswer { is_sent, .. }) => *is_sent,
            Err(_) => false,
        };
        if may_be
            && ask.is_stop
            && let Some(action) = ask.action.clone()
        {
            self.record(What::Stopped { action })?;
        }
        let asked = format!("{} {}", ask.method, ask.path);
        if let (Some(meter), Ok(answered)) = (self.meter(), &sent) {
            meter.send(Reading::Answered {
                asked: asked.clone(),
                status: answered.came.status,
                granted,
                took: answered.since.elapsed(),
            });
        }
        let answered = sent?;
        let status = answered.came.status.unwrap_or_default();
        let frame = frame::frame(&format!("HTTP {status}"), &answered.came, answered.is_cut);
        self.record(What::Answered {
            asked,
            action: ask.action.clone(),
            granted,
            frame,
            is_public: ask.is_public,
            asked_us: Some(self.scribe().recorder.micros(answered.since)),
            pieces: Vec::new(),
            never: Vec::new(),
        })?;
        Ok(Answer {
            status,
            headers: answered.came.headers,
            body: answered.came.body.unwrap_or_default(),
            cut: answered.is_cut,
            granted,
        })
    }

    /// Asks for a surface of the target file; `None` where the file does not have it.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn surface(&self, name: &str) -> Result<Option<Visited>, ProbeError> {
        let errand = match name {
            "private page" | "actions of mine" | "upload" => Errand::Other,
            _ => Errand::Public,
        };
        let Some(told) = self.walk().surface(name, errand).await? else {
            return Ok(None);
        };
        let ended = match &told.answer {
            walk::Answer::Yes => Stop::Granted,
            walk::Answer::No(_) => Stop::Refused(in_one_line(name, &told)),
            walk::Answer::Sent | walk::Answer::Asked => Stop::Asked,
            walk::Answer::Unknown(why) => Stop::Unknown(why.clone()),
        };
        let granted = ended == Stop::Granted;
        let answer = Answer {
            status: told.came.status.unwrap_or_default(),
            headers: told.came.headers.clone(),
            body: told.came.body.clone().unwrap_or_default(),
            cut: false,
            granted,
        };
        Ok(Some(Visited {
            ended,
            answer,
            told,
        }))
    }

    /// Whether the answer says yes: as a step of the file with this request says, or by a status of 200 to 299.
    fn grants(&self, ask: &Ask, came: &Came) -> bool {
        let status = came.status.unwrap_or_default();
        let described = self.site().described(&ask.method, &ask.path);
        let granted = described.and_then(|step| step.granted.as_ref());
        match granted {
            Some(targets::language::step::Granted::When(predicate)) => {
                let fits = predicate.fits(came, &mut walk::Nothing);
                fits.map_or((200..300).contains(&status), |fit| fit == Fit::Yes)
            }
            _ => (200..300).contains(&status),
        }
    }
}
