//! What a target offers to a search, by its file. Moves are made of that: none of them names an action, an event or a
//! path, and what the file does not have is never drawn.

use std::sync::Arc;

use probe::Target;
use serde_json::Map;
use targets::file::action::{Ability, Action, Takes};
use targets::file::identity::{Carrier, Owner, Strangers};
use targets::file::socket::{Protocol, ResumeBy, Transport as Way};
use targets::file::yields::{Amount, Marked, Yield};
use targets::ids::names_it;
use targets::language::audience::Scope;
use targets::language::step::{Act, Method};
use targets::language::template::Name;
use targets::needs::Need;

use super::users::{self, Users};
use crate::needs::{Needed, Trait, closed_to, forbids};

/// The word of a file for a target on which a user is in one place alone.
const SECOND_PLACE: &str = "second place";
/// The surfaces that only users have, the best first.
const PRIVATE: [&str; 2] = ["actions of mine", "private page"];

/// What there is to try.
#[derive(Debug, Default)]
pub(super) struct Offer {
    /// Actions that end by themselves, with a marker.
    pub(super) short: Vec<Arc<Kind>>,
    /// Actions that run until they are stopped.
    pub(super) long: Vec<Arc<Kind>>,
    /// Actions without a marker: all that they do is to change what comes later.
    pub(super) silent: Vec<Arc<Kind>>,
    pub(super) has_login: bool,
    /// Users have several sessions: the file says whose things are, a session's or a user's.
    pub(super) has_devices: bool,
    pub(super) has_logout: bool,
    /// The surfaces that only users have.
    pub(super) private: Vec<&'static str>,
    /// What only a user may get with a cookie alone, where a logout ends what the cookie carries.
    pub(super) private_path: Option<String>,
    /// By what a session is shown again that a logout has ended, where no cookie carries it: a surface, or none for a
    /// socket.
    pub(super) old_sessions: Vec<Option<&'static str>>,
    pub(super) refuses_strangers: bool,
    /// A tab has a socket.
    pub(super) has_sockets: bool,
    /// Its socket is Socket.IO's, which has long-polling and acknowledgements.
    pub(super) is_socket_io: bool,
    /// A tab may poll, by the file, and it may have a WebSocket.
    pub(super) may_poll: bool,
    pub(super) may_upgrade: bool,
    /// Its users join nothing, so that nobody gets anything by asking for it.
    pub(super) joins_nothing: bool,
    /// Users can meet in a group that they make or join, and leave it.
    pub(super) has_meetings: bool,
    pub(super) has_leave: bool,
    /// Such a group is made first: whether it is still there when all have left it, the target says.
    pub(super) makes_meetings: bool,
    /// A user may have a further tab.
    pub(super) has_second_place: bool,
    /// A group of the file is closed to somebody.
    pub(super) has_closed_groups: bool,
    /// Somebody has no right to an action.
    pub(super) has_forbidden_actions: bool,
    /// Requests carry ids, in whose place others may stand.
    pub(super) has_ids: bool,
    /// The same, or an action is read by its id.
    pub(super) has_any_ids: bool,
    /// The harness has started it, and may start it again.
    pub(super) restarts: bool,
    /// It keeps what a tab has missed by a number, so that a restart loses nothing.
    pub(super) keeps_missed: bool,
    /// Who takes part.
    pub(super) users: Users,
}

/// An action of the target file.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: String,
    /// Where each of its events is due; nowhere if it owes none to whoever does it.
    pub(super) due: Option<DueAt>,
    /// It makes several events of a name. A target may keep only the newest few of them, so that two such actions of
    /// one user at once owe nothing.
    pub(super) is_crowd: bool,
    /// It goes to a group, which is joined first: several at once would join it several times.
    pub(super) takes_group: bool,
    pub(super) has_stop: bool,
    /// What it shows can be asked for.
    pub(super) has_read: bool,
    /// The same, and it is its owner's alone.
    pub(super) has_private_read: bool,
    /// It goes over the socket of the tab, or needs what the tab's opening has kept.
    pub(super) needs_tab: bool,
    /// Its parameters that name a group in which users meet.
    pub(super) groups: Vec<String>,
    /// Its parameters that name somebody.
    pub(super) others: Vec<String>,
}

/// Which tabs of its user an action owes something to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DueAt {
    Tab,
    Session,
    User,
}

