//! A schedule as the steps of a scenario file.

use std::ops::Range;

use proptest_state_machine::ReferenceStateMachine;
use serde_json::{Value, json};

use super::moves::{BOTH, Move, Number, SessionAt, TabAt, kind};
use super::schedule::Schedule;

/// A name for what happened, to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Situation(pub(super) &'static str);

/// A schedule, one step a line.
#[derive(Clone, Debug)]
pub(super) struct Written {
    start: Schedule,
    pub(super) moves: Vec<Move>,
    pub(super) steps: Vec<String>,
    pub(super) situations: Vec<Situation>,
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
        // A stalled tab gets what it is owed only when it reads again.
        for at in state.stalled() {
            steps.push(format!("resume: {}", quoted(&place(&state, at))));
        }
        Self {
            start: start.clone(),
            moves: moves.to_vec(),
            steps,
            situations,
        }
    }

    /// The same without these steps, when what is left is still possible.
    pub(super) fn without(&self, steps: &Range<usize>) -> Option<Self> {
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

    pub(super) const fn users(&self) -> &[&'static str] {
        &self.start.names
    }

    /// Whether somebody else on the same server would notice it.
    pub(super) fn is_for_itself(&self) -> bool {
        self.moves.iter().any(|step| matches!(step, Move::Restart))
    }
}

/// What a step is called, and its line.
fn line(state: &Schedule, step: &Move) -> (&'static str, String) {
    let action = |number: Number| {
        let owner = state.names[state.owner(number).unwrap_or(0)];
        format!("{owner}.s{number}")
    };
    let one_action = |number: Number| format!("/api/actions/{{{}}}", action(number));
    let (situation, name, settings) = match *step {
        Move::Open { at, polling } => ("open", "open", opened(&place(state, at), polling)),
        Move::Close(at) => ("close", "close", json!(place(state, at))),
        Move::Cut(at) => ("cut", "cut", json!(place(state, at))),
        Move::Stall(at) => ("stall", "stall", json!(place(state, at))),
        Move::Resume(at) => ("resume", "resume", json!(place(state, at))),
        Move::Logout(session) => ("logout", "logout", json!(browser(state, session))),
        Move::TakeOver { user, by } => {
            // The browser is called otherwise from here on.
            let settings = json!({ "as": state.names[by], "in": browser(state, (user, 1)) });
            ("take over", "login", settings)
        }
        Move::Start(session, of, number) => {
            ("start", "start", started(state, session, kind(of), number))
        }
        Move::Endless(session, number) => {
            ("start", "start", started(state, session, "endless", number))
        }
        Move::Both(of, number) => {
            let first = started(state, (0, 0), kind(of), number);
            let second = started(state, (1, 0), kind(of), number + BOTH);
            let text = format!("together: [{{start: {first}}}, {{start: {second}}}]");
            return ("start together", text);
        }
        Move::LiveLogs(at) => {
            let settings =
                json!({ "as": place(state, at), "event": "live_logs", "data": { "on": true } });
            ("live logs", "emit", settings)
        }
        Move::Await(at, number) => {
            let settings =
                json!({ "at": place(state, at), "event": "result", "of": action(number) });
            ("await", "await", settings)
        }
        Move::ForeignDelete(user, number) => {
            let settings = json!({ "as": state.names[user], "delete": one_action(number) });
            ("attack", "http", settings)
        }
        Move::ForeignRead(user, number) => {
            let settings = json!({ "as": state.names[user], "get": one_action(number) });
            ("attack", "http", settings)
        }
        Move::StrangerRead(number) => {
            let settings = json!({ "as": "stranger", "get": one_action(number) });
            ("stranger", "http", settings)
        }
        Move::StrangerSocket => {
            let settings = json!({ "at": "stranger", "expect": "refused" });
            ("stranger", "open", settings)
        }
        Move::JoinAttack { user, victim } => {
            let room = format!("user_{}_1", state.names[victim]);
            let settings = json!({ "as": state.names[user], "event": "join", "data": { "room": room }, "expect": "refused" });
            ("attack", "emit", settings)
        }
        Move::OldCookie(session) => {
            let cookie = format!("{{session_cookie}}={{{}.session}}", browser(state, session));
            let settings =
                json!({ "as": "stranger", "get": "/api/actions", "headers": { "Cookie": cookie } });
            ("old cookie", "http", settings)
        }
        Move::Page(session) => {
            let settings = json!({ "as": browser(state, session), "get": "/" });
            ("page", "http", settings)
        }
        Move::Restart => return ("restart", "restart: server".to_owned()),
    };
    (situation, format!("{name}: {settings}"))
}

const DEVICES: [&str; 2] = ["desktop", "phone"];

fn browser(state: &Schedule, (user, device): SessionAt) -> String {
    format!("{}/{}", state.names[user], DEVICES[device])
}

fn place(state: &Schedule, (user, device, tab): TabAt) -> String {
    format!("{}/{}", browser(state, (user, device)), tab + 1)
}

fn opened(at: &str, polling: bool) -> Value {
    if polling {
        json!({ "at": at, "transport": "polling" })
    } else {
        json!(at)
    }
}

fn started(state: &Schedule, session: SessionAt, kind: &str, number: Number) -> Value {
    json!({ "as": browser(state, session), "action": kind, "name": format!("s{number}") })
}

/// A text in quotes.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
