//! Starting and stopping: listener, timing and shutdown come from the caller.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::middleware;
use axum::serve::{ListenerExt, TapIo};
use socket2::SockRef;
use socketioxide::SocketIo;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::catch_panic::CatchPanicLayer;

use crate::access_log;
use crate::action::Actions;
use crate::cookies::Cookies;
use crate::fault::{Fault, Open};
use crate::guard::{self, Transports};
use crate::journal::Journals;
use crate::log_files::LogFiles;
use crate::password::{self, Cost};
use crate::proxy;
use crate::rooms::Rooms;
use crate::routes::{self, App};
use crate::scheduler::Scheduler;
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::sockets;
use crate::supervisor;
use crate::users::{self, FoldedName, UsersError};

/// The cadence of the contract; tests shorten it.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// A busy user's messages are gathered for so long.
    pub tick: Duration,
    /// The list of running actions goes at most so often.
    pub threads: Duration,
    /// Log lines go at most so often.
    pub logs: Duration,
    /// Events are kept for so long after a session's last socket is lost.
    pub keep_for: Duration,
    /// Expired sessions are ended so often.
    pub sweep: Duration,
    /// A peer that acknowledges nothing for so long is gone.
    pub peer: Duration,
    /// A shutdown may take so long.
    pub shutdown: Duration,
    /// Time between two pings, and for the pong after one.
    pub ping: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            tick: Duration::from_millis(100),
            threads: Duration::from_millis(500),
            logs: Duration::from_secs(2),
            keep_for: Duration::from_mins(2),
            sweep: Duration::from_secs(1),
            peer: Duration::from_secs(20),
            shutdown: Duration::from_secs(30),
            ping: Duration::from_secs(20),
        }
    }
}

/// Why the server does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The session folder cannot be used.
    #[error("cannot use the session folder: {0}")]
    Sessions(#[source] io::Error),
    /// The users file cannot be read, or no password can be hashed.
    #[error(transparent)]
    Users(#[from] UsersError),
    /// The listener is of no use.
    #[error("cannot listen: {0}")]
    Listen(#[source] io::Error),
}

impl StartError {
    /// One imperative sentence.
    #[must_use]
    pub fn fix(&self) -> &'static str {
        match self {
            Self::Sessions(_) => "give the server a folder it may write, in SESSION_FILE_DIR",
            Self::Users(error) => error.fix(),
            Self::Listen(_) => "choose another address in BIND",
        }
    }
}

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Ends it gracefully: answers in flight are given, sockets are closed, child processes are ended.
    ///
    /// # Errors
    /// What ended the listener instead.
    pub async fn stop(self) -> io::Result<()> {
        self.stop.cancel();
        self.serving.await.map_err(io::Error::other)?
    }
}

