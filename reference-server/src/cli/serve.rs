//! `reference-server serve` and `check`: from the settings to a server that reacts to the operator's signals.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diagnostics::{Diagnostic, Place};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use super::failure::Failure;
use super::given::{read, source};
use super::print::print;
use crate::ground::fault::Fault;
use crate::ground::timing::Timing;
use crate::http::listen::{ListenError, Listening};
use crate::operation::logging::{self, Logs};
use crate::operation::supervisor;
use crate::server::{self, Running};
use crate::settings::Settings;

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                error,
                Place::named("this machine"),
                "free some memory and try again",
                4,
            )
        })
}

/// Does everything but serve. Opens the listener and closes it again.
pub(super) fn check(env_file: Option<&Path>) -> Result<(), Failure> {
    let (settings, bind_is_set) = read(env_file)?;
    logging::check(&settings)?;
    server::check(&settings)?;
    let opened = runtime()?.block_on(async {
        let listening = Listening::open(&settings.bind, bind_is_set).await?;
        listening.close(&settings.bind);
        Ok(())
    });
    let note = match opened {
        // The server with these settings may be running.
        Err(error) if error.is_taken() => Some(format!("note: {error}")),
        Err(ListenError::NotOne(0)) => {
            Some("note: systemd passes the socket when it starts the server".to_owned())
        }
        other => other.map(|()| None)?,
    };
    let users = &settings.users_file;
    let nobody = (!users.exists()).then(|| {
        let file = users.display();
        format!("note: the users file `{file}` does not exist, so nobody can log in; add users with `reference-server user add`")
    });
    let holds = match note {
        Some(_) => "holds: the server can start once it can listen there",
        None => "holds: the server can start",
    };
    let open = env_file.filter(|file| everybody_reads(file)).map(|file| {
        let file = file.display();
        format!("note: everybody on this machine can read `{file}` and the key in it; run: chmod 600 {file}")
    });
    let notes = note.into_iter().chain(nobody).chain(open);
    print(notes.chain([holds.to_owned()]))
}

fn everybody_reads(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
}

pub(super) fn serve(
    env_file: Option<&Path>,
    fault: Option<Fault>,
    watch_stdin: bool,
) -> Result<(), Failure> {
    let (settings, bind_is_set) = read(env_file)?;
    let logs = logging::start(&settings)?;
    if let Some(fault) = fault {
        tracing::warn!(?fault, "THIS SERVER LEAKS ON PURPOSE");
    } else if cfg!(feature = "faults") {
        tracing::warn!("this build can leak on purpose and must not be deployed");
    }
    let stdin_end = if watch_stdin { stdin_closed() } else { None };
    let service = Service {
        env_file: env_file.map(Path::to_owned),
        logs,
    };
    let runtime = runtime()?;
    let ended = runtime.block_on(service.run(settings, bind_is_set, fault, stdin_end));
    // A file that does not answer must not keep the process alive.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}

/// A channel that reports that standard input was closed. The read has its own thread, because a read that never ends
/// would keep the runtime from stopping.
fn stdin_closed() -> Option<oneshot::Receiver<()>> {
    let (closed, stdin_end) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = closed.send(());
    });
    Some(stdin_end)
}

/// What a reload needs.
struct Service {
    env_file: Option<PathBuf>,
    logs: Logs,
}

impl Service {
    async fn run(
        self,
        settings: Settings,
        bind_is_set: bool,
        fault: Option<Fault>,
        stdin_end: Option<oneshot::Receiver<()>>,
    ) -> Result<(), Failure> {
        let (mut term, mut hangup) = (
            handler(SignalKind::terminate())?,
            handler(SignalKind::hangup())?,
        );
        let listening = Listening::open(&settings.bind, bind_is_set).await?;
        let files = self.logs.files();
        let running = server::start(settings, Timing::default(), listening, fault, files)?;
        running.check().await.map_err(|error| {
            Failure::new(
                format!("the server does not answer itself: {error}"),
                Place::named(running.address.url()),
                "see the log",
                4,
            )
        })?;
        supervisor::ready(&running.address);
        let mut out = io::stdout().lock();
        writeln!(out, "listening on {}", running.address.url())
            .and_then(|()| out.flush())
            .map_err(|error| {
                Failure::new(
                    error,
                    Place::named("standard output"),
                    "give the server a standard output that it can write",
                    4,
                )
            })?;
        drop(out);
        let stdin_end = async {
            match stdin_end {
                Some(stdin_end) => drop(stdin_end.await),
                None => std::future::pending().await,
            }
        };
        tokio::pin!(stdin_end);
        tokio::spawn(running.watch());
        loop {
            tokio::select! {
                _ = hangup.recv() => self.reload(&running),
                _ = term.recv() => break,
                _ = tokio::signal::ctrl_c() => break,
                () = &mut stdin_end => break,
            }
        }
        tracing::info!("stopping");
        supervisor::stopping();
        let address = Place::named(running.address.url());
        running
            .stop()
            .await
            .map_err(|error| Failure::new(error, address, "see the log", 4))
    }

    /// Reopens the logs, which may have been rotated, and reloads the settings. Wrong settings leave the old ones in
    /// effect.
    fn reload(&self, running: &Running) {
        supervisor::reloading();
        match self.logs.reopen() {
            Ok(()) => tracing::info!("reloaded: the logs are open again"),
            Err(error) => {
                tracing::error!(%error, "cannot reopen the logs; the old ones stay open");
            }
        }
        let renewed = source(self.env_file.as_deref()).and_then(|source| running.reload(source));
        match renewed {
            // The environment of a running process does not change.
            Ok(_) if self.env_file.is_none() => {
                tracing::info!("without --env-file there are no settings to read again");
            }
            Ok(settings) => {
                self.logs.filter(&settings);
                tracing::info!("reloaded: the new settings are in effect");
            }
            Err(error) => {
                let Diagnostic {
                    what, place, fix, ..
                } = error.diagnostic();
                tracing::error!(error = what, at = %place, fix, "the settings are wrong; the old ones are kept");
            }
        }
        supervisor::ready(&running.address);
    }
}

fn handler(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::new(error, Place::named("this machine"), "try again", 4))
}
