//! The server's state as an operator sees it: only numbers of all users together.

use std::sync::atomic::Ordering;

use serde::Serialize;
use utoipa::ToSchema;

use super::gauges::Gauges;
use super::readiness::{PartState, Parts};
use crate::ground::metrics::Metrics;

/// What the server is doing, and what it has done since its start.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    /// The version that runs.
    pub(crate) version: &'static str,
    /// Seconds since the start.
    pub(crate) up_seconds: u64,
    /// Sockets that are in a room.
    pub(crate) sockets: i64,
    /// Sessions of users.
    pub(crate) sessions_user: usize,
    /// Sessions of guests.
    pub(crate) sessions_guest: usize,
    /// Actions that run now.
    pub(crate) actions_running: i64,
    /// Messages that wait for the end of a tick.
    pub(crate) queued_messages: i64,
    /// Milliseconds that the scheduler's last heart-beat was late.
    pub(crate) tick_lag_ms: u64,
    /// The most milliseconds that one was late.
    pub(crate) tick_lag_worst_ms: u64,
    /// Messages that a full queue has dropped.
    pub(crate) dropped_messages: u64,
    /// Sockets that could not take an event and were disconnected.
    pub(crate) emit_errors: u64,
    /// Events of clients that were unknown or too many.
    pub(crate) refused_events: u64,
    /// Sockets that were refused because all places were taken.
    pub(crate) refused_sockets: u64,
    /// As /ready has them.
    #[schema(value_type = BTreeMap<String, PartState>)]
    pub(crate) parts: Parts,
}

impl Status {
    pub(crate) fn now(gauges: &Gauges, parts: Parts) -> Self {
        gauges.measure();
        let metrics: &Metrics = &gauges.metrics;
        let (sessions_user, sessions_guest) = gauges.sessions.count();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            up_seconds: metrics.started_at.elapsed().as_secs(),
            sockets: metrics.sockets.get(),
            sessions_user,
            sessions_guest,
            actions_running: metrics.actions_running.get(),
            queued_messages: metrics.queued.get(),
            tick_lag_ms: metrics.last_lag.load(Ordering::Relaxed),
            tick_lag_worst_ms: metrics.worst_lag.load(Ordering::Relaxed),
            dropped_messages: metrics.dropped.get(),
            emit_errors: metrics.emit_errors.get(),
            refused_events: metrics.events_refused.get(),
            refused_sockets: metrics.sockets_refused.get(),
            parts,
        }
    }
}
