//! The queue of rounds that are due at a rate. Whoever is free takes the next one, waits until it is due, and begins.
//!
//! If all are busy, nobody takes it: it is due all the same, and begins late. So a target that stands still is asked
//! later, and each of those rounds counts from when it was due.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use loadtest::Arrivals;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::lock::lock;

/// The most rounds of which it is told how long they had waited.
const MOST: usize = 100_000;

/// When rounds are due, and who was busy with them.
pub(crate) struct Tickets {
    arrivals: Arrivals,
    next: AtomicU64,
    /// When the first was due: when all users had arrived.
    began: watch::Sender<Option<Instant>>,
    /// How long each round kept its user busy.
    busy: Mutex<Vec<Duration>>,
}

impl Tickets {
    pub(crate) fn new(arrivals: Arrivals) -> Self {
        Self {
            arrivals,
            next: AtomicU64::new(0),
            began: watch::Sender::new(None),
            busy: Mutex::default(),
        }
    }

    /// All users are there: rounds are due from now on.
    pub(crate) fn begin(&self, at: Instant) {
        self.began.send_replace(Some(at));
    }

    /// Waits until the next round is due, and says how late it begins. There is none when the time is over.
    pub(crate) async fn next(&self) -> Option<Duration> {
        let mut began = self.began.subscribe();
        let began = { began.wait_for(Option::is_some).await }
            .ok()
            .and_then(|began| *began)?;
        // `Relaxed`: the number guards no other memory.
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let Some(due) = self.arrivals.due(number) else {
            sleep_until(began + self.arrivals.time()).await;
            return None;
        };
        sleep_until(began + due).await;
        Some((began + due).elapsed())
    }

    /// A round kept its user busy for this long.
    pub(crate) fn done(&self, took: Duration) {
        lock(&self.busy).push(took);
    }

    /// How many rounds were due that nobody began, and how long some of them had waited: every so many, if there are more
    /// than can be told.
    pub(crate) fn never_began(&self) -> (u64, Vec<Duration>) {
        let (end, all) = (self.arrivals.time(), self.arrivals.total());
        let next = self.next.load(Ordering::Relaxed).min(all);
        let apart = usize::try_from((all - next) / MOST as u64).unwrap_or(usize::MAX);
        let told = (next..all).step_by(apart.saturating_add(1));
        let due = told.filter_map(|number| self.arrivals.due(number));
        (all - next, due.map(|due| end.saturating_sub(due)).collect())
    }

    /// Why so many users cannot keep this rate, however fast the target is.
    pub(crate) fn too_few(&self, n_users: usize) -> Option<String> {
        let mut busy = lock(&self.busy).clone();
        busy.sort_unstable();
        let usual = busy.get(busy.len() / 2)?.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "at most a thousand users")]
        let (users, peak) = (n_users as f64, self.arrivals.peak());
        // A part of the time goes into new sessions.
        (usual * peak > 0.8 * users).then(|| {
            format!(
                "a round keeps its user busy for {usual:.2} s, so that {n_users} users can do about {:.0} a second, and {peak:.0} were due: give more --users",
                users / usual
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_round_that_nobody_took_in_time_says_how_late_it_is() {
        let tickets = Tickets::new(Arrivals::steady(1.0, Duration::from_secs(4)));
        let seconds = Duration::from_secs;
        let a_while_ago = Instant::now()
            .checked_sub(seconds(10))
            .expect("it ran for longer");
        tickets.begin(a_while_ago);
        for late in [10, 9] {
            let behind = tickets.next().await.expect("due");
            assert!(
                behind >= seconds(late) && behind < seconds(late + 1),
                "{behind:?}"
            );
        }
        assert_eq!(tickets.never_began(), (2, vec![seconds(2), seconds(1)]));
        assert!(tickets.next().await.is_some() && tickets.next().await.is_some());
        assert_eq!(tickets.next().await, None);
        assert_eq!(tickets.never_began(), (0, Vec::new()));
        let many = Tickets::new(Arrivals::steady(1_000.0, seconds(3_600)));
        let (all, told) = many.never_began();
        assert_eq!(all, 3_600_000);
        assert!(
            told.len() <= MOST && told.last() < Some(&seconds(1)),
            "{}",
            told.len()
        );
    }

    #[test]
    fn users_who_are_all_busy_are_too_few() {
        let tickets = Tickets::new(Arrivals::steady(100.0, Duration::from_secs(4)));
        assert_eq!(tickets.too_few(10), None, "nothing was done");
        for ms in [100, 200, 9_000] {
            tickets.done(Duration::from_millis(ms));
        }
        assert_eq!(tickets.too_few(30), None);
        let why = tickets.too_few(20).expect("too few");
        assert!(why.contains("20 users can do about 100 a second"), "{why}");
    }
}
