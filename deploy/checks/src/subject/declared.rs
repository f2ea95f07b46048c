//! What the target file says of the pages and actions that checks look at. What it does not say leaves a check
//! undecided, with the line that would settle it.

use cookie_store::RawCookie;
use probe::Target;
use serde_json::Value;
use targets::file::action::{Ability, Action, Takes};
use targets::file::identity::{Carrier, Strangers};
use targets::file::socket::{Protocol, Socket, Transport};
use targets::file::surface::Surface;
use targets::language::step::{Act, Body, Method, Request, Step};
use targets::language::template::{Lookup, Made};
use targets::needs::{Need, Wish};

use crate::check::Undecided;

/// The page of the login: the first that it gets. None where a login gets none.
pub(crate) fn login_page(target: &Target) -> Option<&str> {
    let mut requests = target.login.iter().flatten().filter_map(request);
    let page = requests.find(|request| request.method == Method::Get);
    page.and_then(|request| request.path.plain())
}

/// Where the login sends something, and by which method.
pub(crate) fn login_form(target: &Target) -> Option<(Method, &str)> {
    let mut requests = target.login.iter().flatten().filter_map(request);
    requests.find_map(|request| {
        let sends = request.method != Method::Get && !matches!(request.body, Body::Nothing);
        let path = request.path.plain()?;
        sends.then_some((request.method, path))
    })
}

/// A page that may show what belongs to whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnPage {
    pub(crate) path: String,
    /// By the target file, it is for users alone.
    pub(crate) is_private: bool,
}

/// The pages that may show what is somebody's own: those that the file says are a user's, what a login and a page's
/// script ask for, and the root.
pub(crate) fn own_pages(target: &Target) -> Vec<OwnPage> {
    let refuses = target.strangers == Strangers::Refused && target.login.is_some();
    let surfaces = ["private page", "actions of mine"].into_iter();
    let surfaces = surfaces.filter_map(|name| target.surface(name).found());
    let private = surfaces.filter_map(|surface| got(&surface.step));
    let private = private.map(|path| (path, refuses));
    let login = target.login.iter().flatten();
    let sends = |step: &&Step| request(step).is_some_and(|asked| asked.method != Method::Get);
    let after = login.skip_while(|step| !sends(step));
    let shown = after.chain(&target.open).filter_map(got);
    let shown = shown.chain(["/"]).map(|path| (path, false));
    let mut pages: Vec<OwnPage> = Vec::new();
    for (path, is_private) in private.chain(shown) {
        if pages.iter().all(|page| page.path != path) {
            let path = path.to_owned();
            pages.push(OwnPage { path, is_private });
        }
    }
    pages
}

/// The path of a step that gets a page, where it has no names and no query.
fn got(step: &Step) -> Option<&str> {
    let asked = request(step).filter(|asked| asked.method == Method::Get)?;
    asked.query.is_empty().then(|| asked.path.plain())?
}

/// The path at which an action of this id is read.
pub(crate) fn read_path(action: &Action, id: &str) -> Option<String> {
    struct Id<'a>(&'a str);
    impl Lookup for Id<'_> {
        fn make(&mut self, _: Made) -> Value {
            Value::Null
        }

        fn kept(&self, of: Option<&str>, name: &str) -> Option<Value> {
            (of.is_none() && name == "id").then(|| Value::from(self.0))
        }
    }
    let steps = action.read.iter().filter_map(request);
    let mut gets = steps.filter(|asked| asked.method == Method::Get && asked.query.is_empty());
    gets.find_map(|asked| asked.path.text(&mut Id(id)).ok())
}

/// The path by which the first socket is asked for over HTTP, and with which query. None where it has names, or stands
/// elsewhere.
pub(crate) fn handshake_path(target: &Target) -> Option<(Protocol, String)> {
    let socket = socket(target).ok()?;
    if socket.url.is_some() {
        return None;
    }
    let path = match &socket.path {
        Some(path) => path.plain()?,
        None => socket.protocol.usual_path(),
    };
    let query = match socket.protocol {
        Protocol::SocketIo => "?EIO=4&transport=polling",
        Protocol::WebSocket | Protocol::Sse => "",
    };
    Some((socket.protocol, format!("{path}{query}")))
}

/// The path of a surface.
pub(crate) fn path_of(surface: &Surface) -> Option<&str> {
    request(&surface.step)?.path.plain()
}

fn request(step: &Step) -> Option<&Request> {
    match &step.act {
        Some(Act::Request(request)) => Some(request),
        _ => None,
    }
}

/// The surface of this name.
pub(crate) fn surface<'a>(target: &'a Target, name: &str) -> Result<&'a Surface, Undecided> {
    found(target.surface(name), &format!("surface `{name}`"))
}

