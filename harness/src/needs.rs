//! What a scenario needs of a target: its words for actions are looked up in the target file.

use std::time::Duration;

use targets::Target;
use targets::file::action::{Action, Takes};
use targets::file::group::Group;
use targets::file::identity::Strangers;
use targets::file::socket::{Protocol, ResumeBy, Socket, Transport};
use targets::ids::names_it;
use targets::language::step::Act;
use targets::language::template::Name;
use targets::needs::{Need, Wish};

/// The action of this name, or the one that fits this wish best; else why there is none, in words.
pub(crate) fn action<'a>(target: &'a Target, name: &str) -> Result<(&'a str, &'a Action), String> {
    let mut actions = target.actions.iter();
    if let Some((name, action)) = actions.find(|(known, _)| known == name) {
        return Ok((name, action));
    }
    let Some(wish) = Wish::from_word(name) else {
        return Err(format!("there is no action `{name}` in the target file"));
    };
    match target.action_for(wish) {
        Need::Found(found) => Ok(found),
        Need::NotApplicable(word) => Err(format!("the target file says `{word}`")),
        Need::NotMentioned(lines) => Err(format!(
            "no action of the target file is called `{name}`; write {}",
            lines.join(" or ")
        )),
    }
}

/// What a step needs of a target file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needed<'a> {
    /// A surface of this name.
    Surface(&'a str),
    /// An action of this name, or one that fits this wish.
    Action(&'a str),
    /// An action that can be stopped.
    Stop,
    /// An action of which can be asked what it shows.
    Read,
    /// An action of which can be asked what it shows, or that can be stopped.
    ReadOrStop,
    /// A kind of group.
    Group,
    /// A kind of group that any user may join, for an action that goes to its members.
    Join,
    /// The same, and who has joined can leave.
    Leave,
    /// The ids of its actions.
    Ids,
    /// Ids that its answers give and its requests carry.
    ForeignIds,
    /// The same, or actions that are read by an id.
    AnyIds,
    /// A server that is started by the harness and may be started again.
    Restart,
    /// The log of a server that is started by the harness.
    Log,
    /// A logout.
    Logout,
    /// The end of a session by its time.
    Expire,
}

/// What a target must be like for a scenario, whatever its steps are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trait {
    /// Who has not logged in is refused.
    Login,
    /// A tab that comes back gets what it missed.
    Replay,
    /// A tab may poll.
    Polling,
    /// It says how soon what an action owes is there.
    Promise,
    /// Its usual action makes events that are not for everybody.
    OwnEvents,
    /// Users of these very names.
    Names,
    /// Opening a tab asks the target for something.
    Opening,
    /// A group of the file is closed to one of its users.
    ClosedGroups,
    /// An action takes a group, and one is closed to one of its users.
    ForbiddenActions,
    /// An action is done by requests alone: it needs no socket.
    Requests,
    /// A session ends by its time, soon or by steps of the file.
    Expiry,
    /// Something carries a session, and the file says what.
    Session,
    /// A logout ends a session for whoever has copied what carries it.
    Revocation,
}

/// Their words.
pub(crate) const TRAITS: [(&str, Trait); 13] = [
    ("login", Trait::Login),
    ("replay", Trait::Replay),
    ("polling", Trait::Polling),
    ("promise", Trait::Promise),
    ("own events", Trait::OwnEvents),
    ("these names", Trait::Names),
    ("opening", Trait::Opening),
    ("expiry", Trait::Expiry),
    ("closed groups", Trait::ClosedGroups),
    ("forbidden actions", Trait::ForbiddenActions),
    ("requests", Trait::Requests),
    ("session", Trait::Session),
    ("revocation", Trait::Revocation),
];

