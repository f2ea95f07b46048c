//! The command `airtight` as its users run it. There is one binary for all tests, because each further one would be
//! linked again after every change.

mod bench;
mod cases;
mod clients;
mod compare;
mod documents;
mod explain;
mod explore;
mod formats;
mod init;
mod learn;
mod load;
mod logs;
mod migrate;
mod no_false_alarm;
mod recheck;
mod rejected;
mod reports;
mod selftest;
mod smoke;
mod steps;
mod streams;
mod time;
mod r#try;
mod verify;
