//! The action that fits a wish best.

use super::Need;
use super::abilities::{WITHOUT, Wish};
use crate::file::action::{Ability, Action, Takes};
use crate::file::yields::{Amount, Marked};
use crate::target::Target;

impl Target {
    /// The action that a scenario gets for this wish.
    ///
    /// Of several that fit, one that does no harm comes before one that does, one that carries a marker before one that
    /// does not, for a group one that anybody may join before another, to be stopped one that can be read before
    /// another, one that needs no group and no other user before one that does, one that owes something before one that
    /// owes nothing, one whose events are not for everybody before one whose events are, a short one before a long one,
    /// and the earlier one in the file before the later one.
    #[must_use]
    pub fn action_for(&self, wish: Wish) -> Need<(&str, &Action)> {
        let fitting = self.actions.iter().filter_map(|entry| {
            let far = wish.fits(&entry.1)?;
            Some((self.price(wish, far, entry), entry))
        });
        let best = fitting.min_by_key(|(price, _)| *price);
        if let Some((_, (name, action))) = best {
            return Need::Found((name, action));
        }
        let denied = |word: &&String| {
            let mut words = WITHOUT.iter();
            words.any(|(known, denies)| known == word && *denies == Some(wish))
        };
        if let Some(word) = self.without.iter().find(denied) {
            return Need::NotApplicable(format!("without: [{word}]"));
        }
        if wish == Wish::ToAGroup && self.has_no_groups {
            return Need::NotApplicable("groups: none".to_owned());
        }
        Need::NotMentioned(wish.lines())
    }

    /// The kind of group in which users meet where nobody says which: the only one, or that of the action that goes to a
    /// group.
    #[must_use]
    pub fn kind_to_meet_in(&self) -> Option<&str> {
        if let [(kind, _)] = self.groups.as_slice() {
            return Some(kind);
        }
        let (_, action) = self.action_for(Wish::ToAGroup).found()?;
        kind_of(action)
    }

    /// Whether users whom no list of the file names may meet in a group of this kind.
    fn is_open(&self, kind: &str) -> bool {
        self.group(kind).is_some_and(|group| {
            let has_a_list = group.create.is_empty() && !group.admits.is_empty();
            !group.is_closed && !has_a_list && !group.join.is_empty()
        })
    }

    /// How little an action is liked: less is better, and the first difference counts.
    fn price(&self, wish: Wish, far: u8, (name, action): &(String, Action)) -> [u8; 8] {
        let says = |ability: Ability, other: Wish| action.can.contains(&ability) && wish != other;
        let harm = self.destructive.contains(name)
            || says(Ability::Floods, Wish::Floods)
            || says(Ability::Fails, Wish::Fails);
        let events = || action.yields.iter().map(|(_, made)| made);
        let is_unmarked = action.is_unmarked
            || (!action.yields.is_empty() && events().all(|made| made.marked == Marked::No));
        let needs = |takes: &Takes| {
            matches!(
                takes,
                Takes::User | Takes::Session | Takes::Tab | Takes::Group(_)
            )
        };
        // Whoever is named is no outsider: a group of one's own leaves more of them.
        let names_somebody = |takes: &Takes| needs(takes) && !matches!(takes, Takes::Group(_));
        let others = { action.takes.iter() }
            .map(|(_, takes)| u8::from(needs(takes)) + u8::from(names_somebody(takes)));
        let others = others.max().unwrap_or_default();
        let is_long = says(Ability::Long, Wish::TakesLong) && wish != Wish::CanBeStopped;
        let owes = events().any(|made| made.count.least != Amount::Number(0));
        [
            u8::from(harm),
            far,
            u8::from(is_unmarked),
            // Where anybody may join, and where it can be read too, more can be tested.
            u8::from(wish == Wish::CanBeStopped && action.read.is_empty())
                | u8::from(
                    wish == Wish::ToAGroup
                        && !kind_of(action).is_some_and(|kind| self.is_open(kind)),
                ),
            match wish {
                Wish::ToAGroup | Wish::ToOneMember => 0,
                _ => others,
            },
            u8::from(!owes),
            u8::from(action.is_for_all()),
            u8::from(is_long),
        ]
    }
}

/// The kind of group that an action takes.
fn kind_of(action: &Action) -> Option<&str> {
    let mut kinds = action.takes.iter().filter_map(|(_, takes)| match takes {
        Takes::Group(Some(kind)) => Some(kind.as_str()),
        _ => None,
    });
    kinds.next()
}

#[cfg(test)]
mod tests;
