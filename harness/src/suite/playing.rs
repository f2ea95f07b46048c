//! Plays a plan: its cases, as many at a time as it allows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use evidence::UserName;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::applicable;
use super::case::{Case, cases};
use super::entry::entry;
use super::plan::SuitePlan;
use super::players::Players;
use super::setting::Setting;
use super::shared::Shared;
use crate::failure::Failure;
use crate::history::record;
use crate::report::suite::{Entry, NotTested, Suite};
use crate::system::{files, server, start};

/// Runs the plan. `seen` gets each scenario's entry as it ends, and how many scenarios there are.
pub(crate) async fn run(
    plan: SuitePlan,
    mut seen: impl FnMut(&Entry, usize),
) -> Result<Suite, Failure> {
    let started = Instant::now();
    let cases = cases(&plan)?;
    let mut target = files::read_target(plan.target.as_deref())?;
    let passwords = plan.passwords.as_deref().map(files::read_passwords);
    let mut passwords: Option<BTreeMap<UserName, String>> = passwords.transpose()?;
    plan.aim.check(&target, passwords.is_some())?;
    if !plan.users.is_empty() {
        passwords.get_or_insert_default().extend(plan.users);
    }
    target.pace = target.pace.max(plan.manner.pace);
    target.patience = plan.manner.patience;
    target.settling = plan.manner.settling;
    plan.aim.point(&mut target);
    plan.aim.knock(&target).await?;
    let folder = record::folder(&plan.history, plan.seed)?;
    let players = Players::of(&plan.clients).await;
    let cases: Vec<Case> = { cases.into_iter() }
        .filter(|case| !case.is_extra || players.why_not(case.client, &target).is_none())
        .collect();
    let (name, seed, n_cases) = (target.name.clone(), plan.seed, cases.len());
    // On a running system the scenarios run one after the other, because they share its users.
    let jobs = if target.start.is_none() { 1 } else { plan.jobs };
    let turns = Arc::new(Semaphore::new(jobs));
    let shared = Shared::of(&target).map(Arc::new);
    let setting = Arc::new(Setting {
        shared: shared.clone(),
        target,
        passwords,
        fault: plan.fault,
        seed,
        parts: plan.parts,
        players,
        folder: folder.clone(),
    });
    let mut running = JoinSet::new();
    for (index, case) in cases.into_iter().enumerate() {
        let (setting, turns) = (Arc::clone(&setting), Arc::clone(&turns));
        running.spawn(async move { (index, in_turn(&setting, &turns, &case).await) });
    }
    let mut entries = Vec::new();
    while let Some(ended) = running.join_next().await {
        let (index, entry) = ended.map_err(|error| {
            Failure::world(
                format!("a scenario failed inside the harness: {error}"),
                "the harness",
                "report this",
            )
        })?;
        if let Some(entry) = entry {
            seen(&entry, n_cases);
            entries.push((index, entry));
        }
    }
    if let Some(shared) = &shared {
        shared.end().await;
    }
    entries.sort_by_key(|(index, _)| *index);
    let entries = entries.into_iter().map(|(_, entry)| entry).collect();
    Ok(Suite::new(name, seed, folder, started.elapsed(), entries))
}

/// Starts the system once with this fault, and ends it, so that a fault that it does not know is reported once and not
/// for each scenario.
pub(crate) async fn try_fault(plan: &SuitePlan) -> Result<(), Failure> {
    let mut target = files::read_target(plan.target.as_deref())?;
    if plan.fault.is_none() || target.start.is_none() {
        return Ok(());
    }
    let somebody = start::fresh_passwords(&["somebody".into()]);
    let server = start::start(&mut target, plan.fault.as_deref(), &somebody).await?;
    server::end(server).await;
    Ok(())
}

/// Runs a case when its turn comes. Gives nothing where one that is no loss cannot be played.
async fn in_turn(setting: &Setting, turns: &Semaphore, case: &Case) -> Option<Entry> {
    let failed = |why: String| Entry::failed(case.scenario.path.clone(), case.client, why);
    let untested = |why| Entry::not_tested(case.scenario.path.clone(), case.client, why);
    if let Some(why) =
        applicable::why_not(&setting.target, setting.passwords.as_ref(), &case.scenario)
    {
        return Some(untested(why));
    }
    if let Some(why) = setting.players.why_not(case.client, &setting.target) {
        return Some(untested(NotTested::NoClient(why)));
    }
    let Ok(_turn) = turns.acquire().await else {
        return Some(failed("the harness is stopping".to_owned()));
    };
    let ended = entry(setting, case).await;
    let entry = ended.unwrap_or_else(|failure| failed(failure.to_string()));
    (!case.is_extra || !entry.lacks_client()).then_some(entry)
}