impl Offer {
    /// What a target has, for these users.
    pub(super) fn of(target: &Target, users: &Users) -> Self {
        let names = || users.groups.iter().flat_map(|group| group.iter());
        let mut offer = Self {
            has_meetings: matches!(Needed::Join.of(target), Need::Found(())),
            has_leave: matches!(Needed::Leave.of(target), Need::Found(())) && leaves_one(target),
            makes_meetings: { target.kind_to_meet_in() }
                .and_then(|kind| target.group(kind))
                .is_some_and(|group| !group.create.is_empty()),
            has_second_place: !target.without.iter().any(|word| word == SECOND_PLACE),
            has_closed_groups: names().any(|user| closed_to(target, user).is_some()),
            has_forbidden_actions: names().any(|user| forbids(target, user)),
            has_ids: matches!(Needed::ForeignIds.of(target), Need::Found(())),
            has_any_ids: matches!(Needed::AnyIds.of(target), Need::Found(())),
            restarts: { target.start.as_ref() }.is_some_and(|start| start.may_restart),

            has_devices: target.owner_is_said || target.login.is_none(),
            has_login: target.login.is_some(),
            has_logout: matches!(Needed::Logout.of(target), Need::Found(())),
            private: private(target),
            private_path: private_path(target),
            old_sessions: old_sessions(target),
            refuses_strangers: target.login.is_some() && target.strangers == Strangers::Refused,
            keeps_missed: { target.sockets.iter() }
                .flat_map(|(_, socket)| &socket.resume)
                .any(|resume| matches!(resume.by, ResumeBy::Last { .. })),
            has_sockets: !target.sockets.is_empty(),
            is_socket_io: { target.sockets.first() }
                .is_some_and(|(_, socket)| socket.protocol == Protocol::SocketIo),
            may_poll: matches!(Trait::Polling.of(target), Need::Found(())),
            may_upgrade: { target.sockets.first() }.is_none_or(|(_, socket)| {
                let mut ways = socket.transports.iter().peekable();
                ways.peek().is_none() || ways.any(|way| *way != Way::Polling)
            }),
            joins_nothing: target.has_no_groups,
            users: users.clone(),
            ..Self::default()
        };
        for (name, action) in &target.actions {
            if target.destructive.contains(name) {
                continue;
            }
            let says = |ability: Ability| action.can.contains(&ability);
            let kind = Arc::new(Kind::of(name, action, target));
            if says(Ability::Floods) {
                // What it owes is more than anybody can wait for.
            } else if says(Ability::Long) {
                offer.long.extend(kind.has_stop.then_some(kind));
            } else if action.is_unmarked {
                offer.silent.push(kind);
            } else {
                offer.short.push(kind);
            }
        }
        offer
    }

    /// How many users a schedule takes: where what one does is meant for another, somebody must be left for whom it is
    /// not.
    pub(super) fn wanted_users(target: &Target) -> usize {
        let mut all = target.actions.iter();
        match all.any(|(_, action)| !action.is_alone()) {
            true => users::MOST,
            false => users::MOST - 1,
        }
    }
}

impl Kind {
    fn of(name: &str, action: &Action, target: &Target) -> Self {
        let meets = matches!(Needed::Join.of(target), Need::Found(()));
        let own = target.kind_to_meet_in();
        let is_met_in = |takes: &Takes| match takes {
            Takes::Group(kind) => meets && (kind.is_none() || kind.as_deref() == own),
            _ => false,
        };
        let named = |wanted: &dyn Fn(&Takes) -> bool| {
            let takes = action.takes.iter().filter(|(_, takes)| wanted(takes));
            takes.map(|(name, _)| name.clone()).collect()
        };
        let usual = action.parameters(&Map::new(), "");
        let each = || action.yields.iter().map(|(_, made)| made);
        Self {
            name: name.to_owned(),
            due: each().filter_map(|made| due_at(made, target.owner)).max(),
            takes_group: { action.takes.iter() }.any(|(_, takes)| matches!(takes, Takes::Group(_))),
            is_crowd: action.due(&usual).iter().any(|(_, due)| due.least > 1),
            has_stop: names_it(action, &action.way.stop),
            has_read: !action.read.is_empty(),
            has_private_read: names_it(action, &action.read) && each().all(is_own),
            needs_tab: { target.open.iter() }.any(|step| !step.keep.is_empty()) || {
                action.way.act.iter()
            }
            .any(|step| step.act.as_ref().is_some_and(Act::needs_socket)),
            groups: named(&is_met_in),
            others: named(&Takes::names_somebody),
        }
    }
}

