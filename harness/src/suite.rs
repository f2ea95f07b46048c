//! Runs scenarios, each on a system of its own where the harness may start one, and judges what they
//! left behind. The findings come from the history alone, so that `recheck` gives the same.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use evidence::history::VERSION;
use evidence::{Scene, UserName};
use probe::{ClientKind, ProbeError, Recorder, RecorderError, Site, Target};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use url::Url;

use crate::failure::Failure;
use crate::local::Local;
use crate::recheck;
use crate::report::{Entry, Suite};
use crate::runner::{RunError, Runner};
use crate::scenario::{self, Scenario, Step, StepKind};

/// How long the last observations may take to be written.
const WRITING: Duration = Duration::from_secs(20);
/// The target that is started when none is named.
const REFERENCE: &str = include_str!("../../scenarios/targets/reference.yaml");
/// Folders of scenario files that hold none.
const NO_SCENARIOS: [&str; 3] = ["contract", "targets", "rejected"];

/// What to run, on what, and how.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) target: Option<PathBuf>,
    pub(crate) url: Option<Url>,
    pub(crate) passwords: Option<PathBuf>,
    pub(crate) connect_to: Option<IpAddr>,
    pub(crate) trust: Option<PathBuf>,
    pub(crate) clients: Vec<ClientKind>,
    pub(crate) only: Vec<String>,
    pub(crate) fault: Option<String>,
    pub(crate) seed: u64,
    pub(crate) jobs: usize,
    pub(crate) history: PathBuf,
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
    let target = target(&plan)?;
    let passwords = plan.passwords.as_deref().map(read_passwords).transpose()?;
    if plan.url.is_some() && passwords.is_none() {
        return Err(Failure::input(
            "a running system has users of its own",
            "--url",
            "name a file of NAME=PASSWORD lines with --passwords",
        ));
    }
    if plan.url.is_none() && target.start.is_none() {
        return Err(Failure::input(
            "the target file does not say how to start it",
            "--target",
            "name a running system with --url, or add `start` to the target file",
        ));
    }
    let folder = plan
        .history
        .join(format!("seed-{}-{}", plan.seed, std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| {
        Failure::world(
            format!("cannot make the folder of the histories: {error}"),
            folder.display(),
            "name another with --history",
        )
    })?;
    let (name, seed, n_cases) = (target.target.clone(), plan.seed, cases.len());
    // Against somebody's running system one after the other: its users are shared.
    let jobs = if plan.url.is_some() { 1 } else { plan.jobs };
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

/// Every scenario under the paths, checked before anything runs.
fn cases(plan: &Plan) -> Result<Vec<Case>, Failure> {
    let mut cases = Vec::new();
    for path in files(&plan.paths)? {
        let scenario = scenario::read(&path).map_err(|error| Failure::Told(error.to_string()))?;
        let shown = path.display().to_string();
        let chosen = plan.only.is_empty()
            || plan.only.iter().any(|only| {
                shown.contains(only)
                    || scenario.rules.contains(only)
                    || scenario.sentence.contains(only)
            });
        if !chosen {
            continue;
        }
        for client in &plan.clients {
            // The library cannot be cut, stalled or asked for its transport's id.
            let client = if needs_observer(&scenario.steps) {
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
        return Err(Failure::input(
            "there is no scenario to run",
            only,
            "name scenario files, or a folder of them",
        ));
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

fn needs_observer(steps: &[Step]) -> bool {
    steps.iter().any(|step| match &step.kind {
        StepKind::Cut(_) | StepKind::Stall(_) | StepKind::Resume(_) | StepKind::Restart => true,
        StepKind::Http(http) => http.path.contains(".sid}"),
        StepKind::Repeat { steps, .. } | StepKind::Together(steps) => needs_observer(steps),
        _ => false,
    })
}

fn target(plan: &Plan) -> Result<Target, Failure> {
    let (text, at) = match &plan.target {
        None => (REFERENCE.to_owned(), "the built-in target".to_owned()),
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| {
                Failure::input(
                    format!("cannot read the target file: {error}"),
                    path.display(),
                    "name a target file that this user may read",
                )
            })?;
            (text, path.display().to_string())
        }
    };
    let mut target = Target::parse(&text).map_err(|error| {
        let at = error
            .line
            .map_or_else(|| at.clone(), |line| format!("{at}:{line}"));
        Failure::input(error.message, at, error.fix)
    })?;
    if let Some(url) = &plan.url {
        target.base = url.clone();
        target.connect_to = plan.connect_to.or(target.connect_to);
    }
    target.trust = plan.trust.clone().or(target.trust);
    Ok(target)
}

fn read_passwords(path: &Path) -> Result<BTreeMap<UserName, String>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::input(
            format!("cannot read the passwords: {error}"),
            path.display(),
            "name a file of NAME=PASSWORD lines",
        )
    })?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| match line.split_once('=') {
            Some((name, password)) => Ok((UserName::from(name.trim()), password.to_owned())),
            None => Err(Failure::input(
                "a line that is no NAME=PASSWORD",
                format!("{}:{}", path.display(), index + 1),
                "write one user a line",
            )),
        })
        .collect()
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
        Ok((file, ended)) => match judge(&file) {
            Ok(report) => Entry::new(
                case.path.clone(),
                case.client,
                file,
                started.elapsed(),
                report,
                ended.err().map(|(line, error)| told(case, line, &error)),
            ),
            Err(failure) => Entry::failed(case.path.clone(), case.client, failure.to_string()),
        },
        Err(failure) => Entry::failed(case.path.clone(), case.client, failure.to_string()),
    }
}

