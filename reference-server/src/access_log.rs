//! One line for each request, in the combined format. No query stands in it: that of `/socket.io/` has
//! the transport's id, and a login's may lead anywhere.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

use crate::proxy::Client;
use crate::routes::App;

const TIME: StaticFormatDescription = format_description!(
    "[day]/[month repr:short]/[year]:[hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
);
/// Characters of a header that a line keeps.
const KEPT: usize = 256;

/// The middleware: a line when the answer's head is known. A body that streams on is not waited for.
pub(crate) async fn write(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let Some(files) = app.log_files.clone() else {
        return next.run(request).await;
    };
    let client = request.extensions().get::<Client>().copied();
    let client = client.map_or_else(|| "-".to_owned(), |Client(address)| address.to_string());
    let (method, path, version) = (
        request.method().clone(),
        clean(request.uri().path()),
        shown(request.version()),
    );
    let referer = header(request.headers(), &header::REFERER);
    let referer = referer.split('?').next().unwrap_or("-").to_owned();
    let agent = header(request.headers(), &header::USER_AGENT);
    let response = next.run(request).await;
    let time = OffsetDateTime::now_utc().format(&TIME).unwrap_or_default();
    let bytes = header(response.headers(), &header::CONTENT_LENGTH);
    let status = response.status().as_u16();
    let line = format!(
        "{client} - - [{time}] \"{method} {path} {version}\" {status} {bytes} \"{referer}\" \"{agent}\"\n"
    );
    if let Err(error) = files.access.write_line(&line) {
        tracing::error!(%error, "a line of the access log was lost");
    }
    response
}

fn header(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get(name).map_or_else(
        || "-".to_owned(),
        |value| clean(&String::from_utf8_lossy(value.as_bytes())),
    )
}

/// Nothing that a client sends can end the field or the line.
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

const fn shown(version: Version) -> &'static str {
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
