//! Starting and stopping a server. The caller provides the listener and the timing, and decides when to stop.

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
use crate::ground::timing::Timing;
use crate::http::listen::Listening;
use crate::identity::live::Live;
use crate::identity::{store, users};
use crate::operation::log_files::LogFiles;
use crate::operation::supervisor;
use crate::settings::{Settings, SettingsError, Source};

/// A running server.
pub struct Running {
    /// Where it listens.
    pub address: Address,
    live: Live,
    scheduler: Arc<Scheduler>,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Running {
    /// Stops it gracefully: completes answers in progress, closes sockets and ends child processes.
    ///
    /// # Errors
    /// The serving task has failed.
    pub async fn stop(self) -> io::Result<()> {
        self.stop.cancel();
        self.serving.await.map_err(io::Error::other)
    }

    /// Puts new settings into effect, as far as that is possible without a restart. The log names the others. Returns
    /// the settings in effect.
    ///
    /// # Errors
    /// The settings are wrong, or contradict settings that need a restart. Then the old ones stay in effect.
    pub fn reload(&self, source: Source) -> Result<Settings, SettingsError> {
        self.live.reload(source)
    }

    /// Sends signs of life to the service manager until the stop.
    pub fn watch(&self) -> impl Future<Output = ()> + Send + use<> {
        let scheduler = Arc::clone(&self.scheduler);
        let (address, stop) = (self.address.clone(), self.stop.clone());
        let live = self.live.clone();
        // Read each time, because a reload may change the name.
        let host = move || live.host();
        async move { supervisor::watch(&address, host, || scheduler.since_beat(), &stop).await }
    }

    /// Checks that the server answers its own health check.
    ///
    /// # Errors
    /// It did not answer, or not with 200.
    pub async fn check(&self) -> io::Result<()> {
        supervisor::check(&self.address, &self.live.host()).await
    }
}

/// Starts a server on `listener`. Each request adds a line to `log_files`.
///
/// # Errors
/// A folder, the users file or the listener cannot be used.
pub fn start(
    settings: Settings,
    timing: Timing,
    listener: impl Into<Listening>,
    fault: Option<Fault>,
    log_files: Option<LogFiles>,
) -> Result<Running, StartError> {
    let listening: Listening = listener.into();
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let address = listening.address().map_err(|source| StartError::Listen {
        bind: settings.bind.clone(),
        source,
    })?;
    let parts = Assembly::build(settings, timing, fault, log_files, &tasks, &stop)?;
    let (io, router) = parts.layers();
    let sweep = parts.timing.sweep;
    let session_end = &parts.app.session_end;
    tasks.spawn(session_end.clone().sweep(sweep, stop.clone()));
    // Not one of the tasks that a stop waits for, because a disk that does not answer must not delay the stop.
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

/// Checks whether a start could open what the settings name. Opens and creates nothing, because a server may be
/// running there.
///
/// # Errors
/// The error with which a start would fail.
pub fn check(settings: &Settings) -> Result<(), StartError> {
    users::read(&settings.users_file)?;
    let folder = &settings.session_folder;
    store::could_open(folder).map_err(StartError::sessions(folder))?;
    let folder = &settings.upload_folder;
    disk::could_write(folder).map_err(StartError::uploads(folder))
}
