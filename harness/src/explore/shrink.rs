//! Makes a counterexample short: takes schedules out and then steps, as long as what is left breaks the same
//! property.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};

use super::house::House;
use super::plan::ExplorePlan;
use super::play::play;

/// How long a counterexample is made shorter; once more as long where the first try led nowhere.
const SHRINKING: Duration = Duration::from_mins(1);
/// Schedules at a time while one is made shorter.
const AT_ONCE: usize = 8;
/// Runs in which a shorter schedule may show that it breaks the same.
const TRIES: u32 = 2;
/// Runs in which the shortest must break it once more.
const AGAIN: u32 = 4;

/// What a shorter schedule must do to be taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    /// Break the property in one of a few runs: some leaks happen only sometimes.
    Once,
    /// Break it in each of them.
    Always,
}

/// One shrinking.
struct Shrinking<'a> {
    plan: &'a ExplorePlan,
    property: &'a str,
    wanted: Breaks,
    runs: AtomicU64,
}

/// Gives the shortest house that was found, and how many runs that took.
pub(super) async fn shrink(plan: &ExplorePlan, house: House, property: &str) -> (House, u64) {
    let mut shrinking = Shrinking {
        plan,
        property,
        wanted: Breaks::Once,
        runs: AtomicU64::new(0),
    };
    let mut shortest = shrinking.shortest(house.clone()).await;
    if !shrinking.breaks_again(&shortest).await {
        // The shorter schedule broke it only by luck: now a step is taken out only where the rest breaks it each time.
        shrinking.wanted = Breaks::Always;
        let sure = shrinking.shortest(house).await;
        if shrinking.breaks_again(&sure).await {
            shortest = sure;
        }
    }
    (shortest, shrinking.runs.into_inner())
}

impl Shrinking<'_> {
    /// At first many steps are taken out at once, and then one by one.
    async fn shortest(&self, house: House) -> House {
        let end = Instant::now() + SHRINKING;
        let mut best = house;
        if best.n_schedules() > 1
            && let Some(alone) = self.first(best.each_alone()).await
        {
            best = alone;
        }
        // It needs the others, or some of them.
        while best.n_schedules() > 1 && Instant::now() < end {
            match self.first(best.each_less()).await {
                Some(fewer) => best = fewer,
                None => break,
            }
        }
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

    async fn first(&self, houses: Vec<House>) -> Option<House> {
        first_that(houses, async |house| self.breaks(house).await).await
    }

    /// Whether a house breaks the property, as is wanted.
    async fn breaks(&self, house: &House) -> bool {
        for _ in 0..TRIES {
            let breaks = self.breaks_now(house).await;
            if breaks == (self.wanted == Breaks::Once) {
                return breaks;
            }
        }
        self.wanted == Breaks::Always
    }

    async fn breaks_again(&self, house: &House) -> bool {
        for _ in 0..AGAIN {
            if self.breaks_now(house).await {
                return true;
            }
        }
        false
    }

    async fn breaks_now(&self, house: &House) -> bool {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let played = play(self.plan, house).await;
        let broken = played.iter().flat_map(|played| played.broken());
        broken
            .map(|shown| &shown.property)
            .any(|name| name == self.property)
    }
}

/// The first of these, in their order, that does it. Some are tried at once; those behind the first are ended.
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
            "endless" => std::future::pending().await,
            one => one.starts_with("breaks"),
        };
        let first = first_that(all.to_vec(), does);
        tokio::time::timeout(Duration::from_secs(5), first)
            .await
            .expect("it waits for no candidate behind the first that breaks")
    }

    #[tokio::test]
    async fn the_first_that_breaks_is_taken_and_the_rest_is_not_waited_for() {
        assert_eq!(first(&["holds", "breaks", "endless"]).await, Some("breaks"));
        assert_eq!(first(&["breaks", "breaks too"]).await, Some("breaks"));
        assert_eq!(first(&["holds", "holds"]).await, None);
        assert_eq!(first(&[]).await, None);
    }
}
