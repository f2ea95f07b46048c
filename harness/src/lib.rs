//! Proves that a multi-user real-time server keeps its users apart.

mod causes;
mod failure;
mod lock;

mod language;
mod model;
mod system;

mod run;
mod steps;

mod scenario;

mod play;

mod report;

mod history;

mod suite;

mod load;

mod explore;

mod selftest;

mod cli;

pub use cli::run as command_line;
