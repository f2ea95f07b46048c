//! A page of another site, which opens a socket in a user's browser: the cookies go with it, and nothing else of the user.
//!
//! It is told no as a guest is. Whatever is the user's own and came before that came to the other site.

use std::collections::BTreeSet;

use probe::{Browser, OpenOptions, Target, Transport};
use targets::file::socket::Protocol;
use targets::language::step::{Act, Keep, Step};
use targets::language::template::Name;
use url::Url;

use super::declared::{has_websocket, session_cookies, socket};
use super::host::Host;
use super::opening::{Heard, Opener, Opening, Socket, is_declared, is_yielded};
use super::silence::is_busy_in;
use crate::check::Undecided;

/// The origin of another site.
const ORIGIN: &str = "https://airtight.invalid";
/// What events say to a page of another site. The word alone may be the echo of a header.
const NO: [&str; 12] = [
    "invalid origin",
    "bad origin",
    "wrong origin",
    "unknown origin",
    "origin not",
    "origin is not",
    "origin mismatch",
    "origin_",
    "_origin",
    "cross-site",
    "cross-origin",
    "csrf",
];

/// How it fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// The target said no, and had told nothing of the user.
    Refused,
    /// This event of the user came before the target said no.
    Told(String),
    /// The socket is open.
    Opened,
    /// Other sites were refused, but not this one, whose name is much like the target's own.
    Near(String),
}

impl Foreign {
    /// A refusal proves nothing where the target's own page has no socket either, for this reason.
    ///
    /// # Errors
    /// That reason.
    pub(crate) fn beside(self, own: Option<&str>) -> Result<Self, Undecided> {
        match (self, own) {
            (Self::Refused, Some(why)) => Err(Undecided(format!(
                "the target's own page got no socket either: {why}"
            ))),
            (fared, _) => Ok(fared),
        }
    }
}

/// Opens a socket as a page of another site would in this user's browser.
///
/// # Errors
/// Why nobody can tell how it fared.
pub(crate) async fn open(user: &Browser, host: &Host) -> Result<Foreign, Undecided> {
    let socket = socket(&host.target)?;
    let hidden = match socket.protocol {
        Protocol::Sse => Some("comes over server-sent events"),
        Protocol::SocketIo if !has_websocket(socket) => Some("polling answers"),
        Protocol::SocketIo | Protocol::WebSocket => None,
    };
    if let Some(hidden) = hidden {
        return Err(Undecided(format!(
            "a browser shows no other site what {hidden}, unless an answer allows it: see `reflected-origin`"
        )));
    }
    // What no cookie carries, a page of another site does not have.
    session_cookies(&host.target)?;
    let mut page = Opener {
        noun: "a socket of another site",
        options: OpenOptions {
            // Browsers let pages of other sites open WebSockets, and hide from them what polling answers.
            transport: (socket.protocol == Protocol::SocketIo).then_some(Transport::WebSocket),
            headers: vec![("Origin".to_owned(), ORIGIN.to_owned())],
            ..OpenOptions::default()
        },
        cookies_of: Some(user),
        no: &NO,
    };
    let fared = fare(&page, host, &host.target).await?;
    if fared == Foreign::Refused && unknown_to_others(&host.target).is_none() {
        for origin in near(&host.base) {
            page.options.headers = vec![("Origin".to_owned(), origin.clone())];
            if fare(&page, host, &host.target).await? != Foreign::Refused {
                return Ok(Foreign::Near(origin));
            }
        }
    }
    let Some(name) = unknown_to_others(&host.target).filter(|_| fared != Foreign::Refused) else {
        return Ok(fared);
    };
    // What each request of the own page carries may not be needed here.
    let mut bare = host.target.clone();
    bare.carries.headers.clear();
    bare.carries.query.clear();
    if unknown_to_others(&bare).is_none() {
        let fared = fare(&page, host, &bare).await;
        if let Ok(Foreign::Opened | Foreign::Told(_)) = fared {
            return fared;
        }
    }
    Err(Undecided(format!(
        "a page of another site cannot open a socket as the target file does: it does not know `{{{name}}}`"
    )))
}