/// Whether leaving a group says which one: else whoever leaves may leave all of them.
fn leaves_one(target: &Target) -> bool {
    let group = target.kind_to_meet_in().and_then(|kind| target.group(kind));
    let mut is_named = false;
    for step in group.into_iter().flat_map(|group| &group.leave) {
        step.each_name_before(&mut |name| is_named |= matches!(name, Name::Kept(_)));
    }
    is_named
}

/// Where an event is due, if it must come to whoever acts.
fn due_at(made: &Yield, owner: Owner) -> Option<DueAt> {
    let is_due = made.count.least != Amount::Number(0) && made.marked == Marked::Yes;
    // Whom an exception leaves is hard to tell: nobody waits for such an event.
    if !is_due || !made.to.but.is_empty() {
        return None;
    }
    let of_owner = match owner {
        Owner::Tab => DueAt::Tab,
        Owner::Session => DueAt::Session,
        Owner::User => DueAt::User,
    };
    let scopes = made.to.any.iter().filter_map(|scope| match scope {
        Scope::Tab => Some(DueAt::Tab),
        Scope::Session => Some(DueAt::Session),
        Scope::Owner => Some(of_owner),
        Scope::User | Scope::Everyone | Scope::Anybody => Some(DueAt::User),
        Scope::TabOf(_)
        | Scope::SessionOf(_)
        | Scope::UserOf(_)
        | Scope::Group(_)
        | Scope::TheGroup(..) => None,
    });
    scopes.max()
}

/// Whether only whoever acts may see it.
fn is_own(made: &Yield) -> bool {
    let is_own = |scope: &Scope| {
        matches!(
            scope,
            Scope::Tab | Scope::Session | Scope::User | Scope::Owner
        )
    };
    made.to.any.iter().all(is_own)
}

fn private(target: &Target) -> Vec<&'static str> {
    let is_there = |name: &&str| matches!(target.surface(name), Need::Found(_));
    PRIVATE.into_iter().filter(is_there).collect()
}

/// Whether strangers are refused, and a logout ends a session for whoever has a copy of what carries it.
fn ends_sessions(target: &Target) -> bool {
    let is_revoked = matches!(Trait::Revocation.of(target), Need::Found(()));
    is_revoked && matches!(Trait::Login.of(target), Need::Found(()))
}

/// By what an ended session is shown again: only what no cookie carries, since a browser drops that as it is told.
fn old_sessions(target: &Target) -> Vec<Option<&'static str>> {
    let session = target.session.as_ref();
    let is_kept = session.is_some_and(|session| matches!(session.carrier, Carrier::Kept(_)));
    if !is_kept || !ends_sessions(target) {
        return Vec::new();
    }
    let socket = (!target.sockets.is_empty()).then_some(None);
    let surfaces = private(target).into_iter().map(Some);
    surfaces.chain(socket).collect()
}

