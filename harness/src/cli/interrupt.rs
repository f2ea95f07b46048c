//! Runs a command until it has ended, or is interrupted.

use std::path::Path;
use std::sync::OnceLock;

use crate::failure::Failure;
use crate::system::server;

/// Runs `what` to its end, or to Ctrl-C; the servers that it started are ended when this returns.
pub(super) fn until_interrupted<T>(
    what: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    until_interrupted_leaving(what, &OnceLock::<&Path>::new())
}

/// The same of what names the history that it writes, once there is one.
pub(super) fn until_interrupted_leaving<T>(
    what: impl Future<Output = Result<T, Failure>>,
    history: &OnceLock<impl AsRef<Path>>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime
        .map_err(|error| Failure::world(error, "the harness", "free some memory and try again"))?;
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = what => ended,
            signal = interrupted() => Err(Failure::world(
                format!("interrupted by {signal}"),
                "the run",
                again(history.get().map(AsRef::as_ref)),
            )),
        }
    });
    // What it drops may hold servers.
    drop(runtime);
    server::wait_for_the_rest();
    ended
}

/// What to do after an interruption.
fn again(history: Option<&Path>) -> String {
    // What ended before it began to write has left no file.
    let file = history.filter(|file| file.is_file());
    let file = file.map_or_else(String::new, |file| format!(" {}", file.display()));
    format!("run it again; what was recorded can be judged with `airtight recheck{file}`")
}

async fn interrupted() -> &'static str {
    let term = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut term) => drop(term.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => "Ctrl-C",
        () = term => "TERM",
    }
}
