//! Guesses: what pages, scripts and descriptions say of logins and actions. Nothing here asks anybody.
//!
//! From the ground up: an `address` is a path of the system, a `payload` is what is sent, then the parts of a file.

pub(crate) mod address;

pub(crate) mod payload;

pub(crate) mod login;

pub(crate) mod action;
