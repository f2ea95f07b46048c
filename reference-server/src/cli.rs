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
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use crate::fault::Fault;
use crate::log_files::LogFiles;
use crate::password::{self, Cost};
use crate::server::{self, Timing};
use crate::settings::{Settings, Source};
use crate::supervisor;
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
    /// List the leaks that `serve --fault` can open, in a build with the feature `faults`.
    Faults,
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
        Command::Faults => faults(),
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

/// One line each: the id and what it does.
fn faults() -> Result<(), Failure> {
    if !cfg!(feature = "faults") {
        return Err(Failure::new(
            "this build cannot open faults",
            "build it with --features faults",
            2,
        ));
    }
    let mut out = io::stdout().lock();
    for (_, id, sentence) in Fault::ALL {
        // A reader that has seen enough is no failure.
        let _ = writeln!(out, "{id:16}{sentence}");
    }
    Ok(())
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
    let log_files = start_logs(&settings)?;
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
    runtime.block_on(until_stopped(settings, fault, log_files, gone))
}

/// What happens goes to standard error; with LOG_DIR, warnings and errors also to `error.log`.
fn start_logs(settings: &Settings) -> Result<Option<LogFiles>, Failure> {
    let filter = EnvFilter::try_new(&settings.log_level).map_err(|error| {
        Failure::new(
            format!("`LOG_LEVEL` is no filter: {error}"),
            "give LOG_LEVEL a level, as info",
            2,
        )
    })?;
    let folder = settings.log_folder.as_deref();
    let log_files = folder.map(LogFiles::open).transpose().map_err(|error| {
        Failure::new(
            format!("cannot write logs: {error}"),
            "give the server a folder it may write, in LOG_DIR",
            4,
        )
    })?;
    let to_file = log_files.clone().map(|files| {
        let layer = fmt::layer().with_ansi(false).with_writer(files.error);
        layer.with_filter(LevelFilter::WARN)
    });
    let to_stderr = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    tracing_subscriber::registry()
        .with(to_stderr.with_filter(filter))
        .with(to_file)
        .init();
    Ok(log_files)
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
    log_files: Option<LogFiles>,
    gone: Option<oneshot::Receiver<()>>,
) -> Result<(), Failure> {
    let cannot = |error: io::Error, fix: &str| Failure::new(error, fix, 4);
    let handler = |kind| signal(kind).map_err(|error| cannot(error, "try again"));
    let (mut term, mut hangup) = (
        handler(SignalKind::terminate())?,
        handler(SignalKind::hangup())?,
    );
    let bind = settings.bind;
    let listener = TcpListener::bind(bind).await.map_err(|error| {
        Failure::new(
            format!("cannot listen on {bind}: {error}"),
            "choose a free address in BIND, or stop what is there",
            4,
        )
    })?;
    let running = server::start(
        settings,
        Timing::default(),
        listener,
        fault,
        log_files.clone(),
    )
    .map_err(|error| Failure::new(&error, error.fix(), 4))?;
    supervisor::check(running.address).await.map_err(|error| {
        Failure::new(
            format!("the server does not answer itself: {error}"),
            "see the log",
            4,
        )
    })?;
    supervisor::ready(running.address);
    let mut out = io::stdout().lock();
    writeln!(out, "listening on http://{}", running.address)
        .and_then(|()| out.flush())
        .map_err(|error| cannot(error, "give the server a standard output"))?;
    drop(out);
    let gone = async {
        match gone {
            Some(gone) => drop(gone.await),
            None => std::future::pending().await,
        }
    };
    tokio::pin!(gone);
    loop {
        tokio::select! {
            _ = hangup.recv() => reload(log_files.as_ref(), running.address),
            _ = term.recv() => break,
            _ = tokio::signal::ctrl_c() => break,
            () = &mut gone => break,
        }
    }
    tracing::info!("stopping");
    supervisor::stopping();
    running
        .stop()
        .await
        .map_err(|error| cannot(error, "see the log"))
}

/// The logs are opened again, because they were rotated.
fn reload(log_files: Option<&LogFiles>, address: std::net::SocketAddr) {
    supervisor::reloading();
    match log_files.map_or(Ok(()), LogFiles::reopen) {
        Ok(()) => tracing::info!("reloaded: the logs are open again"),
        Err(error) => tracing::error!(%error, "cannot open the logs again; the old ones are kept"),
    }
    supervisor::ready(address);
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
