//! Many users at once on one system, and what each of them saw, judged in the same run: the figures
//! against their thresholds, and the history, read back from its file, against the properties.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use duration::Written;
use evidence::history::VERSION;
use evidence::{Scene, UserName};
use loadtest::measured;
use loadtest::order::PROGRAM;
use loadtest::{Arrivals, Bar, LoadOutcome, Order, OrderedTarget, Progress, Role, Threshold};
use probe::{ClientKind, Target};
use targets::file::journey::Stop;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdout, Command};

use crate::failure::Failure;
use crate::history::record;
use crate::report::history::Report;
use crate::report::load::{Crowd, Load};
use crate::report::suite::{Entry, Suite};
use crate::suite::setting;
use crate::system::aim::Aim;
use crate::system::cast::known_users;
use crate::system::{files, program, server, start};

/// The claims that a working session puts to the test.
const EXPECT: [&str; 6] = [
    "no_foreign_events",
    "every_event_delivered",
    "every_event_once",
    "events_in_order",
    "silent_after_session_end",
    "new_session_at_login",
];
/// What is looked for where many work at once: a queue of all that is full, and what one gets of another because the two
/// met in a buffer, an object or a page.
const RULES: [&str; 3] = ["ISO06", "ISO24", "ISO26"];
/// What violations break that are of one kind.
const BREAKS: [(&str, &str); 5] = [
    ("every_event_delivered", "ISO06"),
    ("every_event_once", "DEL02"),
    ("events_in_order", "ISO17"),
    ("silent_after_session_end", "ISO09"),
    ("new_session_at_login", "WEB01"),
];

/// One user alone cannot show isolation.
const FEWEST: usize = 2;

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
    /// So many users work because nobody said how many: fewer will do.
    pub(crate) fewer_will_do: bool,
    /// When rounds of work are due, where they come at a rate.
    pub(crate) arrivals: Option<Arrivals>,
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

/// Lets the users work, and judges. Each second it tells how far it is. `history` is told which file it writes, once it
/// does: if it is interrupted, that file is what is left.
pub(crate) async fn run(
    mut plan: LoadPlan,
    history: &OnceLock<PathBuf>,
    told: impl Fn(Progress) + Send,
) -> Result<Loaded, Failure> {
    let started = Instant::now();
    let (file, text) = files::target_text(plan.target.as_deref())?;
    let mut target = files::read_target(plan.target.as_deref())?;
    let passwords = plan.passwords.as_deref().map(files::read_passwords);
    let passwords = passwords.transpose()?;
    plan.aim.check(&target, passwords.is_some())?;
    plan.aim.point(&mut target);
    let is_elsewhere = !plan.aim.stays_here(&target).await?;
    let users = users(&target, passwords.as_ref(), &plan)?;
    plan.crowd.n_users = users.len();
    let thresholds = thresholds(&plan, &target)?;
    plan.aim.knock(&target).await?;
    let program = program::find(PROGRAM, None).map_err(|error| {
        let fix = "build it with `make load`: it stands beside `airtight`";
        Failure::world(error, "the load", fix)
    })?;
    if Role::of(0, &target).is_none() {
        return Err(Failure::input(
            "the target has no action that its user can do alone, or in a group of their own, and that owes them something",
            "the target file",
            "give an action that takes nobody else its `yields`, or say under `journeys` what users do",
        ));
    }
    let server = start::start(&mut target, plan.fault.as_deref(), &users).await?;
    let folder = record::folder(&plan.history, plan.seed)?;
    let name = target.name.clone();
    let order = Order {
        version: Order::version(),
        scene: scene(&plan, &target, users.keys()),
        target: OrderedTarget::new(&file, &text, &target),
        users,
        time: plan.crowd.time,
        ramp: plan.crowd.ramp,
        arrivals: plan.arrivals.clone(),
        is_elsewhere,
        longest_pause: longest_pause(&target),
        history: folder.join("load.observer.jsonl"),
        outcome: folder.join("load.outcome.json"),
        page: plan.html.then(|| folder.join("goose.html")),
    };
    history.get_or_init(|| order.history.clone());
    let carried_out = carry_out(&program, &order, told).await;
    server::end(server).await;
    let LoadOutcome {
        figures,
        tables,
        stopped,
        late,
        latest,
        limits,
        too_few_users,
    } = carried_out?;
    let (file, html) = (order.history, order.page);
    let report = judge(&file).await?;
    let load = Load::new(plan.crowd, &figures, &thresholds, stopped.is_some())
        .but_for(late, latest)
        .but_for_limits(&limits, too_few_users.as_deref());
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
async fn carry_out(
    program: &Path,
    order: &Order,
    told: impl Fn(Progress) + Send,
) -> Result<LoadOutcome, Failure> {
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
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(&error))?;
    let mut orders = child.stdin.take();
    if let Some(orders) = &mut orders {
        let written = orders.write_all(line.as_bytes()).await;
        written.map_err(|error| failed(&error))?;
    }
    let longest = order.time + order.ramp + order.longest_pause + WINDING_UP;
    let progress = child.stdout.take();
    let ended = async { tokio::join!(child.wait_with_output(), follow(progress, told)).0 };
    let ended = tokio::time::timeout(longest, ended).await;
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

/// How long a round of a journey pauses at most: a user who is in it when the time is over goes on to its end.
fn longest_pause(target: &Target) -> Duration {
    let pauses = target.journeys.iter().map(|(_, journey)| {
        let pauses = journey.stops.iter().filter_map(|stop| match stop {
            Stop::Pause(time) => Some(*time),
            Stop::Start(_) | Stop::Read(_) => None,
        });
        pauses.sum()
    });
    pauses.max().unwrap_or_default()
}

/// Passes on how far the program is, until it ends.
async fn follow(progress: Option<ChildStdout>, told: impl Fn(Progress)) {
    let Some(progress) = progress else { return };
    let mut lines = BufReader::new(progress).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        // What is no progress is of no use here.
        if let Ok(progress) = serde_json::from_str(&line) {
            told(progress);
        }
    }
}

