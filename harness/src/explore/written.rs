//! Schedules as a scenario file: one alone, or several at once on one server.

use std::collections::BTreeSet;
use std::ops::Range;

use evidence::PROPERTIES;
use proptest_state_machine::ReferenceStateMachine;
use serde_json::{Value, json};

use super::schedule::{Move, Schedule, Situation, kind};

/// What a scenario claims: a schedule by chance all there is, and one that was found what it breaks. A mended
/// server would be undecided about what so few steps give no chance to.
#[derive(Default)]
pub(super) struct Claims {
    properties: BTreeSet<String>,
    rules: BTreeSet<String>,
}

impl Claims {
    pub(super) fn of(property: &str) -> Self {
        Self {
            properties: BTreeSet::from([property.to_owned()]),
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, property: &str, rules: &[String]) {
        self.properties.insert(property.to_owned());
        self.rules.extend(rules.iter().cloned());
    }
}

/// A schedule, one step a line.
#[derive(Clone, Debug)]
pub(super) struct Written {
    start: Schedule,
    moves: Vec<Move>,
    steps: Vec<String>,
    situations: Vec<Situation>,
}

impl Written {
    pub(super) fn of(start: &Schedule, moves: &[Move]) -> Self {
        let mut state = start.clone();
        let mut steps = Vec::new();
        let mut situations = Vec::new();
        for step in moves {
            let (situation, text) = line(&state, step);
            steps.push(text);
            situations.push(Situation(situation));
            state = Schedule::apply(state, step);
        }
        // What a tab that reads nothing was owed can arrive only when it reads again.
        for (user, device, tab) in state.stalled() {
            steps.push(format!(
                "resume: {}",
                quoted(&place(&state, user, device, tab))
            ));
        }
        Self {
            start: start.clone(),
            moves: moves.to_vec(),
            steps,
            situations,
        }
    }

    /// The same without these steps, when what is left is still possible.
    fn without(&self, steps: &Range<usize>) -> Option<Self> {
        let kept = self.moves.iter().enumerate();
        let kept = kept.filter(|(index, _)| !steps.contains(index));
        let moves: Vec<Move> = kept.map(|(_, step)| step.clone()).collect();
        let mut state = self.start.clone();
        for step in &moves {
            if !Schedule::preconditions(&state, step) {
                return None;
            }
            state = Schedule::apply(state, step);
        }
        (moves.len() < self.moves.len()).then(|| Self::of(&self.start, &moves))
    }

    const fn users(&self) -> &[&'static str] {
        &self.start.names
    }

    /// Whether somebody else on the same server would notice it.
    fn is_for_itself(&self) -> bool {
        self.moves.iter().any(|step| matches!(step, Move::Restart))
    }
}

/// Schedules that are run at once on one server, by users of their own.
#[derive(Clone, Debug)]
pub(super) struct House(Vec<Written>);

impl House {
    /// The schedules as houses: those that leave each other alone share one.
    pub(super) fn of(drawn: Vec<(Schedule, Vec<Move>)>) -> Vec<Self> {
        let mut shared = Vec::new();
        let mut houses = Vec::new();
        let first = drawn.first().map_or(0, |(start, _)| start.group);
        for (index, (start, moves)) in drawn.into_iter().enumerate() {
            let written = Written::of(&start.with_names(first + index), &moves);
            if written.is_for_itself() {
                houses.push(Self(vec![written]));
            } else {
                shared.push(written);
            }
        }
        if !shared.is_empty() {
            houses.push(Self(shared));
        }
        houses
    }

    pub(super) const fn n_schedules(&self) -> usize {
        self.0.len()
    }

    /// Leaves only the first schedules.
    pub(super) fn keep(&mut self, n_schedules: usize) {
        self.0.truncate(n_schedules);
    }

    /// Steps that a chance has chosen.
    pub(super) fn length(&self) -> usize {
        self.0.iter().map(|written| written.moves.len()).sum()
    }

