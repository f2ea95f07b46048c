//! What came back to a step: an HTTP answer, an event, a frame, an acknowledgement or a close, and what was sent.

use serde_json::Value;

/// What came back. What did not come is absent.
#[derive(Clone, Debug, Default)]
pub struct Came {
    /// The status of an HTTP answer, or of a handshake.
    pub status: Option<u16>,
    /// Its headers, in lower case and in their order.
    pub headers: Vec<(String, String)>,
    /// The cookies that the browser has for the target now, decoded.
    pub cookies: Vec<(String, String)>,
    /// The fields of the forms in a page.
    pub fields: Vec<(String, String)>,
    /// The body as text.
    pub body: Option<String>,
    /// The name of an event.
    pub event: Option<String>,
    /// Its arguments.
    pub arguments: Vec<Value>,
    /// The whole frame of a raw protocol.
    pub frame: Option<Value>,
    /// The arguments of the acknowledgement.
    pub ack: Option<Vec<Value>>,
    /// How the server closed the socket.
    pub close: Option<Close>,
    /// What the step sent.
    pub sent: Option<Value>,
    /// Which of the tab's streamed answers it is a message of, from 1.
    pub answer: Option<u64>,
}

/// A close by the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The code of the close frame, if there was one.
    pub code: Option<u16>,
    /// In the server's words.
    pub reason: String,
}

impl Came {
    /// Whether anything came at all. Silence neither grants nor refuses.
    #[must_use]
    pub const fn is_something(&self) -> bool {
        self.status.is_some()
            || self.event.is_some()
            || self.frame.is_some()
            || self.ack.is_some()
            || self.close.is_some()
    }

    /// The text in which `has` and `lacks` look.
    #[must_use]
    pub fn text(&self) -> String {
        if let Some(body) = &self.body {
            return body.clone();
        }
        // A frame that is no JSON stands as it came.
        let json = |value: Option<Value>| {
            value.map(|value| match value {
                Value::String(text) => text,
                value => value.to_string(),
            })
        };
        let ack = self.ack.clone().map(Value::Array);
        let event = self
            .event
            .as_ref()
            .map(|_| Value::Array(self.arguments.clone()));
        let text = json(self.frame.clone())
            .or_else(|| json(event))
            .or_else(|| json(ack));
        let close = self.close.as_ref().map(|close| close.reason.clone());
        text.or(close).unwrap_or_default()
    }

    /// The value that a place without a part is in: the first argument of an event, the whole frame, the first argument
    /// of an acknowledgement, or the body.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        if self.event.is_some() && !self.arguments.is_empty() {
            return self.arguments.first().cloned();
        }
        if let Some(frame) = &self.frame {
            return Some(frame.clone());
        }
        if let Some(ack) = &self.ack {
            return ack.first().cloned();
        }
        let body = self.body.as_ref()?;
        Some(serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.clone())))
    }

    /// What came, in a few words for a message.
    #[must_use]
    pub fn told(&self) -> String {
        const SHOWN: usize = 80;
        let mut told = Vec::new();
        told.extend(self.status.map(|status| format!("status {status}")));
        told.extend(self.event.as_ref().map(|event| format!("event `{event}`")));
        if self.ack.is_some() {
            told.push("an acknowledgement".to_owned());
        }
        told.extend(self.close.as_ref().map(|close| match close.code {
            Some(code) => format!("close {code} {}", close.reason),
            None => format!("close {}", close.reason),
        }));
        let text = self.text();
        let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = words.char_indices().nth(SHOWN) {
            words.truncate(end);
            words.push('…');
        }
        if !words.is_empty() && self.close.is_none() {
            told.push(format!("`{words}`"));
        }
        if told.is_empty() {
            return "nothing came".to_owned();
        }
        // Nothing in it moves the cursor of whoever reads it.
        let moves = |letter: char| {
            letter.is_control()
                || matches!(letter, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        told.join(", ").replace(moves, "\u{fffd}")
    }
}
