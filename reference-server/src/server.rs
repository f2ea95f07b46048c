//! Starting and stopping: listener, timing and shutdown come from the caller.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::{Router, middleware};
use socketioxide::SocketIo;
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::catch_panic::CatchPanicLayer;

use crate::actions::registry::Actions;
use crate::delivery::journal::Journals;
use crate::delivery::rooms::Rooms;
use crate::delivery::scheduler::Scheduler;
use crate::ground::clock::Clock;
use crate::ground::fault::{Fault, Open};
use crate::ground::metrics::Metrics;
use crate::ground::settings::{Settings, SettingsError, Source};
use crate::http::access_log;
use crate::http::app::{App, Live};
use crate::http::connection::{self, Patience};
use crate::http::limits;
use crate::http::listen::{Address, Listening};
use crate::http::protection;
use crate::http::proxy;
use crate::http::routes;
use crate::http::routes::uploads::Turns;
use crate::identity::attempts::{self, Attempts};
use crate::identity::password::{self, Cost};
use crate::identity::sessions::Sessions;
use crate::identity::store;
use crate::identity::users::{self, FoldedName, UsersError};
use crate::operation::log_files::LogFiles;
use crate::operation::readiness::Readiness;
use crate::operation::supervisor;
use crate::sockets::events;
use crate::sockets::guard;
use crate::transport::places::Places;
use crate::transport::transports::Transports;

/// The cadence of the contract, and the clock; tests shorten the one and move the other.
#[derive(Clone, Debug)]
pub struct Timing {
    /// What sessions and locks go by.
    pub clock: Clock,
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
    /// Time between two pings, and for the pong after one.
    pub ping: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            clock: Clock::default(),
            tick: Duration::from_millis(100),
            threads: Duration::from_millis(500),
            logs: Duration::from_secs(2),
            keep_for: Duration::from_mins(2),
            sweep: Duration::from_secs(1),
            peer: Duration::from_secs(20),
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
    /// The folder of the uploads cannot be used.
    #[error("cannot use the upload folder: {0}")]
    Uploads(#[source] io::Error),
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
            Self::Uploads(_) => "give the server a folder it may write, in UPLOAD_DIR",
            Self::Users(error) => error.fix(),
            Self::Listen(_) => "choose another address in BIND",
        }
    }
}

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub address: Address,
    app: Arc<App>,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Running {
    /// Ends it gracefully: answers in flight are given, sockets are closed, child processes are ended.
    ///
    /// # Errors
    /// What ended the listener instead.
    pub async fn stop(self) -> io::Result<()> {
        self.stop.cancel();
        self.serving.await.map_err(io::Error::other)
    }

    /// Lets new settings count, as far as they can without a restart; the log tells which cannot. Gives
    /// those that count now.
    ///
    /// # Errors
    /// Settings that are wrong, or that contradict those that take a restart: the old ones are kept.
    pub fn reload(&self, source: Source) -> Result<Settings, SettingsError> {
        self.app.reload(source)
    }

    /// Gives the service manager signs of life until the stop.
    pub fn watch(&self) -> impl Future<Output = ()> + Send + use<> {
        let scheduler = Arc::clone(&self.app.scheduler);
        let (address, stop) = (self.address.clone(), self.stop.clone());
        let app = Arc::clone(&self.app);
        // A reload may give it another name.
        let host = move || app.host();
        async move { supervisor::watch(&address, host, || scheduler.since_beat(), &stop).await }
    }

    /// Sees that the server answers its own health check.
    ///
    /// # Errors
    /// What it answered instead.
    pub async fn check(&self) -> io::Result<()> {
        supervisor::check(&self.address, &self.app.host()).await
    }
}

/// Starts a server on `listener`; a line of each request goes to `log_files`.
///
/// # Errors
/// When its folder, its users or the listener cannot be used.
pub fn start(
    settings: Settings,
    timing: Timing,
    listener: impl Into<Listening>,
    fault: Option<Fault>,
    log_files: Option<LogFiles>,
) -> Result<Running, StartError> {
    let listening: Listening = listener.into();
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let address = listening.address().map_err(StartError::Listen)?;
    let app = build(settings, timing, fault, log_files, &tasks, &stop)?;
    let (io, router) = layers(&app);
    tasks.spawn(sweep(Arc::clone(&app), stop.clone()));
    // Not among those that a stop waits for: a disk that does not answer keeps nobody.
    tokio::spawn(sweep_files(Arc::clone(&app), stop.clone()));
    app.scheduler.start();
    let serving = tokio::spawn(serve(listening, router, io, tasks, Arc::clone(&app)));
    Ok(Running {
        address,
        app,
        stop,
        serving,
    })
}

/// Looks whether a start could open what the settings name. Nothing is opened or made: a server may be
/// running there.
///
/// # Errors
/// What a start would end with.
pub fn check(settings: &Settings) -> Result<(), StartError> {
    users::read(&settings.users_file)?;
    store::could_open(&settings.session_folder).map_err(StartError::Sessions)?;
    store::could_write(&settings.upload_folder).map_err(StartError::Uploads)
}

