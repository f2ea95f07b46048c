//! Every route, declared once: its method and path, its handler, and what it takes and answers.

use axum::handler::Handler;
use axum::routing::{self, MethodRouter};
use utoipa::openapi::HttpMethod;

use super::actions::{self, Listed};
use super::app::App;
use super::home;
use super::login;
use super::openapi;
use super::operation::{Operation, operation};
use super::probes::{self, Health, METRICS, Ready};
use super::sessions::{self, Ended, OwnSessions};
use super::status;
use super::uploads::{self, KeptBytes};
use crate::actions::kinds::Kind;
use crate::delivery::described::Described;
use crate::http::assets;
use crate::operation::status::Status;

pub(super) struct Route {
    pub(super) path: &'static str,
    pub(super) method: HttpMethod,
    pub(super) handler: MethodRouter<App>,
    pub(super) operation: Operation,
    pub(super) body: BodyLimit,
}

/// How large a body may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyLimit {
    /// A form or a JSON object.
    Small,
    /// As large as the setting MAX_CONTENT_LENGTH says.
    Upload,
}

/// Every route.
pub(super) fn routes() -> Vec<Route> {
    [
        pages(),
        of_actions(),
        of_sessions(),
        of_uploads(),
        of_operators(),
        of_everybody(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn pages() -> Vec<Route> {
    vec![
        get("/", home::show, {
            operation("The page of the user who is logged in")
                .page(200, "the page")
                .leads_on("to /login, for a guest")
        }),
        get("/login", login::login_page, {
            operation("The login page, whose token belongs to a guest's session")
                .in_query("next")
                .page(200, "the form")
                .text(400, "the query cannot be read")
                .refuses(&[500])
        }),
        post("/login", login::login, {
            operation("Log in")
                .takes_form(&["user", "password"], &["csrf_token", "next"])
                .leads_on("logged in, with a new session")
                .page(
                    401,
                    "the form again, the same whether the user exists or not",
                )
                .page(
                    429,
                    "the name or the address is locked; Retry-After says for how long",
                )
                .refuses(&[400, 403, 413, 500])
        }),
        post("/logout", login::logout, {
            operation("End the session and disconnect its sockets")
                .may_take_form(&["csrf_token"])
                .leads_on("to /login")
                .refuses(&[403, 500])
        }),
    ]
}

fn of_actions() -> Vec<Route> {
    vec![
        get("/api/actions", actions::list, {
            operation("The caller's own actions, the running ones first")
                .of_caller()
                .answers::<Listed>(200, "all of them")
                .refuses(&[401])
        }),
        post("/api/actions", actions::start, {
            operation("Start an action")
                .of_caller()
                .takes::<Kind>()
                .answers::<Described>(201, "the action, which is running")
                .refuses(&[400, 401, 403, 409, 413])
        }),
        get("/api/actions/{id}", actions::read, {
            operation("One of the caller's own actions")
                .in_path("id")
                .of_caller()
                .answers::<Described>(200, "the action as it is now")
                .refuses(&[401, 404])
        }),
        delete("/api/actions/{id}", actions::stop, {
            operation("Stop one of the caller's own actions")
                .in_path("id")
                .of_caller()
                .answers::<Described>(200, "the action, which is being stopped")
                .refuses(&[401, 403, 404])
        }),
    ]
}

fn of_sessions() -> Vec<Route> {
    vec![
        get("/api/sessions", sessions::list, {
            operation("Where the caller is logged in")
                .of_caller()
                .answers::<OwnSessions>(200, "the newest first")
                .refuses(&[401])
        }),
        delete("/api/sessions", sessions::end_all, {
            operation("Log the caller out everywhere, and disconnect all sockets")
                .of_caller()
                .answers::<Ended>(200, "how many sessions have ended")
                .refuses(&[401, 403, 500])
        }),
        delete("/api/sessions/{id}", sessions::end, {
            operation("End one of the caller's own sessions, and disconnect its sockets")
                .in_path("id")
                .of_caller()
                .answers::<Ended>(200, "the session has ended")
                .refuses(&[401, 403, 404, 500])
        }),
    ]
}

fn of_uploads() -> Vec<Route> {
    let mut upload = post("/upload", uploads::upload, {
        operation("Keep files in the caller's own folder")
            .of_caller()
            .takes_files()
            .answers::<KeptBytes>(201, "how many bytes were kept")
            .refuses(&[400, 401, 403, 413, 500])
    });
    upload.body = BodyLimit::Upload;
    vec![upload]
}

fn of_operators() -> Vec<Route> {
    vec![
        get("/status", status::show, {
            operation(
                "The server's state as a page, for the users whom the settings name as operators",
            )
            .page(200, "the page")
            .leads_on("to /login, for a guest")
            .refuses(&[404])
        }),
        get("/api/status", status::read, {
            operation("The server's state: numbers of all users together")
                .of_caller()
                .answers::<Status>(
                    200,
                    "numbers of this moment and since the start; `parts` as in /ready",
                )
                .refuses(&[401, 404])
        }),
    ]
}

fn of_everybody() -> Vec<Route> {
    vec![
        get("/static/{name}", assets::answer, {
            operation("A file that a page links. Its name contains its digest, so it never changes")
                .in_path("name")
                .answers_text(
                    200,
                    "the file, compressed with br or gzip if the client accepts that",
                    "*/*",
                )
                .text(404, "no page links it")
        }),
        get("/health", probes::health, {
            operation("Whether the process is serving").answers::<Health>(200, "it does")
        }),
        get("/ready", probes::ready, {
            operation("Whether each part of the server works")
                .answers::<Ready>(200, "all parts work")
                .answers::<Ready>(503, "a part does not work, and says why")
        }),
        get("/metrics", probes::metrics, {
            operation("The server's metrics, for clients on this machine only")
                .answers_text(200, "OpenMetrics' text", METRICS)
                .text(404, "for everybody else")
        }),
        get("/openapi.json", openapi::answer, {
            operation("This description").answers_object(200, "the description")
        }),
    ]
}

fn get<T: 'static>(
    path: &'static str,
    handler: impl Handler<T, App>,
    operation: Operation,
) -> Route {
    route(path, HttpMethod::Get, routing::get(handler), operation)
}

fn post<T: 'static>(
    path: &'static str,
    handler: impl Handler<T, App>,
    operation: Operation,
) -> Route {
    route(path, HttpMethod::Post, routing::post(handler), operation)
}

fn delete<T: 'static>(
    path: &'static str,
    handler: impl Handler<T, App>,
    operation: Operation,
) -> Route {
    route(
        path,
        HttpMethod::Delete,
        routing::delete(handler),
        operation,
    )
}

const fn route(
    path: &'static str,
    method: HttpMethod,
    handler: MethodRouter<App>,
    operation: Operation,
) -> Route {
    Route {
        path,
        method,
        handler,
        operation,
        body: BodyLimit::Small,
    }
}
