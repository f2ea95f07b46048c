//! A target file: how to talk to a system, and the only thing that is known of it.
//!
//! In: YAML. Out: `Target`, or the place and the fix. Templates in braces: `{id}`, `{kind}` and
//! `{parameters}` in the actions, `{origin}` in the headers, `{folder}`, `{random}` and `{fault}` in the
//! start.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use evidence::ActionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;
use url::Url;

use crate::time::Time;

/// Events that an action may owe to a tab.
pub(super) const MOST: u64 = 1_000_000_000;
/// Turns of the target's scheduler for which a run listens at its end.
const TURNS: u32 = 3;
/// How long it listens where the target file does not say how often the target may send.
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

/// A request.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: String,
    /// The path, perhaps with `{id}`.
    pub path: String,
    /// The JSON body, if there is one; `"{kind}"` and `"{parameters}"` are filled in.
    #[serde(default)]
    #[schemars(with = "Option<Value>")]
    pub json: Option<Value>,
    /// The status that says yes.
    pub granted: u16,
    /// The JSON pointer of the new action's id in the answer.
    #[serde(default)]
    pub id: Option<String>,
}

/// The Socket.IO side.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SocketPart {
    /// The path, as `/socket.io/`.
    pub path: String,
    /// The event after which the handlers stand, with `{"seq": n}`; none: after the connect.
    #[serde(default)]
    pub ready: Option<String>,
    /// Whether an event's second argument is `{"seq": n, …}`.
    #[serde(default)]
    pub numbered: bool,
    /// The event that asks for what was missed, with `{"last_seq": n}`.
    #[serde(default)]
    pub resume: Option<String>,
    /// The event that starts an action.
    #[serde(default)]
    pub start: Option<String>,
    /// The event that stops one.
    #[serde(default)]
    pub stop: Option<String>,
    /// The JSON pointer of what an acknowledgement has that says no.
    #[serde(default = "error")]
    pub refused: String,
}

fn error() -> String {
    "/error".to_owned()
}

impl SocketPart {
    /// Whether the target did what was asked, by its acknowledgement.
    #[must_use]
    pub fn grants(&self, answer: &Value) -> bool {
        answer.pointer(&self.refused).is_none()
    }
}

impl Call {
    /// The new action's id in an answer.
    #[must_use]
    pub fn id_in(&self, answer: &Value) -> Option<ActionId> {
        match answer.pointer(self.id.as_deref()?)? {
            Value::String(id) => Some(ActionId::from(id.as_str())),
            Value::Number(id) => Some(ActionId::from(id.to_string().as_str())),
            _ => None,
        }
    }
}

/// A system's actions.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Actions {
    /// Starts one.
    pub start: Call,
    /// Stops one by its id.
    pub stop: Call,
    /// Lists one's own, where that can be asked for.
    #[serde(default)]
    pub list: Option<Call>,
    /// What can be started.
    pub kinds: BTreeMap<String, Kind>,
}

/// A kind of action.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// The parameter that carries the marker.
    pub marker: String,
    /// Parameters and their defaults.
    #[serde(default)]
    #[schemars(with = "Map<String, Value>")]
    pub parameters: Map<String, Value>,
    /// What each open tab of the owner gets: how many, or the parameter that says how many.
    #[serde(default)]
    pub yields: BTreeMap<String, Yield>,
}

/// How many events. `1+` and `lines+` are at least so many; without the sign exactly so many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Yield {
    /// So many.
    Count(u64),
    /// As many as this parameter says, or `3+`, or `parameter+`.
    Text(String),
}

impl Yield {
    /// Whether more may come.
    fn repeats(&self) -> bool {
        matches!(self, Self::Text(text) if text.ends_with('+'))
    }

    /// The number, or the parameter that has it.
    pub(super) fn least(&self) -> Result<u64, &str> {
        match self {
            Self::Count(count) => Ok(*count),
            Self::Text(text) => {
                let text = text.strip_suffix('+').unwrap_or(text);
                text.parse().map_err(|_| text)
            }
        }
    }
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

/// How to start the system on this machine.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The program: looked for beside the harness, then on the PATH.
    pub program: String,
    /// Its arguments. Its standard input is a pipe that is closed when the harness is gone.
    pub arguments: Vec<String>,
    /// Its environment; `{folder}` is a fresh folder, `{random}` 64 random hexadecimal digits,
    /// `{port}` 0 and, at a restart, the port it had.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The arguments that add users: the names follow, one password a line on standard input.
    pub add_users: Vec<String>,
    /// What the line of its standard output begins with that ends with the base address.
    pub ready_line: String,
    /// The arguments that open a fault, with `{fault}`.
    #[serde(default)]
    pub fault: Vec<String>,
}

