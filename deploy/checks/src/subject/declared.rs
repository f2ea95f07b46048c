//! What the target file says of the pages and actions that checks look at. What it does not say leaves a check
//! undecided, with the line that would settle it.

use probe::Target;
use targets::file::action::{Ability, Action, Takes};
use targets::file::identity::{Carrier, Strangers};
use targets::file::socket::{Protocol, Socket};
use targets::file::surface::Surface;
use targets::language::step::{Act, Body, Method, Request, Step};
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

/// The action that a visitor starts: one that everybody can do alone, and that does no harm.
pub(crate) fn action(target: &Target) -> Result<(&str, &Action), Undecided> {
    let (name, action) = found(target.action_for(Wish::Any), "action")?;
    let does = |ability: &Ability| !matches!(ability, Ability::Several);
    let needs = |takes: &Takes| {
        matches!(
            takes,
            Takes::User | Takes::Session | Takes::Tab | Takes::Group(_)
        )
    };
    let why = if target.destructive.iter().any(|known| known == name) {
        "is destructive"
    } else if action.can.iter().any(does) {
        "floods, fails or takes long"
    } else if action.takes.iter().any(|(_, takes)| needs(takes)) {
        "needs a group or another user"
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
