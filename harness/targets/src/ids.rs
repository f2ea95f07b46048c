//! The names by which requests say whose something is: where an attacker puts what is somebody else's.

use std::collections::BTreeSet;

use crate::file::action::Action;
use crate::file::identity::Carrier;
use crate::language::step::{Act, Step};
use crate::language::template::{Kept, Name, Template};
use crate::target::Target;

/// What is known without any answer, and what an action makes.
const OWN: [&str; 8] = [
    "password",
    "base",
    "origin",
    "marker",
    "action",
    "parameters",
    "id",
    "group",
];

impl Target {
    /// The names of kept values that stand in paths, queries, bodies, events and frames of openings and actions. What says
    /// who asks is none of them, as a token or a cookie, and neither is a capability.
    #[must_use]
    pub fn names_of_ids(&self) -> BTreeSet<&str> {
        let mut found = self.names_of_opening();
        for (_, action) in &self.actions {
            for step in all_of(action) {
                each_id(step, &mut |name| {
                    if action.parameter(name).is_none() {
                        found.insert(name);
                    }
                });
            }
        }
        let mut says_who = self.names_of_identity();
        for step in self.opening() {
            each_credential(step, &mut |name| _ = says_who.insert(name));
        }
        for (_, action) in &self.actions {
            for step in all_of(action) {
                each_credential(step, &mut |name| _ = says_who.insert(name));
            }
        }
        found.retain(|name| !says_who.contains(name) && !OWN.contains(name));
        found
    }

    /// Whether an opening, or a coming back, asks for anything by such a name or by the number of an event.
    #[must_use]
    pub fn opens_by_ids(&self) -> bool {
        let ids = self.names_of_ids();
        self.names_of_opening()
            .iter()
            .any(|name| ids.contains(name))
    }

    /// The names by which an opening asks for something.
    fn names_of_opening(&self) -> BTreeSet<&str> {
        let paths = self
            .sockets
            .iter()
            .filter_map(|(_, socket)| socket.path.as_ref());
        let mut found: BTreeSet<&str> = paths.flat_map(Template::names).filter_map(own).collect();
        for step in self.opening() {
            each_id(step, &mut |name| _ = found.insert(name));
        }
        found
    }

    /// The steps of an opening, and of a tab that comes back.
    fn opening(&self) -> impl Iterator<Item = &Step> {
        let resumes = self.sockets.iter().flat_map(|(_, socket)| &socket.resume);
        let again = resumes.filter_map(|resume| resume.open.as_ref()).flatten();
        self.open
            .iter()
            .chain(&self.after_each_request)
            .chain(again)
    }

    /// What says who asks, wherever it stands.
    fn names_of_identity(&self) -> BTreeSet<&str> {
        let mut names: BTreeSet<&str> = self.capabilities.iter().map(String::as_str).collect();
        if self.login.is_none() {
            // A user is who they say.
            names.insert("user");
        }
        if let Some(Carrier::Kept(name)) = self.session.as_ref().map(|session| &session.carrier) {
            names.insert(name);
        }
        let mut see = |name| {
            if let Some(name) = own(name) {
                names.insert(name);
            }
        };
        for (_, value) in &self.carries.headers {
            value.names().for_each(&mut see);
        }
        for (_, value) in &self.carries.query {
            value.each_name(&mut see);
        }
        names
    }
}

/// Whether what is done about an action asks by any name of which this is so.
pub fn asks_by(action: &Action, is_one: impl Fn(&str) -> bool) -> bool {
    let mut is_found = false;
    for step in all_of(action) {
        each_id(step, &mut |name| {
            is_found |= action.parameter(name).is_none() && is_one(name);
        });
    }
    is_found
}