fn told(case: &Case, line: u64, error: &RunError) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        words += &format!(": {source}");
        cause = source.source();
    }
    format!("{words}\n  at:  {}:{line}", case.path.display())
}

type Recorded = (PathBuf, Result<(), (u64, RunError)>);

/// Runs the case; the history is complete when this returns.
async fn record(shared: &Arc<Shared>, case: &Case) -> Result<Recorded, Failure> {
    let passwords = passwords(shared, &case.scenario)?;
    let (mut target, server) = (shared.target.clone(), start(shared, &passwords).await?);
    if let Some(server) = &server {
        target.base = Url::parse(server.address()).map_err(|error| {
            Failure::world(
                format!("the target's address is no URL: {error}"),
                server.address(),
                "mend `ready_line` in the target file",
            )
        })?;
    }
    let scene = scene(shared, case, &target);
    let file = shared.folder.join(file_name(case));
    let cannot_write = |error: &dyn std::fmt::Display| {
        Failure::world(
            format!("cannot write the history: {error}"),
            file.display(),
            "name another folder with --history",
        )
    };
    let out = File::create(&file).map_err(|error| cannot_write(&error))?;
    let (recorder, writing) = Recorder::start(&scene, out).map_err(|error| cannot_write(&error))?;
    let site = Site::new(target).map_err(|error| match error {
        ProbeError::Trust { .. } => Failure::input(error, "--cacert", "name a certificate in PEM"),
        error => Failure::world(error, "TLS", "repair the system's OpenSSL"),
    })?;
    let runner = Runner::new(
        site,
        recorder,
        case.client,
        passwords,
        server,
        shared.plan.seed,
    );
    let ended = runner.run(&case.scenario.steps).await;
    // Ending the server blocks until it is gone.
    let closing = tokio::task::spawn_blocking(move || {
        drop(runner);
        writing.finish()
    });
    match tokio::time::timeout(WRITING, closing).await {
        Ok(Ok(Ok(_))) => Ok((file, ended)),
        // What was written until then is judged; a leak that fills a history is a leak.
        Ok(Ok(Err(RecorderError::Full))) => {
            let line = case.scenario.steps.last().map_or(1, |step| step.line);
            Ok((
                file,
                ended.and(Err((line, RunError::Probe(RecorderError::Full.into())))),
            ))
        }
        Ok(Ok(Err(error))) => Err(cannot_write(&error)),
        _ => Err(cannot_write(&"some client did not end")),
    }
}

fn passwords(shared: &Shared, scenario: &Scenario) -> Result<BTreeMap<UserName, String>, Failure> {
    let Some(known) = &shared.passwords else {
        let fresh = |user: &UserName| (user.clone(), format!("{:032x}", rand::random::<u128>()));
        return Ok(scenario.users.iter().map(fresh).collect());
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

async fn start(
    shared: &Arc<Shared>,
    passwords: &BTreeMap<UserName, String>,
) -> Result<Option<Local>, Failure> {
    if shared.plan.url.is_some() {
        return Ok(None);
    }
    let (shared, passwords) = (Arc::clone(shared), passwords.clone());
    let starting = tokio::task::spawn_blocking(move || {
        let start = shared.target.start.as_ref()?;
        Some(Local::start(
            start,
            shared.plan.fault.as_deref(),
            &passwords,
        ))
    });
    match starting.await {
        Ok(Some(Ok(local))) => Ok(Some(local)),
        Ok(Some(Err(error))) => Err(Failure::world(&error, "the target's start", error.fix())),
        _ => Err(Failure::world(
            "the start failed inside the harness",
            "the target's start",
            "report this",
        )),
    }
}

fn scene(shared: &Shared, case: &Case, target: &Target) -> Scene {
    let mut expect = case.scenario.expect.clone();
    // What the steps themselves ask for is always judged.
    let own = "expectations_met";
    if asks(&case.scenario.steps) && !expect.iter().any(|name| name == own) {
        expect.push(own.to_owned());
    }
    Scene {
        airtight_history: VERSION,
        scenario: case.scenario.sentence.clone(),
        rules: case.scenario.rules.clone(),
        users: case.scenario.users.clone(),
        expect,
        seed: shared.plan.seed,
        leaks: target
            .events
            .iter()
            .map(|(event, part)| (event.clone(), part.leak.clone()))
            .collect(),
    }
}

fn asks(steps: &[Step]) -> bool {
    steps.iter().any(|step| match &step.kind {
        StepKind::Repeat { steps, .. } | StepKind::Together(steps) => asks(steps),
        StepKind::Login { .. }
        | StepKind::Open { .. }
        | StepKind::Close(_)
        | StepKind::Cut(_)
        | StepKind::Stall(_)
        | StepKind::Resume(_)
        | StepKind::Restart => false,
        StepKind::Emit { expect, .. } => expect.is_some(),
        StepKind::Http(http) => {
            !http.expect.is_empty() || http.contains.is_some() || http.lacks.is_some()
        }
        StepKind::Upload { expect, .. } => !expect.is_empty(),
        _ => true,
    })
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

fn judge(file: &Path) -> Result<crate::report::Report, Failure> {
    let bytes = fs::read(file).map_err(|error| {
        Failure::world(
            format!("cannot read the history: {error}"),
            file.display(),
            "name another folder with --history",
        )
    })?;
    let history = recheck::parse(file, &bytes).map_err(|error| Failure::Told(error.to_string()))?;
    recheck::judge(file, &history, &[]).map_err(|error| Failure::Told(error.to_string()))
}
