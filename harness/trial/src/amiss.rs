//! A step that did not end well: what is wrong in the file, and the fix.
//!
//! In: the step, how it ended, and what is known around it. Out: a finding at the word of the file that must change, as
//! far as what came tells which.

use diagnostics::nearest;
use reading::node::{Node, Yaml};
use reading::spot::Spot;
use targets::language::came::Came;
use targets::language::step::{Act, Granted, Keep, Step};
use walk::{Answer, Told, WalkError};

use crate::file::File;
use crate::finding::Finding;
use crate::shape::{listed, places, shown};

/// What is known around a step.
pub(crate) struct Around<'a> {
    pub(crate) file: &'a File,
    /// The part of the file whose steps these are.
    pub(crate) way: &'a [&'a str],
    /// What was wanted, as `the login`.
    pub(crate) what: &'a str,
    /// The fields of the pages that came before.
    pub(crate) fields: &'a [String],
    /// The names of the events that came.
    pub(crate) events: &'a [String],
    /// Where a server of Socket.IO answers, where one does.
    pub(crate) socket_io: Option<&'a str>,
}

impl Around<'_> {
    /// What is wrong with the step that decided it; nothing where it went well.
    pub(crate) fn amiss(&self, steps: &[Step], told: &Told) -> Option<Finding> {
        let why = match &told.answer {
            Answer::Yes | Answer::Sent | Answer::Asked => return None,
            Answer::No(why) | Answer::Unknown(why) => why,
        };
        let step = steps.iter().find(|step| step.at == told.at);
        let node = self.file.step(told.at);
        let keep = step.and_then(|step| self.keep(step, node, told));
        if let Some(finding) = keep {
            return Some(finding);
        }
        Some(match step.and_then(|step| step.act.as_ref()) {
            Some(Act::Request(_)) => self.request(step, node, &told.came, why),
            Some(Act::Connect(_)) | None if is_handshake(&told.came) => {
                self.handshake(node, &told.came)
            }
            Some(Act::Await(predicate)) => {
                let events: Vec<&str> = predicate.events().collect();
                self.awaited(node, &events, why)
            }
            _ => self.other(step, node, why),
        })
    }

    /// Why a step could not be taken.
    pub(crate) fn failed(&self, error: &WalkError) -> Finding {
        let at = self.file.spot(self.way);
        let what = self.what;
        match error {
            WalkError::NoAnswer { asked, why, .. } if asked.starts_with("connect ") => {
                let socket = self.file.spot(&["socket"]).or(at);
                let fix = if why.starts_with("nothing came") {
                    "see what the page's script sends first, and write it into `open`; compare `protocol` with it"
                } else {
                    "compare `protocol`, `path` and `transport` with what the page's script opens"
                };
                Finding::mistake(socket, format!("{what}: {error}"), fix)
            }
            WalkError::NoAnswer { .. } => Finding::open(
                at,
                format!("{what}: {error}"),
                "see whether the target still runs, or give it longer with `within` at the step",
            ),
            WalkError::Unset(_) => Finding::mistake(
                at,
                format!("{what}: {error}"),
                "keep it in a step that is taken before this one",
            ),
            WalkError::Unsendable(_) => Finding::mistake(
                at,
                format!("{what}: {error}"),
                "compare what is filled in there with what the target takes",
            ),
            WalkError::NoSocket(_) => Finding::mistake(
                at,
                format!("{what}: {error}"),
                "let `open` connect it, or read above why it is closed",
            ),
            WalkError::NotOffered(_) => Finding::open(
                at,
                format!("{what}: {error}"),
                "try it with the usual client",
            ),
        }
    }

    /// Something that is to be kept, and is not there.
    fn keep(&self, step: &Step, node: Option<&Node>, told: &Told) -> Option<Finding> {
        let Answer::Unknown(_) = &told.answer else {
            return None;
        };
        let mut keeps = step.keep.iter();
        let (name, place) = keeps.find_map(|(name, keep)| match keep {
            Keep::Place(place) if !place.is_sent() && place.first(&told.came).is_none() => {
                Some((name, place.to_string()))
            }
            _ => None,
        })?;
        let node = node?.setting("keep")?.setting(name)?;
        let what = format!(
            "{}: `{name}` is kept from {place}, and nothing stands there",
            self.what
        );
        Some(Finding::mistake(
            Some(inmost(node)),
            what,
            meant(&place, &told.came),
        ))
    }

    fn request(&self, step: Option<&Step>, node: Option<&Node>, came: &Came, why: &str) -> Finding {
        let what = |rest: &str| format!("{} is refused: {rest}", self.what);
        let method = ["get", "post", "put", "patch", "delete"];
        let at = |keys: &[&str]| self.key(node, keys);
        let told = shown(came);
        match came.status {
            Some(404 | 405) => Finding::mistake(
                at(&method),
                what(&told),
                "correct the method and the path; the page's requests show them",
            ),
            Some(415) => Finding::mistake(
                at(&["json", "form", "body"]),
                what(&told),
                "send the body in the other form: `json` or `form`",
            ),
            Some(status) if status >= 500 => Finding::mistake(
                at(&["json", "form", "body"]),
                what(&told),
                "read in the target's log on what it failed, and correct what is sent",
            ),
            Some(status) if status >= 400 => {
                if let Some(finding) = self.field(node, came, &what(&told)) {
                    return finding;
                }
                let headers = self.headers(node);
                // Tokens against forged requests often travel in a header, whose name may be misspelt.
                let speaks_of_token = ["csrf", "xsrf", "token"];
                let words = told.to_ascii_lowercase();
                if !headers.is_empty() && speaks_of_token.iter().any(|word| words.contains(word)) {
                    let fix = format!(
                        "compare the name and the value of the header {} with what the page sends",
                        quoted(&headers)
                    );
                    return Finding::mistake(at(&["headers"]), what(&told), fix);
                }
                let sent = sent(came);
                let fix = if sent.is_empty() {
                    "give the request what the target asks for: fields, headers or a login"
                        .to_owned()
                } else {
                    let password = match self.way {
                        ["login"] => ", and the password with the user's",
                        _ => "",
                    };
                    format!(
                        "compare {} with what the page sends{password}",
                        quoted(&sent)
                    )
                };
                Finding::mistake(at(&["json", "form", "headers", "body"]), what(&told), fix)
            }
            _ => {
                let at = granted(step).or_else(|| at(&["granted", "refused"]));
                let status = came.status.unwrap_or_default();
                let because = match bare(why) {
                    why if why.starts_with("status ") => String::new(),
                    why => format!(": {why}"),
                };
                Finding::mistake(
                    at,
                    format!(
                        "{}: `granted` does not take the answer: {told}{because}",
                        self.what
                    ),
                    format!(
                        "write `granted: {{status: {status}}}` if that is a yes; else correct what is sent"
                    ),
                )
            }
        }
    }

    /// A field that no form of the page has.
    fn field(&self, node: Option<&Node>, came: &Came, what: &str) -> Option<Finding> {
        let form = node?.setting("form").or_else(|| node?.setting("json"))?;
        let sent = sent(came);
        let is_known = |name: &String| self.fields.contains(name);
        let missing: Vec<&str> = { self.fields.iter() }
            .filter(|name| !sent.contains(name))
            .map(String::as_str)
            .collect();
        // A page without any of them is not the one whose form this is.
        if !sent.iter().any(is_known) {
            return None;
        }
        match sent.iter().find(|name| !is_known(name)) {
            Some(wrong) => {
                let fix = match nearest(wrong, missing.iter().copied()) {
                    Some(near) => format!(
                        "write `{near}`: the page's form has {}",
                        listed(self.fields, "nothing")
                    ),
                    None => format!(
                        "take a name of the page's form: {}",
                        listed(self.fields, "nothing")
                    ),
                };
                let what = format!("{what}; no form of the page has a field `{wrong}`");
                Some(Finding::mistake(
                    Some(form.setting(wrong)?.key()),
                    what,
                    fix,
                ))
            }
            None => {
                let missing = missing.first()?;
                let what = format!("{what}; the page's form has `{missing}` too");
                let fix = format!(
                    "keep it of the page, as `keep: {{csrf: {{form: {missing}}}}}`, and send it as the page does"
                );
                Some(Finding::mistake(Some(form.key()), what, fix))
            }
        }
    }

    /// A socket that was not opened.
    fn handshake(&self, node: Option<&Node>, came: &Came) -> Finding {
        let told = shown(came);
        let what = self.what;
        let connect = node.and_then(|node| node.setting("connect"));
        let own = |key: &str| connect.and_then(|connect| connect.setting(key));
        let socket = |key: &str| {
            let inner = self.file.node(&["socket", key]);
            inner.map(Node::at).or_else(|| self.file.spot(&["socket"]))
        };
        if came.status == Some(404) {
            let at = own("path").map(Node::at).or_else(|| socket("path"));
            let fix = match self.socket_io {
                Some(path) => format!("write `path: {path}`: a server of Socket.IO answers there"),
                None => "correct `path`; the address of the page's socket shows it".to_owned(),
            };
            return Finding::mistake(
                at,
                format!("{what}: no socket is at this path: {told}"),
                fix,
            );
        }
        let is_refused = came.event.as_deref() == Some("connect_error");
        let reason = came
            .close
            .as_ref()
            .map_or("", |close| close.reason.as_str());
        if is_refused && reason.to_lowercase().contains("namespace") {
            let named = own("namespace");
            let first = self.file.node(&["socket", "namespaces", "0"]);
            let first = first.or_else(|| self.file.node(&["socket", "namespaces"]));
            let name = named.or(first).map(|node| node.json());
            let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or("/");
            return Finding::mistake(
                named
                    .map(Node::at)
                    .or_else(|| first.map(Node::at))
                    .or_else(|| socket("namespaces")),
                format!("{what}: the namespace `{name}` is refused: {reason}"),
                "take the namespace that the page's script opens; `/` is always there",
            );
        }
        let at = node.map(|node| self.key(Some(node), &["connect"]));
        let at = at.flatten().or_else(|| socket("protocol"));
        let told = if is_refused { reason } else { &told };
        // What Engine.IO answers to whoever does not speak it.
        let text = came.text();
        if ["Transport unknown", "Session ID unknown"]
            .iter()
            .any(|known| text.contains(known))
        {
            return Finding::mistake(
                socket("protocol"),
                format!("{what}: the socket is refused: {told}"),
                "write `protocol: socket.io`: that is who answers so",
            );
        }
        Finding::mistake(
            at,
            format!("{what}: the socket is refused: {told}"),
            "correct the path of the socket, or give the handshake what the target asks for: `auth`, `query` or `headers` of `connect`, or cookies of the login",
        )
    }

    fn awaited(&self, node: Option<&Node>, events: &[&str], why: &str) -> Finding {
        let awaited = node.and_then(|node| node.setting("await"));
        let at = awaited.map(|node| node.setting("event").unwrap_or(node).at());
        let names: Vec<String> = events.iter().map(|event| (*event).to_owned()).collect();
        let known = self.events.iter().map(String::as_str);
        let near = events
            .iter()
            .find_map(|event| nearest(event, known.clone()));
        let fix = match near {
            // Its name is right, and something else that is asked of it is not.
            Some(near) if events.contains(&near) => {
                format!("correct what is asked of `{near}`: it came, and it was another")
            }
            Some(near) => format!("write `{near}`, which came"),
            None => format!(
                "await what comes; that was {}",
                listed(self.events, "nothing")
            ),
        };
        Finding::mistake(
            at.or_else(|| self.file.spot(self.way)),
            format!(
                "{}: {} did not come: {}",
                self.what,
                quoted(&names),
                bare(why)
            ),
            fix,
        )
    }

    fn other(&self, step: Option<&Step>, node: Option<&Node>, why: &str) -> Finding {
        let at =
            granted(step).or_else(|| self.key(node, &["emit", "send", "close", "join", "leave"]));
        let at = at.or_else(|| self.file.spot(self.way));
        let what = format!("{}: {}", self.what, bare(why));
        let is_ack = step.is_some_and(Step::wants_ack);
        let came = listed(self.events, "nothing");
        let fix = match (is_ack, why.starts_with("nothing that came")) {
            (true, true) => "correct the event's name, or write `granted: none` where the target acknowledges nothing".to_owned(),
            (false, true) => format!("let `granted` name what comes; that was {came}"),
            _ => "correct what is sent, or `granted` if that is a yes".to_owned(),
        };
        Finding::mistake(at, what, fix)
    }

    /// The headers that the step sends.
    fn headers(&self, node: Option<&Node>) -> Vec<String> {
        let headers = node.and_then(|node| node.setting("headers"));
        let entries = headers.and_then(|headers| headers.map("headers").ok());
        let names = entries.into_iter().flatten().map(|(name, _)| name.clone());
        names.collect()
    }

    /// Where the first of these keys of a step is, or the step.
    fn key(&self, node: Option<&Node>, keys: &[&str]) -> Option<Spot> {
        let found = node.and_then(|node| keys.iter().find_map(|key| node.setting(key)));
        let found = found.map(Node::key).or_else(|| node.map(Node::at));
        found.or_else(|| self.file.spot(self.way))
    }
}

