//! What the target file declares of an action, at the places of a run: whom each of its events is meant for, and how
//! many there are.

use std::collections::BTreeMap;

use evidence::{ActionId, Audience, Later, Marker, Meant, Scope, What};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use targets::Target;
use targets::file::action::{Action, Shape, Takes};
use targets::file::identity::Owner;
use targets::file::yields::{Amount, History, Marked, Yield};
use targets::language::audience;

use crate::events::end_of;
use crate::groups::Groups;
use crate::meant::{Acting, Reach};

/// The most events of one name that an action may owe to a place.
const MOST: u64 = 1_000_000_000;

/// Events that an action owes.
#[derive(Clone, Debug)]
pub struct Owed {
    /// Their name.
    pub event: String,
    /// Where they must come.
    pub to: Reach,
    /// How many.
    pub count: u64,
    /// They carry the action's marker.
    pub is_marked: bool,
    /// There are no more of them.
    pub is_exact: bool,
    /// A tab that was away gets it once it is back, where the target sends what was missed: it is one whole event with the
    /// marker, no history shows it again, and no membership is needed that may have ended with the socket.
    pub is_resumed: bool,
    /// Who opens a tab later must get them too.
    pub has_history: bool,
    /// It is no event, but the last piece of a stream.
    pub is_end: bool,
}

/// What is declared of an action.
#[derive(Debug)]
pub(crate) struct Declared {
    /// Whose it is by default.
    pub(crate) owner: Audience,
    /// Its events.
    events: Vec<Event>,
    /// Its marker stands in none of its texts.
    pub(crate) is_unmarked: bool,
    /// It carries a text, of whatever shape.
    pub(crate) has_text: bool,
    is_plain: bool,
}

#[derive(Debug)]
struct Event {
    name: String,
    meant: Meant,
    least: u64,
    is_exact: bool,
    /// It may carry the marker or not: nothing is owed of it by its marker.
    is_sure: bool,
    /// The file does not say that the text is not in it.
    may_carry: bool,
    /// The file says what the last piece of its stream looks like.
    has_end: bool,
    is_resumed: bool,
}

impl Declared {
    /// What the file declares of an action with these values.
    ///
    /// # Errors
    /// The parameter that counts an event and is no whole number.
    pub(crate) fn of(
        action: &Action,
        acting: &Acting<'_>,
        values: &Map<String, Value>,
    ) -> Result<Self, String> {
        let mut events = Vec::new();
        let is_shaped = action
            .takes
            .iter()
            .any(|(_, takes)| matches!(takes, Takes::Marker(Shape::Digits(_) | Shape::Uuid)));
        let is_unmarked = action.is_unmarked || is_shaped;
        for (name, made) in &action.yields {
            let mut least = amount(&made.count.least, values)?;
            let mut is_exact = made.count.is_exact;
            if made.joined.is_some() {
                // All of its pieces give the marker once.
                is_exact &= least == 1;
                least = least.min(1);
            }
            events.push(Event {
                name: name.clone(),
                meant: Meant {
                    to: acting.audience(&made.to),
                    history: match made.history {
                        History::None => Later::None,
                        History::May => Later::May,
                        History::Must => Later::Must,
                    },
                    per_join: made.is_per_join,
                    unmarked: is_unmarked || made.marked == Marked::No,
                },
                least,
                is_exact,
                is_sure: made.marked != Marked::May || made.joined.is_some(),
                may_carry: made.marked != Marked::No,
                has_end: made.joined.is_some() && made.ends.is_some(),
                is_resumed: made.joined.is_none()
                    && made.history == History::None
                    && !made.is_per_join
                    && made.marked == Marked::Yes
                    && !is_unmarked
                    && !{ made.to.any.iter() }.any(is_group),
            });
        }
        // Where nobody logs in, nothing but a declaration says who somebody is, and where there are groups, nothing else
        // says who is outside.
        let is_plain = !acting.has_groups
            && acting.owner == Owner::User
            && !acting.has_no_login
            && !is_unmarked
            && action.yields.iter().all(|(_, made)| is_plain(made));
        Ok(Self {
            owner: Audience::of(acting.owner()),
            events,
            is_unmarked,
            has_text: !action.is_unmarked,
            is_plain,
        })
    }

