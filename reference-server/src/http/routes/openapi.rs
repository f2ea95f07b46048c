//! The description of the routes in `/openapi.json`.
//!
//! It is made from the table of routes, and the schemas from the types that the handlers read and write. Tests compare
//! it with the running server. Socket.IO is described in `scenarios/contract/asyncapi.yaml`.

use std::sync::Arc;

use axum::Extension;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use utoipa::PartialSchema;
use utoipa::openapi::path::{PathItem, PathsBuilder};
use utoipa::openapi::schema::ComponentsBuilder;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{HttpMethod, InfoBuilder, OpenApiBuilder};

use super::operation::{Operation, SESSION};
use crate::actions::kinds::Kind;
use crate::identity::cookies;

const ABOUT: &str = "A multi-user Socket.IO server that keeps its users apart. The session's cookie says who the caller is. A request that changes something must carry the page's token or this server's Origin. It may also name its session in `X-Session`, by the session's public id, and gets 409 if the cookie belongs to another session.";

/// The schema of a request for an action. `parameters` is optional, which a tagged enum cannot express by itself.
fn kind() -> Value {
    let mut schema = serde_json::to_value(Kind::schema()).unwrap_or_default();
    for variant in schema["oneOf"].as_array_mut().into_iter().flatten() {
        variant["required"] = json!(["kind"]);
        variant["additionalProperties"] = json!(false);
    }
    schema
}

/// The whole description.
#[derive(Clone)]
pub(crate) struct Description(pub(super) Arc<str>);

impl Description {
    /// Describes all routes, given the path, the method and the operation of each.
    pub(super) fn of(routes: impl Iterator<Item = (&'static str, HttpMethod, Operation)>) -> Self {
        let (mut paths, mut schemas) = (PathsBuilder::new(), Vec::new());
        for (path, method, mut operation) in routes {
            schemas.append(&mut operation.schemas);
            paths = paths.path(path, PathItem::new(method, operation.build()));
        }
        let cookie = ApiKey::Cookie(ApiKeyValue::new(cookies::PLAIN));
        let components = ComponentsBuilder::new()
            .security_scheme(SESSION, SecurityScheme::ApiKey(cookie))
            .schemas_from_iter(schemas);
        let info = InfoBuilder::new()
            .title("reference-server")
            .version(env!("CARGO_PKG_VERSION"))
            .description(Some(ABOUT));
        let whole = OpenApiBuilder::new()
            .info(info)
            .paths(paths)
            .components(Some(components.build()));
        let mut whole = serde_json::to_value(whole.build()).unwrap_or_default();
        whole["components"]["schemas"]["Kind"] = kind();
        Self(whole.to_string().into())
    }
}

/// Answers `/openapi.json`.
pub(super) async fn answer(Extension(Description(text)): Extension<Description>) -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], text.to_string()).into_response()
}
