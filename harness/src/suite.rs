//! Runs scenarios, each on a system of its own where the harness may start one, and judges what they
//! left behind. The findings come from the history alone, so that `recheck` gives the same.

mod parts;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use evidence::history::VERSION;
use evidence::{Scene, UserName};
use probe::{ClientKind, Target};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::causes::with_causes;
use crate::failure::Failure;
use crate::history::record::{self, Ended, Record};
use crate::play;
use crate::report::suite::{Entry, Suite};
use crate::run::error::{RunError, Stopped};
use crate::run::state::Run;
use crate::scenario::content::Scenario;
use crate::scenario::file;
use crate::steps::step::{any_asks, any_needs_observer};
use crate::system::aim::Aim;
use crate::system::{files as inputs, start};

pub(crate) use self::parts::Parts;

/// Folders of scenario files that hold none.
const NO_SCENARIOS: [&str; 4] = ["contract", "targets", "faults", "rejected"];

/// The property that judges what the steps ask for.
const STEPS: &str = "expectations_met";

/// What to run, on what, and how.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) target: Option<PathBuf>,
    pub(crate) aim: Aim,
    pub(crate) passwords: Option<PathBuf>,
    pub(crate) clients: Vec<ClientKind>,
    pub(crate) only: Vec<String>,
    pub(crate) fault: Option<String>,
    pub(crate) seed: u64,
    pub(crate) jobs: usize,
    pub(crate) history: PathBuf,
    /// How often a scenario with neighbours is run.
    pub(crate) parts: Parts,
    /// Leave out every other scenario.
    pub(crate) neighbours_only: bool,
}

/// One scenario with one client.
#[derive(Clone)]
struct Case {
    path: PathBuf,
    scenario: Scenario,
    client: ClientKind,
}

struct Shared {
    plan: Plan,
    target: Target,
    passwords: Option<BTreeMap<UserName, String>>,
    folder: PathBuf,
    turns: Semaphore,
}

/// Runs the plan; `seen` is told of each scenario as it ends.
pub(crate) async fn run(plan: Plan, mut seen: impl FnMut(&Entry, usize)) -> Result<Suite, Failure> {
    let started = Instant::now();
    let cases = cases(&plan)?;
    let mut target = inputs::read_target(plan.target.as_deref())?;
    let passwords = plan.passwords.as_deref().map(inputs::read_passwords);
    let passwords = passwords.transpose()?;
    plan.aim.check(&target, passwords.is_some())?;
    plan.aim.point(&mut target);
    let folder = record::folder(&plan.history, plan.seed)?;
    let (name, seed, n_cases) = (target.target.clone(), plan.seed, cases.len());
    // Against somebody's running system one after the other: its users are shared.
    let jobs = if plan.aim.url.is_some() { 1 } else { plan.jobs };
    let shared = Arc::new(Shared {
        turns: Semaphore::new(jobs),
        target,
        passwords,
        folder: folder.clone(),
        plan,
    });
    let mut running = JoinSet::new();
    for (index, case) in cases.into_iter().enumerate() {
        let shared = Arc::clone(&shared);
        running.spawn(async move { (index, one(&shared, &case).await) });
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
        seen(&entry, n_cases);
        entries.push((index, entry));
    }
    entries.sort_by_key(|(index, _)| *index);
    let entries = entries.into_iter().map(|(_, entry)| entry).collect();
    Ok(Suite::new(name, seed, folder, started.elapsed(), entries))
}

/// Starts the system once with this fault, and ends it: a fault that it does not know is told once, and not by
/// each scenario.
pub(crate) async fn try_fault(plan: &Plan) -> Result<(), Failure> {
    let mut target = inputs::read_target(plan.target.as_deref())?;
    if plan.fault.is_none() || plan.aim.url.is_some() || target.start.is_none() {
        return Ok(());
    }
    let somebody = start::fresh_passwords(&["somebody".into()]);
    let server = start::start(&mut target, plan.fault.as_deref(), &somebody).await?;
    start::end(server).await;
    Ok(())
}

/// Every scenario under the paths, checked before anything runs.
fn cases(plan: &Plan) -> Result<Vec<Case>, Failure> {
    let mut cases = Vec::new();
    for path in files(&plan.paths)? {
        let scenario = file::read(&path).map_err(|error| Failure::input_in_full(&error))?;
        let shown = path.display().to_string();
        let chosen = plan.only.is_empty()
            || plan.only.iter().any(|only| {
                shown.contains(only)
                    || scenario.rules.contains(only)
                    || scenario.sentence.contains(only)
            });
        if !chosen || (plan.neighbours_only && scenario.beside.is_empty()) {
            continue;
        }
        for client in &plan.clients {
            // The library cannot be cut, stalled or asked for its transport's id.
            let client = if scenario.all_steps().any(any_needs_observer) {
                ClientKind::Observer
            } else {
                *client
            };
            let case = Case {
                path: path.clone(),
                scenario: scenario.clone(),
                client,
            };
            if !cases
                .iter()
                .any(|other: &Case| other.path == case.path && other.client == case.client)
            {
                cases.push(case);
            }
        }
    }
    if cases.is_empty() {
        let only = if plan.only.is_empty() {
            "the paths".to_owned()
        } else {
            format!("--only {}", plan.only.join(" --only "))
        };
        let fix = if plan.neighbours_only {
            "name scenarios with `beside`, or a folder of them"
        } else {
            "name scenario files, or a folder of them"
        };
        return Err(Failure::input("there is no scenario to run", only, fix));
    }
    Ok(cases)
}

