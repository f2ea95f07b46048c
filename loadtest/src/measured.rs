//! What a load measures, by name: each request that the target file describes, openings and deliveries.

use probe::Target;
use targets::file::surface::Surface;
use targets::language::step::{Act, Request, Step};

use crate::figures::{CONNECT, DELIVERY, ROUND_TRIP};
use crate::role;

/// The names of everything that a load on `target` measures, in the order of a working session.
#[must_use]
pub fn measured(target: &Target) -> Vec<String> {
    let (before, after) = requests(target);
    let own = |requests: Vec<&Request>| requests.into_iter().map(name).collect::<Vec<_>>();
    let sockets = [CONNECT, DELIVERY, ROUND_TRIP].map(str::to_owned).to_vec();
    let journeys = { target.journeys.iter() }.map(|(name, _)| of_journey(name));
    let all = [own(before), sockets, own(after), journeys.collect()].concat();
    let mut names: Vec<String> = Vec::with_capacity(all.len());
    for name in all {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The name under which a request is counted, as `POST /rooms/{room}`: by its path in the target file, so that there
/// are as many names as requests in the file, whatever ids stand in the paths. A path that stands there as it is comes
/// before a pattern that takes it as well.
#[must_use]
pub fn name_of(target: &Target, asked: &str) -> String {
    let (method, whole) = asked.split_once(' ').unwrap_or(("", asked));
    let (path, _) = whole.split_once('?').unwrap_or((whole, ""));
    let (before, after) = requests(target);
    let own = || before.iter().chain(&after).copied();
    let is_meant = |request: &Request, fits: &dyn Fn(&str) -> bool| {
        request.method.as_str() == method && (fits(whole) || fits(path))
    };
    let equal = own().find(|request| is_meant(request, &|text| request.path.to_string() == text));
    let described = equal.or_else(|| {
        own().find(|request| is_meant(request, &|text| request.path.captures(text).is_some()))
    });
    described.map_or_else(|| format!("{method} {path}"), name)
}

/// The name under which a round of this journey is counted: from when it was due until its last stop.
#[must_use]
pub fn of_journey(name: &str) -> String {
    format!("SIO journey {name}")
}

/// Whether anything that the users ask for is an HTTP request.
#[must_use]
pub fn has_requests(target: &Target) -> bool {
    let (before, after) = requests(target);
    !before.is_empty() || !after.is_empty()
}

/// Whether the users' actions are HTTP requests, so that limits for the time of requests have a meaning.
#[must_use]
pub fn works_by_requests(target: &Target) -> bool {
    let started = role::started(target);
    started.iter().any(|name| of_action(target, name).is_some())
}

/// The name of the request by which an action is begun, if it is begun by one.
#[must_use]
pub fn of_action(target: &Target, action: &str) -> Option<String> {
    let steps = &target.action(action)?.way.act;
    steps.iter().filter_map(request).map(name).last()
}

/// Whether this event comes from an action, so that its delivery is measured.
#[must_use]
pub fn is_due(target: &Target, event: &str) -> bool {
    let mut events = target.actions.iter().flat_map(|(_, action)| &action.yields);
    events.any(|(name, _)| name == event)
}

/// Why no delivery can be measured on this target, if none can.
#[must_use]
pub fn undeliverable(target: &Target) -> Option<String> {
    let mut events = target.actions.iter().flat_map(|(_, action)| &action.yields);
    let says_when = { target.sockets.iter() }.any(|(_, socket)| socket.queued_at.is_some())
        || events.any(|(_, made)| made.queued_at.is_some());
    (!says_when).then(|| {
        "the target file does not say where an event has the time at which it was made (`queued_at`)"
            .to_owned()
    })
}

fn name(request: &Request) -> String {
    format!("{} {}", request.method, request.path)
}

/// The requests until a user is in, and those from then on.
fn requests(target: &Target) -> (Vec<&Request>, Vec<&Request>) {
    let before = target.login.iter().flatten().chain(&target.open);
    let started = role::started(target).into_iter();
    let acts = started.filter_map(|name| target.action(name));
    let looked_at = role::looked_at(target);
    let is_looked_at = move |name: &str| looked_at.contains(&name);
    let surfaces = { target.surfaces.iter() }.filter(move |(name, _)| is_looked_at(name));
    let after = { acts.flat_map(|action| &action.way.act) }
        .chain(&target.logout)
        .chain(
            surfaces
                .filter_map(|(_, surface)| surface.as_ref())
                .flat_map(steps_of),
        )
        .chain(&target.after_each_request)
        .chain(&target.close);
    (
        before.filter_map(request).collect(),
        after.filter_map(request).collect(),
    )
}

fn steps_of(surface: &Surface) -> impl Iterator<Item = &Step> {
    surface.before.iter().chain([&surface.step])
}

fn request(step: &Step) -> Option<&Request> {
    match &step.act {
        Some(Act::Request(request)) => Some(request),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
target: x
login: [{get: /in, keep: {csrf: {form: csrf}}}, {post: /in}]
logout: {delete: /in}
open: [{get: /in}, {connect: {}}]
socket: {}
actions:
  note: {takes: {text: marker}, do: [{get: /notes}, {post: \"/notes/{new uuid}\", query: {text: \"{text}\"}}], yields: {noted: 1}}
  unused: {takes: {text: marker, to: user}, do: {put: /unused, json: \"{parameters}\"}, yields: {used: {to: {user: to}}}}
surfaces: {actions of mine: {get: /notes/mine}}
";

    fn target() -> Target {
        targets::parse(FILE).expect("a target")
    }

    #[test]
    fn everything_that_a_session_asks_for_has_a_name() {
        let names = measured(&target());
        let wanted = [
            "GET /in",
            "POST /in",
            CONNECT,
            DELIVERY,
            ROUND_TRIP,
            "GET /notes",
            "POST /notes/{new uuid}",
            "DELETE /in",
            "GET /notes/mine",
        ];
        assert_eq!(names, wanted);
    }

    #[test]
    fn ids_and_texts_in_a_path_make_no_new_names() {
        for (asked, name) in [
            ("POST /notes/a-1?text=x", "POST /notes/{new uuid}"),
            ("POST /notes/b-2?text=y", "POST /notes/{new uuid}"),
            ("GET /in", "GET /in"),
            ("GET /in?next=/", "GET /in"),
            // What no step describes, as where a redirect leads, loses its query alone.
            ("GET /elsewhere?x=1", "GET /elsewhere"),
            ("DELETE /notes/a", "DELETE /notes/a"),
        ] {
            assert_eq!(name_of(&target(), asked), name, "{asked}");
        }
    }

    #[test]
    fn a_plain_path_comes_before_a_pattern_that_takes_it_too() {
        let file = FILE.replace("{get: /notes}", "{get: \"/notes/{new uuid}\"}");
        let target = targets::parse(&file).expect("a target");
        for (asked, name) in [
            ("GET /notes/mine", "GET /notes/mine"),
            ("GET /notes/mine?page=2", "GET /notes/mine"),
            ("GET /notes/a-1", "GET /notes/{new uuid}"),
        ] {
            assert_eq!(name_of(&target, asked), name, "{asked}");
        }
    }

    #[test]
    fn a_delivery_is_measured_where_the_file_says_when_an_event_was_made() {
        assert!(is_due(&target(), "noted"));
        assert!(!is_due(&target(), "other"));
        assert!(undeliverable(&target()).is_some());
        for (from, to) in [
            ("socket: {}", "socket: {queued_at: {at: /at, unit: ms}}"),
            ("{noted: 1}", "{noted: {queued_at: {at: /at, unit: ms}}}"),
        ] {
            let target = targets::parse(&FILE.replace(from, to)).expect("a target");
            assert_eq!(undeliverable(&target), None, "{to}");
        }
    }
}