/// Origins of other sites that a comparison of the first or last letters takes for the target's own.
fn near(base: &Url) -> Vec<String> {
    let (scheme, name) = (base.scheme(), base.host_str().unwrap_or_default());
    let port = base.port().map(|port| format!(":{port}"));
    let longer = format!("{scheme}://{name}.airtight.invalid");
    let before = format!("{scheme}://airtight{name}{}", port.unwrap_or_default());
    match base.host() {
        Some(url::Host::Domain(_)) => vec![longer, before],
        // No name ends in the letters of an address.
        Some(url::Host::Ipv4(_)) => vec![longer],
        _ => Vec::new(),
    }
}

/// Opens the socket once.
async fn fare(page: &Opener<'_>, host: &Host, target: &Target) -> Result<Foreign, Undecided> {
    let (ended, heard) = page.attempt(host, target).await?;
    if let Socket::Refused(words) = &ended
        && is_busy_in(words)
    {
        return Err(Undecided(words.clone()));
    }
    let user = page.cookies_of.and_then(|user| user.place().user);
    let user = user.map(|user| user.to_string().to_lowercase());
    let is_own = |heard: &&Heard| {
        let is_named = user.as_ref().is_some_and(|user| names(&heard.frame, user));
        let is_declared = is_yielded(target, &heard.event) && !heard.says_no;
        is_declared || (is_named && !heard.event.contains("error") && !page.has_words(heard))
    };
    let is_open = matches!(ended, Socket::Open);
    if let Some(own) = heard.iter().find(is_own).filter(|_| !is_open) {
        return Ok(Foreign::Told(own.event.clone()));
    }
    let mut greetings = heard.iter();
    let greeting = greetings.find(|heard| is_declared(target, &heard.event) && !heard.says_no);
    if let Some(greeting) =
        greeting.filter(|_| matches!(ended, Socket::Closed(..) | Socket::Refused(_)))
    {
        // What a page of another site gets without the user's cookies is nobody's.
        let stranger = Opener {
            cookies_of: None,
            ..page.clone()
        };
        let (_, public) = stranger.attempt(host, target).await?;
        if public.iter().all(|public| public.event != greeting.event) {
            return Ok(Foreign::Told(greeting.event.clone()));
        }
        return Ok(Foreign::Refused);
    }
    Ok(match page.judge(target, ended, &heard)? {
        Opening::Refused(_) => Foreign::Refused,
        Opening::Open => Foreign::Opened,
    })
}

/// Whether a text has this name as a word.
fn names(text: &str, name: &str) -> bool {
    let text = text.to_lowercase();
    let mut words =
        text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '-'));
    words.any(|word| word == name)
}

/// A name with which the own page opens its socket, and that no page of another site knows: what an answer over HTTP
/// gave, a cookie, or the password.
fn unknown_to_others(target: &Target) -> Option<String> {
    let is_request = |step: &&Step| matches!(step.act, Some(Act::Request(_)));
    let asked = target.open.iter().filter(is_request);
    let kept = target.login.iter().flatten().chain(asked);
    let kept = kept.flat_map(|step| &step.keep);
    let kept = kept.filter(|(_, keep)| matches!(keep, Keep::Place(_)));
    let known: BTreeSet<&str> = kept
        .map(|(name, _)| name.as_str())
        .chain(["password"])
        .collect();
    let mut unknown = None;
    let mut see = |name: &Name| {
        if let Name::Kept(kept) = name {
            let is_cookie = kept.of.as_deref() == Some("cookie");
            if is_cookie || (kept.of.is_none() && known.contains(kept.name.as_str())) {
                let of = kept.of.iter().map(|of| format!("{of}."));
                unknown = Some(of.chain([kept.name.clone()]).collect());
            }
        }
    };
    for step in target.open.iter().filter(|step| !is_request(step)) {
        step.each_name_before(&mut see);
    }
    for (_, value) in &target.carries.headers {
        value.names().for_each(&mut see);
    }
    for (key, value) in &target.carries.query {
        key.names().for_each(&mut see);
        value.each_name(&mut see);
    }
    unknown
}
