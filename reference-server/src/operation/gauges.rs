//! The gauges that are measured when somebody asks.

use std::sync::Arc;

use crate::delivery::rooms::Rooms;
use crate::ground::metrics::{self, Metrics};
use crate::identity::sessions::Sessions;

/// What is measured, and the metrics that hold it. Clones are the same.
#[derive(Clone)]
pub(crate) struct Gauges {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) rooms: Arc<Rooms>,
}

impl Gauges {
    pub(crate) fn measure(&self) {
        let (users, guests) = self.sessions.count();
        self.metrics.count_sessions(users, guests);
        let sockets = metrics::signed(self.rooms.count_sockets());
        self.metrics.sockets.set(sockets);
    }
}