/// The files named, and every `.yaml` in the folders named.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let read = |error| {
            Failure::input(
                format!("cannot read the folder: {error}"),
                path.display(),
                "name a folder that this user may read",
            )
        };
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(read)? {
            inside.push(entry.map_err(read)?.path());
        }
        inside.retain(|path| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if path.is_dir() {
                !NO_SCENARIOS.contains(&name)
            } else {
                Path::new(name)
                    .extension()
                    .is_some_and(|suffix| suffix == "yaml")
            }
        });
        inside.sort();
        if !inside.is_empty() {
            files.extend(self::files(&inside)?);
        }
    }
    Ok(files)
}

async fn one(shared: &Arc<Shared>, case: &Case) -> Entry {
    let Ok(_turn) = shared.turns.acquire().await else {
        return Entry::failed(
            case.path.clone(),
            case.client,
            "the harness is stopping".to_owned(),
        );
    };
    let started = Instant::now();
    match record(shared, case).await {
        Ok((file, ended)) => match record::judge(&file) {
            Ok(report) => Entry::new(
                case.path.clone(),
                case.client,
                file,
                started.elapsed(),
                report,
                ended.err().map(|stopped| told(case, &stopped)),
            ),
            Err(failure) => Entry::failed(case.path.clone(), case.client, failure.to_string()),
        },
        Err(failure) => Entry::failed(case.path.clone(), case.client, failure.to_string()),
    }
}

fn told(case: &Case, Stopped { line, error }: &Stopped) -> String {
    let words = with_causes(error);
    format!("{words}\n  at:  {}:{line}", case.path.display())
}

type Recorded = (PathBuf, Result<(), Stopped>);

/// Runs the case; the history is complete when this returns.
async fn record(shared: &Arc<Shared>, case: &Case) -> Result<Recorded, Failure> {
    let passwords = passwords(shared, &case.scenario)?;
    if !case.scenario.beside.is_empty() {
        return parts::record(shared, case, &passwords).await;
    }
    let mut target = shared.target.clone();
    let server = start::start(&mut target, shared.plan.fault.as_deref(), &passwords).await?;
    let scene = scene(shared, case);
    let (recorder, record) = Record::start(&scene, shared.folder.join(file_name(case)))?;
    let site = start::site(target)?;
    let run = Run::new(
        site,
        recorder,
        case.client,
        passwords,
        server,
        shared.plan.seed,
    );
    let ended = play::alone(&run, &case.scenario.steps).await;
    finish(case, record, run, ended).await
}

/// Waits until the history is written; `holders` hold the recorder.
async fn finish(
    case: &Case,
    record: Record,
    holders: impl Send + 'static,
    ended: Result<(), Stopped>,
) -> Result<Recorded, Failure> {
    match record.finish(holders).await? {
        (file, Ended::Whole) => Ok((file, ended)),
        (file, Ended::Early(error)) => {
            let line = case.scenario.steps.last().map_or(1, |at| at.line);
            let error = RunError::Probe(error.into());
            // A step that could not write down what it saw knows less of why.
            let line = ended.err().map_or(line, |stopped| stopped.line);
            Ok((file, Err(Stopped { line, error })))
        }
    }
}

fn passwords(shared: &Shared, scenario: &Scenario) -> Result<BTreeMap<UserName, String>, Failure> {
    let Some(known) = &shared.passwords else {
        return Ok(start::fresh_passwords(&scenario.users));
    };
    let one = |user: &UserName| {
        let password = known.get(user).cloned();
        password
            .map(|password| (user.clone(), password))
            .ok_or_else(|| {
                Failure::input(
                    format!("there is no password for `{user}`"),
                    "--passwords",
                    format!("add a line {user}=PASSWORD"),
                )
            })
    };
    scenario.users.iter().map(one).collect()
}

fn scene(shared: &Shared, case: &Case) -> Scene {
    let mut expect = case.scenario.expect.clone();
    // What the steps themselves ask for is always judged.
    if case.scenario.all_steps().any(any_asks) && !expect.iter().any(|name| name == STEPS) {
        expect.push(STEPS.to_owned());
    }
    Scene {
        airtight_history: VERSION,
        scenario: case.scenario.sentence.clone(),
        rules: case.scenario.rules.clone(),
        users: case.scenario.users.clone(),
        expect,
        seed: shared.plan.seed,
        leaks: shared
            .target
            .events
            .iter()
            .map(|(event, part)| (event.clone(), part.leak.clone()))
            .collect(),
        breaks: BTreeMap::new(),
    }
}

fn file_name(case: &Case) -> String {
    let path = case.path.with_extension("");
    let words: Vec<String> = path
        .components()
        .filter_map(|part| part.as_os_str().to_str())
        .filter(|part| !matches!(*part, "/" | "." | ".."))
        .map(str::to_owned)
        .collect();
    let tail = words.len().saturating_sub(2);
    let client = match case.client {
        ClientKind::Observer => "observer",
        ClientKind::RustSocketio => "rust-socketio",
    };
    format!("{}.{client}.jsonl", words[tail..].join("-"))
}