impl Trait {
    /// The one of this word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let found = TRAITS.iter().find(|(known, _)| *known == word);
        found.map(|(_, one)| *one)
    }

    /// Whether the target is so. Whether it has users of some names is asked when they are chosen.
    pub(crate) fn of(self, target: &Target) -> Need<()> {
        let without = |word: &str| target.without.iter().any(|known| known == word);
        let not = |word: &str| Need::NotApplicable(word.to_owned());
        let sockets = || target.sockets.iter().map(|(_, socket)| socket);
        match self {
            Self::Login if target.login.is_none() => not("login: none"),
            Self::Login if target.strangers == Strangers::Welcome => not("strangers: welcome"),
            Self::Replay | Self::Polling if target.sockets.is_empty() => not("socket: none"),
            Self::Replay if sockets().any(replays) => Need::Found(()),
            Self::Replay if sockets().all(|socket| socket.resume.is_empty()) => {
                open(&[resuming(target), "socket: {…, resume: none}"])
            }
            Self::Replay => not("resume: none"),
            Self::Polling if without("polling") => not("without: [polling]"),
            Self::Polling if !sockets().any(|socket| socket.protocol == Protocol::SocketIo) => {
                not("protocol: websocket")
            }
            Self::Polling if !sockets().any(polls) => open(&[
                "socket: {…, transport: [websocket, polling]}",
                "without: [polling]",
            ]),
            Self::Promise if target.prompt.is_some() => Need::Found(()),
            Self::Promise if without("prompt") => not("without: [prompt]"),
            Self::Promise => open(&["prompt: 2s", "without: [prompt]"]),
            Self::OwnEvents => match target.action_for(Wish::Any) {
                Need::Found((_, action)) if action.reaches_all() => not("to: everyone"),
                Need::Found(_) => Need::Found(()),
                Need::NotApplicable(word) => Need::NotApplicable(word),
                Need::NotMentioned(lines) => Need::NotMentioned(lines),
            },
            Self::Opening if target.sockets.is_empty() && target.open.is_empty() => {
                not("socket: none")
            }
            Self::Expiry if !expires(target) => not("session: …, without `lasts`"),
            Self::Session if target.session.is_none() => not("session: none"),
            Self::Revocation if !target.session.as_ref().is_some_and(|it| it.is_revoked) => {
                not("session: …, without `revoked`")
            }
            Self::ClosedGroups if !usual(target).any(|user| closed_to(target, user).is_some()) => {
                not("groups: …, without one that is closed and does not list Alice, Bob or Carol")
            }
            Self::ForbiddenActions if !usual(target).any(|user| forbids(target, user)) => not(
                "groups: …, without one to act in that is closed and does not list Alice, Bob or Carol",
            ),
            Self::Requests if !target.actions.iter().any(|(_, action)| by_requests(action)) => not(
                "do: …, without an action that needs no socket and nothing of a login in its path",
            ),
            Self::Login
            | Self::Polling
            | Self::Names
            | Self::Opening
            | Self::Expiry
            | Self::Session
            | Self::Revocation
            | Self::ClosedGroups
            | Self::ForbiddenActions
            | Self::Requests => Need::Found(()),
        }
    }
}

/// The users of most scenarios.
const USUAL: [&str; 3] = ["alice", "bob", "carol"];

/// Those of them whom the file knows.
fn usual(target: &Target) -> impl Iterator<Item = &'static str> {
    // Where the file lists nobody, the users of a scenario are made.
    let known = &target.users.known;
    let is_there = |user: &&str| known.is_empty() || known.contains_key(*user);
    USUAL.into_iter().filter(is_there)
}

/// Whether an action is done by requests alone, to paths that anybody can write.
fn by_requests(action: &Action) -> bool {
    let is_known = |name: &Name| match name {
        Name::Made(_) => true,
        Name::Kept(name) => {
            let whose = name.of.as_deref().unwrap_or(&name.name);
            name.default.is_some() || whose == "action" || action.parameter(whose).is_some()
        }
    };
    action.way.act.iter().all(|step| match &step.act {
        Some(Act::Request(request)) => request.path.names().all(is_known),
        None => true,
        Some(_) => false,
    })
}

/// Whether an action takes a group that is closed to this user.
pub(crate) fn forbids(target: &Target, user: &str) -> bool {
    let mut all = target.actions.iter();
    all.any(|(_, action)| {
        let lists = closed_for(target, action, user).next().is_some();
        lists || unlisted(target, action).next().is_some()
    })
}

/// The kinds of groups that are closed and have no list, for each parameter that the steps of an action name: whoever
/// has not joined one is no member. Where an action takes such a group and a user, it may have let them in.
pub(crate) fn unlisted<'a>(
    target: &'a Target,
    action: &'a Action,
) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
    let takes = action.takes.iter();
    takes.filter_map(|(parameter, takes)| {
        let (kind, group) = kind_of(target, takes)?;
        let has_list = !group.members.is_empty() || !group.admits.is_empty();
        let is_open = !group.is_closed || has_list || !names(action, parameter);
        let is_open = is_open || invites(target, kind);
        (!is_open).then_some((parameter.as_str(), kind))
    })
}

