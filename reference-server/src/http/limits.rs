//! Limits on a request's head: a line of 4096 bytes, 100 fields of 8190 bytes each, 64 KiB in all.
//!
//! The parser enforces the number of fields and the total size; the middleware here checks the parts. It also checks
//! the host: a request for a name that is not the server's gets 421.

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::identity::client::Client;
use crate::identity::live::Live;

/// Bytes of the request line.
const REQUEST_LINE: usize = 4096;
/// The most header fields.
pub(crate) const HEADER_FIELDS: usize = 100;
/// Bytes of one header field, its name and its value.
const HEADER_FIELD: usize = 8190;
/// Bytes of the whole head.
pub(crate) const HEAD: usize = 64 << 10;

/// The middleware.
pub(crate) async fn check(
    State(live): State<Live>,
    Extension(client): Extension<Client>,
    request: Request,
    next: Next,
) -> Response {
    // Ten bytes for two spaces and `HTTP/1.1`.
    let line = request.method().as_str().len() + target(&request) + 10;
    if line > REQUEST_LINE {
        return (StatusCode::URI_TOO_LONG, "the request line is too long\n").into_response();
    }
    if too_large(request.headers()) {
        return (
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "a header field is too large\n",
        )
            .into_response();
    }
    let live = live.now();
    if !is_served(request.headers(), &live.settings.server_names, client) {
        return (
            StatusCode::MISDIRECTED_REQUEST,
            "this server does not serve that host\n",
        )
            .into_response();
    }
    next.run(request).await
}

/// The bytes of the target in the request line.
fn target(request: &Request) -> usize {
    let uri = request.uri();
    let path = uri.path_and_query().map_or(0, |path| path.as_str().len());
    let host = uri.authority().map_or(0, |host| host.as_str().len() + 8);
    path + host
}

fn too_large(headers: &HeaderMap) -> bool {
    headers
        .iter()
        .any(|(name, value)| name.as_str().len() + value.len() + 2 > HEADER_FIELD)
}

/// Whether the request names this server. A program on this machine may also name the machine itself, as the health
/// check does.
fn is_served(headers: &HeaderMap, names: &[String], client: Client) -> bool {
    if names.is_empty() {
        return true;
    }
    let Some(host) = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
    else {
        return false;
    };
    let host = host.to_lowercase();
    let bare = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(host.as_str(), |(bare, _)| bare);
    let itself = client.is_local() && ["127.0.0.1", "localhost", "[::1]"].contains(&bare);
    itself || names.iter().any(|name| *name == host || *name == bare)
}
