//! Unguessable texts that name their owner, and the search for them in raw bytes.
//!
//! A marker is 27 letters, all from `a-z2-7`, so that common escaping does not change it. It is found as it travels:
//! in any letter case, escaped, encoded, inside binary, cut short, over the pieces of a stream (`search` lists what).
//! The rooms from the ground up: what a marker is made of, how bytes are read through encodings, where to look, how a
//! marker travelled, the search, and what is done with what it finds.

mod layout;
mod source;
mod clue;
mod travel;
mod search;
mod found;
mod named;
mod owners;
mod previews;
mod joiner;
#[cfg(test)]
mod tests;

pub use self::found::traces;
pub use self::joiner::Joiner;
pub use self::layout::Marker;
pub use self::owners::Owners;
pub use self::search::Sighting;
pub use self::travel::Travel;

pub(crate) use self::found::FoundMarker;
pub(crate) use self::named::named;
pub(crate) use self::previews::Previews;
