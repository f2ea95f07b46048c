//! One line for each request, in the combined format plus the request's id, or as JSON. The journal gets the same.
//! A line contains no query, because the query of `/socket.io/` has the transport's id, and that of a login may contain
//! anything.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::ground::metrics::{self, Metrics};
use crate::identity::client::{Client, RequestId};
use crate::operation::log_files::LogFiles;
use crate::operation::logging::ACCESS;
use crate::settings::LogFormat;

const TIME: StaticFormatDescription = format_description!(
    "[day]/[month repr:short]/[year]:[hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
);
/// Characters of a header that a line keeps; the rest is cut off.
const KEPT: usize = 256;

/// The content of a line.
#[derive(Serialize)]
struct Entry {
    time: String,
    client: String,
    method: String,
    path: String,
    protocol: &'static str,
    status: u16,
    /// `None` for an answer that is streamed, because its size is not known.
    bytes: Option<u64>,
    referer: String,
    user_agent: String,
    request_id: String,
    duration_ms: u64,
}

/// Where lines go, and where requests are counted. Clones are the same.
#[derive(Clone)]
pub(crate) struct RequestLog {
    pub(crate) files: Option<LogFiles>,
    pub(crate) metrics: Arc<Metrics>,
}

/// The middleware. It writes the line once the answer's head is known, and does not wait for a streamed body.
pub(crate) async fn write(State(log): State<RequestLog>, request: Request, next: Next) -> Response {
    let (started, method) = (Instant::now(), request.method().clone());
    let client = request.extensions().get::<Client>();
    let client = client.map_or_else(|| "-".to_owned(), Client::to_string);
    let id = request.extensions().get::<RequestId>();
    let request_id = id.map_or_else(|| "-".to_owned(), |id| id.0.to_string());
    let long_lived = request.uri().path().starts_with("/socket.io");
    let path = clean(request.uri().path());
    let protocol = protocol_name(request.version());
    let referer = header(request.headers(), &header::REFERER);
    let referer = referer.split('?').next().unwrap_or("-").to_owned();
    let user_agent = header(request.headers(), &header::USER_AGENT);
    let response = next.run(request).await;
    let status = response.status().as_u16();
    log.metrics.request(method.as_str(), status);
    if !long_lived {
        metrics::observe(&log.metrics.request_duration, started.elapsed());
    }
    let entry = Entry {
        time: String::new(),
        client,
        method: clean(method.as_str()),
        path,
        protocol,
        status,
        bytes: response.body().size_hint().exact(),
        referer,
        user_agent,
        request_id,
        duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    keep(log.files.as_ref(), entry);
    response
}

fn keep(files: Option<&LogFiles>, mut entry: Entry) {
    tracing::info!(
        target: ACCESS,
        client = entry.client,
        method = entry.method,
        path = entry.path,
        status = entry.status,
        duration_ms = entry.duration_ms,
        "a request was answered"
    );
    let Some(files) = files else { return };
    let now = OffsetDateTime::now_utc();
    let line = match files.format {
        LogFormat::Text => {
            entry.time = now.format(&TIME).unwrap_or_default();
            entry.combined()
        }
        LogFormat::Json => {
            entry.time = now.format(&Rfc3339).unwrap_or_default();
            serde_json::to_string(&entry).unwrap_or_default() + "\n"
        }
    };
    if let Err(error) = files.access.write_line(&line) {
        tracing::error!(%error, "a line of the access log was lost");
    }
}

impl Entry {
    fn combined(&self) -> String {
        let Self {
            time,
            client,
            method,
            path,
            protocol,
            status,
            bytes,
            referer,
            user_agent,
            request_id,
            ..
        } = self;
        let bytes = bytes.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
        format!(
            "{client} - - [{time}] \"{method} {path} {protocol}\" {status} {bytes} \"{referer}\" \"{user_agent}\" {request_id}\n"
        )
    }
}

fn header(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get(name).map_or_else(
        || "-".to_owned(),
        |value| clean(&String::from_utf8_lossy(value.as_bytes())),
    )
}

/// Escapes text from a client, so that it cannot end the field or the line.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(KEPT));
    for character in text.chars().take(KEPT) {
        if character == '"' || character == '\\' || character.is_control() {
            // Writing to a String cannot fail.
            let _ = write!(clean, "\\x{:02X}", u32::from(character));
        } else {
            clean.push(character);
        }
    }
    clean
}

const fn protocol_name(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_cannot_write_lines_of_its_own() {
        assert_eq!(clean("a\"b\\c\nd"), "a\\x22b\\x5Cc\\x0Ad");
        assert_eq!(clean(&"x".repeat(9000)).len(), KEPT);
    }
}
