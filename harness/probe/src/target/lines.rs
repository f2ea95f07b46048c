//! The place where something stands in a target file.
//!
//! The file is read a second time, into a tree that knows the place of everything. Searching the text for a key would
//! not do: it may also stand in a comment or in another map.
//!
//! The tree is built by hand, because the YAML crate keeps places only for types that ask for them, and the types of
//! the target file do not.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::{Location, Spanned};

/// A value. Only maps can be searched further.
enum Part {
    Other,
    Map(Vec<(Spanned<String>, Spanned<Part>)>),
}

/// Where the value at this path of keys stands; for a map, its key. If the path ends early, the last key that exists;
/// `None` if the text is not a map.
pub(super) fn location(text: &str, path: &[&str]) -> Option<Location> {
    let root: Spanned<Part> = serde_saphyr::from_str(text).ok()?;
    let (mut part, mut location) = (root.value, None);
    for key in path {
        let Part::Map(entries) = part else { break };
        let Some((key, value)) = entries.into_iter().find(|(name, _)| name.value == *key) else {
            break;
        };
        location = Some(match value.value {
            Part::Map(_) => key.referenced,
            Part::Other => value.referenced,
        });
        part = value.value;
    }
    location
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PartVisitor)
    }
}

struct PartVisitor;

impl<'de> Visitor<'de> for PartVisitor {
    type Value = Part;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Part, E> {
        Ok(Part::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Part, E> {
        Ok(Part::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Part, E> {
        Ok(Part::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Part, E> {
        Ok(Part::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Part, E> {
        Ok(Part::Other)
    }

    fn visit_unit<E>(self) -> Result<Part, E> {
        Ok(Part::Other)
    }

    fn visit_none<E>(self) -> Result<Part, E> {
        Ok(Part::Other)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Part, D::Error> {
        Part::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Part, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Part::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Part, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Part::Map(map))
    }
}
