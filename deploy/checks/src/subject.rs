//! What the checks look at: a host over the network, and the machine that it runs on.

// From outside.
pub(crate) mod declared;

pub(crate) mod silence;

pub(crate) mod host;

pub(crate) mod forged_name;

pub(crate) mod tls;

pub(crate) mod memory;

pub(crate) mod opening;

pub(crate) mod foreign;

pub(crate) mod conversation;

pub(crate) mod visit;

pub(crate) mod exchange;

pub(crate) mod given_out;

pub(crate) mod people;

pub(crate) mod allowed;

// On the machine.
pub(crate) mod machine;

pub(crate) mod command;

pub(crate) mod unit;
