//! Runs a batch on a server of its own, and says what that showed.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use evidence::{Finding, Verdict};

use super::batch::Batch;
use super::claims::Claims;
use super::plan::ExplorePlan;
use crate::failure::Failure;
use crate::language::values::Expect;
use crate::report::history::Report;
use crate::suite::plan::{Clients, Manner, Parts, SuitePlan};
use crate::suite::playing;

/// How long an answer may take: a schedule in which one takes longer is not tried, and the next one is.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long what is still due may take, likewise. It is long enough to say that something is lost.
const SETTLING: Duration = Duration::from_secs(12);
/// The same where nothing that is lost is looked for.
const SHORT: Duration = Duration::from_secs(2);
/// The property that is broken when the target does not do what a step asks for.
const STEPS: &str = "expectations_met";
/// The property whose chances tell how much an exploration could have seen.
const LEAKS: &str = "no_foreign_events";

/// A property that a run broke.
#[derive(Clone, Debug)]
pub(super) struct BrokenProperty {
    pub(super) property: String,
    /// The rules that the target file names for what leaked, if it does.
    pub(super) rules: Vec<String>,
    pub(super) witness: String,
}

/// What one run showed.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// What it broke. That the target refuses a step is not among it: a schedule is made up, and nobody has promised that
    /// all of it is possible.
    pub(super) shown: Vec<BrokenProperty>,
    pub(super) deliveries: u64,
    pub(super) chances: u64,
    /// Why not every step was taken; none when all were.
    pub(super) stopped: Option<String>,
}

impl Played {
    pub(super) fn breaks(&self, property: &str) -> bool {
        let mut shown = self.shown.iter();
        shown.any(|shown| shown.property == property)
    }

    fn add(&mut self, report: &Report, error: Option<&str>, except: &[String]) {
        self.deliveries += report.deliveries;
        // Where leaks are known already and not looked for, what is left is what could have broken the rest.
        self.chances += match except.iter().any(|known| known == LEAKS) {
            true => report.chances(),
            false => report.chances_to_leak(),
        };
        for judged in &report.findings {
            let is_undecided = judged.finding.verdict == Verdict::Undecided;
            if judged.property == STEPS && is_undecided && judged.finding.chances > 0 {
                // When nobody knows whether a step was taken, the schedule was not tried.
                self.stopped = Some(judged.finding.reason.clone());
            }
            let is_violated = judged.finding.verdict == Verdict::Violated;
            if is_violated && judged.property == STEPS && !is_attack(&judged.finding) {
                // The target does not let somebody do what the schedule made up: nobody has promised that.
                let first = judged.finding.witnesses.first();
                self.stopped = first.map(|witness| witness.says.clone());
                continue;
            }
            let is_known = except.iter().any(|known| known == judged.property);
            if !is_violated || is_known {
                continue;
            }
            let witness = judged.finding.witnesses.first();
            let named = judged
                .rules
                .iter()
                .filter(|rule| !report.rules.contains(rule));
            self.shown.push(BrokenProperty {
                property: judged.property.to_owned(),
                rules: named.cloned().collect(),
                witness: witness.map_or_else(String::new, |witness| witness.says.clone()),
            });
        }
        if let Some(error) = error {
            // The other lines name a file, which is removed after the run.
            let first = error.lines().next().unwrap_or(error);
            self.stopped = Some(first.to_owned());
        }
    }
}

/// Whether anything was granted that had to be refused. What was claimed stands between the place and what came, and only
/// that counts: what came is in the target's words.
fn is_attack(finding: &Finding) -> bool {
    let mut says = finding.witnesses.iter().map(|witness| &witness.says);
    says.any(|says| says.split(": ").nth(1).is_some_and(claims_refusal))
}

fn claims_refusal(claim: &str) -> bool {
    let refused = format!(" is {}", Expect::Refused.word());
    let others = [" is not made", " is not joined", " is not left"];
    claim.ends_with(&refused) || others.iter().any(|words| claim.ends_with(words))
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

/// How long what is due is waited for where only this property is looked for.
fn settling(property: &str) -> Duration {
    match property {
        LEAKS | STEPS | "others_actions_out_of_reach" => SHORT,
        _ => SETTLING,
    }
}

/// Runs a batch when it is its turn, on a server of its own or on the running system. `wanted` is the property that it may
/// break, if one is known.
///
/// # Errors
///
/// It could not be run at all.
pub(super) async fn play(
    plan: &ExplorePlan,
    batch: &Batch,
    wanted: Option<&str>,
) -> Result<Played, Failure> {
    // Nobody closes it.
    let _turn = plan.turns.acquire().await;
    play_now(plan, batch, wanted).await
}

/// The same; `None` where its turn comes after the end.
pub(super) async fn play_before(
    end: Instant,
    plan: &ExplorePlan,
    batch: &Batch,
    wanted: Option<&str>,
) -> Option<Result<Played, Failure>> {
    let _turn = plan.turns.acquire().await;
    if Instant::now() >= end {
        return None;
    }
    Some(play_now(plan, batch, wanted).await)
}

async fn play_now(
    plan: &ExplorePlan,
    batch: &Batch,
    wanted: Option<&str>,
) -> Result<Played, Failure> {
    let random = rand::random::<u64>();
    let folder = Folder(folder(plan).join(format!("{random:016x}")));
    let file = folder.0.join("schedule.yaml");
    let text = batch.text("random schedules", &[], &Claims::all_but(&plan.except));
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
        aim: plan.aim.clone(),
        passwords: plan.passwords.clone(),
        users: plan.users.passwords.clone().unwrap_or_default(),
        manner: Manner {
            pace: plan.pace,
            patience: Some(PATIENCE),
            settling: Some(wanted.map_or(SETTLING, settling)),
        },
        clients: Clients::default(),
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
        played.add(report, entry.error(), &plan.except);
    }
    Ok(played)
}

#[cfg(test)]
mod tests {
    use super::claims_refusal;

    #[test]
    fn only_a_granted_attack_counts_whatever_the_target_says() {
        let claim = |says: &str| says.split(": ").nth(1).is_some_and(claims_refusal);
        assert!(claim(
            "bob/desktop: reading `s1` of alice is refused: granted"
        ));
        assert!(claim("bob/desktop: `room/red` is not joined: granted"));
        assert!(!claim(
            "bob/desktop: the socket is opened: this is not allowed"
        ));
        assert!(!claim(
            "bob/desktop: `say` is granted: it is refused: too fast"
        ));
    }
}
