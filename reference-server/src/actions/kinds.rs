//! The built-in kinds of actions, their parameters and what they do.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use utoipa::ToSchema;

use crate::actions::registry::Voice;
use crate::delivery::message::Body;
use crate::delivery::scheduler::MAX_MESSAGE;

/// JSON has one kind of number: 5.0 is the whole number 5, also where it is written so.
fn take_whole_numbers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(take_whole_numbers),
        Value::Object(fields) => fields.values_mut().for_each(take_whole_numbers),
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().map(|n| format!("{n}"));
            if let Some(whole) = whole.and_then(|n| n.parse::<i64>().ok()) {
                *number = whole.into();
            }
        }
        _ => {}
    }
}

/// What to start, with checked parameters.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(
    tag = "kind",
    content = "parameters",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub(crate) enum Kind {
    /// Counts to the end, a status at each step.
    Countdown(Countdown),
    /// Several countdowns at once, and one result.
    Parallel(Parallel),
    /// Lines of your own log.
    Log(Count),
    /// Toasts, one after the other.
    Popups(Count),
    /// Dialogs, of which the newest are kept.
    Modals(Count),
    /// A button that changes, is disabled and enabled.
    Buttons(Buttons),
    /// A part of the page is replaced.
    Reload(Plain),
    /// Ends with an error.
    Fail(Plain),
    /// A program of its own, whose lines are told.
    Process(Process),
    /// Runs until it is stopped.
    Endless(Plain),
    /// More messages than a queue holds.
    Flood(Flood),
    /// Messages that cannot be sent, and one that can.
    BadMessage(Plain),
}

