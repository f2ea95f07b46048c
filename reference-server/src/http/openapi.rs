//! The description of the routes, which `/openapi.json` answers with.
//!
//! The bodies' schemas come from the types that the handlers read and write; what each route answers
//! stands here, and the tests hold it against the running server. Socket.IO is described in
//! `scenarios/contract/asyncapi.yaml`.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{
    OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{AdditionalProperties, ComponentsBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{HttpMethod, InfoBuilder, OpenApiBuilder, Ref, RefOr, Required, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::actions::kinds::Kind;
use crate::actions::registry::Described;
use crate::identity::cookies;
use crate::operation::status::Status;

/// The cookie, as it is called where there is no TLS.
const SESSION: &str = "session";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
/// What `/metrics` is written in.
pub(crate) const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// What every refusal looks like: what is wrong, and one sentence on what to do.
#[derive(Serialize, ToSchema)]
struct Refused {
    error: String,
    fix: String,
}

/// The caller's actions.
#[derive(Serialize, ToSchema)]
struct Listed {
    actions: Vec<Described>,
}

/// One of the caller's sessions.
#[derive(Serialize, ToSchema)]
struct Login {
    /// It names the session and opens nothing.
    id: String,
    /// Seconds since 1970.
    created: u64,
    /// Seconds since 1970.
    expires: u64,
    /// Whether it is the one that asks.
    current: bool,
    /// The browser and its system, where the login told them: `Firefox on Linux`.
    device: Option<String>,
}

/// The caller's sessions, the newest first.
#[derive(Serialize, ToSchema)]
struct Logins {
    sessions: Vec<Login>,
}

/// How many sessions were ended.
#[derive(Serialize, ToSchema)]
struct Ended {
    ended: usize,
}

/// Bytes of the files that were kept.
#[derive(Serialize, ToSchema)]
struct Kept {
    bytes: u64,
}

/// An operation, built up in the order in which one reads it.
struct Operation(OperationBuilder);

fn operation(summary: &str) -> Operation {
    Operation(OperationBuilder::new().summary(Some(summary)))
}

impl Operation {
    fn answers(self, status: u16, what: &str, kind: &str, schema: RefOr<Schema>) -> Self {
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new()
            .description(what)
            .content(kind, content);
        Self(self.0.response(status.to_string(), response.build()))
    }

    fn leads_on(self, what: &str) -> Self {
        let response = ResponseBuilder::new().description(what);
        Self(self.0.response("303", response.build()))
    }

    fn text(self, status: u16, what: &str) -> Self {
        self.answers(status, what, TEXT, text())
    }

    fn page(self, status: u16, what: &str) -> Self {
        self.answers(status, what, HTML, text())
    }

    fn refuses(self, statuses: &[u16]) -> Self {
        statuses.iter().fold(self, |operation, status| {
            let what = match status {
                400 => "what was sent is wrong",
                401 => "nobody is logged in",
                403 => "the request does not come from this server's pages",
                404 => "there is no such thing of the caller's",
                409 => "too many are running",
                413 => "the body is too large",
                _ => "the server is in trouble",
            };
            operation.answers(*status, what, JSON, named("Refused"))
        })
    }

    fn takes(self, kind: &str, schema: RefOr<Schema>) -> Self {
        self.body(kind, schema, Required::True)
    }

    fn may_take(self, kind: &str, schema: RefOr<Schema>) -> Self {
        self.body(kind, schema, Required::False)
    }

    fn body(self, kind: &str, schema: RefOr<Schema>, required: Required) -> Self {
        let body = RequestBodyBuilder::new()
            .content(kind, ContentBuilder::new().schema(Some(schema)).build())
            .required(Some(required));
        Self(self.0.request_body(Some(body.build())))
    }

    /// Needs a session of somebody who is logged in.
    fn of_caller(self) -> Self {
        let none: [String; 0] = [];
        Self(self.0.security(SecurityRequirement::new(SESSION, none)))
    }

    fn parameter(self, name: &str, place: ParameterIn) -> Self {
        let required = match place {
            ParameterIn::Path => Required::True,
            _ => Required::False,
        };
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(place)
            .required(required)
            .schema(Some(text()));
        Self(self.0.parameter(parameter))
    }
}

fn text() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).into()
}

