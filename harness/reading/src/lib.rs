//! YAML files read by hand, so that each mistake has its place and its fix.
//!
//! In: the text of a file. Out: a tree of values that know where they stand, or what is wrong there. The rooms, from
//! the ground up: `yaml` has the words and places of the YAML reader, `secret` keeps secrets out of errors, a `spot` is
//! a place in a file and `wrong` a mistake there, a `node` is a value of the tree, and `fields` are its settings by
//! name. `flow` writes values so that they are read as they were. Nothing here knows what a file is about.

pub mod secret;
pub mod yaml;

pub mod spot;
pub mod wrong;

pub mod node;

pub mod fields;

pub mod flow;
