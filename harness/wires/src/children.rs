//! The clients that are programs of their own: the official JavaScript client in Node.js, and python-socketio. Small
//! programs of ours drive them, and take orders and give observations as lines of JSON.
//!
//! There is at most one process of each kind, which makes all connections; it is started when it is first asked for. It
//! is not started again: what a second one showed would hide that the first has ended.

/// One process, and its connections.
mod process;

use std::ffi::OsString;
use std::io;
use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;
use tokio::process::Command;
use tokio::sync::OnceCell;

use self::process::Process;
pub(crate) use self::process::{Heard, Strand};
use crate::client::Client;

/// The processes of these clients. Clones are the same ones. They end when the last is dropped, with its connections.
#[derive(Clone, Debug, Default)]
pub struct Children(Arc<Both>);

#[derive(Debug, Default)]
struct Both {
    variables: Vec<(&'static str, OsString)>,
    javascript: OnceCell<Result<Running, Missing>>,
    python: OnceCell<Result<Running, Missing>>,
}

#[derive(Debug)]
struct Running {
    process: Process,
    version: String,
}

/// A client is not there. Whoever asks for it has found out nothing about the server.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{}` is not there: {why}", client.library())]
pub struct Missing {
    /// Which.
    pub client: Client,
    /// What of it was not found, or how its process ended.
    pub why: String,
}

impl Missing {
    /// What to do about it.
    #[must_use]
    pub const fn fix(&self) -> &'static str {
        match self.client {
            Client::Python => {
                "run `python3 -m pip install 'python-socketio[asyncio_client]'`, or name its folder in PYTHONPATH"
            }
            _ => {
                "run `npm install socket.io-client` in this folder, or name its `node_modules` in NODE_PATH"
            }
        }
    }
}

/// The first line of a process.
#[derive(Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
enum First {
    Hello { version: String },
    Missing { why: String },
}

impl Children {
    /// Processes that get these variables of the environment besides, as `NODE_PATH`.
    #[must_use]
    pub fn with(variables: Vec<(&'static str, OsString)>) -> Self {
        Self(Arc::new(Both {
            variables,
            ..Both::default()
        }))
    }

    /// The version of a client, as `socket.io-client 4.8.4`. Those that are no processes have none.
    ///
    /// # Errors
    /// When the client is not installed.
    pub async fn version(&self, client: Client) -> Result<Option<String>, Missing> {
        match client {
            Client::Own | Client::RustSocketio => Ok(None),
            Client::JavaScript | Client::Python => {
                let running = self.running(client).await?;
                Ok(Some(running.version.clone()))
            }
        }
    }

    /// A new connection of this client.
    ///
    /// # Errors
    /// When the client is not installed.
    pub(crate) async fn strand(&self, client: Client) -> Result<Strand, Missing> {
        Ok(self.running(client).await?.process.strand())
    }

    async fn running(&self, client: Client) -> Result<&Running, Missing> {
        let cell = match client {
            Client::Python => &self.0.python,
            _ => &self.0.javascript,
        };
        let running = cell.get_or_init(|| start(client, &self.0.variables)).await;
        running.as_ref().map_err(Clone::clone)
    }
}

async fn start(client: Client, variables: &[(&'static str, OsString)]) -> Result<Running, Missing> {
    let (program, mut command) = command(client);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let missing = |why: String| Missing { client, why };
    let started = Process::start(command).await;
    let (process, first) = started.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => missing(format!("there is no `{program}`")),
        _ => missing(format!("`{program}`: {error}")),
    })?;
    let first = first.split_once(' ').map_or("", |(_, first)| first);
    match serde_json::from_str(first) {
        Ok(First::Hello { version }) => Ok(Running { process, version }),
        Ok(First::Missing { why }) => Err(missing(why)),
        Err(error) => Err(missing(format!("`{program}` speaks otherwise: {error}"))),
    }
}

/// The program, and how it is run: with our driver as its text, so that nothing is written to the disk.
fn command(client: Client) -> (&'static str, Command) {
    let (program, option, driver) = match client {
        Client::Python => ("python3", "-c", include_str!("children/driver.py")),
        _ => ("node", "-e", include_str!("children/driver.js")),
    };
    let mut command = Command::new(program);
    command.args([option, driver]);
    (program, command)
}
