//! What was due and never asked for: coordinated omission.
//!
//! A user who waits for an answer asks for nothing else meanwhile. So a target that stands still for five seconds is
//! asked by nobody in that time, and costs each user one long sample among many short ones: no percentile shows it. What
//! each user would have asked for in those seconds, had there been an answer as usual, was due all the same. It counts
//! from when it was due.
//!
//! In: when each user began what, and how long it took. Out: the times of what was due meanwhile.

/// Something that a user did: microseconds since the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    /// The kind of thing.
    pub(crate) kind: usize,
    pub(crate) began: u64,
    pub(crate) took: u64,
}

/// The most times that are made up: more change no percentile.
const MOST: usize = 1_000_000;
/// A stall lasts for so many usual intervals; less is how things vary.
const STALL: u64 = 2;
/// The shortest interval in which a user asks again, in microseconds: the steps of a browser take as long.
const SHORTEST: u64 = 1_000;

/// The times of what was due while users waited for longer than usual. `usual` is how long each kind usually takes: what
/// is always slow is no stall, because its user never meant to ask sooner.
pub(crate) fn due(trails: &[Vec<Done>], usual: &[u64]) -> Vec<u64> {
    let Some(interval) = usual_interval(trails) else {
        return Vec::new();
    };
    let mut due = Vec::new();
    for done in trails.iter().flatten() {
        let excess = done
            .took
            .saturating_sub(usual.get(done.kind).copied().unwrap_or(0));
        if excess <= STALL * interval {
            continue;
        }
        let missed = (1..).map(|n| n * interval).take_while(|at| *at < excess);
        due.extend(missed.map(|at| done.took - at).take(MOST - due.len()));
    }
    due
}

/// The time from one beginning of a user to the next, on average. The longest tenth does not count: those are stalls.
fn usual_interval(trails: &[Vec<Done>]) -> Option<u64> {
    let mut intervals: Vec<u64> = Vec::new();
    for trail in trails {
        let mut begun: Vec<u64> = trail.iter().map(|done| done.began).collect();
        begun.sort_unstable();
        intervals.extend(begun.windows(2).map(|pair| pair[1] - pair[0]));
    }
    intervals.sort_unstable();
    let usual = &intervals[..intervals.len() - intervals.len() / 10];
    let n = u64::try_from(usual.len()).ok().filter(|n| *n > 0)?;
    Some((usual.iter().sum::<u64>() / n).max(SHORTEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One user who asks every 100 ms for something that takes 10 ms, and where told so for as long as told.
    fn trail(takes: &dyn Fn(u64) -> u64) -> Vec<Done> {
        let mut at = 0;
        let each = (0..50).map(|n| {
            let (began, took) = (at, takes(n) * 1000);
            at += took + 90_000;
            let kind = 0;
            Done { kind, began, took }
        });
        each.collect()
    }

    #[test]
    fn what_was_due_in_a_stall_counts_from_when_it_was_due() {
        let stalled = trail(&|n| if n == 20 { 1_010 } else { 10 });
        let due = due(&[stalled], &[10_000]);
        let seconds: Vec<u64> = due.iter().map(|micros| micros / 10_000).collect();
        assert_eq!(seconds, [91, 81, 71, 61, 51, 41, 31, 21, 11]);
    }

    #[test]
    fn what_is_as_slow_as_usual_made_nobody_wait() {
        assert!(due(&[trail(&|_| 10)], &[10_000]).is_empty());
        assert!(due(&[trail(&|_| 3_000)], &[3_000_000]).is_empty());
        // It varies, but by less than two intervals.
        assert!(due(&[trail(&|n| 10 + 100 * (n % 2))], &[10_000]).is_empty());
        assert!(due(&[], &[]).is_empty());
        assert!(due(&[trail(&|_| 10)[..1].to_vec()], &[10_000]).is_empty());
    }

    #[test]
    fn a_stall_of_a_whole_day_has_a_bound() {
        let endless = trail(&|n| if n == 20 { 86_400_000 } else { 10 });
        let users = vec![endless; 50];
        assert_eq!(due(&users, &[10_000]).len(), MOST);
    }
}
