//! The command line, and the only place that prints.
//!
//! Exit codes: 0 done, 2 bad flags or input, 4 could not run.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

use crate::fault::Fault;
use crate::password::{self, Cost};
use crate::server::{self, Timing};
use crate::settings::{Settings, Source};
use crate::users::{self, FoldedName, User, UsersError};

/// A multi-user Socket.IO server that keeps its users apart.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until TERM or Ctrl-C.
    Serve {
        /// A file of NAME=value settings; they win over the environment.
        #[arg(long, value_name = "FILE")]
        env_file: Option<PathBuf>,
        /// Open one known leak, in a build with the feature `faults`.
        #[arg(long, value_name = "ID")]
        fault: Option<Fault>,
        /// Stop also when standard input is closed: whoever started the server is gone.
        #[arg(long)]
        until_stdin_closes: bool,
    },
    /// Manage the users file (USERS_FILE).
    User {
        /// The users file; USERS_FILE or `users` by default.
        #[arg(
            long,
            value_name = "FILE",
            env = "USERS_FILE",
            default_value = "users",
            global = true
        )]
        users_file: PathBuf,
        #[command(subcommand)]
        command: UserCommand,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// Add users; asks for each password, or reads one a line from standard input.
    Add {
        /// Their names.
        #[arg(required = true)]
        names: Vec<String>,
        /// How dear a guess of a password is.
        #[arg(long, value_enum, default_value = "standard")]
        cost: Cost,
    },
    /// List the names.
    List,
    /// Remove users.
    Remove {
        /// Their names.
        #[arg(required = true)]
        names: Vec<String>,
    },
}

/// What went wrong, with the fix, and the exit code that says so.
struct Failure(String, u8);

impl Failure {
    fn new(error: impl std::fmt::Display, fix: &str, code: u8) -> Self {
        Self(format!("error: {error}\n  fix: {fix}"), code)
    }
}

impl From<UsersError> for Failure {
    fn from(error: UsersError) -> Self {
        let code = if matches!(error, UsersError::File { .. } | UsersError::Hash(_)) {
            4
        } else {
            2
        };
        Self::new(&error, error.fix(), code)
    }
}

/// Parses the arguments, runs the command and says how it ended.
#[must_use]
pub fn run() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Serve {
            env_file,
            fault,
            until_stdin_closes,
        } => serve(env_file.as_deref(), fault, until_stdin_closes),
        Command::User {
            users_file,
            command,
        } => user(&users_file, command),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(text, code)) => {
            // Nothing is left to tell it to when standard error is closed.
            let _ = writeln!(io::stderr(), "{text}");
            ExitCode::from(code)
        }
    }
}

fn serve(env_file: Option<&Path>, fault: Option<Fault>, watch_stdin: bool) -> Result<(), Failure> {
    let read = || {
        let environment = Source::environment();
        Settings::read(&match env_file {
            Some(file) => environment.read_file(file)?,
            None => environment,
        })
    };
    let settings = read().map_err(|error| Failure(format!("error: {error}"), 2))?;
    let filter = EnvFilter::try_new(&settings.log_level).map_err(|error| {
        Failure::new(
            format!("`LOG_LEVEL` is no filter: {error}"),
            "give LOG_LEVEL a level, as info",
            2,
        )
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    if let Some(fault) = fault {
        tracing::warn!(?fault, "THIS SERVER LEAKS ON PURPOSE");
    } else if cfg!(feature = "faults") {
        tracing::warn!("this build can leak on purpose and must not be deployed");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime =
        runtime.map_err(|error| Failure::new(error, "free some memory and try again", 4))?;
    let gone = if watch_stdin { stdin_closed() } else { None };
    runtime.block_on(until_stopped(settings, fault, gone))
}

/// Answers when standard input is closed. A thread of its own: a read that never ends must not keep the
/// runtime from stopping.
fn stdin_closed() -> Option<oneshot::Receiver<()>> {
    let (closed, gone) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = closed.send(());
    });
    Some(gone)
}

async fn until_stopped(
    settings: Settings,
    fault: Option<Fault>,
    gone: Option<oneshot::Receiver<()>>,
) -> Result<(), Failure> {
    let cannot = |error: io::Error, fix: &str| Failure::new(error, fix, 4);
    let mut term = signal(SignalKind::terminate()).map_err(|error| cannot(error, "try again"))?;
    let bind = settings.bind;
    let listener = TcpListener::bind(bind).await.map_err(|error| {
        Failure::new(
            format!("cannot listen on {bind}: {error}"),
            "choose a free address in BIND, or stop what is there",
            4,
        )
    })?;
    let running = server::start(settings, Timing::default(), listener, fault).map_err(|error| {
        Failure::new(
            error,
            "give the server a folder it may write, in SESSION_FILE_DIR",
            4,
        )
    })?;
    let mut out = io::stdout().lock();
    writeln!(out, "listening on http://{}", running.address)
        .and_then(|()| out.flush())
        .map_err(|error| cannot(error, "give the server a standard output"))?;
    drop(out);
    tokio::select! {
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
        () = async { match gone { Some(gone) => drop(gone.await), None => std::future::pending().await } } => {}
    }
    tracing::info!("stopping");
    running
        .stop()
        .await
        .map_err(|error| cannot(error, "see the log"))
}

fn user(file: &Path, command: UserCommand) -> Result<(), Failure> {
    let mut all = users::read(file)?;
    match command {
        UserCommand::List => {
            let mut out = io::stdout().lock();
            let written = all
                .iter()
                .try_for_each(|user| writeln!(out, "{}", user.user.as_str()));
            match written {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    Err(Failure::new(error, "give it a standard output", 4))
                }
                _ => Ok(()),
            }
        }
        UserCommand::Add { names, cost } => {
            let mut new: Vec<FoldedName> = Vec::new();
            for name in &names {
                let folded = FoldedName::fold(name)?;
                if new.contains(&folded) || all.iter().any(|user| user.user == folded) {
                    return Err(UsersError::Taken(folded.as_str().to_owned()).into());
                }
                new.push(folded);
            }
            for name in new {
                let hash = password::hash(&name, &read_password(&name)?, cost)?;
                all.push(User { user: name, hash });
            }
            Ok(users::write(file, &all)?)
        }
        UserCommand::Remove { names } => {
            for name in &names {
                let folded = FoldedName::fold(name)?;
                let before = all.len();
                all.retain(|user| user.user != folded);
                if all.len() == before {
                    return Err(UsersError::Unknown(folded.as_str().to_owned()).into());
                }
            }
            Ok(users::write(file, &all)?)
        }
    }
}

/// Asks twice on a terminal; otherwise takes the next line of standard input.
fn read_password(name: &FoldedName) -> Result<String, Failure> {
    let cannot = |error: io::Error| {
        Failure::new(
            format!("cannot read a password: {error}"),
            "give one line a name on standard input",
            2,
        )
    };
    let name = name.as_str();
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line).map_err(cannot)? == 0 {
            return Err(Failure::new(
                format!("there is no password for `{name}`"),
                "give one line a name on standard input",
                2,
            ));
        }
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let first = rpassword::prompt_password(format!("password of {name}: ")).map_err(cannot)?;
    let second = rpassword::prompt_password("again: ").map_err(cannot)?;
    if first != second {
        return Err(Failure::new(
            "the two passwords differ",
            "type the same password twice",
            2,
        ));
    }
    Ok(first)
}
