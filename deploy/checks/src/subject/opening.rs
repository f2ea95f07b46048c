//! A socket that somebody opens who should be refused, and in which way the target says no.
//!
//! A refusal is a status, a packet, a close that follows the opening, an event that no user gets, or a stream that ends
//! with nothing in it. Only a socket that stays open without any of these is one that somebody has.

use std::sync::Arc;
use std::time::Duration;

use evidence::history::VERSION;
use evidence::{COMMENT, Scene, What};
use probe::{Browser, OpenOptions, Opened, Recorder, Site, Tab, Target};
use targets::language::step::Act;
use tokio::time::timeout;

use super::host::Host;
use super::memory::Memory;
use super::silence::Silence;
use crate::check::Undecided;

/// How long a target may take to close what it has opened: it may look somebody up first.
const LOOK_UP: Duration = Duration::from_secs(2);
/// Codes of a close frame that mean that somebody may not be here: of RFC 6455, of IANA's registry, and private ones.
const POLICY: [u16; 3] = [1008, 3000, 3003];
/// The first of the private codes.
const PRIVATE: u16 = 4000;
/// What events say to somebody who may not be here. Their names alone may be `error`.
const NO: [&str; 14] = [
    "unauthor",
    "unauthent",
    "not auth",
    "auth_error",
    "authentication",
    "forbidden",
    "denied",
    "logged in",
    "log in",
    "sign in",
    "invalid token",
    "no token",
    "not allowed",
    "permission",
];

/// Who opens it, and how.
#[derive(Clone, Debug)]
pub(crate) struct Opener<'a> {
    /// The socket in a report: `a guest's socket`.
    pub(crate) noun: &'static str,
    pub(crate) options: OpenOptions,
    /// Whose cookies go with it; nobody's for a guest.
    pub(crate) cookies_of: Option<&'a Browser>,
    /// Further words that say no to whoever opens it.
    pub(crate) no: &'static [&'static str],
}

/// How an opening ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// The target said no, in these words.
    Refused(String),
    /// The socket is open.
    Open,
}

/// How the socket itself ended.
#[derive(Clone, Debug)]
pub(crate) enum Socket {
    Refused(String),
    NotReady(String),
    Open,
    /// The server closed it, with this code.
    Closed(Option<u16>, String),
}

/// A message that came.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) event: String,
    pub(crate) frame: String,
    /// The file says so, or the tab was not open yet and no user gets such an event.
    pub(crate) says_no: bool,
}

/// Opens a socket without a login.
///
/// # Errors
/// Why nobody can tell how it ended.
pub(crate) async fn as_stranger(host: &Host) -> Result<Opening, Undecided> {
    let guest = Opener {
        noun: "a guest's socket",
        options: OpenOptions::default(),
        cookies_of: None,
        no: &[],
    };
    let (socket, heard) = guest.attempt(host, &host.target).await?;
    guest.judge(&host.target, socket, &heard)
}

impl Opener<'_> {
    /// Opens a socket of this target, and gives how it ended, and what had come until then.
    ///
    /// # Errors
    /// Why nobody can tell.
    pub(crate) async fn attempt(
        &self,
        host: &Host,
        target: &Target,
    ) -> Result<(Socket, Vec<Heard>), Undecided> {
        let memory = Memory::default();
        let scene = Scene {
            airtight_history: VERSION,
            ..Scene::default()
        };
        let started = Recorder::start(&scene, memory.clone());
        let (recorder, writing) = started.map_err(Undecided::because)?;
        // What is not sent to somebody ends this wait before the other one, and what came instead is seen.
        let mut target = target.clone();
        target.patience = Some(host.patience / 4);
        let site = Site::new(target).map_err(Undecided::because)?;
        let browser = Browser::new(Arc::clone(&site), "guest", recorder.clone());
        if let Some(user) = self.cookies_of {
            browser.steal(user);
        }
        let socket = self.opened(&browser, host).await?;
        drop((browser, site, recorder));
        let finishing = tokio::task::spawn_blocking(move || writing.finish());
        let finished = timeout(host.patience, finishing).await;
        let late = |_| {
            Undecided(format!(
                "what came to {} is not written down yet",
                self.noun
            ))
        };
        let finished = finished.map_err(late)?;
        finished
            .map_err(Undecided::because)?
            .map_err(Undecided::because)?;
        let observations = memory.history()?.observations.into_iter();
        let heard = observations.filter_map(|observation| match observation.what {
            What::Received {
                event,
                frame,
                says_no,
                ..
            } if event != COMMENT => Some(Heard {
                event,
                frame,
                says_no,
            }),
            _ => None,
        });
        Ok((socket, heard.collect()))
    }

    /// Opens it, and waits whether the server closes it again.
    async fn opened(&self, browser: &Browser, host: &Host) -> Result<Socket, Undecided> {
        let opening = timeout(host.patience, Tab::open(browser, "1", &self.options)).await;
        let tab = match opening.map_err(|_| Silence::Late(host.patience))? {
            Ok(Opened::Refused(words)) => return Ok(Socket::Refused(words)),
            Ok(Opened::Granted(tab)) => tab,
            Err(error) => return Ok(Socket::NotReady(error.to_string())),
        };
        let ended = match is_closed(&tab, host).await {
            true => tab.closed_by_server(),
            false => None,
        };
        tab.close().await;
        Ok(ended.map_or(Socket::Open, |closing| {
            Socket::Closed(closing.code, closing.to_string())
        }))
    }

    /// What an ending means, with what came before it.
    pub(crate) fn judge(
        &self,
        target: &Target,
        socket: Socket,
        heard: &[Heard],
    ) -> Result<Opening, Undecided> {
        let refusal = heard.iter().find(|heard| self.says_no(target, heard));
        let only_refusals = heard.iter().all(|heard| self.says_no(target, heard));
        let by_event = refusal.map(|heard| Opening::Refused(format!("event `{}`", heard.event)));
        match (socket, by_event) {
            (Socket::Refused(words), _) => Ok(Opening::Refused(words)),
            (Socket::Open | Socket::NotReady(_), Some(refused)) if only_refusals => Ok(refused),
            (Socket::NotReady(why), _) => Err(Undecided(why)),
            (Socket::Open, _) => Ok(Opening::Open),
            (Socket::Closed(code, how), _) => {
                let is_policy = |code: u16| POLICY.contains(&code) || code >= PRIVATE;
                if only_refusals || code.is_some_and(is_policy) {
                    return Ok(Opening::Refused(how));
                }
                let (count, noun) = (heard.len(), self.noun);
                Err(Undecided(format!(
                    "{noun} was opened, got {count} messages, and was closed: {how}"
                )))
            }
        }
    }

    /// Whether a message says no: the file says so, or no user gets it and its words do.
    pub(crate) fn says_no(&self, target: &Target, heard: &Heard) -> bool {
        heard.says_no || (!is_declared(target, &heard.event) && self.has_words(heard))
    }

    /// Whether the words of a message say no.
    pub(crate) fn has_words(&self, heard: &Heard) -> bool {
        let words = format!("{} {}", heard.event, heard.frame).to_lowercase();
        NO.iter().chain(self.no).any(|no| words.contains(no))
    }
}

