//! Proves that a multi-user real-time server keeps its users apart.

mod cli;
mod explore;
mod failure;
mod load;
mod local;
mod recheck;
mod record;
mod report;
mod runner;
mod scenario;
mod selftest;
mod suite;
mod system;

pub use cli::run as command_line;
