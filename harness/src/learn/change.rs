//! What the target file has to say so that what was accepted is no leak.

use diagnostics::Place;
use reading::node::{self, Node, Yaml};
use targets::Target;
use targets::file::action::Action;
use targets::file::yields::{Amount, History, Yield};
use targets::language::audience::Scope;

use super::edit;
use super::entry::Entry;
use super::sighting::Carrier;
use super::stands::Stands;
use super::wider::{has, joined, scope, word, written};

/// Nothing is owed of an event that not everybody got.
const NOT_OWED: &str = "0+";

/// The target file.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
    pub(crate) target: &'a Target,
}

/// What one action has to say of one event or answer.
#[derive(Debug)]
pub(crate) struct Change {
    /// Where it is said, or would be.
    pub(crate) at: Place,
    pub(crate) action: String,
    /// As the file says it.
    pub(crate) says: String,
    /// Why it must be written by hand; none where it can be set in the file.
    pub(crate) by_hand: Option<String>,
    /// Not everybody got it, so that it is owed to nobody any more.
    pub(crate) is_not_owed: bool,
    sets: Vec<Set>,
}

/// A setting of a map in the file.
#[derive(Debug)]
struct Set {
    way: Vec<String>,
    key: String,
    value: String,
}

/// What the file has to say for these entries, one change for each event of an action. Entries that no audience could
/// allow have none.
pub(crate) fn changes(file: File<'_>, entries: &[&Entry]) -> Vec<Change> {
    let Ok(root) = node::read(file.text) else {
        return Vec::new();
    };
    let mut done: Vec<(&str, &Carrier)> = Vec::new();
    let mut changes = Vec::new();
    for entry in entries {
        let (Some(action), None) = (entry.action.as_deref(), entry.is_no_audience) else {
            continue;
        };
        if done.contains(&(action, &entry.carrier)) {
            continue;
        }
        done.push((action, &entry.carrier));
        let of_it = entries.iter().filter(|other| {
            other.action.as_deref() == Some(action)
                && other.carrier == entry.carrier
                && other.is_no_audience.is_none()
        });
        let all: Vec<&Entry> = of_it.copied().collect();
        changes.extend(Changing::of(file, &root, action, &all).and_then(|one| one.change()));
    }
    changes
}

/// The file's text with these changes, and the changes that could not be set in it.
pub(crate) fn write<'a>(text: &str, changes: &'a [Change]) -> (String, Vec<&'a Change>) {
    let mut edited = text.to_owned();
    let mut left = Vec::new();
    for change in changes {
        let mut sets = change.sets.iter();
        let next = sets.try_fold(edited.clone(), |text, set| {
            let way: Vec<&str> = set.way.iter().map(String::as_str).collect();
            edit::set(&text, &way, &set.key, &set.value)
        });
        match next.filter(|text| change.by_hand.is_none() && targets::parse(text).is_ok()) {
            Some(next) => edited = next,
            None => left.push(change),
        }
    }
    (edited, left)
}

/// One change that is being made up.
struct Changing<'a> {
    file: File<'a>,
    root: &'a Node,
    name: &'a str,
    action: &'a Action,
    carrier: &'a Carrier,
    /// Who saw it.
    new: Vec<Scope>,
    is_late: bool,
    is_missed: bool,
}

