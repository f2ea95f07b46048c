//! Parts that name each other: parameters, groups, sockets, actions, and abilities.

use diagnostics::meant;
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};

use crate::file::action::{Action, Takes};
use crate::file::group::Group;
use crate::file::journey::{Journey, Stop};
use crate::file::secrets::SecretFrom;
use crate::file::socket::Protocol;
use crate::file::yields::{Amount, Marked, Yield};
use crate::language::step::{Act, Granted, Step};
use crate::needs::WITHOUT;
use crate::target::Target;

pub(super) fn check(target: &Target, mistakes: &mut Vec<Wrong>) {
    let steps = all_steps(target);
    for (what, step) in &steps {
        mistakes.extend(step_fits(target, what, step).err());
    }
    for (name, action) in &target.actions {
        mistakes.extend(action_fits(target, name, action).err());
    }
    let kept: Vec<&str> = steps
        .iter()
        .flat_map(|(_, step)| step.keep.iter().map(|(name, _)| name.as_str()))
        .collect();
    let capabilities = target
        .capabilities
        .iter()
        .map(|name| ("capabilities", name));
    let secrets = secrets_kept(target).map(|name| ("secrets", name));
    for (key, name) in capabilities.chain(secrets) {
        if !kept.contains(&name.as_str()) {
            let what = format!("`{key}`: nothing keeps");
            mistakes.extend(no_such(&what, name, &kept));
        }
    }
    let actions: Vec<&str> = target
        .actions
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    for name in &target.destructive {
        if !actions.contains(&name.as_str()) {
            mistakes.extend(no_such("`destructive`: there is no action", name, &actions));
        }
    }
    for (name, journey) in &target.journeys {
        mistakes.extend(journey_fits(target, name, journey).err());
    }
    let words = WITHOUT.map(|(word, _)| word);
    for name in &target.without {
        if !words.contains(&name.as_str()) {
            mistakes.extend(no_such("`without`: there is no ability", name, &words));
        }
    }
    for (kind, group) in &target.groups {
        let twice = { group.members.keys() }.find(|name| group.admits.contains_key(*name));
        if let Some(name) = twice {
            let what = format!("`groups`: the {kind} `{name}` stands in `members` and in `admits`");
            let fix = "write all of its users in one of them: in `members` if they are members without joining";
            mistakes.extend(wrong::<()>(None, what, fix).err());
        }
    }
    mistakes.extend(session_fits(target, &kept));
}

/// A journey starts what its user can do alone, and reads what the file describes.
fn journey_fits(target: &Target, name: &str, journey: &Journey) -> Result<(), Wrong> {
    let actions = || target.actions.iter().map(|(name, _)| name.as_str());
    let described = || { target.surfaces.iter() }.filter(|(_, it)| it.is_some());
    for stop in &journey.stops {
        let (what, named, known): (_, _, Vec<&str>) = match stop {
            Stop::Start(named) => ("action", named, actions().collect()),
            Stop::Read(named) => {
                let known = described().map(|(name, _)| name.as_str());
                ("surface", named, known.collect())
            }
            Stop::Pause(_) => continue,
        };
        if !known.contains(&named.as_str()) {
            let fix = match known.is_empty() {
                true => format!("remove `{named}`, or add the {what} to the file"),
                false => meant(named, &known),
            };
            let what = format!("the journey `{name}`: there is no {what} `{named}`");
            return wrong(journey.at, what, fix);
        }
        let needs = target.action(named).filter(|_| what == "action");
        if needs.is_some_and(|action| action.needs_somebody()) {
            let what = format!("the journey `{name}`: `{named}` needs somebody else");
            let fix = "start what a user can do alone, or in a group of their own";
            return wrong(journey.at, what, fix);
        }
    }
    Ok(())
}

fn no_such(what: &str, name: &str, known: &[&str]) -> Option<Wrong> {
    let fix = if known.is_empty() {
        format!("remove `{name}`, or add what it names")
    } else {
        meant(name, known)
    };
    wrong::<()>(None, format!("{what} `{name}`"), fix).err()
}

fn secrets_kept(target: &Target) -> impl Iterator<Item = &String> {
    target
        .secrets
        .iter()
        .filter_map(|secret| match &secret.from {
            SecretFrom::Kept(name) => Some(name),
            SecretFrom::Event(..) => None,
        })
}

