//! The parts of a target file, each with its reading.
//!
//! `number` is where events have numbers, `identity` who somebody is, `socket` how the target pushes, `group` what users
//! join, `yields` and `action` what they do and what comes of it, `due` how much of that, `secrets` what the server makes, `surface` what
//! scenarios need, `journey` what the users of a load do, and `start` how the target is started.

pub mod number;

pub mod identity;

pub mod socket;

pub mod group;

pub mod yields;

pub mod action;

pub mod due;

pub mod secrets;

pub mod surface;

pub mod journey;

pub mod start;
