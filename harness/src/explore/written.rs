//! A schedule as a scenario file.

use std::ops::Range;

use evidence::PROPERTIES;
use proptest_state_machine::ReferenceStateMachine;
use serde_json::{Value, json};

use super::schedule::{Move, Schedule, Situation, kind};

/// A schedule, one step a line.
#[derive(Clone, Debug)]
pub(super) struct Written {
    start: Schedule,
    moves: Vec<Move>,
    pub(super) steps: Vec<String>,
    pub(super) situations: Vec<Situation>,
}

impl Written {
    pub(super) fn of(start: &Schedule, moves: &[Move]) -> Self {
        let mut state = start.clone();
        let mut steps = vec!["login: everyone".to_owned(), "open: everyone".to_owned()];
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

    /// How many steps a chance has chosen.
    pub(super) const fn length(&self) -> usize {
        self.moves.len()
    }

    /// The same without these steps, when what is left is still possible.
    pub(super) fn without(&self, steps: Range<usize>) -> Option<Self> {
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

    /// The file's text.
    pub(super) fn text(&self, sentence: &str, comment: &[String]) -> String {
        let comment: String = comment.iter().map(|line| format!("# {line}\n")).collect();
        let steps: String = self
            .steps
            .iter()
            .map(|step| format!("  - {step}\n"))
            .collect();
        let expect: Vec<&str> = PROPERTIES.iter().map(|property| property.name).collect();
        format!(
            "{comment}scenario: {sentence}\nrules: [ISO01]\nusers: {}\nsteps:\n{steps}expect: [{}]\n",
            json!(self.start.names[..2]),
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
