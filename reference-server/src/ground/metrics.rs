//! The server's counters and measurements, with the names and units that users of Prometheus expect.
//!
//! Labels come from closed lists. No name, path, session or text from a client becomes a label, so no client can fill
//! the memory or read about another. Gauges are measured when somebody asks for them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// The only label of a counter by kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct KindLabel {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct AnswerLabel {
    method: &'static str,
    status: u16,
}

/// How a login ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LoginOutcome {
    Granted,
    Refused,
    Locked,
    /// The password was right, and no session could be made.
    Failed,
}

/// Histogram buckets in seconds, around the tick of 0.1 s.
const LATENCIES: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 10.0,
];

pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) sockets: Gauge,
    sessions: Family<KindLabel, Gauge>,
    pub(crate) queued: Gauge,
    pub(crate) actions_running: Gauge,
    pub(crate) dropped: Counter,
    pub(crate) emit_errors: Counter,
    pub(crate) events_refused: Counter,
    pub(crate) sockets_refused: Counter,
    tick_lag: Histogram,
    /// The last tick lag in milliseconds, for the status page; below it the longest. Relaxed: each is read by itself.
    pub(crate) last_lag: AtomicU64,
    pub(crate) worst_lag: AtomicU64,
    pub(crate) started_at: Instant,
    pub(crate) delivery: Histogram,
    started: Family<KindLabel, Counter>,
    ended: Family<OutcomeLabel, Counter>,
    logins: Family<OutcomeLabel, Counter>,
    requests: Family<AnswerLabel, Counter>,
    pub(crate) request_duration: Histogram,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut all = Self {
            registry: Registry::with_prefix("reference_server"),
            sockets: Gauge::default(),
            sessions: Family::default(),
            queued: Gauge::default(),
            actions_running: Gauge::default(),
            dropped: Counter::default(),
            emit_errors: Counter::default(),
            events_refused: Counter::default(),
            sockets_refused: Counter::default(),
            tick_lag: Histogram::new(LATENCIES),
            last_lag: AtomicU64::default(),
            worst_lag: AtomicU64::default(),
            started_at: Instant::now(),
            delivery: Histogram::new(LATENCIES),
            started: Family::default(),
            ended: Family::default(),
            logins: Family::default(),
            requests: Family::default(),
            request_duration: Histogram::new(LATENCIES),
        };
        all.register();
        all
    }

    fn register(&mut self) {
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        let registry = &mut self.registry;
        registry.register("build", "The version of the server", build);
        registry.register(
            "sockets",
            "Sockets that are in a room",
            self.sockets.clone(),
        );
        registry.register(
            "sessions",
            "Sessions of users and of guests",
            self.sessions.clone(),
        );
        registry.register(
            "queued_messages",
            "Messages of all users that wait for the end of a tick",
            self.queued.clone(),
        );
        registry.register(
            "actions_running",
            "Actions that are running",
            self.actions_running.clone(),
        );
        registry.register(
            "dropped_messages",
            "Messages that a full queue has dropped",
            self.dropped.clone(),
        );
        registry.register(
            "emit_errors",
            "Events that a socket could not take, so that it was disconnected",
            self.emit_errors.clone(),
        );
        registry.register(
            "refused_events",
            "Events of clients that were refused, as unknown or too many",
            self.events_refused.clone(),
        );
        registry.register(
            "refused_sockets",
            "Sockets that were refused because all connections were taken",
            self.sockets_refused.clone(),
        );
        registry.register_with_unit(
            "tick_lag",
            "How late each heartbeat of the scheduler was",
            Unit::Seconds,
            self.tick_lag.clone(),
        );
        registry.register_with_unit(
            "delivery_latency",
            "Time from the queueing of an event until its sockets got it",
            Unit::Seconds,
            self.delivery.clone(),
        );
        registry.register(
            "started_actions",
            "Actions that were started, by kind",
            self.started.clone(),
        );
        registry.register(
            "ended_actions",
            "Actions that have ended, by outcome",
            self.ended.clone(),
        );
        registry.register("logins", "Logins, by outcome", self.logins.clone());
        registry.register(
            "http_requests",
            "Requests that were answered, by method and status",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's head until its answer's head, without polls and sockets",
            Unit::Seconds,
            self.request_duration.clone(),
        );
    }

    /// Records how late a heartbeat of the scheduler was.
    pub(crate) fn beat(&self, lag: Duration) {
        observe(&self.tick_lag, lag);
        let millis = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
        self.last_lag.store(millis, Ordering::Relaxed);
        self.worst_lag.fetch_max(millis, Ordering::Relaxed);
    }

    pub(crate) fn login(&self, login: LoginOutcome) {
        let outcome = match login {
            LoginOutcome::Granted => "granted",
            LoginOutcome::Refused => "refused",
            LoginOutcome::Locked => "locked",
            LoginOutcome::Failed => "error",
        };
        self.logins.get_or_create(&OutcomeLabel { outcome }).inc();
    }

    pub(crate) fn action_started(&self, kind: &'static str) {
        self.started.get_or_create(&KindLabel { kind }).inc();
        self.actions_running.inc();
    }

    pub(crate) fn action_ended(&self, outcome: &'static str) {
        self.ended.get_or_create(&OutcomeLabel { outcome }).inc();
        self.actions_running.dec();
    }

    /// Counts an answered request. A method that HTTP does not define counts as `other`: a client may invent any.
    pub(crate) fn request(&self, method: &str, status: u16) {
        const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let known = METHODS.into_iter().find(|known| *known == method);
        let method = known.unwrap_or("other");
        self.requests
            .get_or_create(&AnswerLabel { method, status })
            .inc();
    }

    pub(crate) fn count_sessions(&self, users: usize, guests: usize) {
        for (kind, n) in [("user", users), ("guest", guests)] {
            self.sessions
                .get_or_create(&KindLabel { kind })
                .set(signed(n));
        }
    }

    /// All metrics as OpenMetrics text. Empty if it cannot be written into memory.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        match text::encode(&mut out, &self.registry) {
            Ok(()) => out,
            Err(_) => String::new(),
        }
    }
}

/// A count in the type that a gauge holds.
pub(crate) fn signed(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Records a duration in seconds, the unit of every histogram here.
pub(crate) fn observe(histogram: &Histogram, time: Duration) {
    histogram.observe(time.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_units_and_labels_come_from_closed_lists() {
        let metrics = Metrics::new();
        metrics.request("BREW", 404);
        metrics.request("GET", 200);
        metrics.login(LoginOutcome::Locked);
        metrics.action_started("countdown");
        metrics.beat(Duration::from_millis(3));
        let text = metrics.text();
        for line in [
            "reference_server_sockets 0",
            "reference_server_http_requests_total{method=\"other\",status=\"404\"} 1",
            "reference_server_logins_total{outcome=\"locked\"} 1",
            "reference_server_tick_lag_seconds_count 1",
            "reference_server_tick_lag_seconds_bucket{le=\"0.005\"} 1",
            "reference_server_actions_running 1",
            "# UNIT reference_server_delivery_latency_seconds seconds",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(!text.contains("BREW"));
        assert!(text.ends_with("# EOF\n"));
    }
}
