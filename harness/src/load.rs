//! Many users at once on one system, and what each of them saw, judged in the same run: the figures
//! against their thresholds, and the history, read back from its file, against the properties.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use duration::Written;
use evidence::history::VERSION;
use evidence::{Scene, UserName};
use loadtest::order::PROGRAM;
use loadtest::{LoadOutcome, Order, OrderedTarget, Role, Threshold};
use probe::{ClientKind, Target};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use url::Host;

use crate::failure::Failure;
use crate::history::record;
use crate::report::history::Report;
use crate::report::load::{Crowd, Load};
use crate::report::suite::{Entry, Suite};
use crate::system::aim::Aim;
use crate::system::{files, program, start};

/// The claims that a working session puts to the test.
const EXPECT: [&str; 6] = [
    "no_foreign_events",
    "every_event_delivered",
    "every_event_once",
    "events_in_order",
    "silent_after_session_end",
    "new_session_at_login",
];
/// What a neighbour's flood breaks.
const RULE: &str = "ISO06";
/// What other violations break.
const BREAKS: [(&str, &str); 3] = [
    ("events_in_order", "ISO17"),
    ("silent_after_session_end", "ISO09"),
    ("new_session_at_login", "WEB01"),
];

/// How long the last sessions may take to end, and the last observations to be written.
const WINDING_UP: Duration = Duration::from_mins(2);

/// Who works, on what, and for how long.
#[derive(Clone, Debug)]
pub(crate) struct LoadPlan {
    pub(crate) target: Option<PathBuf>,
    pub(crate) aim: Aim,
    pub(crate) passwords: Option<PathBuf>,
    pub(crate) fault: Option<String>,
    pub(crate) seed: u64,
    pub(crate) history: PathBuf,
    pub(crate) crowd: Crowd,
    pub(crate) thresholds: Vec<String>,
    /// Whether goose writes its report as well.
    pub(crate) html: bool,
}

/// What came of it.
pub(crate) struct Loaded {
    pub(crate) report: Suite,
    /// Goose's own tables.
    pub(crate) tables: String,
    /// Where goose wrote its report.
    pub(crate) html: Option<PathBuf>,
}

/// Lets the users work, and judges.
pub(crate) async fn run(plan: LoadPlan) -> Result<Loaded, Failure> {
    let started = Instant::now();
    let (file, text) = files::target_text(plan.target.as_deref())?;
    let mut target = files::read_target(plan.target.as_deref())?;
    let passwords = plan.passwords.as_deref().map(files::read_passwords);
    let passwords = passwords.transpose()?;
    plan.aim.check(&target, passwords.is_some())?;
    plan.aim.point(&mut target);
    let thresholds = thresholds(&plan, &target)?;
    let users = users(passwords, plan.crowd.n_users)?;
    let program = program::find(PROGRAM, None).map_err(|error| {
        let fix = "build it with `make load`: it stands beside `airtight`";
        Failure::world(error, "the load", fix)
    })?;
    if Role::of(0, &target).is_none() {
        return Err(Failure::input(
            "the target has no action that its user can do alone and that owes them something",
            "the target file",
            "give an action that takes neither a group nor another user its `yields`",
        ));
    }
    let server = start::start(&mut target, plan.fault.as_deref(), &users).await?;
    refuse_others(&target)?;
    let folder = record::folder(&plan.history, plan.seed)?;
    let name = target.name.clone();
    let order = Order {
        version: Order::version(),
        scene: scene(&plan, &target, users.keys().cloned().collect()),
        target: OrderedTarget::new(&file, &text, &target),
        users,
        time: plan.crowd.time,
        ramp: plan.crowd.ramp,
        history: folder.join("load.observer.jsonl"),
        outcome: folder.join("load.outcome.json"),
        page: plan.html.then(|| folder.join("goose.html")),
    };
    let carried_out = carry_out(&program, &order).await;
    start::end(server).await;
    let LoadOutcome {
        figures,
        tables,
        stopped,
        late,
        latest,
    } = carried_out?;
    let (file, html) = (order.history, order.page);
    let report = judge(&file).await?;
    let load =
        Load::new(plan.crowd, &figures, &thresholds, stopped.is_some()).but_for(late, latest);
    let path = PathBuf::from("load");
    let observer = ClientKind::Own;
    let entry = Entry::new(path, observer, file, started.elapsed(), report, stopped);
    let report = Suite::new(name, plan.seed, folder, started.elapsed(), vec![entry]);
    Ok(Loaded {
        report: report.under_load(load),
        tables,
        html,
    })
}

