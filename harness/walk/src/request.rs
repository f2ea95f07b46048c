//! A request of a step, and its answer: whole, or message by message where the target streams it.

use std::time::{Duration, Instant};

use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue, ORIGIN, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use targets::language::came::Came;
use targets::language::step::{self, Body, Request};
use targets::language::template::{Lookup, Unset};
use tokio::time::timeout;
use url::Url;

use crate::browser::Browser;
use crate::error::WalkError;
use crate::page;

/// Bytes of an answer that are kept; reading ends there, and the answer says so.
const KEPT: usize = 16 << 20;
/// Bytes of a file that is sent where the file does not say how many.
const SMALL: usize = 12;
/// Redirects that are followed where the file asks for it, as browsers do.
const REDIRECTS: usize = 20;

/// An answer.
#[derive(Debug)]
pub struct Answered {
    /// The request, as `POST /login`.
    pub asked: String,
    /// When.
    pub since: Instant,
    /// What came.
    pub came: Came,
    /// The body is longer than what was read of it.
    pub is_cut: bool,
    /// Status line, headers and body.
    pub raw: String,
    /// The body that was sent.
    pub(crate) sent: Option<Value>,
    /// The answer goes on, message by message.
    pub(crate) stream: Option<Response>,
}

/// A request with all names filled in.
#[derive(Clone)]
pub(crate) struct Filled {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: FilledBody,
}

#[derive(Clone)]
pub(crate) enum FilledBody {
    Nothing,
    Json(String),
    Form(Vec<(String, String)>),
    Text(String),
    File(String, usize),
}

/// Sends a request, and stores the cookies of its answer. With `streams`, an answer that is a stream is not waited for.
pub(crate) async fn send(
    browser: &Browser,
    request: &Request,
    names: &mut dyn Lookup,
    within: Duration,
    streams: bool,
) -> Result<Answered, WalkError> {
    let filled = fill(browser, request, names)?;
    exchange(browser, filled, request.follow, within, streams).await
}

/// Sends it, and follows redirects where that is asked for.
pub(crate) async fn exchange(
    browser: &Browser,
    mut filled: Filled,
    follows: bool,
    within: Duration,
    streams: bool,
) -> Result<Answered, WalkError> {
    let since = Instant::now();
    let asked = format!("{} {}", filled.method, path_of(&filled.url));
    let no_answer = |why: String, is_sent: bool| WalkError::NoAnswer {
        asked: asked.clone(),
        why,
        is_late: false,
        is_sent,
    };
    let too_late = || WalkError::NoAnswer {
        asked: asked.clone(),
        why: format!("nothing came within {} s", within.as_secs()),
        is_late: true,
        is_sent: true,
    };
    for _ in 0..REDIRECTS {
        let built = build(browser, &filled);
        let response = timeout(within, built.send())
            .await
            .map_err(|_| too_late())?;
        let response = response.map_err(|error| no_answer(words(&error), !error.is_connect()))?;
        browser.jar(|jar| jar.keep(response.headers(), &filled.url));
        if follows && let Some(next) = next_of(&response, &filled) {
            filled = next;
            continue;
        }
        let mut answered = head(browser, (&asked, since), &filled.url, &response);
        answered.sent = sent_value(&filled.body);
        if streams && is_stream(response.headers()) {
            answered.stream = Some(response);
            return Ok(answered);
        }
        let body = timeout(within, read(response))
            .await
            .map_err(|_| too_late())?;
        let (body, is_cut) = body.map_err(|error| no_answer(words(&error), true))?;
        answered.is_cut = is_cut;
        answered.raw.push_str(&body);
        if body.len() >= KEPT {
            answered.raw.push_str("\n… (cut after 16 MiB)");
        }
        answered.came.fields = page::fields(&body);
        answered.came.body = Some(body);
        return Ok(answered);
    }
    let why = format!("it redirects more than {REDIRECTS} times");
    Err(no_answer(why, true))
}

fn fill(browser: &Browser, request: &Request, names: &mut dyn Lookup) -> Result<Filled, WalkError> {
    let target = &browser.site().target;
    let mut url = browser.url(&request.path.text(names)?)?;
    let mut query = pairs(&request.query, names)?;
    // What is carried begins with the step that keeps it.
    for (key, value) in &target.carries.query {
        if let (Ok(key), Ok(value)) = (key.text(names), value.text(names)) {
            query.push((key, value));
        }
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(&query);
    }
    let method = match request.method {
        step::Method::Get => Method::GET,
        step::Method::Post => Method::POST,
        step::Method::Put => Method::PUT,
        step::Method::Patch => Method::PATCH,
        step::Method::Delete => Method::DELETE,
    };
    let mut headers = HeaderMap::new();
    // Browsers send it with everything that may change something.
    if method != Method::GET {
        put(&mut headers, ORIGIN.as_str(), &browser.site().origin())?;
    }
    for (name, value) in &target.carries.headers {
        if let Ok(value) = value.text(names) {
            put(&mut headers, name, &value)?;
        }
    }
    for (name, value) in &request.headers {
        match value.text(names) {
            Err(_) if names.leaves_out() => {}
            value => put(&mut headers, name, &value?)?,
        }
    }
    let body = match &request.body {
        Body::Nothing => FilledBody::Nothing,
        Body::Json(json) => FilledBody::Json(json.value(names)?.to_string()),
        Body::Form(form) => FilledBody::Form(pairs(form, names)?),
        Body::Text(text) => FilledBody::Text(text.text(names)?),
        Body::File(field) => FilledBody::File(field.clone(), SMALL),
    };
    Ok(Filled {
        method,
        url,
        headers,
        body,
    })
}

