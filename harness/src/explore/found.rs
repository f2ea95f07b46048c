//! The counterexample: it is run several times more, and written as a scenario file.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;

use super::batch::Batch;
use super::claims::{Claims, rule_of};
use super::plan::ExplorePlan;
use super::play::{BrokenProperty, play};
use crate::failure::Failure;

/// How many times more the shortest schedule is run.
const CONFIRMATIONS: u32 = 5;

/// The shortest schedule that breaks a property.
#[derive(Clone, Debug)]
pub(crate) struct Counterexample {
    pub(crate) property: String,
    /// The rule that is broken.
    pub(crate) rule: String,
    pub(crate) witness: String,
    /// The command that runs it again.
    pub(crate) command: String,
    pub(crate) n_steps: usize,
    /// Runs that it took to shrink the schedule.
    pub(crate) shrink_runs: u64,
    /// In how many runs the property was broken again, and of how many.
    pub(crate) again: (u32, u32),
    /// How long the search took.
    pub(crate) after: Duration,
}

/// The properties that one observation breaks for good: somebody has what is not theirs.
const SHOWN: [&str; 2] = ["no_foreign_events", "others_actions_out_of_reach"];

impl Counterexample {
    /// Whether it is shown by what came, and not by what did not come in time.
    pub(crate) fn is_shown(&self) -> bool {
        SHOWN.contains(&self.property.as_str())
    }
}

/// Runs the shortest schedule several times more, and writes it as a scenario file.
pub(super) async fn confirm(
    plan: &ExplorePlan,
    batch: &Batch,
    found: &BrokenProperty,
    shrink_runs: u64,
    after: Duration,
) -> Result<Counterexample, Failure> {
    let mut claims = Claims::default();
    let rule = rule(batch, found);
    claims.add(&found.property, &rule);
    let runs = (0..CONFIRMATIONS).map(|_| play(plan, batch, Some(&found.property)));
    let mut again = 0;
    // A run that failed confirms nothing.
    for played in join_all(runs).await.into_iter().flatten() {
        again += u32::from(played.breaks(&found.property));
        for shown in &played.shown {
            claims.add(&shown.property, &self::rule(batch, shown));
        }
    }
    let name = plan.fault.as_deref().unwrap_or("found").to_lowercase();
    let file = plan.out.join(format!("{name}-{}.yaml", plan.seed));
    let command = command(plan, &file);
    let repeats = if again == CONFIRMATIONS {
        format!("again in {again} of {CONFIRMATIONS} runs")
    } else {
        format!("again in only {again} of {CONFIRMATIONS} runs: it is flaky")
    };
    let comment = [
        format!(
            "Found by `airtight explore --seed {}`, then shrunk.",
            plan.seed
        ),
        format!("It broke {} {repeats}.", found.property),
        format!("Run it: {command}"),
    ];
    let text = batch.text("a schedule that exploring found", &comment, &claims);
    let stored = fs::create_dir_all(&plan.out).and_then(|()| Ok(whole_file::write(&file, text)?));
    stored.map_err(|error| {
        Failure::world(
            format!(
                "{} is violated, and the counterexample cannot be written: {error}",
                found.property
            ),
            file.display(),
            format!(
                "explore again with --seed {}, and name another folder with --out",
                plan.seed
            ),
        )
    })?;
    Ok(Counterexample {
        property: found.property.clone(),
        rule,
        witness: found.witness.clone(),
        command,
        n_steps: batch.n_steps(),
        shrink_runs,
        again: (again, CONFIRMATIONS),
        after,
    })
}

/// The rule that the target file names for what leaked, or else that of what led to it.
fn rule(batch: &Batch, found: &BrokenProperty) -> String {
    let usual = || rule_of(&found.property, batch.situations()).to_owned();
    found.rules.first().cloned().unwrap_or_else(usual)
}

/// The command that runs the scenario with the same fault.
fn command(plan: &ExplorePlan, file: &Path) -> String {
    let fault = plan.fault.iter();
    let fault: String = fault.map(|fault| format!(" --fault {fault}")).collect();
    let target = plan.target.iter();
    let target: String = { target }
        .map(|target| format!(" --target {}", target.display()))
        .collect();
    let url = plan.aim.url.iter().map(|url| format!(" --url {url}"));
    let passwords =
        { plan.passwords.iter() }.map(|file| format!(" --passwords {}", file.display()));
    let running: String = url.chain(passwords).collect();
    format!("airtight run {}{target}{running}{fault}", file.display())
}
