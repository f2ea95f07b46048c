//! The reference server from outside. One binary for all: each more would be linked anew at every change.

mod accounts;
mod answers;
mod checklist;
mod configuration;
mod identity;
mod limits;
mod operation;
mod proofs;
mod request_ids;
mod rig;
mod service;
mod socketioxide;
