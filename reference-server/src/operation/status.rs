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
    /// The version of the server.
    pub(crate) version: &'static str,
    /// Seconds since the start.
    pub(crate) up_seconds: u64,
    /// Sockets that are in a room.
    pub(crate) sockets: i64,
    /// Sessions of users.
    pub(crate) sessions_user: usize,
    /// Sessions of guests.
    pub(crate) sessions_guest: usize,
    /// Actions that are running.
    pub(crate) actions_running: i64,
    /// Messages that wait for the end of a tick.
    pub(crate) queued_messages: i64,
    /// How many milliseconds late the scheduler's last heartbeat was.
    pub(crate) tick_lag_ms: u64,
    /// How many milliseconds late the latest one was.
    pub(crate) tick_lag_worst_ms: u64,
    /// Messages that a full queue has dropped.
    pub(crate) dropped_messages: u64,
    /// Sockets that could not take an event and were disconnected.
    pub(crate) emit_errors: u64,
    /// Events of clients that were refused, as unknown or too many.
    pub(crate) refused_events: u64,
    /// Sockets that were refused because all places were taken.
    pub(crate) refused_sockets: u64,
    /// The parts as in /ready.
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