/// Why a text is no target file.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct TargetError {
    /// What is wrong.
    pub message: String,
    /// The line, from 1, where it is known.
    pub line: Option<u64>,
    /// One imperative sentence.
    pub fix: String,
}

impl Target {
    /// Reads a target file.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let target: Self = serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map(|location| location.line());
            let words = error.without_snippet().to_string();
            let message = words.lines().next().unwrap_or("no YAML");
            // The place stands beside it.
            let message = message
                .split(" at line ")
                .next()
                .unwrap_or_default()
                .to_owned();
            TargetError {
                message,
                line,
                fix: "write it as `airtight schema target` says".to_owned(),
            }
        })?;
        super::check::check(&target).map_err(|wrong| TargetError {
            line: super::lines::line(text, &wrong.at),
            message: wrong.message,
            fix: wrong.fix.to_owned(),
        })?;
        Ok(target)
    }

    /// The kind's parameters with `given` over the defaults and the marker in its place.
    #[must_use]
    pub fn parameters(
        &self,
        kind: &str,
        given: &Map<String, Value>,
        marker: &str,
    ) -> Map<String, Value> {
        let mut all = self.unmarked_parameters(kind, given);
        if let Some(kind) = self.actions.kinds.get(kind) {
            all.insert(kind.marker.clone(), Value::from(marker));
        }
        all
    }

    /// The same with no marker.
    #[must_use]
    pub fn unmarked_parameters(
        &self,
        kind: &str,
        given: &Map<String, Value>,
    ) -> Map<String, Value> {
        let kind = self.actions.kinds.get(kind);
        let mut all = kind.map(|kind| kind.parameters.clone()).unwrap_or_default();
        all.extend(given.clone());
        all
    }

    /// What each open tab of the owner gets from an action with these parameters.
    #[must_use]
    pub fn yields(&self, kind: &str, parameters: &Map<String, Value>) -> BTreeMap<String, u64> {
        let due = |due: &Yield| {
            due.least()
                .unwrap_or_else(|name| parameters.get(name).and_then(whole).unwrap_or(0))
        };
        let kind = self.actions.kinds.get(kind);
        kind.into_iter()
            .flat_map(|kind| &kind.yields)
            .map(|(event, count)| (event.clone(), due(count)))
            .collect()
    }

    /// A parameter that says how many events are due and is no whole number of a thousand million at most.
    #[must_use]
    pub fn uncounted(&self, kind: &str, parameters: &Map<String, Value>) -> Option<String> {
        let kind = self.actions.kinds.get(kind)?;
        let names = kind.yields.values().filter_map(|due| due.least().err());
        let counted = |name: &str| parameters.get(name).and_then(whole).is_some();
        { names }.find(|name| !counted(name)).map(str::to_owned)
    }

    /// The events of such an action that come exactly as often as it yields them.
    #[must_use]
    pub fn exact(&self, kind: &str) -> BTreeSet<String> {
        let kind = self.actions.kinds.get(kind);
        let yields = kind.into_iter().flat_map(|kind| &kind.yields);
        yields
            .filter(|(_, due)| !due.repeats())
            .map(|(event, _)| event.clone())
            .collect()
    }

    /// The status that says yes to this request, where it is one that the file has a word for.
    #[must_use]
    pub fn granted(&self, method: &str, path: &str) -> Option<u16> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let actions = &self.actions;
        let calls = [&actions.start, &actions.stop, &self.logout].into_iter();
        let calls = calls
            .chain(&actions.list)
            .map(|call| (call.method.as_str(), call.path.as_str(), call.granted));
        let upload = self.upload.iter();
        let upload = upload.map(|upload| ("POST", upload.path.as_str(), upload.granted));
        let login = ("POST", self.login.page.as_str(), self.login.granted);
        let mut all = calls.chain(upload).chain([login]);
        all.find(|(its, template, _)| *its == method && fits(template, path))
            .map(|(.., granted)| granted)
    }

    /// Whether this request stops an action.
    #[must_use]
    pub fn stops(&self, method: &str, path: &str) -> bool {
        let stop = &self.actions.stop;
        let path = path.split(['?', '#']).next().unwrap_or_default();
        stop.method == method && fits(&stop.path, path)
    }

    /// The action's id in a path that is written out, where the target has one: right after what stands before
    /// `{id}` in the path that stops an action.
    #[must_use]
    pub fn id_in_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        let (before, _) = self.actions.stop.path.split_once("{id}")?;
        let id = path
            .strip_prefix(before)?
            .split(['/', '?', '&', '#'])
            .next();
        id.filter(|id| !id.is_empty())
    }

    /// What the session's cookie is called at this base address.
    #[must_use]
    pub fn session_cookie(&self) -> &str {
        match &self.session_cookie_over_tls {
            Some(name) if self.base.scheme() == "https" => name,
            _ => &self.session_cookie,
        }
    }

    /// How long a run goes on listening when all that is due has come.
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

