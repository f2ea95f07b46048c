//! What a user of a load does all day, by what the target file says of its actions.

use std::collections::BTreeSet;

use probe::Target;
use targets::file::action::{Ability, Action};
use targets::file::journey::Stop;
use targets::file::yields::{Amount, Marked, Yield};
use targets::language::audience::Scope;
use targets::needs::{Need, Wish};

/// The surface at which a user looks after work.
pub const LIST: &str = "actions of mine";

/// One user in this many floods.
const FLOODERS: usize = 5;

/// What a user does all day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Starts one of `first` and follows it, and then one of `then`, which make most events: they wait in the target's
    /// queue for the next tick, where they can be lost.
    Works {
        /// All others; the same where there are none.
        first: Vec<String>,
        /// Those that make most.
        then: Vec<String>,
    },
    /// Produces more events than anybody can read, by this action.
    Floods(String),
    /// Does what the target file says, round by round.
    Travels {
        /// The journey's name.
        journey: String,
        /// What is done in each round.
        stops: Vec<Stop>,
    },
}

impl Role {
    /// The role of the user at `index`; `None` if the target has no action that can be followed.
    #[must_use]
    pub fn of(index: usize, target: &Target) -> Option<Self> {
        if let Some(travels) = travels(index, target) {
            return Some(travels);
        }
        if index % FLOODERS == 1
            && let Some(flood) = flood(target)
        {
            return Some(Self::Floods(flood.to_owned()));
        }
        let work = work(target);
        let (most, _) = *work.last()?;
        let named = |is_wanted: &dyn Fn(u64) -> bool| {
            let wanted = work.iter().filter(|(n_due, _)| is_wanted(*n_due));
            wanted.map(|(_, name)| (*name).to_owned()).collect()
        };
        let (first, then): (Vec<String>, _) =
            (named(&|n_due| n_due < most), named(&|n_due| n_due == most));
        let first = if first.is_empty() {
            then.clone()
        } else {
            first
        };
        Some(Self::Works { first, then })
    }
}

/// The names of all actions that the users of a load start.
#[must_use]
pub fn started(target: &Target) -> Vec<&str> {
    if !target.journeys.is_empty() {
        let started = stops(target).filter_map(|stop| match stop {
            Stop::Start(name) => Some(name.as_str()),
            Stop::Read(_) | Stop::Pause(_) => None,
        });
        return started.collect();
    }
    let work = work(target).into_iter().map(|(_, name)| name);
    work.chain(flood(target)).collect()
}

/// The names of all surfaces that the users of a load look at.
pub(crate) fn looked_at(target: &Target) -> Vec<&str> {
    if target.journeys.is_empty() {
        return vec![LIST];
    }
    let read = stops(target).filter_map(|stop| match stop {
        Stop::Read(name) => Some(name.as_str()),
        Stop::Start(_) | Stop::Pause(_) => None,
    });
    read.collect()
}

fn stops(target: &Target) -> impl Iterator<Item = &Stop> {
    target
        .journeys
        .iter()
        .flat_map(|(_, journey)| &journey.stops)
}

/// The journey of the user at `index`: each has its share of all users in a row.
fn travels(index: usize, target: &Target) -> Option<Role> {
    let shares = target.journeys.iter().map(|(_, journey)| journey.share);
    let all: u64 = shares.sum();
    let mut seat = (index as u64).checked_rem(all)?;
    let found = target.journeys.iter().find(|(_, journey)| {
        let is_it = seat < journey.share;
        seat = seat.saturating_sub(journey.share);
        is_it
    });
    let (name, journey) = found?;
    Some(Role::Travels {
        journey: name.clone(),
        stops: journey.stops.clone(),
    })
}

/// The action that a flooder starts.
fn flood(target: &Target) -> Option<&str> {
    let Need::Found((name, action)) = target.action_for(Wish::Floods) else {
        return None;
    };
    (action.is_alone() && !does_harm(target, name)).then_some(name)
}

/// The actions that are followed, those that bring a new kind of event each, with how many are due for them. Those that
/// make most come last.
fn work(target: &Target) -> Vec<(u64, &str)> {
    let mut seen = BTreeSet::new();
    let mut work = Vec::new();
    for (name, action) in &target.actions {
        let owed = owed(action);
        let is_work = !does_harm(target, name) && can_be_followed(action);
        if is_work && owed.iter().any(|event| !seen.contains(event)) {
            seen.extend(owed);
            work.push((n_due(action), name.as_str()));
        }
    }
    work.sort_by_key(|(n_due, _)| *n_due);
    work
}

fn does_harm(target: &Target, name: &str) -> bool {
    target.destructive.iter().any(|known| known == name)
}

/// Whether it can be done at any time, alone or in a group of one's own, ends soon, and owes something to whoever does it.
fn can_be_followed(action: &Action) -> bool {
    let is_special = |ability: &Ability| !matches!(ability, Ability::Several);
    !action.needs_somebody() && !action.is_unmarked && !action.can.iter().any(is_special)
}

/// The events that it owes to the tab that acts.
fn owed(action: &Action) -> Vec<&str> {
    let owed = action.yields.iter().filter(|(_, made)| is_owed(made));
    owed.map(|(event, _)| event.as_str()).collect()
}

fn is_owed(made: &Yield) -> bool {
    let is_own = |scope: &Scope| {
        matches!(
            scope,
            Scope::Tab
                | Scope::Session
                | Scope::User
                | Scope::Owner
                | Scope::Everyone
                | Scope::Anybody
                // Whoever acts is in the group.
                | Scope::Group(_)
        )
    };
    made.count.least != Amount::Number(0)
        && made.marked == Marked::Yes
        && made.to.any.iter().any(is_own)
        && !made.to.but.iter().any(is_own)
}