/// The groups that are closed to this user, for each parameter of an action that takes one.
pub(crate) fn closed_for<'a>(
    target: &'a Target,
    action: &'a Action,
    user: &'a str,
) -> impl Iterator<Item = (&'a str, String)> + 'a {
    // Where the steps do not name the group, the target takes it from who acts.
    let takes = action
        .takes
        .iter()
        .filter(|(parameter, _)| names(action, parameter));
    takes.flat_map(move |(parameter, takes)| {
        let described = kind_of(target, takes).into_iter();
        let closed = described.flat_map(move |(kind, group)| closed_of(kind, group, user));
        closed.map(|group| (parameter.as_str(), group))
    })
}

/// Whether an action takes a group of this kind and a user.
fn invites(target: &Target, kind: &str) -> bool {
    target.actions.iter().any(|(_, action)| {
        let mut takes = action.takes.iter().map(|(_, takes)| takes);
        let names_user = |takes| matches!(takes, &Takes::User | &Takes::Session | &Takes::Tab);
        takes.clone().any(names_user)
            && takes.any(|takes| kind_of(target, takes).is_some_and(|(own, _)| own == kind))
    })
}

/// Whether the steps of an action name a parameter of it.
fn names(action: &Action, parameter: &str) -> bool {
    let mut found = false;
    for step in &action.way.act {
        step.each_name_before(&mut |name| {
            let Name::Kept(name) = name else { return };
            let whose = name.of.as_deref().unwrap_or(&name.name);
            found |= whose == parameter || whose == "parameters";
        });
    }
    found
}

/// The kind of group that a parameter takes.
pub(crate) fn kind_of<'a>(target: &'a Target, takes: &'a Takes) -> Option<(&'a str, &'a Group)> {
    let Takes::Group(kind) = takes else {
        return None;
    };
    let kind = kind.as_deref().or_else(|| target.kind_to_meet_in())?;
    Some((kind, target.group(kind)?))
}

/// A group of the file, with its kind, that is closed to this user, though it can be asked for.
pub(crate) fn closed_to(target: &Target, user: &str) -> Option<String> {
    let mut closed = { target.groups.iter() }.filter(|(_, group)| !group.join.is_empty());
    closed.find_map(|(kind, group)| closed_of(kind, group, user).next())
}

/// The groups of this kind that are closed to this user.
fn closed_of<'a>(
    kind: &'a str,
    group: &'a Group,
    user: &'a str,
) -> impl Iterator<Item = String> + 'a {
    let listed = { group.members.iter().chain(&group.admits) }.filter(|_| group.is_closed);
    let closed = listed.filter(move |(_, users)| !users.iter().any(|known| known == user));
    closed.map(move |(name, _)| format!("{kind}/{name}"))
}

/// Whether a scenario can see a session end by its time.
fn expires(target: &Target) -> bool {
    target.session.as_ref().is_some_and(|session| {
        !session.expire.is_empty() || session.lasts.is_some_and(|lasts| lasts <= LIFE)
    })
}

/// A line for how a tab of the target's sockets may get what it missed.
fn resuming(target: &Target) -> &'static str {
    match target.sockets.first().map(|(_, socket)| socket.protocol) {
        Some(Protocol::WebSocket) => "socket: {…, resume: {last: /id}}",
        Some(Protocol::Sse) => "socket: {…, resume: last-event-id}",
        _ => "socket: {…, resume: connection-state}",
    }
}

fn replays(socket: &Socket) -> bool {
    let mut ways = socket.resume.iter();
    ways.any(|way| !matches!(way.by, ResumeBy::Nothing))
}

fn polls(socket: &Socket) -> bool {
    let mut ways = socket.transports.iter();
    socket.protocol == Protocol::SocketIo && ways.any(|way| *way == Transport::Polling)
}

/// The longest life of a session that a scenario waits for.
pub(crate) const LIFE: Duration = Duration::from_mins(5);