/// The whole number that a parameter says: as a number, also `3.0`, or as the text of a form.
fn whole(value: &Value) -> Option<u64> {
    let number = match value {
        Value::Number(number) => number
            .as_u64()
            .or_else(|| number.to_string().strip_suffix(".0")?.parse().ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| *number <= MOST)
}

/// Whether a path is this one, with anything but a further part in place of `{id}`.
fn fits(template: &str, path: &str) -> bool {
    let template = template.split('?').next().unwrap_or_default();
    match template.split_once("{id}") {
        None => template == path,
        Some((before, after)) => path
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|id| !id.is_empty() && !id.contains('/')),
    }
}

/// The JSON Schema of a target file.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Target).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = include_str!("../../../../scenarios/targets/reference.yaml");

    #[test]
    fn the_reference_target_is_good() {
        let target = Target::parse(REFERENCE).expect("good");
        let given = serde_json::json!({"count": 4});
        let parameters = target.parameters("popups", given.as_object().expect("an object"), "m");
        assert_eq!(parameters["text"], "m");
        assert_eq!(target.yields("popups", &parameters)["popup"], 4);
        assert_eq!(Vec::from_iter(target.exact("popups")), ["popup", "result"]);
        let parameters = target.parameters("parallel", &Map::new(), "m");
        assert_eq!(target.yields("parallel", &parameters)["action_status"], 3);
        assert_eq!(Vec::from_iter(target.exact("parallel")), ["result"]);
        let parameters = target.parameters("countdown", &Map::new(), "m");
        assert_eq!(target.yields("countdown", &parameters)["action_status"], 1);
    }

    #[test]
    fn what_is_granted_is_what_the_file_says() {
        let mut target = Target::parse(REFERENCE).expect("good");
        target.actions.stop.granted = 202;
        let check = |method: &str, path: &str, granted: Option<u16>| {
            assert_eq!(target.granted(method, path), granted, "{method} {path}");
        };
        check("POST", "/api/actions", Some(201));
        check("GET", "/api/actions", Some(200));
        check("GET", "/api/actions?user=alice", Some(200));
        check("DELETE", "/api/actions/7", Some(202));
        check("DELETE", "/api/actions/", None);
        check("DELETE", "/api/actions/7/8", None);
        check("GET", "/api/actions/7", None);
        check("POST", "/logout", Some(303));
        check("POST", "/login", Some(303));
        check("POST", "/upload", Some(201));
        check("GET", "/", None);
        let yes = serde_json::json!({"ok": true});
        let no = serde_json::json!({"error": "no"});
        assert!(target.socket.grants(&yes) && !target.socket.grants(&no));
        target.socket.refused = "/0/failed".to_owned();
        let failed = serde_json::json!([{"failed": 1}]);
        assert!(target.socket.grants(&no) && !target.socket.grants(&failed));
    }

    #[test]
    fn an_id_stands_in_a_path_where_the_file_says() {
        let mut target = Target::parse(REFERENCE).expect("good");
        let check = |target: &Target, path: &str, id: Option<&str>| {
            assert_eq!(target.id_in_path(path), id, "{path}");
        };
        check(&target, "/api/actions/12", Some("12"));
        check(&target, "/api/actions/12/log?x=1", Some("12"));
        check(&target, "/api/actions/12?x=1", Some("12"));
        check(&target, "/api/actions/", None);
        check(&target, "/api/v1/rooms/1", None);
        check(&target, "/other/api/actions/12", None);
        target.actions.stop.path = "/stop?id={id}&now=1".to_owned();
        check(&target, "/stop?id=12&now=1", Some("12"));
    }

    /// The line on which `from` stands once it is `to` is the line that is told.
    #[track_caller]
    fn check(from: &str, to: &str, message: &str) {
        let text = REFERENCE.replacen(from, to, 1);
        assert_ne!(text, REFERENCE, "{from}");
        let error = Target::parse(&text).expect_err(to);
        assert!(error.message.contains(message), "{to}: {error}");
        let at = text.lines().position(|line| line.contains(to));
        let at = at.map(|index| index as u64 + 1);
        assert_eq!(error.line, at, "{to}: {error}");
    }

    #[test]
    fn a_run_listens_for_three_turns_of_the_scheduler() {
        let target = Target::parse(REFERENCE).expect("good");
        assert_eq!(target.listening(), Duration::from_millis(300));
        let text = REFERENCE.replace("cadence: 100ms\n", "");
        let silent = Target::parse(&text).expect("good");
        assert_eq!(silent.listening(), LISTENING);
    }

    #[test]
    fn a_wrong_target_says_what_and_where() {
        check("base: http:", "base: ftp:", "`base` is ftp:");
        check("base: http:", "base: nonsense", "relative URL");
        check("session_cookie:", "session_biscuit:", "session_biscuit");
        check("page: /login", "page: login", "does not begin with /");
        check("granted: 303", "granted: 3030", "3030 is no status");
        check("popup: count", "popup: size", "`popup` counts by `size`");
        check("popup: count", "popup: size+", "`popup` counts by `size`");
        check("method: POST", "method: PUSH", "`PUSH` is no method");
        check("id: /id", "id: id", "`id` is no JSON pointer");
        check("{id}", "{di}", "does not say which action is stopped");
        check("numbered: true", "numbered: 7", "");
        check("cadence: 100ms", "cadence: 100", "is no time");
        check("target: ", "target: [", "");
        check(
            "smoke: countdown",
            "smoke: nothing",
            "there is no kind `nothing`",
        );
    }

    #[test]
    fn the_place_of_what_is_wrong_is_its_own() {
        // The same key stands in other maps and in comments before it.
        check("path: /upload", "path: upload", "`upload` does not begin");
        check(
            "{path: /health,",
            "{path: health,",
            "`health` does not begin",
        );
        check(
            "path: /socket.io/",
            "path: socket.io/",
            "`socket.io/` does not begin",
        );
        check(
            "path: /api/actions, granted: 200}",
            "path: mine, granted: 200}",
            "`mine`",
        );
        check(
            "field: file, granted: 201",
            "field: file, granted: 1201",
            "1201 is no status",
        );
        check("    granted: 201", "    granted: 7", "7 is no status");
        let comment =
            "# path: granted: page: smoke:\nlogin:\n  # page: nowhere\n  \"page\": login\n ";
        let text = REFERENCE.replacen("login: {page: /login,", "login: {page: /login, ", 1);
        let flow = text
            .lines()
            .find(|line| line.starts_with("login:"))
            .expect("it is there");
        let block = format!("{comment} user: user\n  password: password\n  granted: 303");
        let error = Target::parse(&text.replace(flow, &block)).expect_err("a wrong page");
        let first = text.lines().position(|line| line == flow).expect("a line") as u64 + 1;
        assert_eq!(error.line, Some(first + 3), "{error}");
        let flow = "login: {\n  user: user, password: password,\n  page:\n    login, granted: 303}";
        let error = Target::parse(&text.replace(&block_of(&text), flow)).expect_err("a wrong page");
        assert_eq!(error.line, Some(first + 3), "{error}");
    }

    fn block_of(text: &str) -> String {
        let line = text.lines().find(|line| line.starts_with("login:"));
        line.expect("it is there").to_owned()
    }

    #[test]
    fn what_is_missing_is_told_where_it_belongs() {
        let text = REFERENCE.replacen("    id: /id\n", "", 1);
        let error = Target::parse(&text).expect_err("no id");
        let line = text
            .lines()
            .position(|line| line == "  start:")
            .expect("a line") as u64
            + 1;
        assert_eq!(error.line, Some(line), "{error}");
        check("program: reference-server", "program: \"\"", "no program");
        check(
            "ready_line: \"listening on \"",
            "ready_line: \"\"",
            "no program or no ready_line",
        );
    }
}
