//! Which texts may occur in a stream if its number of things was not the same in each part alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::comparison::difference::{Aspect, Checks, Difference, excerpt};
use crate::comparison::shape::{of_any_item, shape};
use crate::comparison::sighting::Sighting;

/// The shapes of the texts that may occur at a path, in any item of a list; `None` allows any text.
#[derive(Debug)]
pub(super) struct Words(BTreeMap<String, Option<BTreeSet<String>>>);

impl Words {
    /// Learns the texts of each path. If one part has a text that no other has, any text is allowed.
    pub(super) fn of(parts: &[&[&Sighting]]) -> Self {
        let mut in_parts: BTreeMap<String, BTreeMap<String, BTreeSet<usize>>> = BTreeMap::new();
        for (part, sightings) in parts.iter().enumerate() {
            for (path, value) in sightings.iter().flat_map(|sighting| &sighting.leaves) {
                let words = in_parts.entry(of_any_item(path)).or_default();
                words.entry(shape(value).0).or_default().insert(part);
            }
        }
        let known = in_parts.into_iter().map(|(path, words)| {
            let is_closed = words.values().all(|parts| parts.len() > 1);
            (path, is_closed.then(|| words.into_keys().collect()))
        });
        Self(known.collect())
    }

    pub(super) fn check(&self, sighting: &Sighting, checks: &mut Checks) {
        for (path, value) in &sighting.leaves {
            let path = of_any_item(path);
            // A path that did not occur alone is not judged.
            let Some(Some(known)) = self.0.get(&path) else {
                continue;
            };
            checks.count += 1;
            if !known.contains(&shape(value).0) {
                let says = format!(
                    "{path} is {}, which never stood there alone",
                    excerpt(value)
                );
                let size = value.chars().count() as u64;
                let aspect = Aspect::Content(None, path);
                let difference = Difference::at(sighting, aspect, size, says);
                checks.differences.push(difference);
            }
        }
    }
}
