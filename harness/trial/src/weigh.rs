//! What came of an action is weighed: who saw it that should not, who should have and did not.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::nearest;
use reading::flow::scalar;
use reading::spot::Spot;
use targets::file::action::Action;
use targets::file::identity::Owner;
use targets::file::yields::{Amount, Marked, Yield};
use targets::language::audience::{Audience, Scope};
use walk::{Answer, Whereabouts};

use crate::arrivals::{Done, counted, in_pieces, named_so, standing, with_marker};
use crate::audience::{Meant, fitting, is_near, word};
use crate::finding::Finding;
use crate::seen::{Seen, What, named};
use crate::shape::listed;
use crate::stage::{Stage, Trying};

/// To whom an event of the owner came, by its place in the file.
pub(crate) struct OwnerSeen {
    pub(crate) at: Option<Spot>,
    pub(crate) event: String,
    /// What it may be by that, smallest first.
    pub(crate) fits: Vec<Owner>,
}

/// How far the places of a trial were reached.
struct Reach<'a> {
    there: Vec<&'a Whereabouts>,
    acting: &'a Whereabouts,
    /// What the action's parameters name.
    meant: &'a BTreeMap<String, Meant>,
}

impl Reach<'_> {
    /// In words.
    fn told(&self, places: &[&Whereabouts]) -> String {
        let names: Vec<String> = places.iter().map(|at| named(at)).collect();
        if places.len() == self.there.len() && places.len() > 1 {
            return "everybody".to_owned();
        }
        listed(&names, "nobody")
    }

    /// The audience that would have these places.
    fn audience(&self, places: &[&Whereabouts]) -> String {
        if places.iter().any(|at| at.user.is_none()) {
            return "anybody".to_owned();
        }
        match fitting(self.acting, places, &self.there).last() {
            Some(owner) => word(*owner).to_owned(),
            None if { self.there.iter() }.all(|at| at.user.is_none() || places.contains(at)) => {
                "everyone".to_owned()
            }
            None => self.named(places).unwrap_or_else(|| "AUDIENCE".to_owned()),
        }
    }

    /// The audience of a parameter that has these places.
    fn named(&self, places: &[&Whereabouts]) -> Option<String> {
        let is_so = |is_in: &dyn Fn(&Whereabouts) -> bool| {
            self.there.iter().all(|at| is_in(at) == places.contains(at))
        };
        self.meant.iter().find_map(|(name, meant)| match meant {
            Meant::Group(members) => {
                is_so(&|at| members.has(at)).then(|| format!("{{group: {name}}}"))
            }
            Meant::At(of) => {
                let mut all = [Owner::User, Owner::Session, Owner::Tab].into_iter();
                let owner = all.find(|owner| is_so(&|at| is_near(*owner, of, at)));
                owner.map(|owner| format!("{{{}: {name}}}", word(owner)))
            }
        })
    }
}

impl Trying {
    /// Weighs what came of an action.
    pub(crate) fn weigh(
        &mut self,
        name: &str,
        action: &Action,
        all_done: &[Done],
        stage: &Stage,
        owners: &mut Vec<OwnerSeen>,
    ) {
        let seen = self.eyes.since(0);
        let open: BTreeSet<String> = { seen.iter() }
            .filter(|seen| matches!(seen.what, What::Opened))
            .map(|seen| named(&seen.at))
            .collect();
        for done in all_done {
            let there = stage.tabs.iter().map(|tab| tab.whereabouts());
            let there = there.filter(|at| open.contains(&named(at)) || **at == done.acting);
            let reach = Reach {
                there: there.collect(),
                acting: &done.acting,
                meant: &done.meant,
            };
            let mut told = BTreeMap::new();
            for (event, yields) in &action.yields {
                let one = One {
                    name,
                    event,
                    yields,
                    done,
                    all_done,
                    seen: &seen,
                    at: self.yield_spot(name, event),
                };
                let line = self.declared(&one, &reach, owners);
                told.extend(line.map(|line| (event.clone(), line)));
            }
            self.undeclared(name, action, done, &seen, &reach, &mut told);
            for (event, line) in told {
                let whose = done.acting.user.as_deref().unwrap_or_default();
                let line = format!("`{event}` of {whose} {line}");
                self.notes.line(name, line);
            }
        }
    }

