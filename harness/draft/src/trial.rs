//! A trial of the login that was written, with a user's name and password.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::HeaderValue;
use serde_json::Value;
use targets::language::came::Came;
use tokio::time::timeout;
use url::Url;
use walk::{Answer, Browser, OpenWay, Sight, Site, Whereabouts, Witness};

use crate::bounds::PATIENCE;
use crate::fitting::fitted;
use crate::found::{Found, Granted, Login, Session};
use crate::guess::address::{is_login, path_of};
use crate::guess::login::is_csrf;
use crate::page;
use crate::visitor::{Way, in_one_line, name_of};

/// Logins that are tried: those of pages and scripts, or the usual ones.
const TRIED: usize = 9;

/// What came of the login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trial {
    /// Nobody was named, or there is no login.
    NotTried,
    /// Each user was logged in.
    Granted,
    /// Somebody was not, in these words.
    Refused(String),
}

/// What somebody who logged in carries.
pub(crate) struct Carried {
    pub(crate) cookies: Option<HeaderValue>,
    pub(crate) bearer: Option<HeaderValue>,
    /// Where the login led.
    pub(crate) to: Option<String>,
}

/// Keeps the answers.
#[derive(Debug, Default)]
struct Answers(Mutex<Vec<Came>>);

impl Witness for Answers {
    fn see(&self, _: &Whereabouts, sight: &Sight<'_>) {
        if let Sight::Answered { came, .. } = sight {
            let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            answers.push((*came).clone());
        }
    }
}

/// Tries the logins that were found, until one is granted, and corrects what was guessed of it.
pub(crate) async fn first(
    found: &mut Found,
    base: &Url,
    way: &Way,
    user: &(String, String),
) -> (Trial, Option<Carried>) {
    let candidates: Vec<Login> = found.logins.iter().take(TRIED).cloned().collect();
    let mut told: Option<String> = None;
    let mut dead: Option<String> = None;
    let mut was_there = false;
    for candidate in candidates {
        let path = candidate.request.path.clone();
        if dead.as_ref() == Some(&path) {
            continue;
        }
        let mut trying = Found {
            logins: vec![candidate.clone()],
            ..Found::default()
        };
        let last = match visit(&mut trying, base, way, user, false).await {
            Ok(visit) => visit,
            Err(why) => {
                told.get_or_insert(why);
                continue;
            }
        };
        match judged(&last.came, base, &path) {
            Ok(granted) => {
                let carried = settle(found, candidate, granted, &last);
                return (Trial::Granted, Some(carried));
            }
            Err(words) => {
                let is_there = !matches!(last.came.status, Some(404 | 405));
                if !is_there {
                    dead = Some(path.clone());
                }
                let words = format!("POST {path} as {}: {words}", in_one_line(&user.0));
                // What is not there says less than the first that refuses.
                if is_there && !was_there {
                    was_there = true;
                    told = Some(words);
                    found.logins.retain(|login| login.request.path != path);
                    found.logins.insert(0, candidate);
                } else {
                    told.get_or_insert(words);
                }
            }
        }
    }
    let words = told.unwrap_or_else(|| "nothing was tried".to_owned());
    found.tried.push(format!(
        "It was tried, and no login was granted: {}",
        in_one_line(&words)
    ));
    (Trial::Refused(words), None)
}

/// Whether the corrected file logs a user in and opens a tab.
pub(crate) async fn again(
    found: &mut Found,
    base: &Url,
    way: &Way,
    user: &(String, String),
) -> (Trial, Option<String>) {
    let name = in_one_line(&user.0);
    match visit(found, base, way, user, true).await {
        Ok(visit) => {
            let answer = match visit.answer {
                Answer::No(words) | Answer::Unknown(words) => Err(words),
                _ => Ok(()),
            };
            if let Err(words) = answer {
                found
                    .tried
                    .push(format!("{name} was not logged in: {}", in_one_line(&words)));
                return (Trial::Refused(format!("{name}: {words}")), None);
            }
            let opened = match visit.opened {
                None => String::new(),
                Some(Ok(())) => ", and a tab was opened".to_owned(),
                Some(Err(words)) => format!(", and no tab was opened: {}", in_one_line(&words)),
            };
            found
                .tried
                .push(format!("{name} was logged in with these lines{opened}."));
            (Trial::Granted, visit.identity)
        }
        Err(words) => {
            found
                .tried
                .push(format!("{name} was not logged in: {}", in_one_line(&words)));
            (Trial::Refused(format!("{name}: {words}")), None)
        }
    }
}

struct Visit {
    answer: Answer,
    came: Came,
    identity: Option<String>,
    /// Its cookies, as a browser sends them.
    cookies: Option<String>,
    opened: Option<Result<(), String>>,
}

/// Takes the login of the file.
async fn visit(
    found: &mut Found,
    base: &Url,
    way: &Way,
    user: &(String, String),
    opens: bool,
) -> Result<Visit, String> {
    let (_, target) = fitted(&base.origin().ascii_serialization(), found);
    let has_socket = !target.sockets.is_empty();
    let way = Arc::clone(way);
    let site = Site::new(target, base.clone(), Box::new(move || way()))
        .map_err(|error| error.to_string())?;
    let answers = Arc::new(Answers::default());
    let witness: Arc<dyn Witness> = Arc::clone(&answers) as _;
    let browser = Browser::new(&site, "init", Some((&user.0, &user.1)), &witness);
    let late = || format!("nothing came within {} s", PATIENCE.as_secs());
    let told = timeout(PATIENCE, browser.login())
        .await
        .map_err(|_| late())?;
    let told = told.map_err(|error| error.to_string())?;
    let mut opened = None;
    if opens && has_socket && !matches!(told.answer, Answer::No(_) | Answer::Unknown(_)) {
        opened = Some(open(&browser).await.unwrap_or_else(|| Err(late())));
    }
    let mut answers = answers.0.lock().unwrap_or_else(PoisonError::into_inner);
    let came = answers.pop().unwrap_or(told.came);
    Ok(Visit {
        answer: told.answer,
        came,
        identity: browser.identity(),
        cookies: browser.cookie_header(),
        opened,
    })
}

