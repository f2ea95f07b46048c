//! The command line, and the only place that prints.
//!
//! Exit codes: 0 done, 2 bad flags or input, 4 could not run.

mod failure;

mod given;

mod print;

mod config;
mod serve;
mod sessions;

mod users;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use diagnostics::Place;

use crate::ground::fault::Fault;
use crate::operation::logging::under_systemd;
use failure::Failure;
use print::print;

/// A multi-user Socket.IO server that keeps its users apart.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server until TERM or Ctrl-C. HUP reloads the settings and reopens the logs.
    Serve {
        /// A file of settings, one NAME=value a line. They override the environment.
        #[arg(long, value_name = "FILE")]
        env_file: Option<PathBuf>,
        /// Open one known leak. Needs a build with the feature `faults`.
        #[arg(long, value_name = "ID")]
        fault: Option<Fault>,
        /// Also stop when standard input closes, as it does when the process that started the server ends.
        #[arg(long)]
        until_stdin_closes: bool,
    },
    /// Check whether `serve` could start: its settings, folders, users, logs and address. Changes nothing.
    Check {
        /// A file of settings, one NAME=value a line. They override the environment.
        #[arg(long, value_name = "FILE")]
        env_file: Option<PathBuf>,
    },
    /// Print every setting: its name, meaning, default and an example.
    Config {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Manage the users file (USERS_FILE).
    User {
        /// The server's settings file, which names the users file. Default: the environment names it.
        #[arg(long, value_name = "FILE", global = true)]
        env_file: Option<PathBuf>,
        /// The users file itself, instead of the one in the settings.
        #[arg(long, value_name = "FILE", global = true, conflicts_with = "env_file")]
        users_file: Option<PathBuf>,
        #[command(subcommand)]
        command: users::UserCommand,
    },
    /// List and end sessions, whether or not a server is running.
    Session {
        /// The server's settings file, which names the session folder. Default: the environment names it.
        #[arg(long, value_name = "FILE", global = true)]
        env_file: Option<PathBuf>,
        /// The session folder itself, instead of the one in the settings.
        #[arg(
            long,
            value_name = "FOLDER",
            global = true,
            conflicts_with = "env_file"
        )]
        session_dir: Option<PathBuf>,
        #[command(subcommand)]
        command: sessions::SessionCommand,
    },
    /// List the leaks that `serve --fault` can open. Needs a build with the feature `faults`.
    Faults,
}

/// Parses the arguments, runs the command and returns the exit code.
#[must_use]
pub fn run() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Serve {
            env_file,
            fault,
            until_stdin_closes,
        } => serve::serve(env_file.as_deref(), fault, until_stdin_closes),
        Command::Check { env_file } => serve::check(env_file.as_deref()),
        Command::Config { json } => config::run(json),
        Command::User {
            env_file,
            users_file,
            command,
        } => users::run(users_file, env_file.as_deref(), command),
        Command::Session {
            env_file,
            session_dir,
            command,
        } => sessions::run(session_dir, env_file.as_deref(), command),
        Command::Faults => faults(),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let text = if under_systemd() {
                failure.in_one_line()
            } else {
                failure.styled()
            };
            // It removes the styles unless this is a terminal. If standard error is closed, there is nowhere to
            // report this.
            let _ = writeln!(anstream::stderr(), "{text}");
            ExitCode::from(failure.code)
        }
    }
}

/// Prints one line per fault: the id and what it does.
fn faults() -> Result<(), Failure> {
    if !cfg!(feature = "faults") {
        return Err(Failure::new(
            "this build cannot open faults",
            Place::named("reference-server"),
            "build it with --features faults",
            2,
        ));
    }
    let lines = Fault::ALL.iter();
    print(lines.map(|(_, id, sentence)| format!("{id:19}{sentence}")))
}