/// A long history takes its time, and Ctrl-C must not wait for it.
async fn judge(file: &Path) -> Result<Report, Failure> {
    let file = file.to_owned();
    tokio::task::spawn_blocking(move || record::judge(&file))
        .await
        .map_err(|error| Failure::world(error, "the judge", "report this"))?
}

/// New users, where the target takes anybody, or as many as are to work of those that are known.
fn users(
    target: &Target,
    passwords: Option<&BTreeMap<UserName, String>>,
    plan: &LoadPlan,
) -> Result<BTreeMap<UserName, String>, Failure> {
    let n_users = plan.crowd.n_users;
    let known = known_users(target, passwords);
    let adds = target.start.as_ref();
    let adds = adds.is_some_and(|start| !start.add_users.is_empty());
    let registers = !target.users.register.is_empty();
    let is_open = !target.needs_passwords() && target.users.known.is_empty();
    let takes_anybody = adds || registers || is_open;
    if passwords.is_none() && takes_anybody && known.len() < n_users {
        // A running system may know those of an earlier load.
        let mark = match registers && target.start.is_none() {
            true => format!("-{:06x}", rand::random::<u32>() & 0x00ff_ffff),
            false => String::new(),
        };
        let names: Vec<UserName> = (1..=n_users)
            .map(|n| UserName::from(format!("user{n}{mark}").as_str()))
            .collect();
        return Ok(start::fresh_passwords(&names));
    }
    let is_enough = known.len() >= n_users || (plan.fewer_will_do && known.len() >= FEWEST);
    if !is_enough {
        return Err(Failure::input(
            format!("{n_users} users are to work and {} are known", known.len()),
            if passwords.is_some() {
                "--passwords"
            } else {
                "users"
            },
            "add the missing ones to `users` in the target file or to the file of --passwords, or give a lower --users",
        ));
    }
    Ok(known.into_iter().take(n_users).collect())
}

/// The usual bars, but for what the given ones limit themselves: a limit of one figure must not hide that events are
/// lost.
fn thresholds(plan: &LoadPlan, target: &Target) -> Result<Vec<Threshold>, Failure> {
    let names = measured(target);
    let read = |rule: &String| {
        Threshold::parse(rule, &names)
            .map_err(|error| Failure::input(&error, format!("--threshold \"{rule}\""), &error.fix))
    };
    let given: Vec<Threshold> = plan.thresholds.iter().map(read).collect::<Result<_, _>>()?;
    let usual = loadtest::guides_bar(Bar {
        n_users: plan.crowd.n_users,
        has_requests: measured::has_requests(target),
        works_by_requests: measured::works_by_requests(target),
        is_guides: plan.target.is_none() && plan.arrivals.is_none(),
    });
    let usual: Vec<Threshold> = usual.iter().map(read).collect::<Result<_, _>>()?;
    let is_replaced = |usual: &Threshold| given.iter().any(|given| given.replaces(usual));
    let stay = usual.into_iter().filter(|usual| !is_replaced(usual));
    Ok(stay.chain(given.iter().cloned()).collect())
}

fn scene<'a>(plan: &LoadPlan, target: &Target, users: impl Iterator<Item = &'a UserName>) -> Scene {
    Scene {
        airtight_history: VERSION,
        scenario: format!("{} users work at once", plan.crowd.n_users),
        rules: RULES.map(str::to_owned).to_vec(),
        users: setting::folded(users, target),
        expect: { EXPECT.iter() }
            .filter(|property| has_occasion(property, target, plan))
            .map(ToString::to_string)
            .collect(),
        seed: plan.seed,
        breaks: BREAKS
            .map(|(property, rule)| (property.to_owned(), rule.to_owned()))
            .into(),
        ..setting::of_target(target)
    }
}

/// Whether working sessions can put this claim to the test. A user who works in one session after another hears of the
/// end of the one before.
fn has_occasion(property: &str, target: &Target, plan: &LoadPlan) -> bool {
    match property {
        // At a rate, sessions are long, and may all end with the run. What goes to a session's own group reaches no
        // other session.
        "silent_after_session_end" => {
            !target.logout.is_empty()
                && plan.arrivals.is_none()
                && target.reaches_own_sessions_by(&loadtest::started(target))
        }
        _ => setting::no_occasion(property, target).is_none(),
    }
}