fn granted(step: Option<&Step>) -> Option<Spot> {
    match step?.granted.as_ref()? {
        Granted::When(predicate) => Some(predicate.at),
        _ => None,
    }
}

fn is_handshake(came: &Came) -> bool {
    came.status.is_some() || came.close.is_some()
}

/// The place of the word: of `{form: x}` that of the `x`.
fn inmost(node: &Node) -> Spot {
    match &node.yaml {
        Yaml::Map(entries) => entries
            .first()
            .map_or_else(|| node.at(), |(_, node)| node.at()),
        _ => node.at(),
    }
}

/// Why, without what came: that is shown where it holds no secret.
fn bare(why: &str) -> &str {
    why.split(": status ").next().unwrap_or(why)
}

/// The names of what was sent.
fn sent(came: &Came) -> Vec<String> {
    let sent = came.sent.as_ref().and_then(|sent| sent.as_object());
    sent.map_or_else(Vec::new, |sent| sent.keys().cloned().collect())
}

fn quoted(names: &[String]) -> String {
    let all: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    listed(&all, "nothing")
}

/// The fix of a place at which nothing stands: the nearest that is there, and what there is.
pub(crate) fn meant(place: &str, came: &Came) -> String {
    let names = |all: &[(String, String)]| -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (name, _) in all {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    };
    let (typed, known, what) = if let Some(name) = place.strip_prefix("form field ") {
        (name, names(&came.fields), "the page's fields are")
    } else if let Some(name) = place.strip_prefix("header ") {
        (name, names(&came.headers), "the answer's headers are")
    } else if let Some(name) = place.strip_prefix("cookie ") {
        (name, names(&came.cookies), "the browser's cookies are")
    } else if place.starts_with("match ") {
        return "correct the expression by the page's text, or keep it of another answer"
            .to_owned();
    } else {
        (place, places(came), "there is")
    };
    let all = listed(&known, "nothing");
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let same = known.iter().find(|other| last(other) == last(typed));
    let near = same.map(String::as_str);
    let only = known.first().filter(|_| known.len() == 1);
    let near = near.or_else(|| only.map(String::as_str));
    match near.or_else(|| nearest(typed, known.iter().map(String::as_str))) {
        Some(near) if near != typed => format!("write `{near}`; {what} {all}"),
        _ if known.is_empty() => format!("keep it of another answer: here {what} {all}"),
        _ => format!("take a place that is there; {what} {all}"),
    }
}
