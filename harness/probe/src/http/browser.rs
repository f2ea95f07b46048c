//! HTTP: a site, and browsers on it with a cookie jar each.
//!
//! A browser knows who is logged in there and names its sessions; all it sees is recorded. Cookie
//! values are secrets: a history gets their digests.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evidence::{ActionId, Marker, Place, UserName, What};
use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Url};
use serde_json::{Map, Value};

use crate::excerpt;
use crate::http::ask::{Answer, Ask, Body, Login, ProbeError, Started};
use crate::http::body;
use crate::http::cookies::Jar;
use crate::http::frame::{digest, frame};
use crate::http::route::Route;
use crate::recording::meter::{Meter, Reading};
use crate::recording::recorder::{Recorder, RecorderError};
use crate::target::{Call, Target};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a connection may be idle and is used again. A server closes an idle one when it likes, and what is sent
/// just then gets no answer: of those that are known, gunicorn is the quickest, after 2 s.
const IDLE: Duration = Duration::from_secs(1);

/// A target at an address.
#[derive(Debug)]
pub struct Site {
    /// How to talk to it.
    pub target: Target,
    /// The way to it.
    pub route: Route,
    http: Mutex<reqwest::Client>,
    /// The target's ids of actions are numbers, as far as it has given any.
    numeric_ids: AtomicBool,
}

impl Site {
    /// A site of which nothing is asked yet.
    ///
    /// # Errors
    /// When TLS cannot be set up, or the target's `trust` is no certificate.
    pub fn new(target: Target) -> Result<Arc<Self>, ProbeError> {
        let route = Route::of(&target)?;
        let http = Mutex::new(client(&route)?);
        Ok(Arc::new(Self {
            target,
            route,
            http,
            numeric_ids: AtomicBool::new(false),
        }))
    }

    /// The new action's id in the answer to its start.
    pub(crate) fn started(&self, answer: &Value) -> Option<ActionId> {
        let call = &self.target.actions.start;
        let is_number = call
            .id
            .as_deref()
            .and_then(|id| answer.pointer(id)?.as_number());
        self.numeric_ids
            .fetch_or(is_number.is_some(), Ordering::Relaxed);
        call.id_in(answer)
    }

    /// An action's id as the target wrote it: a number, or a text.
    pub(crate) fn written(&self, id: &ActionId) -> Value {
        let is_number = self.numeric_ids.load(Ordering::Relaxed);
        let number = serde_json::from_str(id.as_str()).ok();
        number
            .filter(|number: &Value| is_number && number.is_number())
            .unwrap_or_else(|| Value::from(id.as_str()))
    }