    /// An event that the file names. Gives how it went, where there is something to tell.
    fn declared(
        &mut self,
        one: &One<'_>,
        reach: &Reach<'_>,
        owners: &mut Vec<OwnerSeen>,
    ) -> Option<String> {
        let (yields, event) = (one.yields, one.event);
        let came = one.counted(self.target().owner);
        let places: Vec<&Whereabouts> = { reach.there.iter() }
            .filter(|at| came.contains_key(&named(at)))
            .copied()
            .collect();
        let doing = one.done.doing(self.target().owner);
        let is_due = one.done.is_owed() && yields.count.least != Amount::Number(0);
        if places.is_empty() {
            let mut there = reach.there.iter();
            let is_sure = doing.is_sure(&yields.to);
            if is_due && is_sure && there.any(|at| doing.is_in(&yields.to, at)) {
                let finding = never_came(one);
                self.notes.finding(finding);
            } else if one.done.answer == Answer::Asked || (is_due && !is_sure) {
                let finding = nothing_told(one);
                self.notes.finding(finding);
            }
            return one.done.answer.may_be().then(|| "never came".to_owned());
        }
        let is_owners = yields.to.any == [Scope::Owner] && yields.to.but.is_empty();
        let fits = fitting(reach.acting, &places, &reach.there);
        if is_owners && !fits.is_empty() {
            owners.push(OwnerSeen {
                at: yields.to.at.or(one.at),
                event: event.to_owned(),
                fits,
            });
        } else {
            let should: Vec<&Whereabouts> = { reach.there.iter() }
                .filter(|at| doing.is_in(&yields.to, at))
                .copied()
                .collect();
            let is_owed = is_due && doing.is_sure(&yields.to);
            self.audience(one, reach, &places, &should, is_owed);
        }
        self.count(one, &came, is_due);
        Some(one.told(reach, &places))
    }

    /// Who got it and should not, or should and did not.
    fn audience(
        &mut self,
        one: &One<'_>,
        reach: &Reach<'_>,
        places: &[&Whereabouts],
        should: &[&Whereabouts],
        is_owed: bool,
    ) {
        let without = |all: &[&'_ Whereabouts], other: &[&Whereabouts]| -> Vec<Whereabouts> {
            let all = all.iter().filter(|at| !other.contains(at));
            all.map(|at| (*at).clone()).collect()
        };
        let (foreign, missing) = (without(places, should), without(should, places));
        let to = one.yields.to.at.or(one.at);
        let mut audience = reach.audience(places);
        if !foreign.is_empty() {
            let foreign: Vec<&Whereabouts> = foreign.iter().collect();
            let everyone = Audience {
                but: Vec::new(),
                ..one.yields.to.clone()
            };
            let doing = one.done.doing(self.target().owner);
            if foreign.iter().all(|at| doing.is_in(&everyone, at)) {
                BUT.clone_into(&mut audience);
            }
            self.foreign(one.event, one.done, &foreign, &audience, to);
        } else if is_owed && !missing.is_empty() {
            let missing: Vec<&Whereabouts> = missing.iter().collect();
            let what = format!(
                "`{}` did not come to {}, which `to` says may see it",
                one.event,
                reach.told(&missing)
            );
            let is_actor = missing.iter().all(|at| named(at) == named(reach.acting));
            let fix = match audience.as_str() {
                _ if is_actor && one.yields.to.but.is_empty() && !places.is_empty() => {
                    "write `but: tab` beside `to` if whoever acts does not get it, or `count: 0+` where it need not come".to_owned()
                }
                "AUDIENCE" => {
                    "correct `to`, or write `count: 0+` where it need not come".to_owned()
                }
                audience => {
                    format!("write `to: {audience}`, or `count: 0+` where it need not come")
                }
            };
            self.notes.finding(Finding::mistake(to, what, fix));
        }
    }