/// Opens what the settings name, and puts the parts together.
fn build(
    settings: Settings,
    timing: Timing,
    fault: Option<Fault>,
    log_files: Option<LogFiles>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Result<Arc<App>, StartError> {
    let fault = Open::new(fault);
    users::read(&settings.users_file)?;
    if !settings.users_file.exists() {
        tracing::warn!(file = %settings.users_file.display(), "there is no users file: nobody can log in");
    }
    let sessions = Sessions::open(
        &settings.session_folder,
        settings.session_threshold,
        settings.session_lifetime,
        timing.clock.clone(),
        fault.clone(),
    );
    let metrics = Arc::new(Metrics::new());
    let rooms = Arc::new(Rooms::new(
        timing.keep_for,
        Journals::new(&settings.session_folder),
        fault.clone(),
        metrics.emit_errors.clone(),
    ));
    let scheduler = Arc::new(Scheduler::new(
        Arc::clone(&rooms),
        timing.clone(),
        fault.clone(),
        Arc::clone(&metrics),
    ));
    let limits = attempts::Limits {
        by_name: settings.login_failures,
        by_address: settings.login_failures_address,
        lock: settings.login_lock,
    };
    let nobody = FoldedName::fold("nobody")?;
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let sessions = Arc::new(sessions.map_err(StartError::Sessions)?);
    store::could_write(&settings.upload_folder).map_err(StartError::Uploads)?;
    if let Err(error) = routes::uploads::clean(&settings.upload_folder) {
        tracing::warn!(%error, "cannot remove what a killed server was receiving");
    }
    rooms
        .restore(&sessions.logins())
        .map_err(StartError::Sessions)?;
    Ok(Arc::new(App {
        sessions,
        attempts: Attempts::new(limits, timing.clock.clone()),
        actions: Actions::new(
            Arc::clone(&scheduler),
            tasks.clone(),
            stop.child_token(),
            Arc::clone(&metrics),
            fault.clone(),
        ),
        rooms,
        scheduler,
        transports: Transports::default(),
        places: Places::new(settings.worker_connections),
        uploads: Turns::default(),
        hashing: Arc::new(Semaphore::new(threads)),
        stand_in: password::hash(
            &nobody,
            &format!("{:x}", rand::random::<u128>()),
            Cost::Standard,
        )?,
        metrics,
        readiness: Readiness::default(),
        stop: stop.clone(),
        timing,
        log_files,
        live: Live::new(settings, fault.clone()),
        fault,
    }))
}

/// The routes and the sockets, and what looks at each request before them: the last one here is the first.
fn layers(app: &Arc<App>) -> (SocketIo, Router) {
    let (layer, io) = SocketIo::builder()
        .ping_interval(app.timing.ping)
        .ping_timeout(app.timing.ping)
        // A client that never asks for a namespace, or was refused it, is gone after this.
        .connect_timeout(Duration::from_secs(5))
        .max_buffer_size(2048)
        .max_payload(1 << 20)
        .ws_max_message_size(1 << 20)
        .ws_max_frame_size(1 << 20)
        .ws_read_buffer_size(4096)
        .build_layer();
    events::register(&io, app);
    let timeout = app.live().settings.request_timeout;
    let state = || Arc::clone(app);
    let router = routes::router(state(), timeout)
        .layer(layer)
        .layer(middleware::from_fn_with_state(state(), guard::check))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(state(), limits::check))
        .layer(middleware::from_fn(protection::add))
        .layer(middleware::from_fn_with_state(state(), access_log::write))
        .layer(middleware::from_fn_with_state(state(), proxy::trust));
    (io, router)
}

/// Serves until the stop, and then for as long as the settings give to what is under way.
async fn serve(
    listening: Listening,
    router: Router,
    io: SocketIo,
    tasks: TaskTracker,
    app: Arc<App>,
) {
    let live = app.live();
    let settings = &live.settings;
    let patience = Patience {
        head: settings.keep_alive,
        reader: app.timing.peer,
    };
    let left = settings.graceful_timeout;
    // The listener goes with the future: from the stop on nobody new is let in.
    let running = connection::serve(listening, router, patience, app.stop.clone()).await;
    tasks.close();
    let ended = tokio::time::timeout(left, drain(running, io, tasks, &app.scheduler, left / 2));
    if ended.await.is_err() {
        tracing::warn!("some clients did not go in time");
    }
}

/// Actions end, clients hear that their transport closes, by which they know to come back, and answers in
/// flight are given. What actions say last has `saying` to be written: one user's disk that does not answer takes the
/// goodbye from nobody.
async fn drain(
    running: TaskTracker,
    io: SocketIo,
    tasks: TaskTracker,
    scheduler: &Scheduler,
    saying: Duration,
) {
    // Actions first, then what they said last.
    let said = async {
        tasks.wait().await;
        scheduler.end().await;
    };
    if tokio::time::timeout(saying, said).await.is_err() {
        tracing::warn!("what some actions said last was not written in time");
    }
    // It hangs on a peer that reads nothing.
    let _ = tokio::time::timeout(Duration::from_secs(2), io.close()).await;
    running.wait().await;
}

/// Ends sessions that have expired, with their sockets, and forgets who is gone. It waits for no file.
async fn sweep(app: Arc<App>, stop: CancellationToken) {
    while next_sweep(&app, &stop).await {
        for key in app.sessions.end_expired() {
            app.rooms.close(&key);
        }
        app.forget_gone();
        app.rooms.forget_deserted();
    }
}

/// Removes the files of sessions that have ended, and ends those that an operator has ended, with their sockets.
async fn sweep_files(app: Arc<App>, stop: CancellationToken) {
    while next_sweep(&app, &stop).await {
        for key in app.sessions.end_removed().await {
            app.rooms.close(&key);
        }
        app.sessions.remove_ended().await;
    }
}

/// Waits for the next one; false when there is none.
async fn next_sweep(app: &App, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = tokio::time::sleep(app.timing.sweep) => true,
    }
}