/// Lets the program do what is ordered. It ends with this process, and with the future that waits for it.
async fn carry_out(program: &Path, order: &Order) -> Result<LoadOutcome, Failure> {
    let failed = |what: &dyn std::fmt::Display| {
        Failure::world(
            what,
            program.display(),
            "free some memory, files or ports and try again",
        )
    };
    let mut line = serde_json::to_string(order).map_err(|error| failed(&error))?;
    line.push('\n');
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(&error))?;
    let mut orders = child.stdin.take();
    if let Some(orders) = &mut orders {
        let written = orders.write_all(line.as_bytes()).await;
        written.map_err(|error| failed(&error))?;
    }
    let longest = order.time + order.ramp + WINDING_UP;
    let ended = tokio::time::timeout(longest, child.wait_with_output()).await;
    // Until now: it ends with its standard input.
    drop(orders);
    let ended =
        ended.map_err(|_| failed(&format!("it did not end within {}", Written(longest))))?;
    let ended = ended.map_err(|error| failed(&error))?;
    if !ended.status.success() {
        let words = String::from_utf8_lossy(&ended.stderr);
        let words: Vec<&str> = words.lines().map(str::trim).collect();
        let words = words.join("; ");
        return Err(failed(&format!("{}: {words}", ended.status)));
    }
    let text = std::fs::read_to_string(&order.outcome).map_err(|error| failed(&error))?;
    serde_json::from_str(&text).map_err(|error| failed(&error))
}

/// A long history takes its time, and Ctrl-C must not wait for it.
async fn judge(file: &Path) -> Result<Report, Failure> {
    let file = file.to_owned();
    tokio::task::spawn_blocking(move || record::judge(&file))
        .await
        .map_err(|error| Failure::world(error, "the judge", "report this"))?
}

/// New users for a system of our own, or as many as are to work of those that are known.
fn users(
    known: Option<BTreeMap<UserName, String>>,
    n_users: usize,
) -> Result<BTreeMap<UserName, String>, Failure> {
    let Some(known) = known else {
        let names: Vec<UserName> = (1..=n_users)
            .map(|n| UserName::from(format!("user{n}").as_str()))
            .collect();
        return Ok(start::fresh_passwords(&names));
    };
    if known.len() < n_users {
        return Err(Failure::input(
            format!("{n_users} users are to work and {} are known", known.len()),
            "--passwords",
            "add the missing lines, or give a lower --users",
        ));
    }
    Ok(known.into_iter().take(n_users).collect())
}

/// The bars that were given, or the guide's.
fn thresholds(plan: &LoadPlan, target: &Target) -> Result<Vec<Threshold>, Failure> {
    let names = loadtest::measured(target);
    let rules = if plan.thresholds.is_empty() {
        loadtest::guides_bar(plan.crowd.n_users)
    } else {
        plan.thresholds.clone()
    };
    rules
        .iter()
        .map(|rule| {
            Threshold::parse(rule, &names).map_err(|error| {
                Failure::input(&error, format!("--threshold \"{rule}\""), &error.fix)
            })
        })
        .collect()
}

/// A load is put on a system of this machine alone: on anybody else's it would be an attack, and the
/// time of a delivery is the difference of two readings of one clock.
fn refuse_others(target: &Target) -> Result<(), Failure> {
    let base = target.base.as_ref();
    let is_here = match base.and_then(|base| base.host()) {
        _ if target
            .connect_to
            .is_some_and(|address| !address.is_loopback()) =>
        {
            false
        }
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if is_here {
        return Ok(());
    }
    Err(Failure::input(
        "a load is put only on a system of this machine",
        base.map_or_else(String::new, |base| base.origin().ascii_serialization()),
        "run airtight where the system runs, and name it as localhost, 127.0.0.1 or [::1]",
    ))
}

fn scene(plan: &LoadPlan, target: &Target, users: Vec<UserName>) -> Scene {
    Scene {
        airtight_history: VERSION,
        scenario: format!("{} users work at once", plan.crowd.n_users),
        rules: vec![RULE.to_owned()],
        users,
        expect: EXPECT.map(str::to_owned).to_vec(),
        seed: plan.seed,
        leaks: target.leaks.clone(),
        shares: target.is_shared(),
        breaks: BREAKS
            .map(|(property, rule)| (property.to_owned(), rule.to_owned()))
            .into(),
        ..Scene::default()
    }
}
