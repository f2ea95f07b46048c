//! The parts of the server that the sockets use.

use std::sync::Arc;

use crate::actions::launcher::Launcher;
use crate::actions::registry::Registry;
use crate::delivery::rooms::Rooms;
use crate::delivery::scheduler::Scheduler;
use crate::ground::fault::Open;
use crate::ground::metrics::Metrics;
use crate::identity::live::Live;
use crate::identity::sessions::Sessions;
use crate::transport::transports::Transports;

/// Clones are the same.
#[derive(Clone)]
pub(crate) struct Sockets {
    pub(crate) live: Live,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) scheduler: Arc<Scheduler>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) launcher: Launcher,
    pub(crate) transports: Arc<Transports>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) fault: Open,
}
