//! Starting and stopping: listener, timing and shutdown come from the caller.

use std::io;
use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::assembly::Assembly;
use super::error::StartError;
use super::serving::Serving;
use crate::delivery::scheduler::Scheduler;
use crate::ground::address::Address;
use crate::ground::disk;
use crate::ground::fault::Fault;
use crate::ground::settings::{Settings, SettingsError, Source};
use crate::ground::timing::Timing;
use crate::http::listen::Listening;
use crate::identity::live::Live;
use crate::identity::{store, users};
use crate::operation::log_files::LogFiles;
use crate::operation::supervisor;

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub address: Address,
    live: Live,
    scheduler: Arc<Scheduler>,
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
        self.live.reload(source)
    }

    /// Gives the service manager signs of life until the stop.
    pub fn watch(&self) -> impl Future<Output = ()> + Send + use<> {
        let scheduler = Arc::clone(&self.scheduler);
        let (address, stop) = (self.address.clone(), self.stop.clone());
        let live = self.live.clone();
        // A reload may give it another name.
        let host = move || live.host();
        async move { supervisor::watch(&address, host, || scheduler.since_beat(), &stop).await }
    }

    /// Sees that the server answers its own health check.
    ///
    /// # Errors
    /// What it answered instead.
    pub async fn check(&self) -> io::Result<()> {
        supervisor::check(&self.address, &self.live.host()).await
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
    let parts = Assembly::build(settings, timing, fault, log_files, &tasks, &stop)?;
    let (io, router) = parts.layers();
    let sweep = parts.timing.sweep;
    let session_end = &parts.app.session_end;
    tasks.spawn(session_end.clone().sweep(sweep, stop.clone()));
    // Not among those that a stop waits for: a disk that does not answer keeps nobody.
    tokio::spawn(session_end.clone().sweep_files(sweep, stop.clone()));
    parts.scheduler.start();
    let (live, scheduler) = (parts.live.clone(), Arc::clone(&parts.scheduler));
    let serving = Serving {
        listening,
        router,
        io,
        tasks,
        live: parts.live,
        scheduler: parts.scheduler,
        peer: parts.timing.peer,
        stop: stop.clone(),
    };
    Ok(Running {
        address,
        live,
        scheduler,
        stop,
        serving: tokio::spawn(serving.run()),
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
    disk::could_write(&settings.upload_folder).map_err(StartError::Uploads)
}
