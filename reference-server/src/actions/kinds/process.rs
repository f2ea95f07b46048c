//! A program of its own, whose lines are told.

use std::process::Stdio;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use utoipa::ToSchema;

use super::parameters::{Parameters, Wrong, three, within};
use super::work::Work;
use crate::actions::voice::Voice;
use crate::delivery::message::Body;

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Process {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
    #[serde(default = "three", alias = "lines")]
    #[schema(default = three, minimum = 1, maximum = 500)]
    count: u32,
    /// After its lines, it ignores TERM and keeps running.
    #[serde(default)]
    stubborn: bool,
}

impl Parameters for Process {
    fn text(&self) -> &str {
        &self.text
    }

    fn check(&self) -> Result<(), Wrong> {
        within("`count`", self.count.into(), 1, 500)
    }
}

/// A child process and its process group. Both are killed when this is dropped.
struct Group {
    child: Child,
    id: Option<rustix::process::Pid>,
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            // An error means that the group has ended by itself.
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }
}

/// The child's script. The owner's text reaches the shell as data, never as code.
const SCRIPT: &str = r#"
[ -z "$STUBBORN" ] || trap '' TERM
n=1
while [ "$n" -le "$LINES_TO_PRINT" ]; do printf '%s line %s\n' "$TITLE" "$n"; n=$((n + 1)); done
[ -z "$STUBBORN" ] || sleep 600
"#;

impl Group {
    fn start(parameters: &Process, voice: &Voice) -> std::io::Result<Self> {
        let child = Command::new("/bin/sh")
            .args(["-c", SCRIPT])
            .env_clear()
            .envs(voice.environment())
            .env("TITLE", voice.name())
            .env("LINES_TO_PRINT", parameters.count.to_string())
            .env("STUBBORN", if parameters.stubborn { "yes" } else { "" })
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .process_group(0)
            .spawn()?;
        let id = child
            .id()
            .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
        Ok(Self { child, id })
    }
}

impl Work for Process {
    const NAME: &'static str = "process";
    type Parameters = Self;

    async fn run(parameters: &Self, voice: &Voice) -> Result<String, String> {
        let failed = |error: std::io::Error| format!("cannot run a process: {error}");
        let mut group = Group::start(parameters, voice).map_err(failed)?;
        let mut count = 0;
        if let Some(out) = group.child.stdout.take() {
            let mut reader = BufReader::new(out).lines();
            while let Some(line) = reader.next_line().await.map_err(failed)? {
                count += 1;
                voice.progress(i64::from(count) * 100 / i64::from(parameters.count));
                voice
                    .say(Body::status("process", line, 103))
                    .map_err(|refused| refused.to_string())?;
            }
        }
        let ended = group.child.wait().await.map_err(failed)?;
        // The child was reaped, so its id may already belong to another process.
        group.id = None;
        if ended.success() {
            Ok(format!("printed {count} lines"))
        } else {
            Err(format!("ended with {ended}"))
        }
    }
}