fn named(schema: &str) -> RefOr<Schema> {
    Ref::from_schema_name(schema).into()
}

fn form(required: &[&str], optional: &[&str]) -> RefOr<Schema> {
    let all = required.iter().chain(optional);
    let form = all.fold(ObjectBuilder::new(), |form, name| {
        form.property(*name, text())
    });
    let form = required
        .iter()
        .fold(form, |form, name| form.required(*name));
    form.into()
}

/// Every route with what it takes and gives.
fn routes() -> Vec<(&'static str, HttpMethod, Operation)> {
    use HttpMethod::{Delete, Get, Post};
    let object: fn() -> RefOr<Schema> = || ObjectBuilder::new().schema_type(Type::Object).into();
    let form_kind = "application/x-www-form-urlencoded";
    let one = |summary| operation(summary).parameter("id", ParameterIn::Path);
    vec![
        (
            "/",
            Get,
            operation("The page of who is logged in")
                .page(200, "the page")
                .leads_on("to /login, for a guest"),
        ),
        (
            "/login",
            Get,
            operation("The login page; gives a guest a session for its token")
                .parameter("next", ParameterIn::Query)
                .page(200, "the form")
                .text(400, "an address that is none")
                .refuses(&[500]),
        ),
        (
            "/login",
            Post,
            operation("Log in")
                .takes(
                    form_kind,
                    form(&["user", "password"], &["csrf_token", "next"]),
                )
                .leads_on("logged in, with a new session")
                .page(
                    401,
                    "the form again, the same whether the user exists or not",
                )
                .page(
                    429,
                    "the name or the address is locked for as long as Retry-After says",
                )
                .refuses(&[400, 403, 413, 500]),
        ),
        (
            "/logout",
            Post,
            operation("End the session and disconnect its sockets")
                .may_take(form_kind, form(&[], &["csrf_token"]))
                .leads_on("to /login")
                .refuses(&[403, 500]),
        ),
        (
            "/api/actions",
            Get,
            operation("The caller's own actions, the running ones first")
                .of_caller()
                .answers(200, "all of them", JSON, named("Listed"))
                .refuses(&[401]),
        ),
        (
            "/api/actions",
            Post,
            operation("Start an action")
                .of_caller()
                .takes(JSON, named("Kind"))
                .answers(201, "it runs", JSON, named("Described"))
                .refuses(&[400, 401, 403, 409, 413]),
        ),
        (
            "/api/actions/{id}",
            Get,
            one("One of the caller's own actions")
                .of_caller()
                .answers(200, "as it is now", JSON, named("Described"))
                .refuses(&[401, 404]),
        ),
        (
            "/api/actions/{id}",
            Delete,
            one("Stop one of the caller's own actions")
                .of_caller()
                .answers(200, "it stops", JSON, named("Described"))
                .refuses(&[401, 403, 404]),
        ),
        (
            "/api/sessions",
            Get,
            operation("Where the caller is logged in")
                .of_caller()
                .answers(200, "the newest first", JSON, named("Logins"))
                .refuses(&[401]),
        ),
        (
            "/api/sessions",
            Delete,
            operation("Log the caller out everywhere, with all sockets")
                .of_caller()
                .answers(200, "how many have ended", JSON, named("Ended"))
                .refuses(&[401, 403, 500]),
        ),
        (
            "/api/sessions/{id}",
            Delete,
            one("End one of the caller's own sessions, with its sockets")
                .of_caller()
                .answers(200, "it has ended", JSON, named("Ended"))
                .refuses(&[401, 403, 404, 500]),
        ),
        (
            "/upload",
            Post,
            operation("Keep files in the caller's own folder")
                .of_caller()
                .takes("multipart/form-data", files())
                .answers(201, "how many bytes were kept", JSON, named("Kept"))
                .refuses(&[400, 401, 403, 413, 500]),
        ),
        (
            "/status",
            Get,
            operation("The server's state as a page, for who is an operator by the settings")
                .page(200, "the page")
                .leads_on("to /login, for a guest")
                .refuses(&[404]),
        ),
        (
            "/api/status",
            Get,
            operation("The server's state: numbers of all users together")
                .of_caller()
                .answers(
                    200,
                    "now and since the start; `parts` as /ready has them",
                    JSON,
                    named("Status"),
                )
                .refuses(&[401, 404]),
        ),
        (
            "/static/{name}",
            Get,
            operation("A file that a page links; its name has its digest, and it never changes")
                .parameter("name", ParameterIn::Path)
                .answers(
                    200,
                    "the file, as br or gzip for who takes it",
                    "*/*",
                    text(),
                )
                .text(404, "no page links it"),
        ),
        (
            "/health",
            Get,
            operation("Whether the process serves").answers(200, "it does", JSON, object()),
        ),
        (
            "/ready",
            Get,
            operation("Whether each part is as it must be")
                .answers(200, "all are", JSON, object())
                .answers(503, "one is not, and says why", JSON, object()),
        ),
        (
            "/metrics",
            Get,
            operation("What the server counts, for this machine alone")
                .answers(200, "OpenMetrics' text", METRICS, text())
                .text(404, "for everybody else"),
        ),
        (
            "/openapi.json",
            Get,
            operation("This description").answers(200, "it", JSON, object()),
        ),
    ]
}