    /// More or fewer than the file says.
    fn count(&mut self, one: &One<'_>, came: &BTreeMap<String, (Whereabouts, u64)>, is_due: bool) {
        let (yields, event) = (one.yields, one.event);
        let Amount::Number(least) = yields.count.least else {
            return;
        };
        // Pieces and memberships are counted in other ways.
        if yields.joined.is_some() || yields.is_per_join {
            return;
        }
        let wrong = came
            .iter()
            .find(|(_, (_, n))| (is_due && *n < least) || (yields.count.is_exact && *n > least));
        if let Some((place, (_, n))) = wrong {
            let says = if yields.count.is_exact {
                least.to_string()
            } else {
                format!("{least}+")
            };
            let times = if *n == 1 { "time" } else { "times" };
            let what = format!("`{event}` came {n} {times} to {place}, and `count` is {says}");
            let fix = format!(
                "write `count: {n}` if that is right, or `1+` where it repeats what it said"
            );
            self.notes.finding(Finding::mistake(one.at, what, fix));
        }
    }

    fn yield_spot(&self, name: &str, event: &str) -> Option<Spot> {
        let own = self.file.node(&["actions", name, "yields", event]);
        let node = own.or_else(|| self.file.node(&["each action", "yields", event]));
        node.map(|node| node.key())
    }

    /// What came to somebody to whom the file does not say it may.
    fn foreign(
        &mut self,
        event: &str,
        done: &Done,
        foreign: &[&Whereabouts],
        audience: &str,
        at: Option<Spot>,
    ) {
        let begins = format!("`{event}` of ");
        let is_same = |known: &Finding| known.at == at && known.what.starts_with(&begins);
        // Once is enough: the second user's goes the same way.
        if self.notes.findings.iter().any(is_same) {
            return;
        }
        let names: Vec<String> = foreign.iter().map(|at| named(at)).collect();
        let owner = done.acting.user.as_deref().unwrap_or("a stranger");
        let what = format!(
            "{begins}{} came to {}, and the file does not say that it may",
            named(&done.acting),
            listed(&names, "nobody")
        );
        let is_other = foreign.iter().any(|at| at.user != done.acting.user);
        let widen = match audience {
            "AUDIENCE" => "widen `to`".to_owned(),
            BUT => "leave out `but`".to_owned(),
            audience => format!("write `to: {audience}`"),
        };
        let fix = match is_other {
            true => {
                format!("{widen} if they may see it; otherwise the target leaks what {owner} does")
            }
            false => format!("{widen}, or name the `owner` of all events"),
        };
        self.notes.finding(Finding::mistake(at, what, fix));
    }

    /// The marker in what the action does not name.
    fn undeclared(
        &mut self,
        name: &str,
        action: &Action,
        done: &Done,
        seen: &[Seen],
        reach: &Reach<'_>,
        told: &mut BTreeMap<String, String>,
    ) {
        let owner = self.target().owner;
        for (event, came) in with_marker(seen, done) {
            if action.yields.iter().any(|(known, _)| *known == event) {
                continue;
            }
            let doing = done.doing(owner);
            let may = |at: &Whereabouts| {
                is_near(owner, &done.acting, at)
                    || is_near(Owner::Tab, &done.acting, at)
                    || action
                        .yields
                        .iter()
                        .any(|(_, yields)| doing.is_in(&yields.to, at))
            };
            let places: Vec<&Whereabouts> = came.at.values().map(|(at, _)| at).collect();
            let foreign: Vec<&Whereabouts> = places.iter().filter(|at| !may(at)).copied().collect();
            let stands: Vec<String> = came.stands.iter().cloned().collect();
            let is_event = seen.iter().any(|seen| seen.event() == Some(&event));
            let note = if is_event {
                ", which `yields` does not name"
            } else {
                ""
            };
            told.insert(
                event.clone(),
                format!(
                    "to {}, the marker at {}{note}",
                    reach.told(&places),
                    standing(&stands)
                ),
            );
            let at = self.file.spot(&["actions", name, "yields"]);
            if !foreign.is_empty() {
                self.foreign(&event, done, &foreign, &reach.audience(&places), at);
            } else if is_event {
                let audience = reach.audience(&places);
                let says = format!("{}: {{to: {audience}}}", scalar(&event));
                self.notes
                    .guess(at, says, format!("it came after `{name}` with the marker"));
            }
        }
    }
}

/// In place of an audience: the one of the file, if nobody is left out of it.
const BUT: &str = "without `but`";

/// An event that the file names, and what was seen.
struct One<'a> {
    name: &'a str,
    event: &'a str,
    yields: &'a Yield,
    done: &'a Done,
    /// The same action, each time that it was done.
    all_done: &'a [Done],
    seen: &'a [Seen],
    /// Where it is named.
    at: Option<Spot>,
}