/// What was found, or why it is not there.
fn found<T>(need: Need<T>, what: &str) -> Result<T, Undecided> {
    match need {
        Need::Found(found) => Ok(found),
        Need::NotApplicable(words) => Err(Undecided(format!(
            "the target has no {what}: its file says `{words}`"
        ))),
        Need::NotMentioned(lines) => Err(Undecided(format!(
            "the target file does not mention the {what}: add `{}`",
            lines.join("`, or `")
        ))),
    }
}

/// The action that a visitor starts: one that everybody can do alone, or in a group of their own, and that does no harm.
pub(crate) fn action(target: &Target) -> Result<(&str, &Action), Undecided> {
    let (name, action) = found(target.action_for(Wish::Any), "action")?;
    let does = |ability: &Ability| !matches!(ability, Ability::Several);
    let needs = |takes: &Takes| matches!(takes, Takes::User | Takes::Session | Takes::Tab);
    let why = if target.destructive.iter().any(|known| known == name) {
        "is destructive"
    } else if action.can.iter().any(does) {
        "floods, fails or takes long"
    } else if action.takes.iter().any(|(_, takes)| needs(takes)) {
        "needs another user"
    } else {
        return Ok((name, action));
    };
    Err(Undecided(format!(
        "the target file has no action for a short visit: even `{name}` {why}"
    )))
}

/// Why nobody can have tried to stop this action, unless the file says that nothing can be stopped.
pub(crate) fn can_be_stopped(
    target: &Target,
    name: &str,
    action: &Action,
) -> Result<(), Undecided> {
    if !action.way.stop.is_empty() {
        return Ok(());
    }
    match target.action_for(Wish::CanBeStopped) {
        Need::NotApplicable(_) => Ok(()),
        Need::Found((other, _)) => Err(Undecided(format!(
            "`{name}` cannot be stopped, so nobody tried to; `{other}` can"
        ))),
        missing @ Need::NotMentioned(_) => found(missing, "stop of an action").map(|_| ()),
    }
}

/// The only socket, or the first.
pub(crate) fn socket(target: &Target) -> Result<&Socket, Undecided> {
    let first = target.sockets.first().map(|(_, socket)| socket);
    first
        .ok_or_else(|| Undecided::because("the target has no socket: its file says `socket: none`"))
}

/// The path of that socket, where it stands in the file and has no names.
pub(crate) fn socket_path(target: &Target) -> Option<&str> {
    let socket = socket(target).ok()?;
    if socket.url.is_some() {
        return None;
    }
    socket.path.as_ref()?.plain()
}

/// Whether a Socket.IO target takes WebSockets.
pub(crate) fn has_websocket(socket: &Socket) -> bool {
    let mut all = socket.transports.iter();
    all.any(|transport| *transport != Transport::Polling)
}

/// Whether a Socket.IO target takes polling.
pub(crate) fn has_polling(socket: &Socket) -> bool {
    let mut all = socket.transports.iter();
    all.any(|transport| *transport != Transport::WebSocket)
}

/// The words for a protocol.
pub(crate) const fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::SocketIo => "Socket.IO",
        Protocol::WebSocket => "a raw WebSocket",
        Protocol::Sse => "server-sent events",
    }
}

/// The names of the cookies that carry a session.
pub(crate) fn session_cookies(target: &Target) -> Result<&[String], Undecided> {
    let Some(session) = &target.session else {
        return Err(Undecided::because(
            "no cookie carries a session: the target file names none (`session: {cookie: NAME}`)",
        ));
    };
    match &session.carrier {
        Carrier::Cookie(names) => Ok(names),
        Carrier::Kept(name) => Err(Undecided(format!(
            "no cookie carries a session: by the target file it is `{name}`"
        ))),
    }
}

/// Whether a `Set-Cookie` header is of one of these, with or without its prefix; a `*` at the end stands for any
/// letters.
pub(crate) fn is_cookie(header: &str, names: &[String]) -> bool {
    let bare = |name: &str| name.trim_start_matches("__Host-").to_owned();
    let own = bare(header.split('=').next().unwrap_or_default().trim());
    names.iter().any(|name| match bare(name).strip_suffix('*') {
        Some(start) => own.starts_with(start),
        None => own == bare(name),
    })
}

/// The values that these `Set-Cookie` headers give to sessions. One that ends a session gives none.
pub(crate) fn session_values(headers: &[String], names: &[String]) -> Vec<String> {
    let own = headers.iter().filter(|header| is_cookie(header, names));
    let cookies = own.filter_map(|header| RawCookie::parse(header.as_str()).ok());
    let lasting = cookies.filter(|cookie| cookie.max_age().is_none_or(|age| age.is_positive()));
    lasting.map(|cookie| cookie.value().to_owned()).collect()
}

/// Why a guest is somebody here, if one is.
pub(crate) fn refuses_guests(target: &Target) -> Result<(), Undecided> {
    if target.login.is_none() {
        let why = "nobody logs in at this target: its file says `login: none`";
        return Err(Undecided::because(why));
    }
    match target.strangers {
        Strangers::Refused => Ok(()),
        Strangers::Welcome => Err(Undecided::because(
            "guests are welcome: the target file says `strangers: welcome`",
        )),
    }
}

