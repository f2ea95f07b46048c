//! What a route takes and answers, as an operation of OpenAPI.

use utoipa::ToSchema;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Ref, RefOr, Required, Schema};

use super::refusal::Refused;

/// The name of the security scheme. Its cookie has the name that is used without TLS.
pub(super) const SESSION: &str = "session";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const FORM: &str = "application/x-www-form-urlencoded";

/// An operation, built in reading order.
pub(crate) struct Operation {
    built: OperationBuilder,
    /// The types of answers and bodies, with their names.
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
}

pub(crate) fn operation(summary: &str) -> Operation {
    Operation {
        built: OperationBuilder::new().summary(Some(summary)),
        schemas: Vec::new(),
    }
}

impl Operation {
    /// Answers with this type, as JSON.
    pub(crate) fn answers<T: ToSchema>(mut self, status: u16, what: &str) -> Self {
        let schema = self.named::<T>();
        self.response(status, what, JSON, schema)
    }

    /// Answers with some JSON object.
    pub(crate) fn answers_object(self, status: u16, what: &str) -> Self {
        self.response(status, what, JSON, object())
    }

    /// Answers with a text of this kind.
    pub(crate) fn answers_text(self, status: u16, what: &str, kind: &str) -> Self {
        self.response(status, what, kind, text())
    }

    pub(crate) fn text(self, status: u16, what: &str) -> Self {
        self.answers_text(status, what, TEXT)
    }

    pub(crate) fn page(self, status: u16, what: &str) -> Self {
        self.answers_text(status, what, HTML)
    }

    pub(crate) fn leads_on(mut self, what: &str) -> Self {
        let response = ResponseBuilder::new().description(what);
        self.built = self.built.response("303", response.build());
        self
    }

    pub(crate) fn refuses(self, statuses: &[u16]) -> Self {
        statuses.iter().fold(self, |operation, status| {
            let what = match status {
                400 => "what was sent is wrong",
                401 => "the caller is not logged in",
                403 => "the request does not come from this server's pages",
                404 => "there is no such thing for this caller",
                409 => "too many actions are running, or the page belongs to another session",
                413 => "the body is too large",
                _ => "the server could not handle the request",
            };
            operation.answers::<Refused>(*status, what)
        })
    }

    fn response(mut self, status: u16, what: &str, kind: &str, schema: RefOr<Schema>) -> Self {
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new()
            .description(what)
            .content(kind, content);
        self.built = self.built.response(status.to_string(), response.build());
        self
    }

    /// Takes this type, as JSON.
    pub(crate) fn takes<T: ToSchema>(mut self) -> Self {
        let schema = self.named::<T>();
        self.body(JSON, schema, Required::True)
    }

    pub(crate) fn takes_form(self, required: &[&str], optional: &[&str]) -> Self {
        self.body(FORM, form(required, optional), Required::True)
    }

    pub(crate) fn may_take_form(self, optional: &[&str]) -> Self {
        self.body(FORM, form(&[], optional), Required::False)
    }

    pub(crate) fn takes_files(self) -> Self {
        self.body("multipart/form-data", files(), Required::True)
    }

    fn body(mut self, kind: &str, schema: RefOr<Schema>, required: Required) -> Self {
        let body = RequestBodyBuilder::new()
            .content(kind, ContentBuilder::new().schema(Some(schema)).build())
            .required(Some(required));
        self.built = self.built.request_body(Some(body.build()));
        self
    }

    /// A reference to a type. The type is described once for all operations.
    fn named<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let name = T::name().into_owned();
        self.schemas.push((name.clone(), T::schema()));
        T::schemas(&mut self.schemas);
        Ref::from_schema_name(name).into()
    }

    /// Needs the session of a logged-in user.
    pub(crate) fn of_caller(mut self) -> Self {
        let none: [String; 0] = [];
        let session = SecurityRequirement::new(SESSION, none);
        self.built = self.built.security(session);
        self
    }

    pub(crate) fn in_path(self, name: &str) -> Self {
        self.parameter(name, ParameterIn::Path, Required::True)
    }

    pub(crate) fn in_query(self, name: &str) -> Self {
        self.parameter(name, ParameterIn::Query, Required::False)
    }

    fn parameter(mut self, name: &str, place: ParameterIn, required: Required) -> Self {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(place)
            .required(required)
            .schema(Some(text()));
        self.built = self.built.parameter(parameter);
        self
    }

    pub(super) fn build(self) -> utoipa::openapi::path::Operation {
        self.built.build()
    }
}

fn object() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Object).into()
}

fn text() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).into()
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