/// A path that a cookie alone opens.
fn private_path(target: &Target) -> Option<String> {
    let carrier = &target.session.as_ref()?.carrier;
    if !matches!(carrier, Carrier::Cookie(_)) || !ends_sessions(target) {
        return None;
    }
    PRIVATE.into_iter().find_map(|name| {
        let surface = target.surface(name).found()?;
        let Some(Act::Request(request)) = &surface.step.act else {
            return None;
        };
        let is_plain = surface.before.is_empty()
            && request.method == Method::Get
            && request.query.is_empty()
            && request.headers.is_empty();
        let path = request.path.plain().filter(|_| is_plain)?;
        // In a scenario it is a template.
        (!path.contains(['{', '}'])).then(|| path.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(text: &str) -> Offer {
        let file = format!("target: x\n{text}");
        let target = targets::parse(&file).unwrap_or_else(|wrong| panic!("{file}: {wrong:?}"));
        Offer::of(&target, &Users::default())
    }

    fn names(kinds: &[Arc<Kind>]) -> Vec<&str> {
        kinds.iter().map(|kind| kind.name.as_str()).collect()
    }

    const ACTIONS: &str = "
login: none
socket: {}
groups: {room: {join: {post: /j}}}
destructive: [wipe]
actions:
  note: {takes: {text: marker}, do: {post: /n, json: \"{parameters}\"}, yields: {noted: 1}}
  vote: {takes: {text: marker, n: 3}, do: {post: /v, json: \"{parameters}\"}, yields: {voted: {to: everyone, count: n}}}
  typing: {takes: {text: marker}, do: {post: /t, json: \"{parameters}\"}, yields: {typing: {to: everyone, but: tab}}}
  echo: {takes: {text: marker}, do: {post: /e, json: \"{parameters}\"}, yields: {echoed: {to: tab}}}
  work: {takes: {text: marker}, do: {post: /w, json: \"{parameters}\"}, id: /id, stop: {delete: \"/w/{id}\"}, can: long}
  forever: {takes: {text: marker}, do: {post: /f, json: \"{parameters}\"}, can: long}
  storm: {takes: {text: marker}, do: {post: /s, json: \"{parameters}\"}, can: floods}
  watch: {marked: false, do: {post: /watch}}
  say: {takes: {text: marker, room: group}, do: {post: /say, json: \"{parameters}\"}, yields: {said: {to: {group: room}}}}
  whisper: {takes: {text: marker, to: user}, do: {post: /p, json: \"{parameters}\"}, yields: {heard: {to: {user: to}}}}
  wipe: {takes: {text: marker}, do: {post: /wipe, json: \"{parameters}\"}, yields: {wiped: 1}}
";

    #[test]
    fn actions_are_sorted_by_what_they_do() {
        let offer = offer(ACTIONS);
        assert_eq!(
            names(&offer.short),
            ["note", "vote", "typing", "echo", "say", "whisper"]
        );
        assert_eq!(names(&offer.long), ["work"]);
        assert_eq!(names(&offer.silent), ["watch"]);
        let due: Vec<_> = offer.short.iter().map(|kind| kind.due).collect();
        let (tab, user) = (Some(DueAt::Tab), Some(DueAt::User));
        assert_eq!(due, [Some(DueAt::Session), user, None, tab, None, None]);
        let crowds = offer.short.iter().filter(|kind| kind.is_crowd);
        assert_eq!(crowds.count(), 1, "a vote");
    }

    #[test]
    fn what_the_file_does_not_have_is_not_offered() {
        let bare = offer("login: none\nsocket: {protocol: websocket}\nactions: {}\n");
        let has_any = [
            bare.has_login,
            bare.has_logout,
            !bare.private.is_empty(),
            bare.refuses_strangers,
            bare.is_socket_io,
            bare.joins_nothing,
        ];
        assert_eq!(has_any, [false; 6]);
        assert_eq!(bare.private_path, None);
        let whole = offer(
            "login: {post: /login, form: {user: \"{user}\"}}\nlogout: {post: /logout}\nsession: {cookie: sid, revoked: true}\nsocket: {}\ngroups: none\nactions: {}\n\
             surfaces: {private page: {get: /home}, actions of mine: [{get: /, keep: {page: {match: 'x(.)'}}}, {get: \"/mine/{page}\"}]}\n",
        );
        let has_all = [
            whole.has_login,
            whole.has_logout,
            !whole.private.is_empty(),
            whole.refuses_strangers,
            whole.is_socket_io,
            whole.joins_nothing,
        ];
        assert_eq!(has_all, [true; 6]);
        assert_eq!(whole.private_path.as_deref(), Some("/home"));
        assert!(whole.old_sessions.is_empty(), "a cookie carries it");
    }

    #[test]
    fn what_others_may_see_is_not_asked_for_as_if_it_were_private() {
        let read = |to: &str| {
            let action = format!(
                "do: {{post: /n, json: \"{{parameters}}\"}}, id: /id, read: {{get: \"/n/{{id}}\"}}, yields: {{noted: {{to: {to}}}}}"
            );
            let file = format!(
                "login: none\nsocket: {{}}\nactions:\n  note: {{takes: {{text: marker}}, {action}}}\n"
            );
            offer(&file).short[0].has_private_read
        };
        assert!(read("tab"));
        assert!(read("owner"));
        assert!(!read("everyone"));
        assert!(!read("[owner, anybody]"));
    }
}
