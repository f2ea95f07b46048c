//! Shrinks a counterexample: takes schedules out, and then moves, as long as what is left breaks the same property. At
//! last it takes what happens at once in turn, where that breaks the property too.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, stream};

use super::batch::Batch;
use super::plan::ExplorePlan;
use super::play::{BrokenProperty, Played, play, play_before};
use crate::failure::Failure;

/// How long a counterexample is shrunk at least. Beyond that, shrinking has what the search has left of its time.
const SHRINKING: Duration = Duration::from_secs(30);
/// How many shorter schedules are tried at a time, as far as it is their turn.
const AT_ONCE: usize = 8;
/// How many runs a shorter schedule has to break the property.
const TRIES: usize = 2;
/// How many runs more the shortest schedule has, and in how many of them it must break the property. This is more often
/// than where the search ends, since it was chosen of many.
const AGAIN: usize = 5;
const ENOUGH: usize = 4;

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
    /// It goes no further than this.
    end: Instant,
    /// Runs so far.
    runs: AtomicU64,
}

/// Gives the shortest batch that was found, and how many runs that took. One that breaks the property seldom was shrunk
/// too far: then it is the last on the way there that breaks it often, shrunk with more care.
pub(super) async fn shrink(
    plan: &ExplorePlan,
    batch: Batch,
    shown: &BrokenProperty,
    started: Instant,
) -> (Batch, u64) {
    let mut shrinking = Shrinking {
        plan,
        property: &shown.property,
        wanted: Breaks::Once,
        end: (started + plan.time).max(Instant::now() + SHRINKING),
        runs: AtomicU64::new(0),
    };
    let way = shrinking.concerned(batch, &shown.witness).await;
    let way = shrinking.way(way).await;
    let (mut shortest, is_last) = shrinking.surest(way).await;
    if !is_last && Instant::now() < shrinking.end {
        shrinking.wanted = Breaks::Always;
        let way = shrinking.way(vec![shortest]).await;
        (shortest, _) = shrinking.surest(way).await;
    }
    (shortest, shrinking.runs.into_inner())
}