/// A session whose value a login must keep.
fn session_fits(target: &Target, kept: &[&str]) -> Option<Wrong> {
    use crate::file::identity::Carrier;
    let session = target.session.as_ref()?;
    if target.login.is_none() {
        return wrong::<()>(
            None,
            "there is a session, and nobody logs in",
            "add `login:`, or write `session: none`",
        )
        .err();
    }
    match &session.carrier {
        Carrier::Kept(name) if !kept.contains(&name.as_str()) => {
            no_such("`session`: nothing keeps", name, kept)
        }
        _ => None,
    }
}

/// Every step of the file, and what it is for.
fn all_steps(target: &Target) -> Vec<(&'static str, &Step)> {
    let mut all: Vec<(&'static str, &Step)> = Vec::new();
    let lists = [
        ("register", &target.users.register),
        ("logout", &target.logout),
        ("open", &target.open),
        ("close", &target.close),
        ("after each request", &target.after_each_request),
    ];
    for (what, steps) in lists {
        all.extend(steps.iter().map(|step| (what, step)));
    }
    all.extend(target.login.iter().flatten().map(|step| ("login", step)));
    if let Some(session) = &target.session {
        all.extend(session.expire.iter().map(|step| ("expire", step)));
    }
    for (_, group) in &target.groups {
        let steps = group.create.iter().chain(&group.join).chain(&group.leave);
        all.extend(steps.map(|step| ("groups", step)));
    }
    for (_, action) in &target.actions {
        let ways = std::iter::once(&action.way).chain(action.ways.iter().map(|(_, way)| way));
        let steps = ways.flat_map(|way| way.act.iter().chain(&way.stop));
        all.extend(steps.chain(&action.read).map(|step| ("actions", step)));
    }
    for surface in target.surfaces.iter().filter_map(|(_, it)| it.as_ref()) {
        let steps = surface.before.iter().chain([&surface.step]);
        all.extend(steps.map(|step| ("surfaces", step)));
    }
    for (_, socket) in &target.sockets {
        let steps = socket.answers.iter().map(|(_, step)| step);
        let steps = steps.chain(socket.every.iter().map(|(_, step)| step));
        let again = socket
            .resume
            .iter()
            .filter_map(|resume| resume.open.as_ref());
        all.extend(steps.chain(again.flatten()).map(|step| ("socket", step)));
    }
    all
}

fn at(spot: Spot) -> Option<Spot> {
    Some(spot).filter(|spot| spot.line() > 0)
}

/// The step has the socket, the group and the action that it names.
fn step_fits(target: &Target, what: &str, step: &Step) -> Result<(), Wrong> {
    let names: Vec<&str> = target
        .sockets
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    if let Some(on) = &step.on
        && !names.contains(&on.as_str())
    {
        return wrong(
            at(step.at),
            format!("there is no socket `{on}`"),
            meant(on, &names),
        );
    }
    match &step.act {
        Some(Act::Connect(_) | Act::Emit(_) | Act::Send(_)) if target.sockets.is_empty() => {
            return wrong(
                at(step.at),
                format!("a step of `{what}` uses a socket, and the file has none"),
                "add `socket:` with `protocol` and `path`",
            );
        }
        Some(Act::Emit(_)) => emit_fits(target, step)?,
        Some(Act::Join(follow) | Act::Leave(follow)) if target.group(&follow.group).is_none() => {
            let known: Vec<&str> = target
                .groups
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            return wrong(
                at(step.at),
                format!("there is no group `{}`", follow.group),
                if known.is_empty() {
                    "add it under `groups`".to_owned()
                } else {
                    meant(&follow.group, &known)
                },
            );
        }
        _ => {}
    }
    if let Some(Granted::Heard { action, .. }) = &step.granted
        && target.action(action).is_none()
    {
        let known: Vec<&str> = target
            .actions
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        return wrong(
            at(step.at),
            format!("`heard`: there is no action `{action}`"),
            meant(action, &known),
        );
    }
    Ok(())
}

/// An event over a raw protocol needs a form.
fn emit_fits(target: &Target, step: &Step) -> Result<(), Wrong> {
    let mut sockets = target
        .sockets
        .iter()
        .filter(|(name, _)| step.on.as_ref().is_none_or(|on| on == name));
    let can_emit = sockets.any(|(_, socket)| match socket.protocol {
        Protocol::SocketIo => true,
        Protocol::WebSocket => socket
            .frame
            .as_ref()
            .is_some_and(|frame| frame.write.is_some()),
        Protocol::Sse => false,
    });
    if can_emit {
        return Ok(());
    }
    wrong(
        at(step.at),
        "`emit` over a protocol that has no events",
        "use `send` with the frame itself, or say under `frame: write` how an event is written",
    )
}

fn action_fits(target: &Target, name: &str, action: &Action) -> Result<(), Wrong> {
    let first = action.way.act.first().and_then(|step| at(step.at));
    for (parameter, takes) in &action.takes {
        let Takes::Group(kind) = takes else { continue };
        let known: Vec<&str> = target
            .groups
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let kind = kind.as_deref();
        let is_known = kind.map_or(!known.is_empty(), |kind| known.contains(&kind));
        if !is_known {
            return wrong(
                first,
                format!(
                    "the action `{name}` takes a group as `{parameter}`, and there is no such group"
                ),
                "add it under `groups`, with how it is joined and left",
            );
        }
    }
    let markers: Vec<&str> = action
        .takes
        .iter()
        .filter(|(_, takes)| matches!(takes, Takes::Marker(_)))
        .map(|(name, _)| name.as_str())
        .collect();
    if !action.is_unmarked && !carries_marker(action, &markers) {
        return wrong(
            first,
            format!("the action `{name}` sends no marker"),
            "put {marker} where a user's own text stands, or write `marked: false` if it takes none",
        );
    }
    for (event, made) in &action.yields {
        yield_fits(&target.groups, (name, action), event, made)?;
    }
    Ok(())
}

/// A group that an audience names by kind and name.
fn group_fits(groups: &[(String, Group)], event: &str, made: &Yield) -> Result<(), Wrong> {
    let kinds: Vec<&str> = groups.iter().map(|(kind, _)| kind.as_str()).collect();
    for (kind, name) in made.to.groups() {
        let Some((_, group)) = groups.iter().find(|(known, _)| known == kind) else {
            let what = format!("`{event}` goes to a `{kind}`, which is no kind of group here");
            return wrong(made.to.at, what, meant(kind, &kinds));
        };
        let listed = group.members.keys().chain(group.admits.keys());
        let listed: Vec<&str> = listed.map(String::as_str).collect();
        // What is made or joined may have any name.
        let is_any = !group.create.is_empty() || !group.join.is_empty();
        if !is_any && !listed.contains(&name) {
            let what = format!("`{event}` goes to the {kind} `{name}`, which has no members");
            return wrong(made.to.at, what, meant(name, &listed));
        }
    }
    Ok(())
}

fn carries_marker(action: &Action, markers: &[&str]) -> bool {
    use crate::language::template::Name;
    let mut is_there = false;
    let ways = std::iter::once(&action.way).chain(action.ways.iter().map(|(_, way)| way));
    for step in ways.flat_map(|way| &way.act) {
        step.each_name(&mut |name| {
            if let Name::Kept(kept) = name {
                let name = kept.name.as_str();
                is_there |= ["marker", "parameters"].contains(&name) || markers.contains(&name);
            }
        });
    }
    is_there
}

fn yield_fits(
    groups: &[(String, Group)],
    (name, action): (&str, &Action),
    event: &str,
    made: &Yield,
) -> Result<(), Wrong> {
    group_fits(groups, event, made)?;
    for (parameter, kind) in made.to.parameters() {
        let is_kind = match action.parameter(parameter) {
            Some(Takes::User) => kind == "user",
            Some(Takes::Session) => kind == "session",
            Some(Takes::Tab) => kind == "tab",
            Some(Takes::Group(_)) => kind == "group",
            Some(Takes::Marker(_) | Takes::Value(_)) | None => false,
        };
        if !is_kind {
            return wrong(
                made.to.at,
                format!(
                    "`{event}` goes to the {kind} `{parameter}`, which the action `{name}` does not take"
                ),
                format!(
                    "add `takes: {{{parameter}: {kind}}}` to the action, or name a parameter that is one"
                ),
            );
        }
    }
    if let Amount::Parameter(parameter) = &made.count.least
        && !matches!(action.parameter(parameter), Some(Takes::Value(value)) if value.is_u64())
    {
        return wrong(
            made.to
                .at
                .or_else(|| action.way.act.first().and_then(|step| at(step.at))),
            format!("`{event}` counts by `{parameter}`, which has no number"),
            "name a parameter with a number as its usual value",
        );
    }
    if action.is_unmarked && made.marked == Marked::Yes && made.joined.is_some() {
        return wrong(
            made.to.at,
            format!("`{event}` is joined, and the action carries no marker"),
            "remove `joined`, or `marked: false`",
        );
    }
    Ok(())
}