fn files() -> RefOr<Schema> {
    let file = ObjectBuilder::new()
        .schema_type(Type::String)
        .content_encoding("binary");
    ObjectBuilder::new()
        .property("file", file)
        .required("file")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .into()
}

/// What to start. `parameters` may be left out, which a tagged type cannot say by itself.
fn kind() -> Value {
    let mut schema = serde_json::to_value(Kind::schema()).unwrap_or_default();
    for variant in schema["oneOf"].as_array_mut().into_iter().flatten() {
        variant["required"] = json!(["kind"]);
        variant["additionalProperties"] = json!(false);
    }
    schema
}

/// The whole description.
fn description() -> Value {
    let mut paths = PathsBuilder::new();
    for (path, method, Operation(operation)) in routes() {
        paths = paths.path(path, PathItem::new(method, operation.build()));
    }
    let mut schemas = Vec::new();
    <Kind as ToSchema>::schemas(&mut schemas);
    let components = ComponentsBuilder::new()
        .security_scheme(
            SESSION,
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(cookies::PLAIN))),
        )
        .schema("Refused", Refused::schema())
        .schema("Listed", Listed::schema())
        .schema("Described", Described::schema())
        .schema("Login", Login::schema())
        .schema("Logins", Logins::schema())
        .schema("Ended", Ended::schema())
        .schema("Kept", Kept::schema())
        .schema("Status", Status::schema())
        .schemas_from_iter(schemas);
    let whole = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("reference-server")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some("A multi-user Socket.IO server that keeps its users apart. Who asks is read from the session's cookie; what changes something carries the page's token or this server's Origin. It may say in `X-Session` of which session it is, by the public name, and gets 409 when the cookie is another's.")),
        )
        .paths(paths)
        .components(Some(components.build()));
    let mut whole = serde_json::to_value(whole.build()).unwrap_or_default();
    whole["components"]["schemas"]["Kind"] = kind();
    whole
}

/// The route itself.
pub(crate) async fn answer() -> Response {
    ([(header::CONTENT_TYPE, JSON)], description().to_string()).into_response()
}