impl Shrinking<'_> {
    /// The batch, and the schedules of those whom the finding names, if these break it by themselves.
    async fn concerned(&self, batch: Batch, witness: &str) -> Vec<Batch> {
        let concerned = self.first(Vec::from_iter(batch.naming(witness))).await;
        let mut way = vec![batch];
        way.extend(concerned);
        way
    }

    /// Takes schedules out, then moves, and begins anew as long as that helps: a schedule that the others needed at
    /// first is often needed no longer once they are short. Gives each batch that was taken, the shortest last.
    async fn way(&self, mut way: Vec<Batch>) -> Vec<Batch> {
        let end = self.end;
        loop {
            let n_before = way.len();
            self.fewer_schedules(&mut way, end).await;
            self.fewer_moves(&mut way, end).await;
            self.simpler_moves(&mut way, end).await;
            // Last, because what happens in turn takes longer.
            self.no_race(&mut way).await;
            let best = shortest(&way);
            if best.n_schedules() == 1 || n_before == way.len() || Instant::now() >= end {
                return way;
            }
        }
    }

    /// One schedule alone, if one breaks it alone; else those that it takes.
    async fn fewer_schedules(&self, way: &mut Vec<Batch>, end: Instant) {
        if shortest(way).n_schedules() > 1
            && let Some(alone) = self.first(shortest(way).each_alone()).await
        {
            return way.push(alone);
        }
        while shortest(way).n_schedules() > 1 && Instant::now() < end {
            match self.first(shortest(way).each_less()).await {
                Some(fewer) => way.push(fewer),
                None => break,
            }
        }
    }

    /// Takes the schedules in turn, if that breaks the property too: it no longer depends on which of them is faster, and
    /// is told more easily.
    async fn no_race(&self, way: &mut Vec<Batch>) {
        if let Some(in_turn) = self.first(shortest(way).in_turn()).await {
            way.push(in_turn);
        }
    }

    /// Takes many moves out at once at first, then fewer, and at last one by one. Two sizes are tried together: a run
    /// mostly waits.
    async fn fewer_moves(&self, way: &mut Vec<Batch>, end: Instant) {
        let mut size = shortest(way).length().div_ceil(2).max(1);
        while Instant::now() < end {
            let best = shortest(way);
            let sizes = if size == 1 {
                vec![1]
            } else {
                vec![size, smaller(size)]
            };
            let shorter = sizes.iter().flat_map(|&size| {
                let starts = (0..best.length()).step_by(size);
                starts.filter_map(move |at| Some((size, best.without(&(at..at + size))?)))
            });
            let breaks = async |(_, shorter): &(usize, Batch)| self.breaks(shorter).await;
            match first_that(shorter.collect(), breaks).await {
                Some((taken_out, shorter)) => {
                    size = taken_out;
                    way.push(shorter);
                }
                None if sizes.contains(&1) => break,
                None => size = smaller(smaller(size)),
            }
        }
    }

    /// Does less of the same, as long as that breaks the property too.
    async fn simpler_moves(&self, way: &mut Vec<Batch>, end: Instant) {
        while Instant::now() < end {
            match self.first(shortest(way).each_simpler()).await {
                Some(simpler) => way.push(simpler),
                None => break,
            }
        }
    }

    /// The shortest of these that breaks the property often, or else the one that breaks it most; and whether it is the
    /// last. The steps back from the last one double, and the first is always looked at.
    async fn surest(&self, way: Vec<Batch>) -> (Batch, bool) {
        let last = way.len() - 1;
        // Where none breaks it again, what was found is shown as it was.
        let mut surest = (0, 0);
        let (mut at, mut back) = (last, 1);
        loop {
            let n_again = self.n_again(&way[at]).await;
            if n_again > surest.0 {
                surest = (n_again, at);
            }
            if n_again >= ENOUGH || at == 0 {
                break;
            }
            at = at.saturating_sub(back);
            back *= 2;
        }
        let (_, at) = surest;
        (way[at].clone(), at == last)
    }

    async fn first(&self, batches: Vec<Batch>) -> Option<Batch> {
        first_that(batches, async |batch| self.breaks(batch).await).await
    }

    /// Whether a batch breaks the property as often as it must. Its runs are made at once, and those that can change
    /// nothing any more are not waited for.
    async fn breaks(&self, batch: &Batch) -> bool {
        let decides = self.wanted == Breaks::Once;
        let breaks = async || {
            let Self { plan, end, .. } = self;
            let played = play_before(*end, plan, batch, Some(self.property)).await;
            played.is_some_and(|played| self.is_broken(played))
        };
        let mut runs: FuturesUnordered<_> = (0..TRIES).map(|_| breaks()).collect();
        while let Some(breaks) = runs.next().await {
            if breaks == decides {
                return breaks;
            }
        }
        !decides
    }

    /// In how many of some runs more it breaks the property.
    async fn n_again(&self, batch: &Batch) -> usize {
        let runs = (0..AGAIN).map(|_| play(self.plan, batch, Some(self.property)));
        let played = join_all(runs).await.into_iter();
        played
            .map(|played| self.is_broken(played))
            .filter(|broken| *broken)
            .count()
    }

    /// Counts a run. Gives whether it broke the property.
    fn is_broken(&self, played: Result<Played, Failure>) -> bool {
        self.runs.fetch_add(1, Ordering::Relaxed);
        played.is_ok_and(|played| played.breaks(self.property))
    }
}

/// About half of a size that is not the smallest.
fn smaller(size: usize) -> usize {
    size.div_ceil(2).min(size - 1)
}

/// The last batch of a way, which has at least one.
fn shortest(way: &[Batch]) -> &Batch {
    &way[way.len() - 1]
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
