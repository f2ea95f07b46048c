//! Builds a server from its parts, from the ground up.

use std::sync::Arc;
use std::time::Duration;

use axum::{Router, middleware};
use socketioxide::SocketIo;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::catch_panic::CatchPanicLayer;

use super::error::StartError;
use crate::actions::launcher::Launcher;
use crate::actions::registry::Registry;
use crate::actions::session_end::SessionEnd;
use crate::delivery::journal::Journals;
use crate::delivery::rooms::Rooms;
use crate::delivery::scheduler::Scheduler;
use crate::ground::disk;
use crate::ground::fault::{Fault, Open};
use crate::ground::metrics::Metrics;
use crate::ground::timing::Timing;
use crate::http::access_log::{self, RequestLog};
use crate::http::routes::app::App;
use crate::http::routes::login::Desk;
use crate::http::routes::router::router;
use crate::http::routes::turns::Turns;
use crate::http::routes::uploads::{self, Uploads};
use crate::http::{limits, protection, proxy};
use crate::identity::attempts::{self, Attempts};
use crate::identity::gate::Gate;
use crate::identity::live::Live;
use crate::identity::sessions::Sessions;
use crate::identity::users;
use crate::identity::verifier::Verifier;
use crate::operation::gauges::Gauges;
use crate::operation::log_files::LogFiles;
use crate::operation::readiness::Readiness;
use crate::settings::Settings;
use crate::sockets::connect;
use crate::sockets::guard::{self, Guard};
use crate::sockets::parts::Sockets;
use crate::transport::slots::Slots;
use crate::transport::transports::Transports;

/// A client that has not joined a namespace after this time is disconnected.
const CONNECT: Duration = Duration::from_secs(5);

/// The parts of a server.
pub(super) struct Assembly {
    pub(super) timing: Timing,
    pub(super) live: Live,
    pub(super) scheduler: Arc<Scheduler>,
    pub(super) app: App,
    request_log: RequestLog,
    guard: Guard,
    sockets: Sockets,
}

/// The parts that all others use.
struct Base {
    timing: Timing,
    sessions: Arc<Sessions>,
    metrics: Arc<Metrics>,
    fault: Open,
}

/// The parts between an action and the sockets of its owner.
struct Speech {
    rooms: Arc<Rooms>,
    registry: Arc<Registry>,
    scheduler: Arc<Scheduler>,
    launcher: Launcher,
}