    /// Steps of the scenario: a login and a tab for each schedule's users come first.
    pub(super) fn n_steps(&self) -> usize {
        let own = self.0.iter().map(|written| written.steps.len() + 2);
        own.sum()
    }

    pub(super) fn situations(&self) -> impl Iterator<Item = &Situation> {
        self.0.iter().flat_map(|written| &written.situations)
    }

    /// Each schedule by itself.
    pub(super) fn each_alone(&self) -> Vec<Self> {
        let each = self.0.iter();
        each.map(|written| Self(vec![written.clone()])).collect()
    }

    /// The same with one schedule less, for each of them.
    pub(super) fn each_less(&self) -> Vec<Self> {
        let less = |index: usize| {
            let others = self.0.iter().enumerate();
            let others = others.filter(|(other, _)| *other != index);
            Self(others.map(|(_, written)| written.clone()).collect())
        };
        (0..self.0.len()).map(less).collect()
    }

    /// The same without these steps, counted through all schedules, when what is left is still possible.
    pub(super) fn without(&self, steps: &Range<usize>) -> Option<Self> {
        let mut before = 0;
        let mut left = Vec::new();
        for written in &self.0 {
            let length = written.moves.len();
            let (start, end) = (
                steps.start.clamp(before, before + length) - before,
                steps.end.clamp(before, before + length) - before,
            );
            before += length;
            left.push(if start == end {
                written.clone()
            } else {
                written.without(&(start..end))?
            });
        }
        Some(Self(left))
    }

