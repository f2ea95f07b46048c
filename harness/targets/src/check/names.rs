//! Names in braces: each must stand for something by the time its step is taken.
//!
//! Kept values live as long as what kept them, and are looked up from within outwards: an action sees its parameters and
//! what its steps kept, then the memberships, the tab, the session, and the user.

use std::collections::BTreeSet;

use diagnostics::near;
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};

use crate::file::action::{Action, Takes, Way};
use crate::file::socket::Socket;
use crate::language::predicate::Predicate;
use crate::language::step::Step;
use crate::language::template::{Kept, Name, Template};
use crate::target::Target;

/// What is there without being kept.
const ALWAYS: [&str; 5] = ["user", "password", "base", "origin", "cookie"];
/// What an action has beside its parameters: a text to look for, its own name, and all parameters as one value.
const OF_ACTIONS: [&str; 3] = ["marker", "action", "parameters"];

/// The names that stand for something at one place of the file.
#[derive(Clone)]
struct Names<'a> {
    known: BTreeSet<&'a str>,
    /// The parameters that have values of their own, and those.
    owners: Vec<(&'a str, BTreeSet<&'a str>)>,
}

/// Checks every text with names.
pub(super) fn check(target: &Target, mistakes: &mut Vec<Wrong>) {
    let mut user = Names::always();
    for facts in target.users.known.values() {
        user.known.extend(facts.keys().map(String::as_str));
    }
    let mut register = user.clone();
    register.steps(&target.users.register, mistakes);
    let mut session = user.clone();
    session.known.extend(kept_in(&target.users.register));
    session.steps(target.login.iter().flatten(), mistakes);
    let mut tab = session.clone();
    // What a request carries may come from any step before it, a page's script included.
    let mut carried = session.clone();
    carried.known.extend(kept_in(&target.open));
    let at = target.carries.at;
    for (_, value) in &target.carries.headers {
        carried.template(value, at, mistakes);
    }
    for (key, value) in &target.carries.query {
        carried.template(key, at, mistakes);
        value.each_name(&mut |name| carried.name(name, at, mistakes));
    }
    tab.known.insert("last");
    tab.steps(&target.open, mistakes);
    session.clone().steps(&target.logout, mistakes);
    if let Some(expires) = &target.session {
        session.clone().steps(&expires.expire, mistakes);
    }
    tab.clone().steps(&target.after_each_request, mistakes);
    tab.clone().steps(&target.close, mistakes);
    if let Some(too_fast) = &target.too_fast {
        tab.predicate(too_fast, mistakes);
    }
    let mut member = tab.clone();
    member.known.insert("group");
    for (_, group) in &target.groups {
        let mut names = tab.clone();
        names.known.insert("group");
        names.steps(&group.create, mistakes);
        names.steps(&group.join, mistakes);
        member
            .known
            .extend(kept_in(&group.create).chain(kept_in(&group.join)));
        names.steps(&group.leave, mistakes);
        if let Some(lost) = &group.lost {
            names.predicate(lost, mistakes);
        }
    }
    for (_, socket) in &target.sockets {
        check_socket(socket, &member, mistakes);
    }
    for (_, action) in &target.actions {
        check_action(target, action, &member, mistakes);
    }
    for (_, surface) in &target.surfaces {
        if let Some(surface) = surface {
            let mut names = member.clone();
            names.known.extend(["id", "marker"]);
            names.steps(surface.before.iter().chain([&surface.step]), mistakes);
            if let Some(shows) = &surface.shows {
                names.predicate(shows, mistakes);
            }
        }
    }
}

fn check_socket(socket: &Socket, names: &Names<'_>, mistakes: &mut Vec<Wrong>) {
    let mut names = names.clone();
    for template in socket.path.iter().chain(&socket.url) {
        names.template(template, socket.at, mistakes);
    }
    for (_, step) in &socket.answers {
        names.steps([step], mistakes);
    }
    for (_, step) in &socket.every {
        names.steps([step], mistakes);
    }
    for resume in &socket.resume {
        names.clone().steps(resume.open.iter().flatten(), mistakes);
    }
    if let Some(refused) = &socket.refused {
        names.predicate(refused, mistakes);
    }
}

