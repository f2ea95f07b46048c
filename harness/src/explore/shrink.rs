//! Shrinks a counterexample: takes schedules out, and then moves, as long as what is left breaks the same property.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};

use super::batch::Batch;
use super::plan::ExplorePlan;
use super::play::play;

/// How long a counterexample is shrunk, or as long as the search may take where that is more: on a slow machine a run of
/// a lost event takes many seconds. If the result does not break the property again, it is shrunk a second time.
const SHRINKING: Duration = Duration::from_mins(1);
/// How many shorter schedules are tried at a time.
const AT_ONCE: usize = 8;
/// How many runs a shorter schedule has to break the property.
const TRIES: u32 = 2;
/// How many runs the shortest schedule has to break it once more.
const AGAIN: u32 = 4;

/// How often a shorter schedule must break the property to be taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    /// In one of its runs: some leaks happen only sometimes.
    Once,
    /// In each of its runs.
    Always,
}

/// What the runs of a shrinking have in common.
struct Shrinking<'a> {
    plan: &'a ExplorePlan,
    property: &'a str,
    wanted: Breaks,
    /// Runs so far.
    runs: AtomicU64,
}

/// Gives the shortest batch that was found, and how many runs that took.
pub(super) async fn shrink(plan: &ExplorePlan, batch: Batch, property: &str) -> (Batch, u64) {
    let mut shrinking = Shrinking {
        plan,
        property,
        wanted: Breaks::Once,
        runs: AtomicU64::new(0),
    };
    let mut shortest = shrinking.shortest(batch.clone()).await;
    if !shrinking.breaks_again(&shortest).await {
        // The shorter schedule broke it only by luck. Now a move is taken out only if the rest breaks it each time.
        shrinking.wanted = Breaks::Always;
        let sure = shrinking.shortest(batch).await;
        if shrinking.breaks_again(&sure).await {
            shortest = sure;
        }
    }
    (shortest, shrinking.runs.into_inner())
}

impl Shrinking<'_> {
    /// Takes schedules out, then moves, and begins anew as long as that helps: a schedule that the others needed at
    /// first is often needed no longer once they are short.
    async fn shortest(&self, mut best: Batch) -> Batch {
        let end = Instant::now() + SHRINKING.max(self.plan.time);
        loop {
            let before = (best.n_schedules(), best.length());
            best = self.fewer_schedules(best, end).await;
            best = self.fewer_moves(best, end).await;
            if best.n_schedules() == 1
                || before == (best.n_schedules(), best.length())
                || Instant::now() >= end
            {
                return best;
            }
        }
    }

    /// One schedule alone, if one breaks it alone; else those that it takes.
    async fn fewer_schedules(&self, mut best: Batch, end: Instant) -> Batch {
        if best.n_schedules() > 1
            && let Some(alone) = self.first(best.each_alone()).await
        {
            return alone;
        }
        while best.n_schedules() > 1 && Instant::now() < end {
            match self.first(best.each_less()).await {
                Some(fewer) => best = fewer,
                None => break,
            }
        }
        best
    }

    /// Takes many moves out at once at first, then fewer, and at last one by one.
    async fn fewer_moves(&self, mut best: Batch, end: Instant) -> Batch {
        let mut size = best.length().div_ceil(2).max(1);
        while Instant::now() < end {
            let starts = (0..best.length()).step_by(size);
            let shorter = starts.filter_map(|at| best.without(&(at..at + size)));
            let shorter = shorter.collect();
            match self.first(shorter).await {
                Some(shorter) => best = shorter,
                None if size == 1 => break,
                None => size = size.div_ceil(2).min(size - 1),
            }
        }
        best
    }

    async fn first(&self, batches: Vec<Batch>) -> Option<Batch> {
        first_that(batches, async |batch| self.breaks(batch).await).await
    }

    /// Whether a batch breaks the property as often as it must.
    async fn breaks(&self, batch: &Batch) -> bool {
        for _ in 0..TRIES {
            let breaks = self.breaks_now(batch).await;
            if breaks == (self.wanted == Breaks::Once) {
                return breaks;
            }
        }
        self.wanted == Breaks::Always
    }

    async fn breaks_again(&self, batch: &Batch) -> bool {
        for _ in 0..AGAIN {
            if self.breaks_now(batch).await {
                return true;
            }
        }
        false
    }

    async fn breaks_now(&self, batch: &Batch) -> bool {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let played = play(self.plan, batch).await;
        played.is_ok_and(|played| played.breaks(self.property))
    }
}

/// The first of these, in their order, that does it. Several are tried at once. Those behind the first are not waited
/// for.
async fn first_that<T>(all: Vec<T>, does: impl AsyncFn(&T) -> bool) -> Option<T> {
    let does = &does;
    let tried = stream::iter(all).map(|one| async move { does(&one).await.then_some(one) });
    let mut tried = pin!(tried.buffered(AT_ONCE).filter_map(std::future::ready));
    tried.next().await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn first(all: &[&'static str]) -> Option<&'static str> {
        let does = async |one: &&str| match *one {
            "never" => std::future::pending().await,
            one => one.starts_with("breaks"),
        };
        let first = first_that(all.to_vec(), does);
        tokio::time::timeout(Duration::from_secs(5), first)
            .await
            .expect("it waits for no candidate behind the first that breaks")
    }

    #[tokio::test]
    async fn the_first_that_breaks_is_taken_and_the_rest_is_not_waited_for() {
        assert_eq!(first(&["holds", "breaks", "never"]).await, Some("breaks"));
        assert_eq!(first(&["breaks", "breaks too"]).await, Some("breaks"));
        assert_eq!(first(&["holds", "holds"]).await, None);
        assert_eq!(first(&[]).await, None);
    }
}