    /// Whoever a group admits, or has as a member whatever tabs they open, may see what was said there in whatever shows
    /// it beside its events, as in a page or a list, before a tab of theirs has joined too.
    pub(crate) fn and_whom_groups_admit(mut self, target: &Target) -> Self {
        let admitted = |scope: Scope| {
            let Scope::Group(id) = scope else { return None };
            let (kind, name) = id.split_once('/')?;
            let group = target.group(kind)?;
            let is_for_good =
                group.member == Owner::User && group.leave.is_empty() && group.lost.is_none();
            let listed = group.members.get(name).filter(|_| is_for_good);
            group.admits.get(name).or(listed).cloned()
        };
        let users: Vec<String> = self.scopes().filter_map(admitted).flatten().collect();
        let users = users.iter().map(|user| Scope::User(user.as_str().into()));
        self.owner.any.extend(users);
        self
    }

    /// What comes of it is for nobody but whoever acts, and nothing is owed. A group of the file that gets it whoever acts,
    /// as a desk or those who watch, has its right to it.
    pub(crate) fn for_nobody_else(mut self, action: &Action, acting: &Acting<'_>) -> Self {
        let fixed = |scope: &&audience::Scope| {
            matches!(
                scope,
                audience::Scope::TheGroup(..) | audience::Scope::Anybody
            )
        };
        let said = action.yields.iter().flat_map(|(_, made)| &made.to.any);
        let kept = said.filter(fixed).map(|scope| acting.scope(scope));
        let kept: Vec<Scope> = kept.collect();
        self.owner = Audience::of(acting.user());
        self.owner.any.extend(kept);
        self.events.clear();
        self.is_plain = false;
        self
    }

    /// Whoever is meant may see it, and need not.
    pub(crate) fn and_owes_nothing(mut self) -> Self {
        for event in &mut self.events {
            (event.least, event.is_exact) = (0, false);
            if event.meant.history == Later::Must {
                event.meant.history = Later::May;
            }
        }
        self
    }

    /// Everything is meant for the user who acts: then nothing is declared.
    pub(crate) const fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Whom each event is meant for.
    pub(crate) fn meant(&self) -> BTreeMap<String, Meant> {
        let events = self.events.iter();
        events
            .map(|event| (event.name.clone(), event.meant.clone()))
            .collect()
    }

    /// Whoever is meant by any event that may carry the text.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = Scope> {
        let events = self.events.iter().filter(|event| event.may_carry);
        events.flat_map(|event| event.meant.to.any.clone())
    }

    /// The text that the action carries.
    pub(crate) fn text(&self, action: &Action, marker: Option<&Marker>) -> String {
        let Some(marker) = marker else {
            return String::new();
        };
        let shapes = action.takes.iter().filter_map(|(_, takes)| match takes {
            Takes::Marker(shape) => Some(*shape),
            _ => None,
        });
        match { shapes }.find(|shape| *shape != Shape::Text) {
            None | Some(Shape::Text) => marker.as_str().to_owned(),
            Some(Shape::Email) => format!("{}@example.com", marker.as_str()),
            Some(Shape::Digits(digits)) => digits_of(marker, digits),
            Some(Shape::Uuid) => uuid_of(marker),
        }
    }

    /// Whoever may see the text, now.
    pub(crate) fn shown_to(&self, groups: &Groups) -> Reach {
        let any = self.owner.any.iter().cloned().chain(self.scopes());
        let audience = Audience {
            any: any.collect(),
            but: Vec::new(),
        };
        Reach::of(&audience, groups)
    }

    /// What the action owes to whom.
    pub(crate) fn owes(&self, groups: &Groups) -> Vec<Owed> {
        let events = self.events.iter().filter(|event| event.least > 0);
        let owed = events.flat_map(|event| {
            let owed = Owed {
                event: event.name.clone(),
                to: Reach::of(&event.meant.to, groups),
                count: event.least,
                is_exact: event.is_exact,
                is_resumed: event.is_resumed,
                is_marked: !event.meant.unmarked && event.is_sure,
                has_history: event.meant.history == Later::Must,
                is_end: false,
            };
            let end = Owed {
                event: end_of(&event.name),
                count: 1,
                is_end: true,
                // Who comes later gets it as one text.
                has_history: false,
                ..owed.clone()
            };
            let end = Some(end).filter(|end| event.has_end && end.is_marked);
            std::iter::once(owed).chain(end)
        });
        owed.collect()
    }

    /// The line of the history that says that it happened.
    pub(crate) fn confirmed(&self, marker: Marker, action: ActionId) -> What {
        let due = self.events.iter().filter(|event| event.is_sure);
        let yields = due.clone().map(|event| (event.name.clone(), event.least));
        let exact = due.filter(|event| event.is_exact);
        What::Confirmed {
            marker,
            action,
            yields: yields.collect(),
            exact: exact.map(|event| event.name.clone()).collect(),
        }
    }
}

