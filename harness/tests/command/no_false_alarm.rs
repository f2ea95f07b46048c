//! No false alarm: clean histories hold in every order in which the recorder could have seen their events, and a
//! history in which one event has moved to another user is violated.

use std::fs;
use std::path::PathBuf;
use std::thread;

use crate::bench::{Bench, text};
use evidence::{History, Judging, Marker, Observation, Verdict, What, properties};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const RUNS: usize = 200;

/// The histories of the suite, which holds.
fn recorded(bench: &Bench) -> Vec<History> {
    let scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");
    let verify = ["verify", "--client", "observer", "--quiet", "--scenarios"];
    let mut command = bench.airtight();
    let output = command.args(verify).arg(scenarios).output().expect("runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let runs = fs::read_dir(bench.folder.path().join("airtight-history")).expect("a folder");
    let run = runs.map(|run| run.expect("an entry").path()).next();
    let files = fs::read_dir(run.expect("a run")).expect("a folder");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("an entry").path()).collect();
    files.sort();
    let read = |file: &PathBuf| fs::read_to_string(file).expect("text");
    files
        .iter()
        .map(|file| History::parse(&read(file)).expect("a history"))
        .collect()
}

fn verdict(history: &History) -> Verdict {
    let names = history.scene.expect.iter();
    let expected = names.map(|name| properties::named(name).expect("listed"));
    let mut judging = Judging::start(&history.scene, expected);
    history
        .observations
        .iter()
        .for_each(|seen| judging.see(seen));
    Verdict::worst(judging.end().into_iter().map(|(_, found)| found.verdict))
}

/// Whether the recorder could also have seen the second of two neighbouring observations first. An event may move past
/// the observations of other places, but not past the request that made it, nor past the end of the time that it had.
fn may_swap(first: &Observation, second: &Observation) -> bool {
    let is_event = |seen: &Observation| matches!(seen.what, What::Received { .. });
    let settles =
        |seen: &Observation| matches!(seen.what, What::Settled { .. } | What::PartBegan { .. });
    let makes = match (&first.what, &second.what) {
        (What::Sent { marker, .. }, What::Received { frame, .. }) => {
            Marker::find_all(frame.as_bytes()).any(|found| found == *marker)
        }
        _ => false,
    };
    (is_event(first) || is_event(second))
        && first.place != second.place
        && !settles(first)
        && !settles(second)
        && !makes
}

fn reordered(history: &History, random: &mut StdRng) -> (History, usize) {
    let mut history = history.clone();
    let mut moved = 0;
    let length = history.observations.len();
    for _ in 0..length * 4 {
        let at = random.random_range(0..length - 1);
        if may_swap(&history.observations[at], &history.observations[at + 1]) {
            history.observations.swap(at, at + 1);
            moved += 1;
        }
    }
    for (seen, seq) in history.observations.iter_mut().zip(1..) {
        seen.seq = seq;
    }
    (history, moved)
}

/// One run of the suite gives the histories for both tests.
#[test]
fn reordered_clean_histories_hold_and_a_moved_event_is_a_violation() {
    let histories = recorded(&Bench::new());
    two_hundred_reorderings_of_each_hold(&histories);
    an_event_moved_to_another_user_is_a_violation(&histories);
}

/// The machine's processors share the runs. Each run has a seed of its own.
fn two_hundred_reorderings_of_each_hold(histories: &[History]) {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let some_runs = |worker: usize| {
        let mut moved = 0;
        for run in (worker..RUNS).step_by(workers) {
            let mut random = StdRng::seed_from_u64(run as u64);
            for history in histories {
                let (other, swaps) = reordered(history, &mut random);
                moved += swaps;
                let sentence = &history.scene.scenario;
                assert_eq!(verdict(&other), Verdict::Holds, "seed {run}: {sentence}");
            }
        }
        moved
    };
    let moved: usize = thread::scope(|threads| {
        let workers = (0..workers).map(|worker| threads.spawn(move || some_runs(worker)));
        let workers: Vec<_> = workers.collect();
        let moved = workers.into_iter().map(|worker| worker.join());
        moved.map(|moved| moved.expect("no panic")).sum()
    });
    // Histories that cannot be reordered would show nothing.
    assert!(moved > RUNS * histories.len() * 100, "{moved}");
}

fn an_event_moved_to_another_user_is_a_violation(histories: &[History]) {
    let leaks = |history: &&History| {
        history
            .scene
            .expect
            .iter()
            .any(|name| name == "no_foreign_events")
    };
    let mut tried = 0;
    for history in histories.iter().filter(leaks) {
        let has_marker = |seen: &Observation| match &seen.what {
            What::Received { frame, .. } => Marker::find_all(frame.as_bytes()).next().is_some(),
            _ => false,
        };
        let mut history = history.clone();
        let event = history
            .observations
            .iter()
            .find(|seen| has_marker(seen))
            .cloned();
        let Some(mut event) = event else { continue };
        let mut others = history.scene.users.iter();
        let other = others.find(|user| Some(*user) != event.place.user.as_ref());
        event.place.user = other.cloned();
        history.observations.push(event);
        assert_eq!(
            verdict(&history),
            Verdict::Violated,
            "{}",
            history.scene.scenario
        );
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
}