/// Names and values with all names filled in.
pub(crate) fn pairs(
    pairs: &[(
        targets::language::template::Template,
        targets::language::json::JsonTemplate,
    )],
    names: &mut dyn Lookup,
) -> Result<Vec<(String, String)>, Unset> {
    let mut filled = Vec::new();
    for (key, value) in pairs {
        let value = match value.text(names) {
            Err(_) if names.leaves_out() => continue,
            value => value?,
        };
        filled.push((key.text(names)?, value));
    }
    Ok(filled)
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), WalkError> {
    let unsendable = || WalkError::Unsendable(format!("the header `{name}`"));
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?;
    let value = HeaderValue::from_str(value).map_err(|_| unsendable())?;
    headers.insert(key, value);
    Ok(())
}

fn build(browser: &Browser, filled: &Filled) -> RequestBuilder {
    let mut headers = filled.headers.clone();
    // A request with a cookie header of its own gets no others: that is how forged cookies are tested.
    let cookies = browser.jar(|jar| jar.header(&filled.url));
    if let Some(cookies) = cookies.and_then(|cookies| HeaderValue::from_str(&cookies).ok())
        && !headers.contains_key(COOKIE)
    {
        headers.insert(COOKIE, cookies);
    }
    let http = browser.site().http();
    let request = http
        .request(filled.method.clone(), filled.url.clone())
        .headers(headers);
    match &filled.body {
        FilledBody::Nothing => request,
        FilledBody::Json(json) => request
            .header("content-type", "application/json")
            .body(json.clone()),
        FilledBody::Form(form) => request.form(form),
        FilledBody::Text(text) => request.body(text.clone()),
        FilledBody::File(field, size) => {
            let bytes = vec![b'x'; *size];
            let part = reqwest::multipart::Part::bytes(bytes).file_name("upload.bin");
            request.multipart(reqwest::multipart::Form::new().part(field.clone(), part))
        }
    }
}

fn sent_value(body: &FilledBody) -> Option<Value> {
    match body {
        FilledBody::Json(json) => serde_json::from_str(json).ok(),
        FilledBody::Form(form) => {
            let pairs = form.iter();
            let pairs = pairs.map(|(key, value)| (key.clone(), Value::from(value.as_str())));
            Some(Value::Object(pairs.collect()))
        }
        FilledBody::Text(text) => Some(Value::from(text.as_str())),
        FilledBody::Nothing | FilledBody::File(..) => None,
    }
}

/// Where a redirect leads, on this site only: a browser would go elsewhere without our cookies.
fn next_of(response: &Response, filled: &Filled) -> Option<Filled> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get("location")?.to_str().ok()?;
    let url = filled.url.join(location).ok()?;
    if url.origin() != filled.url.origin() {
        return None;
    }
    let keeps_method = matches!(response.status().as_u16(), 307 | 308);
    let mut next = Filled {
        url,
        ..filled.clone()
    };
    if !keeps_method {
        next.method = Method::GET;
        next.body = FilledBody::Nothing;
    }
    Some(next)
}

/// What is known before the body.
fn head(
    browser: &Browser,
    (asked, since): (&str, Instant),
    url: &Url,
    response: &Response,
) -> Answered {
    let status = response.status();
    let mut raw = format!("HTTP {status}\n");
    let mut headers = Vec::new();
    for (name, value) in response.headers() {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        // The value of a cookie is a secret.
        let shown = match *name == SET_COOKIE {
            true => value.split('=').next().unwrap_or_default(),
            false => &value,
        };
        raw.push_str(&format!("{name}: {shown}\n"));
        headers.push((name.as_str().to_owned(), value));
    }
    raw.push('\n');
    Answered {
        asked: asked.to_owned(),
        since,
        came: Came {
            status: Some(status.as_u16()),
            headers,
            cookies: browser.jar(|jar| jar.pairs(url)),
            ..Came::default()
        },
        is_cut: false,
        raw,
        sent: None,
        stream: None,
    }
}

/// Whether an answer comes message by message.
fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers
        .get("content-type")
        .and_then(|kind| kind.to_str().ok());
    let kind = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let streams = [
        "text/event-stream",
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/jsonlines",
        "application/stream+json",
    ];
    streams
        .iter()
        .any(|stream| stream.eq_ignore_ascii_case(kind))
}

/// The body as text, and whether there was more.
async fn read(mut response: Response) -> Result<(String, bool), reqwest::Error> {
    let mut kept = Vec::new();
    let mut is_cut = false;
    while let Some(piece) = response.chunk().await? {
        let room = KEPT - kept.len();
        kept.extend_from_slice(&piece[..piece.len().min(room)]);
        if piece.len() > room {
            is_cut = true;
            break;
        }
    }
    Ok((String::from_utf8_lossy(&kept).into_owned(), is_cut))
}

fn path_of(url: &Url) -> String {
    url.query().map_or_else(
        || url.path().to_owned(),
        |query| format!("{}?{query}", url.path()),
    )
}

/// What the transport says, from its innermost cause.
fn words(error: &reqwest::Error) -> String {
    crate::error::innermost(error).to_string()
}
