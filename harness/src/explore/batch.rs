//! Schedules that run at once, and the scenario file that they make.

use std::ops::Range;
use std::sync::Arc;

use serde_json::json;

use super::claims::Claims;
use super::moves::move_trait::Move;
use super::schedule::{Schedule, Situation};
use super::state::{State, everyone};
use super::users::Users;
use crate::language::names::TabName;
use crate::steps::entry::{Entry, lines};
use crate::steps::login::Login;
use crate::steps::open::Open;
use crate::steps::repeat::Repeat;
use crate::steps::step_trait::Step;
use crate::steps::together::Together;

/// Schedules that run at once on one server, each with users of its own.
#[derive(Clone, Debug)]
pub(super) struct Batch(Vec<Schedule>);

impl Batch {
    /// The schedules as batches. Those that disturb no others share one.
    pub(super) fn of(drawn: Vec<(State, Vec<Arc<dyn Move>>)>, users: &Users) -> Vec<Self> {
        let mut shared = Vec::new();
        let mut batches = Vec::new();
        let first = drawn.first().map_or(0, |(start, _)| start.group);
        for (index, (start, moves)) in drawn.into_iter().enumerate() {
            let schedule = Schedule::of(start.with_users(first + index, users), moves);
            if schedule.disturbs_others() {
                batches.push(Self(vec![schedule]));
            } else {
                shared.push(schedule);
            }
        }
        if !shared.is_empty() {
            batches.push(Self(shared));
        }
        batches
    }

    pub(super) const fn n_schedules(&self) -> usize {
        self.0.len()
    }

    /// Whether the server is restarted in it.
    pub(super) fn restarts(&self) -> bool {
        self.0.iter().any(Schedule::disturbs_others)
    }

    /// Leaves only the first schedules.
    pub(super) fn keep(&mut self, n_schedules: usize) {
        self.0.truncate(n_schedules);
    }

    /// How many moves were drawn, in all schedules together.
    pub(super) fn length(&self) -> usize {
        self.0.iter().map(|schedule| schedule.moves.len()).sum()
    }

    /// How many steps the scenario has. Each schedule begins with two: its users log in, and open a tab.
    pub(super) fn n_steps(&self) -> usize {
        let own = self.0.iter().map(|schedule| schedule.steps.len() + 2);
        own.sum()
    }

    pub(super) fn situations(&self) -> impl Iterator<Item = &Situation> {
        self.0.iter().flat_map(|schedule| &schedule.situations)
    }

    /// Each schedule by itself.
    pub(super) fn each_alone(&self) -> Vec<Self> {
        let each = self.0.iter();
        each.map(|schedule| Self(vec![schedule.clone()])).collect()
    }

    /// The same with one schedule less, for each of them.
    pub(super) fn each_less(&self) -> Vec<Self> {
        let less = |index: usize| {
            let others = self.0.iter().enumerate();
            let others = others.filter(|(other, _)| *other != index);
            Self(others.map(|(_, schedule)| schedule.clone()).collect())
        };
        (0..self.0.len()).map(less).collect()
    }

    /// The same with something simpler in the place of one move, for each of them.
    pub(super) fn each_simpler(&self) -> Vec<Self> {
        let all = self.0.iter().enumerate();
        let each = all.flat_map(|(at, schedule)| {
            schedule.each_simpler().into_iter().map(move |simpler| {
                let mut schedules = self.0.clone();
                schedules[at] = simpler;
                Self(schedules)
            })
        });
        each.collect()
    }

    /// The same without these steps, counted through all schedules, when what is left is still possible.
    pub(super) fn without(&self, steps: &Range<usize>) -> Option<Self> {
        let mut before = 0;
        let mut left = Vec::new();
        for schedule in &self.0 {
            let length = schedule.moves.len();
            let (start, end) = (
                steps.start.clamp(before, before + length) - before,
                steps.end.clamp(before, before + length) - before,
            );
            before += length;
            left.push(if start == end {
                schedule.clone()
            } else {
                schedule.without(&(start..end))?
            });
        }
        Some(Self(left))
    }

    /// The file's text.
    pub(super) fn text(&self, sentence: &str, comment: &[String], claims: &Claims) -> String {
        let comment: String = comment.iter().map(|line| format!("# {line}\n")).collect();
        let users: Vec<&str> = self
            .0
            .iter()
            .flat_map(Schedule::users)
            .map(String::as_str)
            .collect();
        let steps: Vec<Entry> = self.steps().iter().map(|step| step.written()).collect();
        format!(
            "{comment}scenario: {sentence}\nrules: [{}]\nusers: {}\nsteps:\n{}expect: [{}]\n",
            claims.rules(),
            json!(users),
            lines(&steps, 2),
            claims.expect(),
        )
    }

    /// Each user logs in and opens a tab; then the schedules are taken, all at once.
    fn steps(&self) -> Vec<Arc<dyn Step>> {
        if let [one] = &self.0[..] {
            let mut steps = arrival(everyone()).to_vec();
            steps.extend(one.steps.iter().cloned());
            return steps;
        }
        let each = self.0.iter().map(|schedule| {
            let mut steps: Vec<_> = schedule.first_tabs().flat_map(arrival).collect();
            steps.extend(schedule.steps.iter().cloned());
            Arc::new(Repeat::once(steps)) as Arc<dyn Step>
        });
        vec![Arc::new(Together::of(each.collect()))]
    }
}

/// The steps of a user who logs in and opens this tab.
fn arrival(tab: TabName) -> [Arc<dyn Step>; 2] {
    let login = Login {
        browser: tab.browser.clone(),
        in_browser: None,
    };
    [Arc::new(login), Arc::new(Open::at(tab))]
}
