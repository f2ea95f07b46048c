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

/// How many turns of the target's scheduler a run listens for at its end.
const TURNS: u32 = 3;
/// How long it listens if the target file does not say how often the target may send.
const LISTENING: Duration = Duration::from_secs(1);

/// How to talk to a system.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What it is called in reports.
    pub target: String,
    /// Its base address, as `http://127.0.0.1:5000`.
    #[schemars(with = "String")]
    pub base: Url,
    /// The address to connect to, in place of the one that the base address's name leads to.
    #[serde(default)]
    pub connect_to: Option<IpAddr>,
    /// A PEM file of the authority that signed its certificate, where the system does not know it.
    #[serde(default)]
    pub trust: Option<PathBuf>,
    /// How to ask whether it is well.
    #[serde(default)]
    pub health: Option<Health>,
    /// How to log in: a form on a page.
    pub login: Login,
    /// How to log out.
    pub logout: Call,
    /// Headers of every request that changes something; `{origin}` stands for the base's origin.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The cookie that carries the session.
    pub session_cookie: String,
    /// What that cookie is called over TLS, where it has another name there.
    #[serde(default)]
    pub session_cookie_over_tls: Option<String>,
    /// Its Socket.IO side.
    pub socket: SocketPart,
    /// Its actions.
    pub actions: Actions,
    /// How often its scheduler may send, as `100ms`. What must not come is listened for at least three times as
    /// long at a run's end; one second where nothing is said.
    #[serde(default)]
    pub cadence: Option<Time>,
    /// The kind of action that a smoke test starts: short and harmless.
    #[serde(default)]
    pub smoke: Option<String>,
    /// Where files go, if anywhere.
    #[serde(default)]
    pub upload: Option<Upload>,
    /// What is known of its events, by name.
    #[serde(default)]
    pub events: BTreeMap<String, EventPart>,
    /// How to start it on this machine, if that can be done.
    #[serde(default)]
    pub start: Option<Start>,
}

/// The page that says whether the system is well.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// Its path; it answers 200.
    pub path: String,
    /// Words that stand in its body and in no other page's.
    pub contains: String,
}

/// A login form.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The page's path; the form goes to the same.
    pub page: String,
    /// The field of the name.
    pub user: String,
    /// The field of the password.
    pub password: String,
    /// The hidden field to copy from the page, if there is one.
    #[serde(default)]
    pub token: Option<String>,
    /// The status of a login that was right.
    pub granted: u16,
}

/// Where a file goes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// The path.
    pub path: String,
    /// The form's field.
    pub field: String,
    /// The status that says yes.
    pub granted: u16,
}

/// What is known of an event.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventPart {
    /// The rule that a foreign marker in it breaks.
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