impl One<'_> {
    /// How often it came to each place. Nothing tells whose an event without a marker is: it is of whoever's action it is
    /// meant for there, and where several are, each has its part of them.
    fn counted(&self, owner: Owner) -> BTreeMap<String, (Whereabouts, u64)> {
        let mut came = counted(self.seen, self.done, self.event, self.yields);
        if self.yields.joined.is_some() || self.yields.marked != Marked::No {
            return came;
        }
        let to = &self.yields.to;
        let is_own = |at: &Whereabouts| self.done.doing(owner).is_in(to, at);
        let for_it = |at: &Whereabouts| {
            let all = { self.all_done.iter() }.filter(|done| done.doing(owner).is_in(to, at));
            all.count() as u64
        };
        came.retain(|_, (at, _)| is_own(at) || for_it(at) == 0);
        for (at, n) in came.values_mut() {
            let parts = for_it(at).max(1);
            // One that is missing is missing for all of them.
            *n = if *n < parts { 0 } else { n.div_ceil(parts) };
        }
        came
    }

    /// Where it came, and where its marker stood.
    fn told(&self, reach: &Reach<'_>, places: &[&Whereabouts]) -> String {
        let stands = with_marker(self.seen, self.done);
        let stands = stands.get(self.event).map(|came| &came.stands);
        let stands: Vec<String> = stands.into_iter().flatten().cloned().collect();
        let to = reach.told(places);
        match (&self.yields.joined, stands.is_empty()) {
            (Some(place), true) => format!("to {to}, its marker in pieces at {place}"),
            (_, true) => format!("to {to}"),
            _ => format!("to {to}, its marker at {}", standing(&stands)),
        }
    }
}

/// An event that never came, after what the target neither granted nor refused.
fn nothing_told(one: &One<'_>) -> Finding {
    let what = format!(
        "`{}` never came, and nothing says whether the target took `{}`, or who is in its group",
        one.event, one.name
    );
    let fix = "say what a yes looks like: add `granted` to the action and to `join`, as {ack: any}, or `granted: none` where nothing is answered";
    Finding::open(one.at, what, fix)
}

/// An event that should have come.
fn never_came(one: &One<'_>) -> Finding {
    let mut others = with_marker(one.seen, one.done);
    if let Some(only) = &one.yields.only
        && let Some(other) = others.remove(one.event)
    {
        let places: Vec<String> = other.at.into_keys().collect();
        let (event, name) = (one.event, one.name);
        let what = format!(
            "`{event}` came after `{name}` to {}, and none of them is as `where` says",
            listed(&places, "nobody")
        );
        let fix = "correct `where`; a server that gives an event another name or sender than its action's has a fault";
        return Finding::mistake(Some(only.at), what, fix);
    }
    if named_so(one.seen, one.done, one.event).next().is_some() && one.yields.marked == Marked::Yes
    {
        let what = format!("`{}` came without the marker of `{}`", one.event, one.name);
        if let Some(place) = in_pieces(one.seen, one.done, one.event) {
            let fix = format!("write `joined: {place}`: its pieces give the marker together");
            return Finding::mistake(one.at, format!("{what}: it comes in pieces"), fix);
        }
        return Finding::mistake(
            one.at,
            what,
            "send {marker} where the target passes it on, or write `marked: false`",
        );
    }
    let marked = with_marker(one.seen, one.done);
    let new = one
        .seen
        .iter()
        .skip(one.done.moment)
        .filter_map(Seen::event);
    let new: BTreeSet<&str> = new.collect();
    let near = { marked.keys() }
        .map(String::as_str)
        .find(|known| new.contains(known) && nearest(one.event, [*known]).is_some())
        .or_else(|| nearest(one.event, new.iter().copied()));
    let with: Vec<String> = { marked.keys() }
        .filter(|known| new.contains(known.as_str()))
        .map(|known| format!("`{known}`"))
        .collect();
    let fix = match near {
        Some(near) => format!("write `{near}`, which came"),
        None if !with.is_empty() => format!(
            "take an event that came with the marker: {}",
            listed(&with, "")
        ),
        None => {
            "remove it, or correct what the action sends; `count: 0+` says that it need not come"
                .to_owned()
        }
    };
    Finding::mistake(
        one.at,
        format!("`{}` never came after `{}`", one.event, one.name),
        fix,
    )
}
