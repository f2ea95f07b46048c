//! Runs a batch on a server of its own, and says what that showed.

use std::fs;
use std::path::PathBuf;

use evidence::Verdict;
use probe::ClientKind;

use super::batch::Batch;
use super::claims::Claims;
use super::plan::ExplorePlan;
use crate::failure::Failure;
use crate::report::history::Report;
use crate::suite::plan::{Parts, SuitePlan};
use crate::suite::playing;
use crate::system::aim::Aim;

/// The property that is broken when the target does not do what a step asks for.
const STEPS: &str = "expectations_met";

/// A property that a run broke.
#[derive(Clone, Debug)]
pub(super) struct BrokenProperty {
    pub(super) property: String,
    pub(super) rules: Vec<String>,
    pub(super) witness: String,
}

/// What one run showed.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// What it broke.
    pub(super) shown: Vec<BrokenProperty>,
    /// What it broke by a step that the target refused and that ended the run. This counts only when it happens a
    /// second time: once may be a slow machine.
    pub(super) refused: Vec<BrokenProperty>,
    pub(super) deliveries: u64,
    pub(super) chances: u64,
    /// Why not every step was taken; none when all were.
    pub(super) stopped: Option<String>,
}

impl Played {
    /// Everything that it broke.
    pub(super) fn broken(&self) -> impl Iterator<Item = &BrokenProperty> {
        self.shown.iter().chain(&self.refused)
    }

    pub(super) fn breaks(&self, property: &str) -> bool {
        self.broken().any(|shown| shown.property == property)
    }

    fn add(&mut self, report: &Report, error: Option<&str>) {
        self.deliveries += report.deliveries;
        self.chances += report.chances_to_leak();
        for judged in &report.findings {
            let is_undecided = judged.finding.verdict == Verdict::Undecided;
            if judged.property == STEPS && is_undecided && judged.finding.chances > 0 {
                // When nobody knows whether a step was taken, the schedule was not tried.
                self.stopped = Some(judged.finding.reason.clone());
            }
            if judged.finding.verdict != Verdict::Violated {
                continue;
            }
            let witness = judged.finding.witnesses.first();
            let shown = BrokenProperty {
                property: judged.property.to_owned(),
                rules: judged.rules.clone(),
                witness: witness.map_or_else(String::new, |witness| witness.says.clone()),
            };
            if error.is_some() && judged.property == STEPS {
                self.refused.push(shown);
            } else {
                self.shown.push(shown);
            }
        }
        if let Some(error) = error {
            // The other lines name a file, which is removed after the run.
            let first = error.lines().next().unwrap_or(error);
            self.stopped = Some(first.to_owned());
        }
    }
}

/// The folder of a run. It is removed with all that the run wrote, which would fill the disk. What is found is kept as
/// a scenario.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that cannot be removed disturbs no other run.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The folder that has the folders of all runs in it.
pub(super) fn folder(plan: &ExplorePlan) -> PathBuf {
    plan.history.join(format!("explore-{}", plan.seed))
}

/// What is said of a schedule that nothing else is said of.
const UNKNOWN: &str = "a schedule could not be run";

/// Runs a batch on a server of its own.
///
/// # Errors
///
/// It could not be run at all.
pub(super) async fn play(plan: &ExplorePlan, batch: &Batch) -> Result<Played, Failure> {
    let random = rand::random::<u64>();
    let folder = Folder(folder(plan).join(format!("{random:016x}")));
    let file = folder.0.join("schedule.yaml");
    let text = batch.text("random schedules", &[], &Claims::default());
    // Written in place: nobody misses it, because it is removed with its folder, and a sync for each run would take time.
    let written_down = fs::create_dir_all(&folder.0).and_then(|()| fs::write(&file, text));
    written_down.map_err(|error| {
        Failure::world(
            format!("cannot write a schedule: {error}"),
            file.display(),
            "name another folder with --history",
        )
    })?;
    let suite = SuitePlan {
        paths: vec![file],
        target: plan.target.clone(),
        aim: Aim::default(),
        passwords: None,
        clients: vec![ClientKind::Own],
        only: Vec::new(),
        fault: plan.fault.clone(),
        seed: plan.seed,
        jobs: 1,
        history: folder.0.clone(),
        parts: Parts::default(),
        neighbours_only: false,
    };
    let suite = playing::run(suite, |_, _| {}).await?;
    let mut played = Played::default();
    for entry in suite.entries() {
        let Some(report) = entry.report() else {
            let why = { entry.error().map(str::to_owned) }.or_else(|| entry.why_not_tested());
            return Err(Failure::told(why.as_deref().unwrap_or(UNKNOWN)));
        };
        played.add(report, entry.error());
    }
    Ok(played)
}
