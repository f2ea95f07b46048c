//! What a target file is made of: texts with names, ways into values, places, predicates, steps and audiences. Nothing
//! here knows what a login or an action is.
//!
//! From the ground up: a `pointer` leads into a value, a `template` is a text with names, `words` are read with their
//! place, `json` is a value of templates, `came` is what a step got back, a `place` says where in it something stands, a
//! `predicate` what it must be, a `step` is what a client does, and an `audience` is who may see something.

pub mod pointer;
pub mod template;
pub(crate) mod words;

pub mod json;

pub mod came;

pub mod place;

pub mod predicate;

pub mod step;

pub mod audience;
