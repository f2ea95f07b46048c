//! Schedules that are run at once, and the scenario file that they make.

use std::ops::Range;

use serde_json::json;

use super::claims::Claims;
use super::moves::Move;
use super::schedule::Schedule;
use super::written::{Situation, Written, quoted};

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
        format!(
            "{comment}scenario: {sentence}\nrules: [{}]\nusers: {}\nsteps:\n{steps}expect: [{}]\n",
            claims.rules(),
            json!(users),
            claims.expect(),
        )
    }
}
