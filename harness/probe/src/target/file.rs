//! A target file as it is written.
//!
//! Templates in braces: `{id}`, `{kind}` and `{parameters}` in the actions, `{origin}` in the headers, `{folder}`,
//! `{random}` and `{fault}` in the start. The JSON Schema of the format is made from these types: their names and
//! doc comments are its titles and descriptions, and the committed contract holds them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::actions::Actions;
use super::call::Call;
use super::socket::SocketPart;
use super::start::Start;
use crate::time::Time;

/// For how many ticks of the target's scheduler a run listens at its end.
const TURNS: u32 = 3;
/// How long it listens if the target file does not say how often the target may send.
const LISTENING: Duration = Duration::from_secs(1);

/// How to talk to a system.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its name in reports.
    pub target: String,
    /// Its base address, such as `http://127.0.0.1:5000`.
    #[schemars(with = "String")]
    pub base: Url,
    /// An address to connect to instead of the one that the name in `base` resolves to.
    #[serde(default)]
    pub connect_to: Option<IpAddr>,
    /// A PEM file of the authority that signed its certificate, if the system does not know it.
    #[serde(default)]
    pub trust: Option<PathBuf>,
    /// Its health page.
    #[serde(default)]
    pub health: Option<Health>,
    /// How to log in: a form on a page.
    pub login: Login,
    /// How to log out.
    pub logout: Call,
    /// Headers of every request that changes something. `{origin}` is the origin of `base`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The cookie that carries the session.
    pub session_cookie: String,
    /// The name of that cookie over TLS, if it is different.
    #[serde(default)]
    pub session_cookie_over_tls: Option<String>,
    /// Its Socket.IO side.
    pub socket: SocketPart,
    /// Its actions.
    pub actions: Actions,
    /// How often its scheduler may send, such as `100ms`. At its end, a run listens for events that must not arrive for
    /// three times as long, or for one second without it.
    #[serde(default)]
    pub cadence: Option<Time>,
    /// The kind of action that a smoke test starts: short and harmless.
    #[serde(default)]
    pub smoke: Option<String>,
    /// How to upload a file.
    #[serde(default)]
    pub upload: Option<Upload>,
    /// Details of its events, by name.
    #[serde(default)]
    pub events: BTreeMap<String, EventPart>,
    /// How to start it on this machine.
    #[serde(default)]
    pub start: Option<Start>,
}

/// The page that says whether the system is healthy.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// Its path. A healthy system answers 200.
    pub path: String,
    /// A text that is in its body and in no other page.
    pub contains: String,
}

/// A login with a form.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The path of the page with the form. The form is sent to the same path.
    pub page: String,
    /// The name of the field for the user's name.
    pub user: String,
    /// The name of the field for the password.
    pub password: String,
    /// The name of the hidden field to copy from the page, if there is one.
    #[serde(default)]
    pub token: Option<String>,
    /// The status of a successful login.
    pub granted: u16,
}

/// How to upload a file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// The path to send it to.
    pub path: String,
    /// The name of the form's field.
    pub field: String,
    /// The status that means success.
    pub granted: u16,
}

/// Details of an event.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventPart {
    /// The rule that is broken if this event carries another user's marker.
    pub leak: String,
}

impl Target {
    /// The name of the session cookie at this base address.
    #[must_use]
    pub fn session_cookie(&self) -> &str {
        match &self.session_cookie_over_tls {
            Some(name) if self.base.scheme() == "https" => name,
            _ => &self.session_cookie,
        }
    }

    /// How long a run keeps listening after everything that is due has come.
    #[must_use]
    pub fn listening(&self) -> Duration {
        let cadence = self.cadence.map(|Time(cadence)| cadence * TURNS);
        cadence.unwrap_or(LISTENING)
    }

    /// The base's origin, as a browser would send it.
    #[must_use]
    pub fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }
}

/// The JSON Schema of a target file.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Target).to_value()
}
