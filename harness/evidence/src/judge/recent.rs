//! A limited number of the latest things of each user: memory stays bounded, however long the history is.

use std::collections::VecDeque;

use super::ids::UserId;
use crate::hashing::Map;

/// The latest things of each user, by key, with what is known about them. Old ones may go, because an attack is
/// on what exists now.
#[derive(Debug)]
pub(crate) struct Recent<V> {
    /// How many things of each user are kept.
    most: usize,
    by_key: Map<u64, V>,
    of_user: Map<Option<UserId>, VecDeque<u64>>,
}

/// How many things of each user are kept by default.
const REMEMBERED: usize = 1000;

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self::of(REMEMBERED)
    }
}

impl<V> Recent<V> {
    /// Keeps `most` things of each user.
    pub(crate) fn of(most: usize) -> Self {
        Self {
            most,
            by_key: Map::default(),
            of_user: Map::default(),
        }
    }

    /// Adds a thing, and returns the one that has to go for it.
    pub(crate) fn insert(&mut self, user: Option<UserId>, key: u64, value: V) -> Option<V> {
        let of_user = self.of_user.entry(user).or_default();
        if self.by_key.insert(key, value).is_none() {
            of_user.push_back(key);
        }
        if of_user.len() <= self.most {
            return None;
        }
        self.by_key.remove(&of_user.pop_front()?)
    }

    pub(crate) fn get(&self, key: u64) -> Option<&V> {
        self.by_key.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        self.by_key.get_mut(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::super::ids::Places;
    use super::*;
    use crate::place::Place;

    #[test]
    fn the_memory_for_each_user_is_bounded() {
        let mut places = Places::default();
        let mut user = |name: &str| {
            let place = Place {
                user: Some(name.into()),
                ..Place::nobody("desktop")
            };
            places.ids(&place).user
        };
        let (amy, bob) = (user("amy"), user("bob"));
        let mut recent = Recent::default();
        recent.insert(bob, 0, "bob's");
        for key in 1..=REMEMBERED as u64 + 1 {
            recent.insert(amy, key, "amy's");
        }
        assert_eq!(recent.get(0), Some(&"bob's"), "another user's stays");
        assert_eq!(recent.get(1), None);
        assert_eq!(recent.get(2), Some(&"amy's"));
        assert_eq!(recent.by_key.len(), REMEMBERED + 1);
    }
}
