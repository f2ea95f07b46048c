//! The options of every command that runs something: on which system, and where its histories go.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use url::Url;

use crate::system::aim::Aim;

/// The system under test, and what is kept of the run.
#[derive(Args)]
pub(super) struct SystemOptions {
    /// A target file: how to talk to the system, and how to start it. The reference server by default.
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<PathBuf>,
    /// The address of a system that already runs. Without it, a system is started.
    #[arg(long)]
    url: Option<Url>,
    /// A file with a line NAME=PASSWORD for each user of the running system.
    #[arg(long, value_name = "FILE")]
    pub(super) passwords: Option<PathBuf>,
    /// Connect to this address, whatever the name in --url resolves to.
    #[arg(long, value_name = "ADDRESS")]
    connect_to: Option<IpAddr>,
    /// Trust the certificate authority in this PEM file too.
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// Start the server with this known leak open. This needs a build with the feature `faults`.
    #[arg(long, value_name = "ID", conflicts_with = "url")]
    pub(super) fault: Option<String>,
    /// The seed of what is random in the run, but for the markers: they are always new. It is printed at the end.
    #[arg(long)]
    seed: Option<u64>,
    /// The folder for the histories.
    #[arg(long, value_name = "FOLDER", default_value = "airtight-history")]
    pub(super) history: PathBuf,
    /// Print only the verdict.
    #[arg(long, short)]
    pub(super) quiet: bool,
}

impl SystemOptions {
    /// The running system, if one was named.
    pub(super) fn aim(&self) -> Aim {
        Aim {
            url: self.url.clone(),
            connect_to: self.connect_to,
            trust: self.cacert.clone(),
            takes_base: true,
            authorized: Vec::new(),
        }
    }

    /// The files that are read.
    pub(super) fn files(&self) -> Vec<&Path> {
        let files = [&self.target, &self.passwords, &self.cacert];
        files.into_iter().filter_map(Option::as_deref).collect()
    }

    /// The seed that was given, or a new one.
    pub(super) fn seed(&self) -> u64 {
        self.seed.unwrap_or_else(rand::random)
    }
}