fn check_action<'a>(
    target: &'a Target,
    action: &'a Action,
    outer: &Names<'a>,
    mistakes: &mut Vec<Wrong>,
) {
    let mut names = outer.clone();
    names.known.extend(OF_ACTIONS);
    for (parameter, takes) in &action.takes {
        names.known.insert(parameter);
        let own = owned(target, takes, outer);
        names
            .owners
            .extend(own.map(|own| (parameter.as_str(), own)));
    }
    let mut after = names.clone();
    let ways = std::iter::once(&action.way).chain(action.ways.iter().map(|(_, way)| way));
    for way in ways {
        let mut names = names.clone();
        check_way(way, &mut names, mistakes);
        after.known.extend(names.known);
    }
    after.known.insert("id");
    after.clone().steps(&action.read, mistakes);
    for (_, made) in &action.yields {
        for predicate in made.ends.iter().chain(&made.only) {
            after.predicate(predicate, mistakes);
        }
    }
}

fn check_way<'a>(way: &'a Way, names: &mut Names<'a>, mistakes: &mut Vec<Wrong>) {
    names.steps(&way.act, mistakes);
    names.known.insert("id");
    names.clone().steps(&way.stop, mistakes);
}

/// What the user, session, tab or group that a parameter names has.
fn owned<'a>(target: &'a Target, takes: &Takes, outer: &Names<'a>) -> Option<BTreeSet<&'a str>> {
    match takes {
        Takes::User | Takes::Session | Takes::Tab => Some(outer.known.clone()),
        Takes::Group(kind) => {
            let is_it = |name: &str| kind.as_deref().is_none_or(|kind| kind == name);
            let groups = target.groups.iter().filter(|(name, _)| is_it(name));
            let kept =
                groups.flat_map(|(_, group)| kept_in(&group.create).chain(kept_in(&group.join)));
            Some(kept.chain(["name"]).collect())
        }
        Takes::Marker(_) | Takes::Value(_) => None,
    }
}

fn kept_in(steps: &[Step]) -> impl Iterator<Item = &str> {
    let keeps = steps.iter().flat_map(|step| &step.keep);
    keeps.map(|(name, _)| name.as_str())
}

impl<'a> Names<'a> {
    fn always() -> Self {
        Self {
            known: ALWAYS.into(),
            owners: Vec::new(),
        }
    }

    /// Checks steps in their order; each may use what those before it kept.
    fn steps(&mut self, steps: impl IntoIterator<Item = &'a Step>, mistakes: &mut Vec<Wrong>) {
        for step in steps {
            step.each_name_before(&mut |name| self.name(name, step.at, mistakes));
            self.known
                .extend(step.keep.iter().map(|(name, _)| name.as_str()));
            step.each_name_after(&mut |name| self.name(name, step.at, mistakes));
        }
    }

    fn predicate(&self, predicate: &Predicate, mistakes: &mut Vec<Wrong>) {
        predicate.each_name(&mut |name| self.name(name, predicate.at, mistakes));
    }

    fn template(&self, template: &Template, at: Spot, mistakes: &mut Vec<Wrong>) {
        template
            .names()
            .for_each(|name| self.name(name, at, mistakes));
    }

    fn name(&self, name: &Name, at: Spot, mistakes: &mut Vec<Wrong>) {
        let Name::Kept(kept) = name else { return };
        if let Some((what, fix)) = self.unknown(kept) {
            let at = Some(at).filter(|at| at.line() > 0);
            let mistake = wrong::<()>(at, what, fix).err();
            mistakes.extend(mistake.map(|wrong| Wrong {
                part: Some(format!("{{{kept}")),
                ..wrong
            }));
        }
    }

    /// What to write in the place of a name whose owner nobody knows here.
    fn fix_of_owner(&self, kept: &Kept) -> String {
        let name = kept.name.as_str();
        if self.owners.is_empty() && self.known.contains(name) {
            return format!(
                "write `{{{name}}}`: only in an action are there several that could be meant"
            );
        }
        "name a parameter of the action that is one, or write cookie or socket before the dot"
            .to_owned()
    }

    /// What is wrong with a name, and how to mend it.
    fn unknown(&self, kept: &Kept) -> Option<(String, String)> {
        let name = kept.name.as_str();
        let known = match kept.of.as_deref() {
            None => &self.known,
            Some("cookie") => return None,
            Some("socket") if name == "id" => return None,
            Some(of) => {
                let found = self.owners.iter().find(|(owner, _)| *owner == of);
                let Some((_, own)) = found else {
                    return Some((
                        format!(
                            "`{{{kept}}}`: no user, session, tab or group is called `{of}` here"
                        ),
                        self.fix_of_owner(kept),
                    ));
                };
                own
            }
        };
        if known.contains(name) || kept.default.is_some() {
            return None;
        }
        let what = format!("nothing that comes before keeps `{kept}`");
        let near = near(name, known.iter().copied());
        let fix = match near.first() {
            Some(near) => format!("write `{near}`"),
            None => format!("add `keep: {{{name}: PLACE}}` to the step whose answer has it"),
        };
        Some((what, fix))
    }
}