/// Whether the server closes a tab that has just opened.
async fn is_closed(tab: &Tab, host: &Host) -> bool {
    let left = tab.leaves_within(LOOK_UP.min(host.patience / 4)).await;
    left && tab.closed_by_server().is_some()
}

/// Whether users get events of this name, by the target file.
pub(crate) fn is_declared(target: &Target, event: &str) -> bool {
    let awaited = target.open.iter().any(|step| match &step.act {
        Some(Act::Await(wanted)) => wanted.events().any(|known| known == event),
        _ => false,
    });
    awaited || is_yielded(target, event) || target.ambient.iter().any(|name| name == event)
}

/// Whether an action yields events of this name, by the target file.
pub(crate) fn is_yielded(target: &Target, event: &str) -> bool {
    let mut yields = target.actions.iter().flat_map(|(_, action)| &action.yields);
    yields.any(|(name, _)| name == event)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: &str = "target: x
login: {post: /in, form: {user: \"{user}\"}}
socket: {protocol: websocket, frame: {event: /type}}
actions:
  say: {takes: {text: marker}, do: {send: {text: \"{text}\"}}, yields: {said: 1}}
";

    /// What an ending means after these messages.
    #[track_caller]
    fn check(socket: &Socket, heard: &[(&str, &str)], meant: Result<bool, &str>) {
        let target = targets::parse(TARGET).expect("a target");
        let heard = heard.iter().map(|(event, frame)| Heard {
            event: (*event).to_owned(),
            frame: (*frame).to_owned(),
            says_no: false,
        });
        let heard: Vec<Heard> = heard.collect();
        let guest = Opener {
            noun: "a guest's socket",
            options: OpenOptions::default(),
            cookies_of: None,
            no: &[],
        };
        match (guest.judge(&target, socket.clone(), &heard), meant) {
            (Ok(opening), Ok(is_open)) => {
                assert_eq!(opening == Opening::Open, is_open, "{socket:?} {heard:?}");
            }
            (Err(Undecided(why)), Err(words)) => assert!(why.contains(words), "{why}"),
            (judged, _) => panic!("{socket:?} {heard:?}: {judged:?}"),
        }
    }

    fn closed(code: Option<u16>) -> Socket {
        Socket::Closed(code, "bye".to_owned())
    }

    #[test]
    fn a_guest_is_refused_in_many_ways() {
        let no = (
            "error",
            "{\"type\": \"error\", \"message\": \"Unauthorized\"}",
        );
        check(&Socket::Refused("status 401".to_owned()), &[], Ok(false));
        check(&closed(None), &[], Ok(false));
        check(&closed(Some(1000)), &[no], Ok(false));
        check(&closed(Some(1008)), &[("hello", "{}")], Ok(false));
        check(&closed(Some(4401)), &[("hello", "{}"), no], Ok(false));
        check(&Socket::Open, &[no], Ok(false));
        check(&Socket::NotReady("no ready".to_owned()), &[no], Ok(false));
    }

    #[test]
    fn a_guest_who_hears_what_users_hear_is_in() {
        check(&Socket::Open, &[], Ok(true));
        check(&Socket::Open, &[("hello", "{}")], Ok(true));
        // Its words are a user's own.
        check(&Socket::Open, &[("said", "access denied")], Ok(true));
        let no = ("error", "log in first");
        check(&Socket::Open, &[no, ("said", "hi")], Ok(true));
    }

    #[test]
    fn what_says_neither_is_undecided() {
        check(
            &closed(Some(1000)),
            &[("said", "hi")],
            Err("got 1 messages, and was closed"),
        );
        check(
            &Socket::NotReady("no ready".to_owned()),
            &[],
            Err("no ready"),
        );
    }
}
