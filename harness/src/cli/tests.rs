//! What a person reads on the screen or in a report, word for word, in `tests/snapshots`.
//!
//! The words come from the functions that print them, which are given fixed histories and figures. No server is
//! started, and nothing depends on the machine, its terminal or the time.

mod steady;

mod four;

mod explore;
mod formats;
mod help;
mod lists;
mod load;
mod screens;
mod selftest;
mod smoke;