impl<'a> Changing<'a> {
    fn of(file: File<'a>, root: &'a Node, name: &'a str, entries: &[&'a Entry]) -> Option<Self> {
        let action = file.target.action(name)?;
        let new = { entries.iter() }.filter_map(|entry| scope(&entry.stands, action));
        let mut stands = entries.iter().map(|entry| &entry.stands);
        Some(Self {
            file,
            root,
            name,
            action,
            carrier: &entries.first()?.carrier,
            new: new.collect(),
            is_late: stands.any(|stands| matches!(stands, Stands::Late(_))),
            is_missed: entries.iter().any(|entry| entry.is_missed),
        })
    }

    fn change(self) -> Option<Change> {
        let event = self.carrier.name();
        let made = { self.action.yields.iter() }.find(|(known, _)| known == event);
        match made.filter(|_| matches!(self.carrier, Carrier::Event(_))) {
            Some((_, made)) => self.of_event(event, made),
            None => self.of_other(event),
        }
    }

    /// The file names the event.
    fn of_event(self, event: &str, made: &Yield) -> Option<Change> {
        let target = self.file.target;
        let old = joined(made.to.any.clone(), target);
        let all = joined([&made.to.any[..], &self.new[..]].concat(), target);
        let mut says = Vec::new();
        if all != old {
            says.push(("to", written(&all)));
        }
        let is_not_owed = self.is_missed && made.count.least != Amount::Number(0);
        if is_not_owed {
            says.push(("count", NOT_OWED.to_owned()));
        }
        if self.is_late && made.history == History::None {
            says.push(("history", "may".to_owned()));
        }
        let taken_away = made.to.but.iter().find(|but| {
            let mut new = self.new.iter();
            new.any(|new| has(but, new, target))
        });
        let taken_away = taken_away.map(|but| {
            let but = written(std::slice::from_ref(but));
            format!("`but: {but}` takes away who saw it: remove it")
        });
        if says.is_empty() && taken_away.is_none() {
            return None;
        }
        let way = ["actions", self.name, "yields", event];
        let node = edit::at(self.root, &way);
        let sets = match node.map(|node| &node.yaml) {
            Some(Yaml::Map(_)) => { says.iter() }
                .map(|(key, value)| Set::of(&way, key, value))
                .collect(),
            // A count alone.
            Some(count) => {
                let mut whole = says.clone();
                if !is_not_owed {
                    whole.push(("count", counted(count)));
                }
                vec![Set::of(&way[..3], event, &in_braces(&whole))]
            }
            None => Vec::new(),
        };
        let by_hand = taken_away.or_else(|| node.is_none().then(|| self.shared()));
        let says = format!("yields: {{{}: {}}}", word(event), in_braces(&says));
        Some(Change {
            at: self.place(&way),
            action: self.name.to_owned(),
            says,
            by_hand,
            is_not_owed,
            sets,
        })
    }

    /// An event that the file does not name, or an answer. An answer has no audience of its own: whoever any of the
    /// action's events is meant for may see its marker there.
    fn of_other(self, event: &str) -> Option<Change> {
        let mut all = Vec::new();
        if let Carrier::Event(_) = self.carrier {
            all.extend([Scope::Owner, Scope::Tab]);
            let others = self.action.yields.iter();
            all.extend(others.flat_map(|(_, made)| made.to.any.clone()));
        }
        all.extend(self.new.clone());
        let to = written(&joined(all, self.file.target));
        let mut says = vec![("to", to), ("count", NOT_OWED.to_owned())];
        if self.is_late {
            says.push(("history", "may".to_owned()));
        }
        let says = in_braces(&says);
        let whole = format!("{{{}: {says}}}", word(event));
        let (of_action, of_each) = (["actions", self.name, "yields"], ["each action", "yields"]);
        let own = edit::at(self.root, &of_action).is_some();
        let is_shared = !own && edit::at(self.root, &of_each).is_some();
        let set = match own {
            true => Set::of(&of_action, event, &says),
            false => Set::of(&of_action[..2], "yields", &whole),
        };
        Some(Change {
            at: self.place(&of_action),
            action: self.name.to_owned(),
            says: format!("yields: {whole}"),
            by_hand: is_shared.then(|| self.shared()),
            is_not_owed: false,
            sets: vec![set],
        })
    }

    fn shared(&self) -> String {
        format!(
            "`{}` has its `yields` from `each action`: give it `yields` of its own, with all of its events",
            self.name
        )
    }

    /// Where a part is, or the nearest one around it that is there.
    fn place(&self, way: &[&str]) -> Place {
        let mut node = self.root;
        let mut at = None;
        for name in way {
            let Some(found) = node.setting(name) else {
                break;
            };
            node = found;
            at = Some(node.key());
        }
        at.map_or_else(
            || Place::named(self.file.name),
            |at| at.bare(self.file.name),
        )
    }
}

impl Set {
    fn of(way: &[&str], key: &str, value: &str) -> Self {
        Self {
            way: way.iter().map(|name| (*name).to_owned()).collect(),
            key: key.to_owned(),
            value: value.to_owned(),
        }
    }
}

fn counted(count: &Yaml) -> String {
    match count {
        Yaml::Number(number) => number.to_string(),
        Yaml::Text(text) => text.clone(),
        _ => NOT_OWED.to_owned(),
    }
}

fn in_braces(settings: &[(&str, String)]) -> String {
    let all = settings
        .iter()
        .map(|(key, value)| format!("{key}: {value}"));
    format!("{{{}}}", all.collect::<Vec<_>>().join(", "))
}