    /// Uses none of the connections that are open: the server behind them has ended, and a request that is
    /// sent on one gets no answer.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn forget_connections(&self) -> Result<(), ProbeError> {
        let fresh = client(&self.route)?;
        *self.http.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    pub(crate) fn http(&self) -> reqwest::Client {
        self.http
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn client(route: &Route) -> Result<reqwest::Client, ProbeError> {
    let http = route.client().timeout(PATIENCE).pool_idle_timeout(IDLE);
    let http = http.build();
    http.map_err(|source| ProbeError::NoAnswer {
        asked: "the first request".to_owned(),
        source,
    })
}

/// The request that starts an action.
fn start(call: &Call, kind: &str, parameters: &Map<String, Value>) -> Ask {
    let body = call.json.as_ref().map_or(Body::Nothing, |json| {
        Body::Json(filled(json, kind, parameters))
    });
    Ask {
        method: call.method.clone(),
        path: call.path.clone(),
        body,
        granted: Some(call.granted),
        ..Ask::default()
    }
}

/// One cookie jar, and who is logged in with it. Clones are the same browser.
#[derive(Clone, Debug)]
pub struct Browser(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    site: Arc<Site>,
    device: String,
    recorder: Recorder,
    meter: Option<Meter>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    cookies: Jar,
    user: Option<UserName>,
    logins: u32,
}

impl Browser {
    /// A browser that has visited nothing.
    #[must_use]
    pub fn new(site: Arc<Site>, device: &str, recorder: Recorder) -> Self {
        Self::with(site, device, recorder, None)
    }

    /// The same, with a meter on all that it and its tabs do.
    #[must_use]
    pub fn metered(site: Arc<Site>, device: &str, recorder: Recorder, meter: Meter) -> Self {
        Self::with(site, device, recorder, Some(meter))
    }

    fn with(site: Arc<Site>, device: &str, recorder: Recorder, meter: Option<Meter>) -> Self {
        let state = State {
            cookies: Jar::new(site.target.session_cookie()),
            user: None,
            logins: 0,
        };
        Self(Arc::new(Inner {
            site,
            device: device.to_owned(),
            recorder,
            meter,
            state: Mutex::new(state),
        }))
    }

    /// The site it is on.
    #[must_use]
    pub fn site(&self) -> &Arc<Site> {
        &self.0.site
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.0.recorder
    }

    pub(crate) fn meter(&self) -> Option<&Meter> {
        self.0.meter.as_ref()
    }

    /// Whose it is now, and in which session. Each further login in it names another session.
    #[must_use]
    pub fn place(&self) -> Place {
        let state = self.state();
        let session = if state.logins > 1 {
            format!("{}-{}", self.0.device, state.logins)
        } else {
            self.0.device.clone()
        };
        Place {
            user: state.user.clone(),
            session,
            tab: None,
        }
    }

    /// The session cookie's value; after a logout the one that it was.
    #[must_use]
    pub fn session_value(&self) -> Option<String> {
        self.state().cookies.given().last().cloned()
    }

    /// Every session cookie's value that it has had; of very many the newest thousand.
    #[must_use]
    pub fn session_values(&self) -> Vec<String> {
        self.state().cookies.given().to_vec()
    }

    /// The cookies that go with a request to `url`, or with a WebSocket's handshake there.
    pub(crate) fn cookie_header(&self, url: &Url) -> Option<String> {
        self.state().cookies.header(url)
    }

    /// Logs in.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn login(&self, user: &UserName, password: &str) -> Result<Login, ProbeError> {
        let login = &self.0.site.target.login;
        let page = self
            .send(&Ask {
                method: "GET".to_owned(),
                path: login.page.clone(),
                ..Ask::default()
            })
            .await?
            .0;
        let mut form = vec![
            (login.user.clone(), user.as_str().to_owned()),
            (login.password.clone(), password.to_owned()),
        ];
        if let Some(field) = &login.token
            && let Some(token) = hidden(&page.body, field)
        {
            form.push((field.clone(), token));
        }
        let before = self.session_value();
        let post = Ask {
            method: "POST".to_owned(),
            path: login.page.clone(),
            body: Body::Form(form),
            granted: Some(login.granted),
            ..Ask::default()
        };
        let (answer, _) = self.send(&post).await?;
        if answer.status != login.granted {
            let said = told("login", &answer);
            let reason = excerpt::with_markers(&said, &answer.body);
            let refused = What::Refused { reason };
            self.0.recorder.record(self.place(), refused)?;
            return Ok(Login::Refused(said));
        }
        let (after, missing) = {
            let state = self.state();
            (state.cookies.session(), state.cookies.missing())
        };
        let Some(after) = after else {
            let reason = format!("login: granted without its identity: {missing}");
            let nameless = What::Refused { reason };
            self.0.recorder.record(self.place(), nameless)?;
            return Ok(Login::Nameless(missing));
        };
        let old = self.place();
        {
            let mut state = self.state();
            state.logins += 1;
            state.user = Some(user.clone());
        }
        if old.user.is_some() {
            self.0.recorder.record(old, What::SessionEnded)?;
        }
        let (before, after) = (before.as_deref().map(digest), digest(&after));
        self.0
            .recorder
            .record(self.place(), What::LoggedIn { before, after })?;
        Ok(Login::Granted)
    }

    /// Logs out; from then on the browser is a stranger's, with the cookies the target left it.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn logout(&self) -> Result<bool, ProbeError> {
        let call = self.0.site.target.logout.clone();
        let (answer, frame) = self
            .send(&Ask {
                method: call.method.clone(),
                path: call.path.clone(),
                granted: Some(call.granted),
                ..Ask::default()
            })
            .await?;
        let granted = answer.status == call.granted;
        if granted {
            self.0.recorder.record(self.place(), What::SessionEnded)?;
            self.state().user = None;
        } else {
            self.answered(format!("{} {}", call.method, call.path), None, false, frame)?;
        }
        Ok(granted)
    }

