//! A folder that looks like the project to the commands of one page: its programs are there, its scenarios, and its
//! Makefile, whose recipes are run without building and setting up.
//!
//! Out: what a command printed, on both of its outputs, and how it ended. A server that a page starts listens where
//! nobody else does, and ends with the page.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::project::root;
use crate::bench::{Bench, wait_until};

/// How long a command may take.
#[derive(Clone, Copy, Debug)]
pub(super) enum Patience {
    Usual,
    /// For what takes half a minute on a machine that has nothing else to do.
    Long,
}

impl Patience {
    const fn seconds(self) -> &'static str {
        match self {
            Self::Usual => "60",
            Self::Long => "180",
        }
    }
}

/// Where the pages say that a server listens.
const ADDRESS: &str = "127.0.0.1:5000";
/// The same for a server that takes a port alone.
const PORT: &str = "PORT=5000";

/// `make` as a reader types it: the last command of the recipe, for which everything is built. The recipe's settings
/// reach it through the environment, as in the Makefile. With `KNOWS` the command is asked for its help alone.
const MAKE: &str = r#"#!/usr/bin/env bash
set -euo pipefail
make=/usr/bin/make
case ${1:-} in run | user)
    "$make" --no-print-directory --quiet target/dev/env >/dev/null
    sed -i "s/^BIND=.*/BIND=$ADDRESS/" target/dev/env ;;
esac
last=$("$make" --no-print-directory -n "$@" | tail -n 1)
for word; do [[ $word != *=* ]] || export "${word?}"; done
if [[ -z ${KNOWS:-} ]]; then eval "$last ${MORE:-}"
elif [[ $last == *debug/airtight* ]]; then eval "$last --help" >/dev/null
fi
"#;

pub(super) struct Scene {
    bench: Bench,
    /// Where the page's server listens.
    address: String,
    server: Option<Child>,
}

impl Scene {
    /// For a page that listens to the clock.
    pub(super) fn alone() -> Self {
        Self::on(Bench::new())
    }

    pub(super) fn beside_others() -> Self {
        Self::on(Bench::beside_others())
    }