impl Assembly {
    /// Opens the files and folders that the settings name, and builds the parts.
    pub(super) fn build(
        settings: Settings,
        timing: Timing,
        fault: Option<Fault>,
        log_files: Option<LogFiles>,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Self, StartError> {
        let base = Base::open(&settings, timing, Open::new(fault))?;
        let speech = Speech::open(&settings, &base, tasks, stop)?;
        let (verifier, attempts) = (Verifier::new()?, attempts(&settings, &base));
        let slots = Arc::new(Slots::new(settings.worker_connections));
        let transports = Arc::new(Transports::default());
        let live = Live::new(settings, base.fault.clone());
        let sessions = Arc::clone(&base.sessions);
        let gate = Gate::new(live.clone(), sessions, base.fault.clone());
        Ok(Self {
            request_log: RequestLog {
                files: log_files,
                metrics: Arc::clone(&base.metrics),
            },
            guard: Guard {
                live: live.clone(),
                gate: gate.clone(),
                sessions: Arc::clone(&base.sessions),
                transports: Arc::clone(&transports),
                slots,
                metrics: Arc::clone(&base.metrics),
                ping: base.timing.ping,
                fault: base.fault.clone(),
            },
            sockets: Sockets {
                live: live.clone(),
                sessions: Arc::clone(&base.sessions),
                rooms: Arc::clone(&speech.rooms),
                scheduler: Arc::clone(&speech.scheduler),
                registry: Arc::clone(&speech.registry),
                launcher: speech.launcher.clone(),
                transports,
                metrics: Arc::clone(&base.metrics),
                fault: base.fault.clone(),
            },
            live: live.clone(),
            scheduler: Arc::clone(&speech.scheduler),
            timing: base.timing.clone(),
            app: app(base, speech, live, gate, verifier, attempts, stop),
        })
    }

    /// The routes, the sockets and the middleware. The last layer here is the first to see a request.
    pub(super) fn layers(&self) -> (SocketIo, Router) {
        let (layer, io) = SocketIo::builder()
            .ping_interval(self.timing.ping)
            .ping_timeout(self.timing.ping)
            .connect_timeout(CONNECT)
            .max_buffer_size(2048)
            .max_payload(1 << 20)
            .ws_max_message_size(1 << 20)
            .ws_max_frame_size(1 << 20)
            .ws_read_buffer_size(4096)
            .build_layer();
        connect::register(&io, &self.sockets);
        let now = self.live.now();
        let (timeout, largest) = (
            now.settings.request_timeout,
            now.settings.max_content_length,
        );
        let live = || self.live.clone();
        let (guard, log) = (self.guard.clone(), self.request_log.clone());
        let router = router(self.app.clone(), timeout, largest)
            .layer(layer)
            .layer(middleware::from_fn_with_state(guard, guard::check))
            .layer(CatchPanicLayer::new())
            .layer(middleware::from_fn_with_state(live(), limits::check))
            .layer(middleware::from_fn(protection::add))
            .layer(middleware::from_fn_with_state(log, access_log::write))
            .layer(middleware::from_fn_with_state(live(), proxy::trust));
        (io, router)
    }
}

impl Base {
    fn open(settings: &Settings, timing: Timing, fault: Open) -> Result<Self, StartError> {
        users::read(&settings.users_file)?;
        if !settings.users_file.exists() {
            tracing::warn!(file = %settings.users_file.display(), "the users file does not exist, so nobody can log in");
        }
        let sessions = Sessions::open(
            &settings.session_folder,
            settings.session_threshold,
            settings.session_lifetime,
            timing.clock.clone(),
            fault.clone(),
        );
        let failed = StartError::sessions(&settings.session_folder);
        let sessions = Arc::new(sessions.map_err(failed)?);
        let uploads = &settings.upload_folder;
        disk::could_write(uploads).map_err(StartError::uploads(uploads))?;
        if let Err(error) = uploads::clean(uploads) {
            tracing::warn!(%error, "cannot remove the unfinished uploads of a killed server");
        }
        Ok(Self {
            timing,
            sessions,
            metrics: Arc::new(Metrics::new()),
            fault,
        })
    }
}

impl Speech {
    fn open(
        settings: &Settings,
        base: &Base,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Self, StartError> {
        let fault = || base.fault.clone();
        let rooms = Arc::new(Rooms::new(
            base.timing.keep_for,
            Journals::new(&settings.session_folder),
            fault(),
            base.metrics.emit_errors.clone(),
        ));
        let restored = rooms.restore(&base.sessions.logins());
        restored.map_err(StartError::sessions(&settings.session_folder))?;
        let registry = Arc::new(Registry::new(fault()));
        let running = Arc::clone(&registry);
        let scheduler = Arc::new(Scheduler::new(
            Arc::clone(&rooms),
            move |user| running.running(user),
            base.timing.clone(),
            fault(),
            Arc::clone(&base.metrics),
        ));
        let launcher = Launcher {
            registry: Arc::clone(&registry),
            scheduler: Arc::clone(&scheduler),
            tasks: tasks.clone(),
            stop: stop.child_token(),
            metrics: Arc::clone(&base.metrics),
            fault: fault(),
        };
        Ok(Self {
            rooms,
            registry,
            scheduler,
            launcher,
        })
    }
}

fn attempts(settings: &Settings, base: &Base) -> Arc<Attempts> {
    let limits = attempts::Limits {
        by_name: settings.login_failures,
        by_address: settings.login_failures_address,
        lock: settings.login_lock,
    };
    Arc::new(Attempts::new(limits, base.timing.clock.clone()))
}

/// The parts for the handlers.
fn app(
    base: Base,
    speech: Speech,
    live: Live,
    gate: Gate,
    verifier: Verifier,
    attempts: Arc<Attempts>,
    stop: &CancellationToken,
) -> App {
    let session_end = SessionEnd {
        sessions: Arc::clone(&base.sessions),
        rooms: Arc::clone(&speech.rooms),
        registry: Arc::clone(&speech.registry),
    };
    App {
        desk: Desk {
            live: live.clone(),
            gate: gate.clone(),
            sessions: Arc::clone(&base.sessions),
            session_end: session_end.clone(),
            attempts,
            verifier,
            metrics: Arc::clone(&base.metrics),
            fault: base.fault.clone(),
        },
        session_end,
        uploads: Uploads {
            live: live.clone(),
            turns: Turns::default(),
        },
        gauges: Gauges {
            metrics: base.metrics,
            sessions: Arc::clone(&base.sessions),
            rooms: speech.rooms,
        },
        readiness: Readiness::new(live, speech.scheduler, stop.clone()),
        sessions: base.sessions,
        registry: speech.registry,
        launcher: speech.launcher,
        fault: base.fault,
        gate,
    }
}