async fn open(browser: &Browser) -> Option<Result<(), String>> {
    let way = OpenWay::default();
    let opening = timeout(PATIENCE, browser.open("1", &way)).await.ok()?;
    Some(match opening {
        Ok((tab, told)) => {
            tab.close().await;
            match told.answer {
                Answer::No(words) | Answer::Unknown(words) => Err(words),
                _ => Ok(()),
            }
        }
        Err(error) => Err(error.to_string()),
    })
}

/// Whether an answer to a login is a yes: no error, and not the login again.
fn judged(came: &Came, base: &Url, path: &str) -> Result<Granted, String> {
    let status = came.status.ok_or("no answer came")?;
    let header = |name: &str| {
        let found = came.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let location = header("location").filter(|_| (300..400).contains(&status));
    let to = location.and_then(|to| path_of(base, to));
    if status >= 400 {
        return Err(came.told());
    }
    if let Some(to) = to.as_deref().filter(|to| is_login(to) || *to == path) {
        return Err(format!("status {status}, and it leads to {to} again"));
    }
    let body = came.body.as_deref().unwrap_or_default();
    let is_page = header("content-type").is_some_and(|kind| kind.contains("html"));
    if is_page && page::read(body).forms.iter().any(page::Form::is_login) {
        return Err(format!("status {status}, and the login page came again"));
    }
    let says_no = serde_json::from_str::<Value>(body).ok().filter(|value| {
        ["ok", "success"]
            .iter()
            .any(|key| value.get(*key) == Some(&Value::Bool(false)))
            || value.get("error").is_some_and(|error| error.is_string())
    });
    if says_no.is_some() {
        return Err(came.told());
    }
    // A cookie or a token is what a login is for.
    if is_page && location.is_none() && header("set-cookie").is_none() {
        return Err(format!("status {status}, a page without a cookie"));
    }
    Ok(Granted {
        status,
        location: to,
    })
}

/// Writes down what the granted login showed, and gives what its user carries.
fn settle(found: &mut Found, mut login: Login, granted: Granted, visit: &Visit) -> Carried {
    let came = &visit.came;
    let set: Vec<String> = { came.headers.iter() }
        .filter(|(name, _)| name == "set-cookie")
        .filter_map(|(_, value)| name_of(value.as_bytes()))
        .filter(|name| !is_csrf(name))
        .collect();
    let body: Option<Value> = came
        .body
        .as_deref()
        .and_then(|body| serde_json::from_str(body).ok());
    let token = body.as_ref().and_then(|body| token_in(body, "", 3));
    login.token = token.as_ref().map(|(place, _)| place.clone());
    let held = |name: &String| came.cookies.iter().any(|(known, _)| known == name);
    let cookie = likeliest(&set).filter(|name| held(name));
    let old = found
        .cookies
        .iter()
        .map(|(name, _)| name.clone())
        .find(|name| held(name));
    found.session = match (cookie, token.is_some()) {
        (Some(name), _) => Some(Session::Cookie(vec![name])),
        (None, true) => Some(Session::Token),
        (None, false) => old.map(|name| Session::Cookie(vec![name])),
    };
    if found.session != Some(Session::Token) {
        login.token = None;
    }
    if found.session.is_none() {
        found
            .tried
            .push("It was granted, and neither a cookie nor a token came.".to_owned());
    }
    let location = granted.location.clone();
    login.granted = Some(granted);
    login.is_seen = true;
    found.logins = vec![login];
    let secret = |text: String| HeaderValue::from_str(&text).ok();
    Carried {
        cookies: visit.cookies.clone().and_then(secret),
        bearer: token.and_then(|(_, token)| secret(format!("Bearer {token}"))),
        to: location,
    }
}

/// The cookie that most probably is the session.
fn likeliest(names: &[String]) -> Option<String> {
    let like = |words: &[&str]| {
        names.iter().find(|name| {
            words
                .iter()
                .any(|word| name.to_ascii_lowercase().contains(word))
        })
    };
    let found = like(&["sess", "sid"])
        .or_else(|| like(&["auth", "token", "jwt"]))
        .or_else(|| names.first());
    found.cloned()
}

/// Where a token stands in an answer, and the token.
fn token_in(value: &Value, place: &str, depth: usize) -> Option<(String, String)> {
    let entries = value.as_object().filter(|_| depth > 0)?;
    let is_token = |name: &str| {
        let name = name.to_ascii_lowercase().replace(['_', '-'], "");
        (name.contains("token")
            && !name.contains("type")
            && !name.contains("refresh")
            && !name.contains("csrf"))
            || name == "jwt"
    };
    let own = entries.iter().find_map(|(name, value)| {
        let text = value.as_str().filter(|_| is_token(name))?;
        let name = name.replace('~', "~0").replace('/', "~1");
        Some((format!("{place}/{name}"), text.to_owned()))
    });
    own.or_else(|| {
        entries
            .iter()
            .find_map(|(name, value)| token_in(value, &format!("{place}/{name}"), depth - 1))
    })
}