/// Starts a server on `listener`; a line of each request goes to `log_files`.
///
/// # Errors
/// When its folder, its users or the listener cannot be used.
pub fn start(
    settings: Settings,
    timing: Timing,
    listener: TcpListener,
    fault: Option<Fault>,
    log_files: Option<LogFiles>,
) -> Result<Running, StartError> {
    let fault = Open::new(fault);
    users::read(&settings.users_file)?;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let address = listener.local_addr().map_err(StartError::Listen)?;
    let sessions = Sessions::open(
        &settings.session_folder,
        settings.session_threshold,
        settings.session_lifetime,
        fault.clone(),
    );
    let journals = Journals::new(&settings.session_folder);
    let rooms = Arc::new(Rooms::new(timing.keep_for, journals, fault.clone()));
    let lines = Lines::default();
    let scheduler = Scheduler::new(
        Arc::clone(&rooms),
        timing,
        lines.tasks.clone(),
        lines.stop.clone(),
        fault.clone(),
    );
    let nobody = FoldedName::fold("nobody")?;
    let sessions = Arc::new(sessions.map_err(StartError::Sessions)?);
    rooms
        .restore(&sessions.logins())
        .map_err(StartError::Sessions)?;
    let app = Arc::new(App {
        sessions,
        cookies: Cookies::new(&settings, fault.clone()),
        actions: Actions::new(
            Arc::new(scheduler),
            tasks.clone(),
            stop.child_token(),
            fault.clone(),
        ),
        rooms,
        transports: Transports::default(),
        hashing: Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)),
        stand_in: password::hash(
            &nobody,
            &format!("{:x}", rand::random::<u128>()),
            Cost::Standard,
        )?,
        timing,
        log_files,
        settings,
        fault,
    });

    let (layer, io) = SocketIo::builder()
        .ping_interval(timing.ping)
        .ping_timeout(timing.ping)
        // A client that never asks for a namespace, or was refused it, is gone after this.
        .connect_timeout(Duration::from_secs(5))
        .max_buffer_size(2048)
        .max_payload(1 << 20)
        .ws_max_message_size(1 << 20)
        .ws_max_frame_size(1 << 20)
        .ws_read_buffer_size(4096)
        .build_layer();
    sockets::register(&io, &app);
    tasks.spawn(sweep(Arc::clone(&app), stop.clone()));

    let router = routes::router(Arc::clone(&app))
        .layer(layer)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            guard::check,
        ))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            access_log::write,
        ))
        .layer(middleware::from_fn_with_state(app, proxy::trust));
    tasks.spawn(supervisor::watch(address, stop.clone()));
    let peer = timing.peer;
    let listener = listener.tap_io(move |stream| prepare(stream, peer));
    let serving = tokio::spawn(serve(
        listener,
        router,
        io,
        tasks,
        lines,
        stop.clone(),
        timing.shutdown,
    ));
    Ok(Running {
        address,
        stop,
        serving,
    })
}

/// The users' lines at the scheduler. They outlast what speaks into them.
#[derive(Default)]
struct Lines {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Lines {
    async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn serve(
    listener: TapIo<TcpListener, impl FnMut(&mut TcpStream) + Send + 'static>,
    router: axum::Router,
    io: SocketIo,
    tasks: TaskTracker,
    lines: Lines,
    stop: CancellationToken,
    patience: Duration,
) -> io::Result<()> {
    let stopped = stop.clone();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service)
        .with_graceful_shutdown(async move { stopped.cancelled().await });
    let serving = tokio::spawn(async move { serving.await });
    stop.cancelled().await;
    tasks.close();
    let ended = tokio::time::timeout(patience, async {
        // Actions first, then what they said last: nothing may emit once the sockets are closed.
        tasks.wait().await;
        lines.end().await;
        // It hangs on a peer that reads nothing.
        let _ = tokio::time::timeout(Duration::from_secs(2), io.close()).await;
        serving.await.map_err(io::Error::other)?
    });
    ended.await.unwrap_or_else(|_| {
        tracing::warn!("some clients did not go in time");
        Ok(())
    })
}

/// Small events go at once, and a peer that has stopped reading is not kept for ever.
fn prepare(stream: &mut TcpStream, peer: Duration) {
    let socket = SockRef::from(&*stream);
    let set = socket
        .set_tcp_nodelay(true)
        .and_then(|()| socket.set_tcp_user_timeout(Some(peer)));
    if let Err(error) = set {
        tracing::debug!(%error, "a connection was gone before it was served");
    }
}

/// Ends expired sessions, with their sockets.
async fn sweep(app: Arc<App>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(app.timing.sweep) => {}
        }
        for key in app.sessions.end_expired().await {
            app.rooms.close(&key);
        }
        let rooms = Arc::clone(&app.rooms);
        // It ends with the process at the latest.
        let _ = tokio::task::spawn_blocking(move || rooms.forget_deserted()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_is_prepared_against_a_peer_that_stops_reading() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (_client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (mut stream, _) = accepted.expect("a connection");
        prepare(&mut stream, Duration::from_secs(3));
        let socket = SockRef::from(&stream);
        assert_eq!(
            socket.tcp_user_timeout().expect("an option"),
            Some(Duration::from_secs(3))
        );
        assert!(socket.tcp_nodelay().expect("an option"));
    }
}
