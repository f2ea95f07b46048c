//! Learns audiences from runs on a target that is believed honest: what was seen and no audience declares is listed, and
//! what is accepted is written into the target file as the audience that would have allowed it.
//!
//! In: the histories of a run, and the target file. Out: an entry for each thing that somebody saw, the changes of the
//! file for those that are accepted, and the file's text with them. What was not accepted stays a leak: nothing is
//! guessed. The findings are those of `no_foreign_events`, so that what is listed is what a run accuses.
//!
//! The rooms, from the ground up: how a place `stands` to whoever acted, who was in which of the `groups`, what was sent
//! and who was there (`scene`), what was seen (`sighting`), all sightings of one kind as an `entry`; then the audience
//! that is `wider`, the `edit` of one value in the file, and the `change` of the file as a whole.

mod stands;

mod groups;

mod scene;

mod sighting;

pub(crate) mod entry;

mod wider;

mod edit;

pub(crate) mod change;

#[cfg(test)]
mod tests;
