//! How much there is of what, now: read when somebody asks.

use std::sync::Arc;

use crate::delivery::rooms::Rooms;
use crate::ground::metrics::{self, Metrics};
use crate::identity::sessions::Sessions;

/// What is counted, and where. Clones are the same.
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
