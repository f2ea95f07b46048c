//! HTTP answers: their heads, the start of their bodies, and what an error of the client says.

use std::error::Error;
use std::time::Duration;

use reqwest::Response;
use tokio::time::timeout;

use crate::bounds::BODY;
use crate::dial::DialError;
use crate::incoming::Answer;

/// How an opening ended. The inner error is what the server answered instead.
pub(super) type Opening<T> = Result<Result<T, Answer>, DialError>;

/// The head of an answer.
pub(super) fn head(answer: &Response) -> Answer {
    let headers = answer.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    Answer {
        status: answer.status().as_u16(),
        headers: headers.collect(),
        body: String::new(),
    }
}

/// How long the body of a refusal may take. Its status must not be lost to a body without an end.
const BODY_PATIENCE: Duration = Duration::from_secs(2);

/// An answer with the start of its body. If that breaks or takes too long, what came until then is the body.
pub(super) async fn refusal(mut answer: Response) -> Answer {
    let head = head(&answer);
    let mut body = Vec::new();
    let reading = async {
        while let Ok(Some(piece)) = answer.chunk().await {
            body.extend_from_slice(&piece);
            if body.len() >= BODY {
                body.truncate(BODY);
                break;
            }
        }
    };
    // What came in time is there in any case.
    let _ = timeout(BODY_PATIENCE, reading).await;
    Answer {
        body: String::from_utf8_lossy(&body).into_owned(),
        ..head
    }
}

/// What the innermost cause of an error says.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