const NAMES: &str = "countdown, parallel, log, popups, modals, buttons, reload, fail, process, endless, flood, bad_message";

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Countdown {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
    #[serde(default = "five")]
    #[schema(default = five, minimum = 1, maximum = 1000)]
    steps: u32,
    #[serde(default = "a_tenth")]
    #[schema(default = a_tenth, maximum = 60_000)]
    interval_ms: u64,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parallel {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
    #[serde(default = "three")]
    #[schema(default = three, minimum = 1, maximum = 20)]
    children: u32,
    #[serde(default = "five")]
    #[schema(default = five, minimum = 1, maximum = 1000)]
    steps: u32,
    #[serde(default = "a_tenth")]
    #[schema(default = a_tenth, maximum = 60_000)]
    interval_ms: u64,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Count {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
    #[serde(default = "three", alias = "lines")]
    #[schema(default = three, minimum = 1, maximum = 500)]
    count: u32,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Process {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
    #[serde(default = "three", alias = "lines")]
    #[schema(default = three, minimum = 1, maximum = 500)]
    count: u32,
    /// After its lines it ignores TERM and stays.
    #[serde(default)]
    stubborn: bool,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Buttons {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
    #[serde(default = "run_button")]
    #[schema(default = run_button, min_length = 1, max_length = 100)]
    button: String,
    #[serde(default)]
    #[schema(max_items = 100)]
    sequence: Vec<Switch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Switch {
    Enable,
    Disable,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plain {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Flood {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
    #[serde(default = "a_thousand")]
    #[schema(default = a_thousand, minimum = 1, maximum = 10_000)]
    count: u32,
    #[serde(default)]
    what: Flooding,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Flooding {
    #[default]
    Popup,
    Modal,
    Status,
}

const fn three() -> u32 {
    3
}
const fn five() -> u32 {
    5
}
const fn a_thousand() -> u32 {
    1000
}
const fn a_tenth() -> u64 {
    100
}
fn run_button() -> String {
    "run".to_owned()
}

/// What is wrong with a request for an action.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) error: String,
    pub(crate) fix: String,
}

impl Kind {
    /// Its progress when it begins, in percent; -1 where it has none.
    pub(crate) const fn begins_at(&self) -> i64 {
        if matches!(self, Self::Endless(_)) {
            -1
        } else {
            0
        }
    }

    /// Reads `{"kind": …, "parameters": {…}}`.
    pub(crate) fn read(mut request: Value) -> Result<Self, Wrong> {
        take_whole_numbers(&mut request);
        if let Some(object) = request.as_object_mut() {
            object
                .entry("parameters")
                .or_insert_with(|| Value::Object(serde_json::Map::new()));
        }
        let kind: Self = serde_json::from_value(request).map_err(|error| Wrong {
            error: format!("this is no action: {error}"),
            fix: format!(
                "send {{\"kind\": …, \"parameters\": {{…}}}} with one of the kinds {NAMES}"
            ),
        })?;
        kind.check()?;
        Ok(kind)
    }

    fn check(&self) -> Result<(), Wrong> {
        let within = |name: &str, value: u64, least: u64, most: u64| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(Wrong {
                error: format!("`{name}` is {value}"),
                fix: format!("give `{name}` a number from {least} to {most}"),
            })
        };
        within(
            "characters of `text`",
            self.text().chars().count() as u64,
            0,
            500,
        )?;
        match self {
            Self::Countdown(c) => {
                within("steps", c.steps.into(), 1, 1000)?;
                within("interval_ms", c.interval_ms, 0, 60_000)
            }
            Self::Parallel(p) => {
                within("children", p.children.into(), 1, 20)?;
                within("steps", p.steps.into(), 1, 1000)?;
                within("interval_ms", p.interval_ms, 0, 60_000)
            }
            Self::Log(c) | Self::Popups(c) | Self::Modals(c) => {
                within("count", c.count.into(), 1, 500)
            }
            Self::Process(p) => within("count", p.count.into(), 1, 500),
            Self::Buttons(b) => {
                within(
                    "characters of `button`",
                    b.button.chars().count() as u64,
                    1,
                    100,
                )?;
                within("entries of `sequence`", b.sequence.len() as u64, 0, 100)
            }
            Self::Flood(f) => within("count", f.count.into(), 1, 10_000),
            Self::Reload(_) | Self::Fail(_) | Self::Endless(_) | Self::BadMessage(_) => Ok(()),
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Countdown(_) => "countdown",
            Self::Parallel(_) => "parallel",
            Self::Log(_) => "log",
            Self::Popups(_) => "popups",
            Self::Modals(_) => "modals",
            Self::Buttons(_) => "buttons",
            Self::Reload(_) => "reload",
            Self::Fail(_) => "fail",
            Self::Process(_) => "process",
            Self::Endless(_) => "endless",
            Self::Flood(_) => "flood",
            Self::BadMessage(_) => "bad_message",
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Countdown(c) => &c.text,
            Self::Parallel(p) => &p.text,
            Self::Log(c) | Self::Popups(c) | Self::Modals(c) => &c.text,
            Self::Process(p) => &p.text,
            Self::Buttons(b) => &b.text,
            Self::Reload(p) | Self::Fail(p) | Self::Endless(p) | Self::BadMessage(p) => &p.text,
            Self::Flood(f) => &f.text,
        }
    }

    /// What the owner sees as the action's name.
    pub(crate) fn title(&self) -> String {
        let text = self.text();
        if text.is_empty() {
            self.name().to_owned()
        } else {
            format!("{}: {text}", self.name())
        }
    }
}

/// Does the work; gives what the result says, as a success or as a failure.
pub(crate) async fn run(voice: &Voice, kind: &Kind) -> Result<String, String> {
    let said =
        |refused: crate::delivery::scheduler::MessageRefused| format!("was refused: {refused}");
    let popup = |text: String| Body::Popup {
        level: "info",
        text,
    };
    match kind {
        Kind::Countdown(c) => {
            let whole = Whole::of(c.steps);
            countdown(voice, "countdown", c.steps, c.interval_ms, &whole).await?;
            Ok("is done".to_owned())
        }
        Kind::Parallel(p) => parallel(voice, p).await,
        Kind::Log(c) => {
            for n in 1..=c.count {
                breathe(n).await;
                voice.log("kinds.rs:log", format!("{} line {n}", voice.name()));
            }
            Ok(format!("wrote {} lines", c.count))
        }
        Kind::Popups(c) => {
            for n in 1..=c.count {
                breathe(n).await;
                voice
                    .say(popup(format!("{} popup {n}", voice.name())))
                    .map_err(said)?;
            }
            Ok(format!("made {} popups", c.count))
        }
        Kind::Modals(c) => {
            for n in 1..=c.count {
                breathe(n).await;
                let text = format!("{} modal {n}", voice.name());
                voice
                    .say(Body::Modal {
                        id: format!("modal-{n}"),
                        text,
                    })
                    .map_err(said)?;
            }
            Ok(format!("made {} modals", c.count))
        }
        Kind::Buttons(b) => buttons(voice, b).map_err(said),
        Kind::Reload(_) => {
            let content = format!("<p>{}</p>", escaped(voice.name()));
            voice
                .say(Body::Reload {
                    id: "part".to_owned(),
                    content,
                })
                .map_err(said)?;
            Ok("reloaded a part".to_owned())
        }
        Kind::Fail(_) => Err("failed, as it was asked to".to_owned()),
        Kind::Process(p) => process(voice, p).await,
        Kind::Endless(_) => std::future::pending().await,
        Kind::Flood(f) => {
            for n in 1..=f.count {
                breathe(n).await;
                let text = format!("{} {n}", voice.name());
                let body = match f.what {
                    Flooding::Popup => popup(text),
                    Flooding::Modal => Body::Modal {
                        id: format!("flood-{n}"),
                        text,
                    },
                    Flooding::Status => status("flood", text, 103),
                };
                voice.say(body).map_err(said)?;
            }
            Ok(format!("sent {} messages", f.count))
        }
        Kind::BadMessage(_) => {
            let refused = voice.say(popup("x".repeat(MAX_MESSAGE + 1)));
            Err(refused.map_or_else(said, |()| "was not refused".to_owned()))
        }
    }
}

/// A long loop lets others have its thread now and then, and can be stopped.
async fn breathe(n: u32) {
    if n.is_multiple_of(100) {
        tokio::task::yield_now().await;
    }
}

fn status(category: &str, text: String, status: i64) -> Body {
    Body::Status {
        category: category.into(),
        text,
        status,
        supplement: String::new(),
    }
}

/// Of how many steps an action consists, and how many are done.
struct Whole {
    steps: u32,
    done: AtomicU32,
}

impl Whole {
    const fn of(steps: u32) -> Self {
        let done = AtomicU32::new(0);
        Self { steps, done }
    }

    /// One more is done; the percentage.
    fn step(&self) -> i64 {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        i64::from(done) * 100 / i64::from(self.steps)
    }
}

async fn countdown(
    voice: &Voice,
    category: &str,
    steps: u32,
    interval_ms: u64,
    whole: &Whole,
) -> Result<(), String> {
    for step in 1..=steps {
        tokio::time::sleep(Duration::from_millis(interval_ms)).await;
        let percent = i64::from(step) * 100 / i64::from(steps);
        voice.progress(whole.step());
        let text = format!("{} step {step} of {steps}", voice.name());
        voice
            .say(status(category, text, percent))
            .map_err(|refused| refused.to_string())?;
    }
    Ok(())
}

/// The children are tasks of their own; they carry the voice and end with the action.
async fn parallel(voice: &Voice, parallel: &Parallel) -> Result<String, String> {
    let mut children = tokio::task::JoinSet::new();
    let whole = Arc::new(Whole::of(parallel.children * parallel.steps));
    for n in 1..=parallel.children {
        let (voice, steps, interval) = (voice.of_task(), parallel.steps, parallel.interval_ms);
        let whole = Arc::clone(&whole);
        children.spawn(async move {
            countdown(&voice, &format!("child {n}"), steps, interval, &whole).await
        });
    }
    let mut done = 0;
    while let Some(ended) = children.join_next().await {
        ended.map_err(|_| "a child failed inside the server".to_owned())??;
        done += 1;
    }
    Ok(format!("finished {done} children"))
}

fn buttons(
    voice: &Voice,
    buttons: &Buttons,
) -> Result<String, crate::delivery::scheduler::MessageRefused> {
    voice.say(Body::Button {
        id: buttons.button.clone(),
        icon: "play".to_owned(),
        text: voice.name().to_owned(),
        style: "primary".to_owned(),
    })?;
    for switch in &buttons.sequence {
        let enabled = *switch == Switch::Enable;
        voice.say(Body::Enabled {
            button: buttons.button.clone(),
            enabled,
        })?;
    }
    Ok("changed a button".to_owned())
}

/// A child process and its group; both are gone when this is dropped.
struct Group {
    child: Child,
    id: Option<rustix::process::Pid>,
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            // The group may have ended by itself.
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }
}

/// What the child does. The text reaches the shell as data, never as code.
const SCRIPT: &str = r#"
[ -z "$STUBBORN" ] || trap '' TERM
n=1
while [ "$n" -le "$LINES_TO_PRINT" ]; do printf '%s line %s\n' "$TITLE" "$n"; n=$((n + 1)); done
[ -z "$STUBBORN" ] || sleep 600
"#;

async fn process(voice: &Voice, wanted: &Process) -> Result<String, String> {
    let lines = wanted.count;
    let failed = |error: std::io::Error| format!("cannot run a process: {error}");
    let child = Command::new("/bin/sh")
        .args(["-c", SCRIPT])
        .env_clear()
        .envs(voice.environment())
        .env("TITLE", voice.name())
        .env("LINES_TO_PRINT", lines.to_string())
        .env("STUBBORN", if wanted.stubborn { "yes" } else { "" })
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let id = child
        .id()
        .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
    let mut group = Group { child, id };
    let mut count = 0;
    if let Some(out) = group.child.stdout.take() {
        let mut reader = BufReader::new(out).lines();
        while let Some(line) = reader.next_line().await.map_err(failed)? {
            count += 1;
            voice.progress(i64::from(count) * 100 / i64::from(lines));
            voice
                .say(status("process", line, 103))
                .map_err(|refused| refused.to_string())?;
        }
    }
    let ended = group.child.wait().await.map_err(failed)?;
    group.id = None;
    if ended.success() {
        Ok(format!("printed {count} lines"))
    } else {
        Err(format!("ended with {ended}"))
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn good_parameters_are_read_and_wrong_ones_are_named() {
        for good in [
            json!({"kind": "countdown"}),
            json!({"kind": "countdown", "parameters": {"steps": 3, "text": "x"}}),
            json!({"kind": "log", "parameters": {"lines": 3}}),
            json!({"kind": "flood", "parameters": {"what": "modal", "count": 6}}),
            json!({"kind": "buttons", "parameters": {"sequence": ["disable", "enable"]}}),
        ] {
            assert!(Kind::read(good.clone()).is_ok(), "{good}");
        }
        for (bad, error) in [
            (json!({"kind": "dance"}), "unknown variant"),
            (json!([]), "no action"),
            (
                json!({"kind": "countdown", "parameters": {"steps": 0}}),
                "`steps` is 0",
            ),
            (
                json!({"kind": "countdown", "parameters": {"step": 1}}),
                "unknown field",
            ),
            (
                json!({"kind": "countdown", "parameters": {"steps": -1}}),
                "invalid value",
            ),
            (
                json!({"kind": "endless", "parameters": {"text": "x".repeat(501)}}),
                "`characters of `text`` is 501",
            ),
            (
                json!({"kind": "parallel", "parameters": {"children": 21}}),
                "`children` is 21",
            ),
        ] {
            let wrong = Kind::read(bad.clone()).expect_err("must be refused");
            assert!(wrong.error.contains(error), "{bad}: {}", wrong.error);
        }
    }
}