/// Whether these steps about an action say which one is meant: by its id, by what it took, or by what its steps have
/// kept. Where they do not, whoever asks is answered for what is their own.
#[must_use]
pub fn names_it(action: &Action, steps: &[Step]) -> bool {
    let kept = |name: &str| {
        let mut all = action.way.act.iter().flat_map(|step| &step.keep);
        all.any(|(known, _)| known == name)
    };
    let mut is_named = false;
    for step in steps {
        step.each_name_before(&mut |name| {
            let Name::Kept(name) = name else { return };
            let whose = name.of.as_deref().unwrap_or(&name.name);
            is_named |= ["id", "marker", "parameters"].contains(&whose)
                || action.parameter(whose).is_some()
                || kept(whose);
        });
    }
    is_named
}

/// Everything that is done about an action.
fn all_of(action: &Action) -> impl Iterator<Item = &Step> {
    let others = action.ways.iter().flat_map(|(_, way)| &way.act);
    action.way.act.iter().chain(others).chain(&action.read)
}

/// A kept value that is looked up from within outwards.
fn own(name: &Name) -> Option<&str> {
    match name {
        Name::Kept(Kept { of: None, name, .. }) => Some(name),
        _ => None,
    }
}

/// The names where a step asks for something.
fn each_id<'a>(step: &'a Step, see: &mut dyn FnMut(&'a str)) {
    let mut see = |name: &'a Name| {
        if let Some(name) = own(name) {
            see(name);
        }
    };
    match &step.act {
        Some(Act::Request(request)) => request.each_name_of_content(&mut see),
        Some(Act::Connect(connect)) => connect.each_name_of_address(&mut see),
        Some(Act::Emit(_) | Act::Send(_) | Act::Join(_)) => step.each_name_before(&mut see),
        Some(Act::Await(_) | Act::Close | Act::Leave(_)) | None => {}
    }
}

/// The names where a step says who asks: headers, and what a socket opens with.
fn each_credential<'a>(step: &'a Step, see: &mut dyn FnMut(&'a str)) {
    let mut see = |name: &'a Name| {
        if let Some(name) = own(name) {
            see(name);
        }
    };
    match &step.act {
        Some(Act::Request(request)) => {
            let values = request.headers.iter().map(|(_, value)| value);
            values.flat_map(|value| value.names()).for_each(see);
        }
        Some(Act::Connect(connect)) => {
            let values = connect.headers.iter().map(|(_, value)| value);
            values.flat_map(|value| value.names()).for_each(&mut see);
            if let Some(auth) = &connect.auth {
                auth.each_name(&mut see);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::parse;

    #[track_caller]
    fn check(file: &str, ids: &[&str], opens: bool) {
        let target = parse(&format!("target: x\n{file}")).expect("a target");
        let found: Vec<&str> = target.names_of_ids().into_iter().collect();
        assert_eq!(found, ids, "{file}");
        assert_eq!(target.opens_by_ids(), opens, "{file}");
    }

    #[test]
    fn ids_are_what_requests_ask_for_and_no_credentials() {
        check(
            "login: {post: /login, form: {user: \"{user}\"}, keep: {token: /token, uid: /id, csrf: /csrf}}\n\
             carries: {headers: {Authorization: \"Bearer {token}\"}}\n\
             actions:\n  say: {takes: {text: marker, n: 3}, do: {post: \"/u/{uid}/notes/{n}\", headers: {X-Csrf: \"{csrf}\"}, \
             json: {text: \"{text}\", csrf: \"{csrf}\", t: \"{token}\", by: \"{user}\"}}, id: /id, read: {get: \"/n/{id}?of={uid}\"}}\n",
            &["uid", "user"],
            false,
        );
        check(
            "login: none\nsocket: {protocol: websocket, path: \"/ws/{doc}\"}\ncapabilities: [client]\n\
             open:\n  - {get: /, keep: {client: /c, doc: /d, key: /k}}\n  \
             - {connect: {path: \"/ws/{doc}\", query: {c: \"{client}\"}, headers: {X-Key: \"{key}\"}}}\n\
             actions: {say: {do: {send: {k: \"{key}\", u: \"{user}\", m: \"{marker}\"}}}}\n",
            &["doc"],
            true,
        );
    }
}