/// Whether it is a group of any sort.
const fn is_group(scope: &audience::Scope) -> bool {
    matches!(
        scope,
        audience::Scope::Group(_) | audience::Scope::TheGroup(..)
    )
}

/// Whether an event says nothing but that it is the owner's.
fn is_plain(made: &Yield) -> bool {
    made.to.any == [audience::Scope::Owner]
        && made.to.but.is_empty()
        && made.history == History::None
        && !made.is_per_join
        && made.marked == Marked::Yes
}

/// How many events there are at least.
fn amount(amount: &Amount, values: &Map<String, Value>) -> Result<u64, String> {
    let name = match amount {
        Amount::Number(number) => return Ok(*number),
        Amount::Parameter(name) => name,
    };
    let number = match values.get(name) {
        Some(Value::Array(items)) => Some(items.len() as u64),
        Some(value) => value.as_u64(),
        None => None,
    };
    number
        .filter(|number| *number <= MOST)
        .ok_or_else(|| name.clone())
}

/// So many digits that nobody else has, of which the first is not 0.
fn digits_of(marker: &Marker, digits: u64) -> String {
    let mut text = String::new();
    let mut round = 0_u8;
    while (text.len() as u64) < digits {
        let hash = Sha256::new()
            .chain_update(marker.as_str())
            .chain_update([round])
            .finalize();
        text.extend(hash.iter().map(|byte| char::from(b'0' + byte % 10)));
        round += 1;
    }
    text.truncate(usize::try_from(digits).unwrap_or(usize::MAX));
    if text.starts_with('0') {
        text.replace_range(..1, "7");
    }
    text
}

/// A UUID that nobody else has.
fn uuid_of(marker: &Marker) -> String {
    let hash: String = Sha256::digest(marker.as_str())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-4{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

#[cfg(test)]
mod tests {
    use evidence::UserName;

    use super::*;

    #[test]
    fn a_marker_takes_the_shape_that_the_target_takes() {
        let marker = Marker::new(&UserName::from("amy"), 7);
        for digits in [6, 8, 30] {
            let text = digits_of(&marker, digits);
            assert_eq!(text.len() as u64, digits);
            assert!(text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0'));
        }
        let other = Marker::new(&UserName::from("amy"), 8);
        assert_ne!(digits_of(&marker, 8), digits_of(&other, 8));
        assert_eq!(uuid_of(&marker).len(), 36);
    }

    #[test]
    fn an_amount_may_be_a_parameter() {
        let values = serde_json::json!({"steps": 3, "list": [1, 2], "word": "x"});
        let values = values.as_object().expect("a map");
        let of = |name: &str| amount(&Amount::Parameter(name.to_owned()), values);
        assert_eq!(of("steps"), Ok(3));
        assert_eq!(of("list"), Ok(2));
        assert_eq!(of("word"), Err("word".to_owned()));
        assert_eq!(of("none"), Err("none".to_owned()));
    }
}
