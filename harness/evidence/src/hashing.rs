//! Hashing without a random seed, so that the same history always gives the same findings.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;

/// A map. No result may depend on the order of its entries.
pub(crate) type Map<K, V> = HashMap<K, V, FixedState>;

/// A set. No result may depend on the order of its entries.
pub(crate) type Set<T> = HashSet<T, FixedState>;

/// The hash that stands for `value` where keeping the value itself would take too much memory.
pub(crate) fn hash(value: impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}
