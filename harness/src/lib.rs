//! Proves that a multi-user real-time server keeps its users apart.
//!
//! A scenario says what users do and what must hold then. Clients play it against a server and write down whatever
//! they see: the history. Properties judge the history, and a report says what was found. The command `airtight` does
//! this for folders of scenarios; this library does it for one scenario in a test of yours.
//!
//! ```no_run
//! use airtight::{Scenario, Server, TargetFile, Verdict};
//!
//! // In a test: #[tokio::test(flavor = "multi_thread")]
//! async fn two_users_are_kept_apart() -> Result<(), Box<dyn std::error::Error>> {
//!     let users = [("alice", "her password"), ("bob", "his password")];
//!     let target = TargetFile::read("tests/target.yaml")?;
//!     let server = Server::at("http://127.0.0.1:8080", target, users)?;
//!     let judgement = server.run(&Scenario::read("tests/two-users.yaml")?).await?;
//!     assert_eq!(judgement.verdict(), Verdict::Holds, "{judgement}");
//!     Ok(())
//! }
//! ```
//!
//! [`Server::started_by`] starts the server itself, as the target file says.
//!
//! The folder `examples/helpdesk` of the repository has a whole test with its files, and a small server that it is run
//! on, sound and with a leak.
//!
//! # The rooms, from the ground up
//!
//! No room uses one that stands later in this list.

// What every room may use: failures, files that somebody names, locks, and errors with their causes.
mod causes;
mod failure;
mod input;
mod lock;

// The words of a scenario file, what a check of it knows, and the system that it is run on.
mod language;
mod model;
mod needs;
mod system;

// One run, and the steps that are taken in it.
mod run;
mod steps;

// A whole scenario: its file, and how its steps are played.
mod scenario;

mod play;

// Reports, and the histories that they are made from.
mod report;

mod history;

// Many scenarios, and one of them for the library's users.
mod suite;

mod server;

// The other jobs: audiences that are learned, many users at once, a search for leaks, and the judge's own trial.
mod learn;

mod load;

mod explore;

mod selftest;

// The only room that prints.
mod cli;

pub use evidence::{Finding, Verdict, Witness};

pub use cli::run as command_line;
pub use failure::Failure;
pub use scenario::content::Scenario;
pub use scenario::error::ScenarioError;
pub use server::{Judgement, Server, TargetFile};