    fn on(bench: Bench) -> Self {
        let folder = bench.folder.path();
        let built = Path::new(env!("CARGO_BIN_EXE_airtight"));
        for place in ["bin", "target/debug", "scenarios"] {
            fs::create_dir_all(folder.join(place)).expect("a folder");
        }
        for program in ["airtight", "airtight-load", "reference-server", "helpdesk"] {
            for place in ["bin", "target/debug"] {
                link(
                    &built.with_file_name(program),
                    &folder.join(place).join(program),
                );
            }
        }
        // What a run writes there stays here.
        for entry in fs::read_dir(root().join("scenarios")).expect("the scenarios") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name");
            link(&path, &folder.join("scenarios").join(name));
        }
        for name in ["Makefile", "deploy", "ci", "examples"] {
            link(&root().join(name), &folder.join(name));
        }
        let make = folder.join("bin/make");
        fs::write(&make, MAKE).expect("written");
        fs::set_permissions(&make, fs::Permissions::from_mode(0o755)).expect("a program");
        // Free a moment ago; nobody else is given it so soon.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        Self {
            bench,
            address,
            server: None,
        }
    }

    fn folder(&self) -> PathBuf {
        self.bench.folder.path().to_owned()
    }

    /// The setting of the port, where this page's server listens.
    fn port(&self) -> String {
        let port = self.address.rsplit(':').next().unwrap_or_default();
        format!("PORT={port}")
    }

    /// A file that a page names, for its commands.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), String> {
        if name.contains("..") || name.starts_with('/') {
            return Err(format!("`{name}` is not a file of the page's own"));
        }
        let text = text.replace(ADDRESS, &self.address);
        fs::write(self.folder().join(name), text).map_err(|error| format!("{name}: {error}"))
    }

    /// A command by bash, with both of its outputs in one.
    fn bash(&self, command: &str, patience: Patience) -> Command {
        let folder = self.folder();
        let command = command.replace(ADDRESS, &self.address);
        let command = command.replace(PORT, &self.port());
        let mut path = folder.join("bin").into_os_string();
        path.push(":/usr/bin:/bin:/usr/local/bin");
        let mut bash = Command::new("timeout");
        bash.args(["--kill-after=5", patience.seconds(), "bash", "-c"])
            .arg(format!("exec 2>&1\n{command}"))
            .current_dir(&folder)
            .env("PATH", path)
            .env("TMPDIR", &folder)
            .env("ADDRESS", &self.address)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        // What an outer `make test` hands on.
        for name in [
            "MAKEFLAGS",
            "MFLAGS",
            "MAKELEVEL",
            "ARGS",
            "FAULT",
            "NAME",
            "URL",
            "CARGO_TARGET_DIR",
        ] {
            bash.env_remove(name);
        }
        bash
    }

    /// What a command printed, and its exit code.
    pub(super) fn run(
        &self,
        command: &str,
        stdin: Option<&str>,
        patience: Patience,
    ) -> Result<(String, String), String> {
        let mut bash = self.bash(command, patience);
        if let Some(words) = stdin {
            let file = self.folder().join("standard-input");
            fs::write(&file, format!("{words}\n")).map_err(|error| error.to_string())?;
            bash.stdin(File::open(file).map_err(|error| error.to_string())?);
        }
        let output = bash.output().map_err(|error| error.to_string())?;
        let code = output.status.code();
        if code == Some(124) {
            return Err({
                let seconds = patience.seconds();
                format!("`{command}` took more than {seconds} s")
            });
        }
        let code = code.map_or("a signal".to_owned(), |code| code.to_string());
        Ok((String::from_utf8_lossy(&output.stdout).into_owned(), code))
    }

    /// Whether a command is there, with its flags; it is not run.
    pub(super) fn knows(&self, command: &str) -> Result<(), String> {
        let asked = match command.split_whitespace().next() {
            Some("make") => command.to_owned(),
            Some("airtight" | "reference-server") => format!("{command} --help"),
            _ => return Err(format!("`{command}` cannot be asked whether it is there")),
        };
        let mut bash = self.bash(&asked, Patience::Usual);
        let output = bash.env("KNOWS", "1").output();
        let output = output.map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        let printed = String::from_utf8_lossy(&output.stdout);
        Err(format!("`{command}` is not there: {printed}"))
    }

    /// Starts a server, and gives what it printed until it listened.
    pub(super) fn serve(&mut self, command: &str) -> Result<String, String> {
        let said = self.folder().join("server-output");
        let file = File::create(&said).map_err(|error| error.to_string())?;
        // With `env`, settings may stand before the program.
        let mut bash = self.bash(&format!("exec env {command}"), Patience::Long);
        // It ends when its standard input does, whatever becomes of this test; and no server is needed longer than this.
        bash.env("MORE", "--until-stdin-closes")
            .stdin(Stdio::piped())
            .stdout(file);
        self.server = Some(bash.spawn().map_err(|error| error.to_string())?);
        let printed = || fs::read_to_string(&said).unwrap_or_default();
        wait_until("the server listens", || printed().contains("listening on"));
        Ok(printed())
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let stdin = server.stdin.take();
            // Nothing to write: to close it is what ends the server.
            drop(stdin.map(|mut stdin| stdin.flush()));
            let _ = server.wait();
        }
    }
}

fn link(to: &Path, from: &Path) {
    symlink(fs::canonicalize(to).unwrap_or_else(|_| to.to_owned()), from).expect("a link");
}

#[test]
fn a_recipe_is_run_without_building() {
    let scene = Scene::beside_others();
    let (printed, code) = scene
        .run("make verify ARGS=--help", None, Patience::Usual)
        .expect("it runs");
    assert_eq!(code, "0", "{printed}");
    assert!(printed.contains("Usage: airtight verify"), "{printed}");
    assert!(scene.knows("make verify").is_ok());
    assert!(scene.knows("make nothing").is_err());
    assert!(scene.knows("airtight verify --nowhere").is_err());
    assert!(scene.knows("rm x").is_err());
}