impl Needed<'_> {
    /// Whether the target file has it.
    pub(crate) fn of(self, target: &Target) -> Need<()> {
        let needs = |has: bool, denied: Option<&str>, lines: &[&str]| match (has, denied) {
            (true, _) => Need::Found(()),
            (false, Some(word)) => Need::NotApplicable(word.to_owned()),
            (false, None) => Need::NotMentioned(lines.iter().map(ToString::to_string).collect()),
        };
        let without = |word: &str| target.without.iter().any(|known| known == word);
        match self {
            Self::Surface(name) => found(target.surface(name)),
            Self::Action(name) => match Wish::from_word(name) {
                _ if target.action(name).is_some() => Need::Found(()),
                Some(wish) => found(target.action_for(wish)),
                None => Need::NotApplicable(format!("no action is called `{name}`")),
            },
            Self::Stop => {
                let mut actions = target.actions.iter();
                let has = actions.any(|(_, action)| !action.way.stop.is_empty());
                let word = without("stop").then_some("without: [stop]");
                needs(
                    has,
                    word,
                    &[
                        "stop: {delete: \"/path/{id}\"} in an action",
                        "without: [stop]",
                    ],
                )
            }
            Self::ReadOrStop => match (Self::Read.of(target), Self::Stop.of(target)) {
                (Need::Found(()), _) | (_, Need::Found(())) => Need::Found(()),
                (Need::NotApplicable(_), of_stop) => of_stop,
                (of_read, _) => of_read,
            },
            Self::Read => {
                let mut actions = target.actions.iter();
                let has = actions.any(|(_, action)| !action.read.is_empty());
                let word = without("read").then_some("without: [read]");
                needs(
                    has,
                    word,
                    &[
                        "read: {get: \"/path/{id}\"} in an action",
                        "without: [read]",
                    ],
                )
            }
            Self::Ids => {
                let mut actions = target.actions.iter();
                let has = actions.any(|(_, action)| action.way.id.is_some());
                let word = without("ids").then_some("without: [ids]");
                needs(has, word, &["id: /id in an action", "without: [ids]"])
            }
            Self::ForeignIds => foreign_ids(target),
            Self::AnyIds if reads_by_id(target) => Need::Found(()),
            Self::AnyIds => foreign_ids(target),
            // A step says itself that there is none.
            Self::Log => Need::Found(()),
            Self::Restart => {
                let may = target.start.as_ref().is_none_or(|start| start.may_restart);
                needs(may, Some("restart: false"), &[])
            }
            Self::Group => grouping(target),
            Self::Join => joining(target).map_or_else(|none| none, |_| Need::Found(())),
            Self::Leave => leaving(target),
            Self::Logout => {
                let word = target.login.is_none().then_some("login: none");
                let word = word.or_else(|| without("logout").then_some("without: [logout]"));
                needs(
                    !target.logout.is_empty(),
                    word,
                    &["logout: {post: /logout}", "without: [logout]"],
                )
            }
            Self::Expire => {
                let has = expires(target);
                let word = target.login.is_none().then_some("login: none");
                let word = word.or_else(|| without("expire").then_some("without: [expire]"));
                needs(has, word, &["session: {…, lasts: 5s}", "without: [expire]"])
            }
        }
    }
}

/// Whether requests ask by ids that answers gave, or by how far a tab has heard.
fn foreign_ids(target: &Target) -> Need<()> {
    let resumes = target.sockets.iter().flat_map(|(_, socket)| &socket.resume);
    let has_point = { resumes }.any(|resume| matches!(resume.by, ResumeBy::LastEventId));
    if has_point || !target.names_of_ids().is_empty() {
        return Need::Found(());
    }
    let word = "keep: …, without a value by which a request asks for anything";
    Need::NotApplicable(word.to_owned())
}

/// Whether an action is read by what says which one it is.
fn reads_by_id(target: &Target) -> bool {
    let mut actions = target.actions.iter();
    actions.any(|(_, action)| names_it(action, &action.read))
}

/// Whether there is a kind of group.
fn grouping(target: &Target) -> Need<()> {
    if target.has_no_groups {
        Need::NotApplicable("groups: none".to_owned())
    } else if target.groups.is_empty() {
        open(&["groups: {room: {join: …}}", "groups: none"])
    } else {
        Need::Found(())
    }
}

/// Whether users can leave the group in which they meet.
fn leaving(target: &Target) -> Need<()> {
    match joining(target) {
        Err(none) => none,
        Ok(group) if !group.leave.is_empty() => Need::Found(()),
        Ok(_) if target.without.iter().any(|word| word == "leave") => {
            Need::NotApplicable("without: [leave]".to_owned())
        }
        Ok(_) => open(&["leave: {emit: …} in a group", "without: [leave]"]),
    }
}

/// One of these lines would settle it.
fn open<T>(lines: &[&str]) -> Need<T> {
    Need::NotMentioned(lines.iter().map(|line| (*line).to_owned()).collect())
}

/// The kind of group in which users can meet; else why there is none.
fn joining(target: &Target) -> Result<&Group, Need<()>> {
    let not = |word: &str| Err(Need::NotApplicable(word.to_owned()));
    if target.has_no_groups {
        return not("groups: none");
    }
    let Some(group) = target.kind_to_meet_in().and_then(|kind| target.group(kind)) else {
        return Err(match target.groups.is_empty() {
            true => grouping(target),
            false => open(&[
                "yields: {EVENT: {to: {group: PARAMETER}}}",
                "without: [to a group]",
            ]),
        });
    };
    if group.is_closed {
        return not("closed: true");
    }
    if group.create.is_empty() && !group.admits.is_empty() {
        return not("admits: …");
    }
    if group.join.is_empty() {
        return not("members: …");
    }
    Ok(group)
}

/// Whether it was found, without what was.
fn found<T>(need: Need<T>) -> Need<()> {
    match need {
        Need::Found(_) => Need::Found(()),
        Need::NotApplicable(word) => Need::NotApplicable(word),
        Need::NotMentioned(lines) => Need::NotMentioned(lines),
    }
}

#[cfg(test)]
mod tests;