/// How many events are due for it with its usual parameters.
fn n_due(action: &Action) -> u64 {
    let usual = action.parameters(&serde_json::Map::new(), "");
    let due = action.due(&usual).into_iter();
    due.map(|(_, due)| due.least).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn works(actions: &str, work: &[&str]) {
        let file = format!("target: x\nlogin: none\nsocket: {{}}\nactions:\n{actions}");
        let target = targets::parse(&file).unwrap_or_else(|wrong| panic!("{file}: {wrong:?}"));
        let role = Role::of(0, &target);
        let found = match role {
            Some(Role::Works { first, then }) if first == then => first,
            Some(Role::Works { first, then }) => [first, then].concat(),
            Some(other) => panic!("{other:?} at 0"),
            None => Vec::new(),
        };
        assert_eq!(found, work, "{file}");
    }

    #[test]
    fn users_do_what_they_can_follow_and_most_events_come_last() {
        let vote = "  vote: {takes: {text: marker}, do: {post: /v, json: \"{parameters}\"}, yields: {voted: 3}}\n";
        let note = "  note: {takes: {text: marker}, do: {post: /n, json: \"{parameters}\"}, yields: {noted: 1}}\n";
        let same = "  again: {takes: {text: marker}, do: {post: /a, json: \"{parameters}\"}, yields: {noted: 9}}\n";
        works(&[vote, note, same].concat(), &["note", "vote"]);
        let poll = vote.replace("vote", "poll");
        works(&[vote, note, &poll].concat(), &["note", "vote", "poll"]);
        for (needs, other) in [
            (
                "another user",
                "takes: {text: marker, to: user}, do: {post: /o, json: \"{parameters}\"}, yields: {o: {to: [owner, {user: to}]}}",
            ),
            (
                "a failure",
                "takes: {text: marker}, do: {post: /o, json: \"{parameters}\"}, can: fails, yields: {o: 1}",
            ),
            (
                "its length",
                "takes: {text: marker}, do: {post: /o, json: \"{parameters}\"}, can: long, yields: {o: 1}",
            ),
            (
                "no event",
                "takes: {text: marker}, do: {post: /o, json: \"{parameters}\"}",
            ),
            (
                "an event that need not come",
                "takes: {text: marker}, do: {post: /o, json: \"{parameters}\"}, yields: {o: 0+}",
            ),
            (
                "others alone get it",
                "takes: {text: marker}, do: {post: /o, json: \"{parameters}\"}, yields: {o: {to: everyone, but: tab}}",
            ),
            (
                "no marker",
                "marked: false, do: {post: /o, json: \"{parameters}\"}, yields: {o: 1}",
            ),
        ] {
            let other = format!("  other: {{{other}}} # {needs}\n");
            works(&format!("{other}{note}"), &["note"]);
            works(&other, &[]);
        }
        let say = "  say: {takes: {text: marker, room: group}, do: {post: /s, json: \"{parameters}\"}, yields: {said: {to: {group: room}}}}\n";
        let groups = "groups: {room: {join: {post: /j}}}\n";
        works(&format!("{say}{groups}"), &["say"]);
        works(&format!("{note}destructive: [note]\n"), &[]);
    }

    #[test]
    fn journeys_of_the_file_come_before_what_its_actions_suggest() {
        let file = "\
target: x
login: none
socket: {}
actions:
  note: {takes: {text: marker}, do: {post: /n, json: \"{parameters}\"}, yields: {noted: 1}}
  flood: {takes: {text: marker}, do: {post: /f, json: \"{parameters}\"}, can: floods}
surfaces: {private page: {get: /me}}
journeys:
  a: {do: [{start: note}, {pause: 1s}]}
  b: {share: 2, do: [{read: private page}, {start: note}]}
";
        let target = targets::parse(file).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let names: Vec<String> = { 0..7 }
            .filter_map(|index| match Role::of(index, &target)? {
                Role::Travels { journey, .. } => Some(journey),
                Role::Works { .. } | Role::Floods(_) => None,
            })
            .collect();
        assert_eq!(names, ["a", "b", "b", "a", "b", "b", "a"]);
        assert_eq!(started(&target), ["note", "note"]);
        assert_eq!(looked_at(&target), ["private page"]);
    }

    #[test]
    fn one_user_in_five_floods_if_the_target_can() {
        let role = |index: usize, actions: &str| {
            let file = format!("target: x\nlogin: none\nsocket: {{}}\nactions:\n{actions}");
            Role::of(index, &targets::parse(&file).expect("a target"))
        };
        let note = "  note: {takes: {text: marker}, do: {post: /n, json: \"{parameters}\"}, yields: {noted: 1}}\n";
        let flood = "  storm: {takes: {text: marker}, do: {post: /f, json: \"{parameters}\"}, can: floods}\n";
        let both = [note, flood].concat();
        let floods = Some(Role::Floods("storm".to_owned()));
        let works = Some(Role::Works {
            first: vec!["note".to_owned()],
            then: vec!["note".to_owned()],
        });
        for (index, with, without) in [
            (0, &works, &works),
            (1, &floods, &works),
            (2, &works, &works),
            (6, &floods, &works),
        ] {
            assert_eq!(&role(index, &both), with, "{index}");
            assert_eq!(&role(index, note), without, "{index}");
        }
        assert_eq!(role(0, flood), None);
    }
}
