//! The options of every command that runs something: on which system, and where its histories go.

use std::path::PathBuf;

use clap::Args;
use url::Url;

/// The system under test, and what is kept of the run.
#[derive(Args)]
pub(super) struct SystemOptions {
    /// A target file: how to talk to the system, and how to start it. The reference server by default.
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<PathBuf>,
    /// The address of a system that runs already, in place of starting one.
    #[arg(long, requires = "passwords")]
    pub(super) url: Option<Url>,
    /// NAME=PASSWORD lines of the users of a running system.
    #[arg(long, value_name = "FILE", requires = "url")]
    pub(super) passwords: Option<PathBuf>,
    /// Start the server with this known leak open (a build with the feature `faults`).
    #[arg(long, value_name = "ID", conflicts_with = "url")]
    pub(super) fault: Option<String>,
    /// The seed of everything random in the run; printed at its end.
    #[arg(long)]
    seed: Option<u64>,
    /// The folder of the histories.
    #[arg(long, value_name = "FOLDER", default_value = "airtight-history")]
    pub(super) history: PathBuf,
    /// Print the verdict alone.
    #[arg(long, short)]
    pub(super) quiet: bool,
}

impl SystemOptions {
    /// The seed that was given, or a new one.
    pub(super) fn seed(&self) -> u64 {
        self.seed.unwrap_or_else(rand::random)
    }
}