/// Whether a login goes over a socket, so that everybody may open one.
pub(crate) fn logs_in_by_socket(target: &Target) -> bool {
    let acts = target
        .login
        .iter()
        .flatten()
        .filter_map(|step| step.act.as_ref());
    { acts }.any(Act::needs_socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn target(lines: &str) -> Target {
        let note = "note: {takes: {text: marker}, do: {post: /n, json: \"{parameters}\"}, yields: {noted: 1}}";
        let actions = match lines.contains("actions:") {
            true => String::new(),
            false => format!("actions: {{{note}}}\n"),
        };
        let socket = if lines.contains("socket:") {
            ""
        } else {
            "socket: {}\n"
        };
        let login = if lines.contains("login:") {
            ""
        } else {
            "login: none\n"
        };
        let text = format!("target: x\n{login}{socket}{actions}{lines}\n");
        targets::parse(&text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"))
    }

    #[test]
    fn the_page_of_a_login_is_the_first_that_it_gets() {
        let both = "login: [{get: /in}, {post: /in/now, form: {user: \"{user}\"}}]";
        assert_eq!(login_page(&target(both)), Some("/in"));
        assert_eq!(login_form(&target(both)), Some((Method::Post, "/in/now")));
        let api = "login: {put: /api/in, json: {user: \"{user}\"}}";
        assert_eq!(login_page(&target(api)), None);
        assert_eq!(login_form(&target(api)), Some((Method::Put, "/api/in")));
        let none = target("login: none");
        assert_eq!((login_page(&none), login_form(&none)), (None, None));
    }

    #[track_caller]
    fn pages(lines: &str, paths: &[&str]) {
        let pages = own_pages(&target(lines)).into_iter();
        let pages = pages.map(|page| match page.is_private {
            true => format!("{} private", page.path),
            false => page.path,
        });
        assert_eq!(pages.collect::<Vec<_>>(), paths, "{lines}");
    }

    #[test]
    fn own_pages_are_those_of_users_and_the_root() {
        let login = "login: [{get: /in}, {post: /in, form: {user: \"{user}\"}}, {get: /me}]\n";
        let home = "surfaces: {private page: {get: /home}, actions of mine: none}";
        pages(&format!("{login}{home}"), &["/home private", "/me", "/"]);
        pages(
            &format!("strangers: welcome\n{login}{home}"),
            &["/home", "/me", "/"],
        );
        let script = "open: [{get: /who}, {connect: {}}]\nsurfaces: {private page: {get: /}}";
        pages(script, &["/", "/who"]);
    }

    #[test]
    fn an_action_is_read_by_its_id() {
        let read = "read: {get: \"/n/{id}\"}, id: /id, yields: {noted: 1}";
        let sent = "takes: {text: marker}, do: {post: /i, json: \"{parameters}\"}";
        let lines = format!("actions: {{it: {{{sent}, {read}}}}}");
        let target = target(&lines);
        let action = target.action("it").expect("an action");
        assert_eq!(read_path(action, "7").as_deref(), Some("/n/7"));
    }

    #[track_caller]
    fn undecided<T>(result: Result<T, Undecided>, words: &str) {
        match result {
            Ok(_) => panic!("it is there"),
            Err(Undecided(why)) => assert!(why.contains(words), "{why}"),
        }
    }

    #[test]
    fn what_the_file_does_not_have_is_said_with_the_line_that_would_settle_it() {
        let bare = target("");
        undecided(surface(&bare, "health"), "surfaces: {health: {get: /path}}");
        let none = target("surfaces: {health: none}");
        undecided(surface(&none, "health"), "its file says `health: none`");
        undecided(session_cookies(&bare), "session: {cookie: NAME}");
        undecided(socket(&target("socket: none")), "no socket");
        undecided(refuses_guests(&bare), "login: none");
        let (name, note) = action(&bare).expect("an action");
        assert_eq!(name, "note");
        undecided(
            can_be_stopped(&bare, name, note),
            "without: [can be stopped]",
        );
        let without = target("without: [stop]");
        assert_eq!(can_be_stopped(&without, name, note), Ok(()));
    }

    #[test]
    fn a_visit_starts_no_action_that_does_harm() {
        let only = |action: &str| {
            target(&format!(
                "actions: {{it: {{takes: {{text: marker}}, do: {{post: /i, json: \"{{parameters}}\"}}, {action}}}}}"
            ))
        };
        undecided(action(&only("can: floods")), "`it` floods");
        undecided(
            action(&only("can: long")),
            "`it` floods, fails or takes long",
        );
        assert!(action(&only("can: several")).is_ok());
        undecided(
            action(&target("destructive: [note]")),
            "`note` is destructive",
        );
    }
}
