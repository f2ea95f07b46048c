//! A help desk that a test starts itself, as it would start any server of its own.

use std::error::Error;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Its users, with their passwords.
pub(crate) const USERS: [(&str, &str); 2] = [
    ("ann@example.org", "correct-horse-1"),
    ("ben@example.org", "correct-horse-2"),
];
/// A start takes some milliseconds; one that hangs fails here.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that ends with this.
pub(crate) struct Running {
    address: String,
    _child: Child,
    _data: TempDir,
}

impl Running {
    /// Starts it on a free port, and waits for the line that says which.
    pub(crate) async fn start(words: &[&str]) -> Result<Self, Box<dyn Error>> {
        let data = tempfile::tempdir()?;
        let mut adding = helpdesk(&data)
            .args(["users", "add", "--"])
            .args(USERS.map(|(name, _)| name))
            .spawn()?;
        let mut input = adding.stdin.take().ok_or("it has an input")?;
        let passwords = USERS.map(|(_, password)| password).join("\n");
        input.write_all(passwords.as_bytes()).await?;
        drop(input);
        if !timeout(PATIENCE, adding.wait()).await??.success() {
            return Err("the users were not added".into());
        }
        let mut child = helpdesk(&data).args(words).spawn()?;
        let output = child.stdout.take().ok_or("it has an output")?;
        let mut lines = BufReader::new(output).lines();
        let line = timeout(PATIENCE, lines.next_line()).await??;
        let address = { line.as_deref() }
            .and_then(|line| line.strip_prefix("listening on "))
            .ok_or("it says where it listens")?;
        Ok(Self {
            address: address.to_owned(),
            _child: child,
            _data: data,
        })
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

/// The program that cargo has built for the test.
fn helpdesk(data: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_helpdesk"));
    command
        .env("DATA", data.path())
        .env("PORT", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    command
}