    /// Asks and records the answer.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn request(&self, ask: &Ask) -> Result<Answer, ProbeError> {
        let sent = self.send(ask).await;
        let granted = sent
            .as_ref()
            .is_ok_and(|(answer, _)| ask.is_granted_by(answer));
        // It may have been stopped where no answer came, or a server's failure.
        let may_be = match &sent {
            Ok((answer, _)) => granted || answer.status >= 500,
            Err(ProbeError::NoAnswer { source, .. }) => !source.is_connect(),
            Err(_) => false,
        };
        if may_be
            && self.0.site.target.stops(&ask.method, &ask.path)
            && let Some(action) = ask.action.clone()
        {
            let stopped = What::Stopped { action };
            self.0.recorder.record(self.place(), stopped)?;
        }
        let (answer, frame) = sent?;
        self.answered(
            format!("{} {}", ask.method, ask.path),
            ask.action.clone(),
            granted,
            frame,
        )?;
        Ok(answer)
    }

    /// Starts an action that carries `marker`.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub async fn start(
        &self,
        kind: &str,
        given: &Map<String, Value>,
        marker: Marker,
    ) -> Result<Started, ProbeError> {
        let target = &self.0.site.target;
        let parameters = target.parameters(kind, given, marker.as_str());
        let call = &target.actions.start;
        let ask = start(call, kind, &parameters);
        self.0.recorder.record(
            self.place(),
            What::Sent {
                marker: marker.clone(),
            },
        )?;
        let answer = match self.send(&ask).await {
            Ok((answer, _)) => answer,
            Err(error @ ProbeError::NoAnswer { .. }) => {
                self.0
                    .recorder
                    .record(self.place(), What::Unanswered { marker })?;
                return Ok(Started::Unanswered(error.in_words()));
            }
            Err(error) => return Err(error),
        };
        let id = (answer.status == call.granted)
            .then(|| serde_json::from_str(&answer.body).ok())
            .flatten()
            .and_then(|answer| self.0.site.started(&answer));
        let Some(id) = id else {
            let said = told("start", &answer);
            let reason = excerpt::with_markers(&said, &answer.body);
            let refused = What::Refused { reason };
            self.0.recorder.record(self.place(), refused)?;
            return Ok(Started::Refused(said));
        };
        let action = id;
        let yields = target.yields(kind, &parameters);
        self.0.recorder.record(
            self.place(),
            What::Confirmed {
                marker,
                action: action.clone(),
                yields,
                exact: target.exact(kind),
            },
        )?;
        Ok(Started::Granted(action))
    }

    /// Starts an action whose events nobody can tell apart from another's.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn start_unmarked(
        &self,
        kind: &str,
        given: &Map<String, Value>,
    ) -> Result<Started, ProbeError> {
        let target = &self.0.site.target;
        let call = &target.actions.start;
        let ask = start(call, kind, &target.unmarked_parameters(kind, given));
        let (answer, frame) = self.send(&ask).await?;
        let id = (answer.status == call.granted)
            .then(|| serde_json::from_str(&answer.body).ok())
            .flatten()
            .and_then(|answer| self.0.site.started(&answer));
        self.answered(format!("start {kind}"), id.clone(), id.is_some(), frame)?;
        Ok(id.map_or_else(
            || Started::Refused(told("start", &answer)),
            Started::Granted,
        ))
    }

    /// Asks to stop an action, whoever's it is.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn stop(&self, id: &ActionId) -> Result<Answer, ProbeError> {
        let call = &self.0.site.target.actions.stop;
        let path = call.path.replace("{id}", id.as_str());
        let json = call.json.as_ref();
        let id_written = self.0.site.written(id);
        let body = json.map(|json| Body::Json(with_id(json, &id_written)));
        self.request(&Ask {
            method: call.method.clone(),
            path,
            body: body.unwrap_or_default(),
            action: Some(id.clone()),
            granted: Some(call.granted),
            ..Ask::default()
        })
        .await
    }

    fn answered(
        &self,
        asked: String,
        action: Option<ActionId>,
        granted: bool,
        frame: String,
    ) -> Result<(), RecorderError> {
        self.0.recorder.record(
            self.place(),
            What::Answered {
                asked,
                action,
                granted,
                frame,
            },
        )
    }

    /// Sends, and lets the meter know.
    async fn send(&self, ask: &Ask) -> Result<(Answer, String), ProbeError> {
        let started = Instant::now();
        let sent = self.exchange(ask).await;
        if let Some(meter) = self.meter() {
            let answer = sent.as_ref().ok().map(|(answer, _)| answer);
            meter.read(Reading::Answered {
                asked: format!("{} {}", ask.method, ask.path),
                status: answer.map(|answer| answer.status),
                granted: answer.is_some_and(|answer| ask.is_granted_by(answer)),
                took: started.elapsed(),
            });
        }
        sent
    }

    /// Sends, keeps the cookies, and gives the answer with the text that a history may keep.
    async fn exchange(&self, ask: &Ask) -> Result<(Answer, String), ProbeError> {
        let asked = || format!("{} {}", ask.method, ask.path);
        let no_answer = |source: reqwest::Error| ProbeError::NoAnswer {
            asked: asked(),
            source,
        };
        let url = self.url(&ask.path)?;
        let request = self.build(ask, &url)?;
        let answer = request.send().await.map_err(no_answer)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        self.state().cookies.keep(&headers, &url);
        let text = body::read(answer).await.map_err(no_answer)?;
        let frame = frame(&format!("HTTP {status}"), &headers, &text);
        Ok((
            Answer {
                status: status.as_u16(),
                cut: !text.cut.is_empty(),
                body: text.text,
            },
            frame,
        ))
    }

    /// Where on the site `path` is.
    pub(crate) fn url(&self, path: &str) -> Result<Url, ProbeError> {
        let joined = self.0.site.target.base.join(path);
        joined.map_err(|_| ProbeError::Unsendable(path.to_owned()))
    }

    fn build(&self, ask: &Ask, url: &Url) -> Result<RequestBuilder, ProbeError> {
        let unsendable = |text: &str| ProbeError::Unsendable(text.to_owned());
        let target = &self.0.site.target;
        let method =
            Method::from_bytes(ask.method.as_bytes()).map_err(|_| unsendable(&ask.method))?;
        let changes = method != Method::GET && method != Method::HEAD;
        let mut headers = HeaderMap::new();
        let own = target
            .headers
            .iter()
            .filter(|_| changes)
            .map(|(name, value)| (name.clone(), value.replace("{origin}", &target.origin())));
        for (name, value) in own.chain(ask.headers.iter().cloned()) {
            let value = HeaderValue::from_str(&value).map_err(|_| unsendable(&value))?;
            headers.insert(
                HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable(&name))?,
                value,
            );
        }
        // A request that brings cookies of its own has no others: that is how a forged one is tried.
        if let Some(cookies) = self.cookie_header(url)
            && !headers.contains_key(COOKIE)
        {
            headers.insert(
                COOKIE,
                HeaderValue::from_str(&cookies).map_err(|_| unsendable("the cookies"))?,
            );
        }
        let request = self
            .0
            .site
            .http()
            .request(method, url.clone())
            .headers(headers);
        Ok(match &ask.body {
            Body::Nothing => request,
            Body::Json(value) => request
                .header("content-type", "application/json")
                .body(value.to_string()),
            Body::Form(pairs) => request.form(pairs),
            Body::File(field, size) => {
                let part =
                    reqwest::multipart::Part::bytes(vec![b'x'; *size]).file_name("upload.bin");
                request.multipart(reqwest::multipart::Form::new().part(field.clone(), part))
            }
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a refusal says, in one line.
fn told(asked: &str, answer: &Answer) -> String {
    let words = format!(
        "{asked}: status {} {}",
        answer.status,
        excerpt::start(&answer.body)
    );
    words.trim_end().to_owned()
}

/// The value of a hidden field, wherever its attributes stand.
fn hidden(html: &str, field: &str) -> Option<String> {
    html.split('<')
        .filter(|tag| tag.starts_with("input"))
        .find_map(|tag| {
            let named = tag.contains(&format!("name=\"{field}\""));
            let value = tag.split_once("value=\"")?.1.split_once('"')?.0;
            named.then(|| value.to_owned())
        })
}

/// `json` with the kind and the parameters in their places.
pub(crate) fn filled(json: &Value, kind: &str, parameters: &Map<String, Value>) -> Value {
    match json {
        Value::String(text) if text == "{parameters}" => Value::Object(parameters.clone()),
        Value::String(text) => Value::String(text.replace("{kind}", kind)),
        Value::Array(items) => items
            .iter()
            .map(|item| filled(item, kind, parameters))
            .collect(),
        Value::Object(object) => Value::Object(
            object
                .iter()
                .map(|(name, value)| (name.clone(), filled(value, kind, parameters)))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// `json` with the action's id in its places: as the target wrote it where nothing stands beside it.
fn with_id(json: &Value, id: &Value) -> Value {
    match json {
        Value::String(text) if text == "{id}" => id.clone(),
        Value::String(text) => {
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            Value::String(text.replace("{id}", &id))
        }
        Value::Array(items) => items.iter().map(|item| with_id(item, id)).collect(),
        Value::Object(object) => Value::Object(
            object
                .iter()
                .map(|(name, value)| (name.clone(), with_id(value, id)))
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_put_wherever_the_json_has_a_place_for_it() {
        let json = serde_json::json!({ "a": ["{id}", 1, { "b": "x{id}" }], "{id}": "c" });
        let filled = serde_json::json!({ "a": ["7", 1, { "b": "x7" }], "{id}": "c" });
        assert_eq!(with_id(&json, &Value::from("7")), filled);
        let numbers = serde_json::json!({ "a": [7, 1, { "b": "x7" }], "{id}": "c" });
        assert_eq!(with_id(&json, &Value::from(7)), numbers);
    }

    #[test]
    fn an_id_goes_back_as_the_target_wrote_it() {
        let target = include_str!("../../../../scenarios/targets/reference.yaml");
        let site = Site::new(Target::parse(target).expect("a target")).expect("a site");
        let texts = serde_json::json!({ "id": "12" });
        let id = site.started(&texts).expect("an id");
        assert_eq!(site.written(&id), Value::from("12"));
        let numbers = serde_json::json!({ "id": 12 });
        let id = site.started(&numbers).expect("an id");
        assert_eq!(site.written(&id), Value::from(12));
        assert_eq!(site.written(&ActionId::from("1a")), Value::from("1a"));
    }

    #[test]
    fn a_token_is_found_in_a_page() {
        let page =
            r#"<form><input type="hidden" name="a" value="1"><input value="2" name="b"></form>"#;
        assert_eq!(hidden(page, "a").as_deref(), Some("1"));
        assert_eq!(hidden(page, "b").as_deref(), Some("2"));
        assert_eq!(hidden(page, "c"), None);
    }
}
