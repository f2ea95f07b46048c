//! The reference server from outside. All tests are in one binary, because each further one would be linked again at
//! every change.

mod rig;
mod accounts;
mod answers;
mod checklist;
mod configuration;
mod identity;
mod limits;
mod operation;
mod proofs;
mod request_ids;
mod service;
mod socketioxide;
mod texts;