    /// The file's text.
    pub(super) fn text(&self, sentence: &str, comment: &[String], claims: &Claims) -> String {
        let comment: String = comment.iter().map(|line| format!("# {line}\n")).collect();
        let users: Vec<&str> = self.0.iter().flat_map(Written::users).copied().collect();
        let mut steps = String::new();
        match &self.0[..] {
            [one] => {
                steps += "  - login: everyone\n  - open: everyone\n";
                steps.extend(one.steps.iter().map(|step| format!("  - {step}\n")));
            }
            several => {
                steps += "  - together:\n";
                for written in several {
                    steps += "      - repeat:\n          times: 1\n          steps:\n";
                    let users = written.users().iter();
                    let first = users.flat_map(|user| {
                        let user = quoted(user);
                        [format!("login: {user}"), format!("open: {user}")]
                    });
                    let all = first.chain(written.steps.iter().cloned());
                    steps.extend(all.map(|step| format!("            - {step}\n")));
                }
            }
        }
        let expect: Vec<&str> = PROPERTIES
            .iter()
            .filter(|property| !property.compares_parts())
            .map(|property| property.name)
            .filter(|name| claims.properties.is_empty() || claims.properties.contains(*name))
            .collect();
        let rules: Vec<&str> = claims.rules.iter().map(String::as_str).collect();
        let rules = if rules.is_empty() {
            "ISO01".to_owned()
        } else {
            rules.join(", ")
        };
        format!(
            "{comment}scenario: {sentence}\nrules: [{rules}]\nusers: {}\nsteps:\n{steps}expect: [{}]\n",
            json!(users),
            expect.join(", ")
        )
    }
}

/// What a step is called, and its line.
fn line(state: &Schedule, step: &Move) -> (&'static str, String) {
    let name = |user: usize| state.names[user];
    let at = |user, device, tab| place(state, user, device, tab);
    let browser = |user, device| format!("{}/{}", name(user), DEVICES[device]);
    let action = |label: usize| format!("{}.s{label}", name(state.owner(label).unwrap_or(0)));
    match *step {
        Move::Open {
            user,
            device,
            tab,
            polling,
        } => (
            "open",
            if polling {
                format!(
                    "open: {}",
                    json!({ "at": at(user, device, tab), "transport": "polling" })
                )
            } else {
                format!("open: {}", quoted(&at(user, device, tab)))
            },
        ),
        Move::Close { user, device, tab } => (
            "close",
            format!("close: {}", quoted(&at(user, device, tab))),
        ),
        Move::Cut { user, device, tab } => {
            ("cut", format!("cut: {}", quoted(&at(user, device, tab))))
        }
        Move::Stall { user, device, tab } => (
            "stall",
            format!("stall: {}", quoted(&at(user, device, tab))),
        ),
        Move::Resume { user, device, tab } => (
            "resume",
            format!("resume: {}", quoted(&at(user, device, tab))),
        ),
        Move::Logout { user, device } => (
            "logout",
            format!("logout: {}", quoted(&browser(user, device))),
        ),
        Move::TakeOver { user, by } => {
            // The browser is called otherwise from here on.
            (
                "take over",
                format!(
                    "login: {}",
                    json!({ "as": name(by), "in": browser(user, 1) })
                ),
            )
        }
        Move::Start {
            user,
            device,
            kind: of,
            label,
        } => ("start", started(&browser(user, device), kind(of), label)),
        Move::Endless {
            user,
            device,
            label,
        } => ("start", started(&browser(user, device), "endless", label)),
        Move::Both { kind: of, label } => (
            "start together",
            format!(
                "together: [{{{}}}, {{{}}}]",
                started(&browser(0, 0), kind(of), label),
                started(&browser(1, 0), kind(of), label + 100)
            ),
        ),
        Move::LiveLogs { user, device, tab } => (
            "live logs",
            format!(
                "emit: {}",
                json!({ "as": at(user, device, tab), "event": "live_logs", "data": { "on": true } })
            ),
        ),
        Move::Await {
            user,
            device,
            tab,
            label,
        } => (
            "await",
            format!(
                "await: {}",
                json!({ "at": at(user, device, tab), "event": "result", "of": action(label) })
            ),
        ),
        Move::ForeignDelete { user, label } => (
            "attack",
            format!(
                "http: {}",
                json!({ "as": name(user), "delete": format!("/api/actions/{{{}}}", action(label)) })
            ),
        ),
        Move::ForeignRead { user, label } => (
            "attack",
            format!(
                "http: {}",
                json!({ "as": name(user), "get": format!("/api/actions/{{{}}}", action(label)) })
            ),
        ),
        Move::StrangerRead { label } => (
            "stranger",
            format!(
                "http: {}",
                json!({ "as": "stranger", "get": format!("/api/actions/{{{}}}", action(label)) })
            ),
        ),
        Move::StrangerSocket => (
            "stranger",
            format!("open: {}", json!({ "at": "stranger", "expect": "refused" })),
        ),
        Move::JoinAttack { user, victim } => (
            "attack",
            format!(
                "emit: {}",
                json!({ "as": name(user), "event": "join", "data": { "room": format!("user_{}_1", name(victim)) }, "expect": "refused" })
            ),
        ),
        Move::OldCookie { user, device } => (
            "old cookie",
            format!(
                "http: {}",
                json!({ "as": "stranger", "get": "/api/actions", "headers": { "Cookie": format!("{{session_cookie}}={{{}.session}}", browser(user, device)) } })
            ),
        ),
        Move::Page { user, device } => (
            "page",
            format!(
                "http: {}",
                json!({ "as": browser(user, device), "get": "/" })
            ),
        ),
        Move::Restart => ("restart", "restart: server".to_owned()),
    }
}

const DEVICES: [&str; 2] = ["desktop", "phone"];

fn place(state: &Schedule, user: usize, device: usize, tab: usize) -> String {
    format!("{}/{}/{}", state.names[user], DEVICES[device], tab + 1)
}

fn started(browser: &str, kind: &str, label: usize) -> String {
    format!(
        "start: {}",
        json!({ "as": browser, "action": kind, "name": format!("s{label}") })
    )
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
