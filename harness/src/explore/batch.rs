//! Schedules that run together, and the scenario file that they make.

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

/// Schedules that run on one server, each with users of its own.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    schedules: Vec<Schedule>,
    order: Order,
}

/// How the schedules stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    AtOnce,
    /// All users log in; the moves of one schedule follow those of another; then all of them end. They do not race each
    /// other: what a move does at once, it still does.
    InTurn,
}

impl Batch {
    /// The schedules as batches. Those that disturb no others share one.
    pub(super) fn of(drawn: Vec<(State, Vec<Arc<dyn Move>>)>, users: &Users) -> Vec<Self> {
        let mut shared = Vec::new();
        let mut batches = Vec::new();
        let first = drawn.first().map_or(0, |(start, _)| start.group);
        for (index, (start, moves)) in drawn.into_iter().enumerate() {
            let schedule = Schedule::of(start.with_users(first + index, users), moves);
            if schedule.disturbs_others() {
                batches.push(Self::at_once(vec![schedule]));
            } else {
                shared.push(schedule);
            }
        }
        if !shared.is_empty() {
            batches.push(Self::at_once(shared));
        }
        batches
    }

    const fn at_once(schedules: Vec<Schedule>) -> Self {
        let order = Order::AtOnce;
        Self { schedules, order }
    }

    /// Other schedules in the same order.
    const fn with(&self, schedules: Vec<Schedule>) -> Self {
        let order = self.order;
        Self { schedules, order }
    }

    pub(super) const fn n_schedules(&self) -> usize {
        self.schedules.len()
    }

    /// Whether the server is restarted in it.
    pub(super) fn restarts(&self) -> bool {
        self.schedules.iter().any(Schedule::disturbs_others)
    }

    /// Leaves only the first schedules.
    pub(super) fn keep(&mut self, n_schedules: usize) {
        self.schedules.truncate(n_schedules);
    }

    /// How many moves were drawn, in all schedules together.
    pub(super) fn length(&self) -> usize {
        self.schedules
            .iter()
            .map(|schedule| schedule.moves.len())
            .sum()
    }

    /// How many steps the scenario has. It begins with two: its users log in, and open a tab. Where schedules run at once,
    /// each of them begins so.
    pub(super) fn n_steps(&self) -> usize {
        let n_arrivals = match self.order {
            Order::AtOnce => self.n_schedules(),
            Order::InTurn => 1,
        };
        let own = self.schedules.iter().map(|one| one.all_steps().count());
        2 * n_arrivals + own.sum::<usize>()
    }

    pub(super) fn situations(&self) -> impl Iterator<Item = &Situation> {
        self.schedules
            .iter()
            .flat_map(|schedule| &schedule.situations)
    }

    /// Each schedule by itself.
    pub(super) fn each_alone(&self) -> Vec<Self> {
        let each = self.schedules.iter();
        each.map(|schedule| self.with(vec![schedule.clone()]))
            .collect()
    }

    /// The schedules of the users whom these words name, if others are left out by that.
    pub(super) fn naming(&self, words: &str) -> Option<Self> {
        let words = words.to_lowercase();
        let is_named = |schedule: &&Schedule| {
            let mut users = schedule.users().iter();
            users.any(|user| names(&words, &user.to_lowercase()))
        };
        let named: Vec<_> = self.schedules.iter().filter(is_named).cloned().collect();
        let is_less = !named.is_empty() && named.len() < self.n_schedules();
        is_less.then(|| self.with(named))
    }

    /// The same schedules in turn and not at once: from the first to the last, and from the last to the first.
    pub(super) fn in_turn(&self) -> Vec<Self> {
        if self.order == Order::InTurn || self.n_schedules() == 1 {
            return Vec::new();
        }
        let (order, forth) = (Order::InTurn, self.schedules.clone());
        let back = forth.iter().rev().cloned().collect();
        let both = [forth, back].into_iter();
        both.map(|schedules| Self { schedules, order }).collect()
    }

    /// The same with one schedule less, for each of them.
    pub(super) fn each_less(&self) -> Vec<Self> {
        let less = |index: usize| {
            let others = self.schedules.iter().enumerate();
            let others = others.filter(|(other, _)| *other != index);
            self.with(others.map(|(_, schedule)| schedule.clone()).collect())
        };
        (0..self.schedules.len()).map(less).collect()
    }

    /// The same with something simpler in the place of one move, for each of them.
    pub(super) fn each_simpler(&self) -> Vec<Self> {
        let all = self.schedules.iter().enumerate();
        let each = all.flat_map(|(at, schedule)| {
            schedule.each_simpler().into_iter().map(move |simpler| {
                let mut schedules = self.schedules.clone();
                schedules[at] = simpler;
                self.with(schedules)
            })
        });
        each.collect()
    }

    /// The same without these steps, counted through all schedules, when what is left is still possible.
    pub(super) fn without(&self, steps: &Range<usize>) -> Option<Self> {
        let mut before = 0;
        let mut left = Vec::new();
        for schedule in &self.schedules {
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
        Some(self.with(left))
    }

    /// The file's text.
    pub(super) fn text(&self, sentence: &str, comment: &[String], claims: &Claims) -> String {
        let comment: String = comment.iter().map(|line| format!("# {line}\n")).collect();
        let users: Vec<&str> = self
            .schedules
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

    /// Each user logs in and opens a tab; then the schedules are taken.
    fn steps(&self) -> Vec<Arc<dyn Step>> {
        if self.order == Order::InTurn || self.n_schedules() == 1 {
            let moves = self.schedules.iter().flat_map(|one| &one.steps);
            let endings = self.schedules.iter().flat_map(|one| &one.endings);
            let arrival = arrival(everyone()).into_iter();
            return arrival.chain(moves.chain(endings).cloned()).collect();
        }
        let each = self.schedules.iter().map(|schedule| {
            let mut steps: Vec<_> = schedule.first_tabs().flat_map(arrival).collect();
            steps.extend(schedule.all_steps().cloned());
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

/// Whether the name stands among these words, and not as a part of another one.
fn names(words: &str, name: &str) -> bool {
    words.match_indices(name).any(|(at, _)| {
        let before = words[..at].chars().next_back();
        let after = words[at + name.len()..].chars().next();
        let mut beside = before.into_iter().chain(after);
        !beside.any(|letter| letter.is_alphanumeric() || letter == '_')
    })
}

#[cfg(test)]
mod tests {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::explore::machine;
    use crate::explore::offer::Offer;
    use crate::system::aim::Aim;

    /// Two schedules, each of two users.
    fn batch() -> Batch {
        let file = "target: x\nlogin: none\nsocket: {}\nactions: {say: {marked: false, do: {post: /say}}}\n";
        let target = targets::parse(file).expect("a target");
        let users = Users::of(&target, None, &Aim::default(), Offer::wanted_users(&target));
        let users = users.expect("users");
        let schedules = machine::schedules(&Arc::new(Offer::of(&target, &users)));
        let mut runner = TestRunner::deterministic();
        let mut draw = || schedules.new_tree(&mut runner).expect("moves").current();
        let mut batches = Batch::of(vec![draw(), draw()], &users);
        assert_eq!(batches.len(), 1);
        batches.remove(0)
    }

    #[test]
    fn schedules_in_turn_have_the_same_steps_and_none_at_once() {
        let at_once = batch();
        let [forth, back] = &at_once.in_turn()[..] else {
            panic!("there are two orders");
        };
        assert_ne!(text(forth), text(back));
        for in_turn in [forth, back] {
            assert!(!text(in_turn).contains("together"), "{}", text(in_turn));
            // The users of all schedules log in with one step, and open their tabs with another.
            assert_eq!(in_turn.n_steps(), at_once.n_steps() - 2);
            assert!(in_turn.in_turn().is_empty());
            // Shrinking it further leaves the order as it is.
            let less = in_turn.without(&(0..in_turn.length()));
            let less = less.expect("a shorter one");
            assert!(!text(&less).contains("together"), "{}", text(&less));
        }
        assert!(text(&at_once).contains("together"), "{}", text(&at_once));
        let alone = &at_once.each_alone()[0];
        assert!(alone.in_turn().is_empty());
    }

    #[test]
    fn the_schedules_of_those_who_are_named_are_kept() {
        let both = batch();
        let first = both.schedules[0].users()[0].to_uppercase();
        let naming = both.naming(&format!("{first}/desktop/1 got m1"));
        let naming = naming.expect("one of both");
        assert_eq!(naming.schedules[0].users(), both.schedules[0].users());
        assert_eq!(naming.n_schedules(), 1);
        let all: Vec<&str> = { both.schedules.iter() }
            .map(|one| one.users()[0].as_str())
            .collect();
        assert!(both.naming(&all.join(", owned by ")).is_none());
        assert!(both.naming("nobody is named").is_none());
    }

    fn text(batch: &Batch) -> String {
        batch.text("x", &[], &Claims::default())
    }

    #[test]
    fn a_name_is_found_as_a_whole_only() {
        assert!(names("a/desktop/1 got m1, owned by bob", "a"));
        assert!(names(
            "bob/desktop/1 got m1, owned by o'neil \"q\"",
            "o'neil \"q\""
        ));
        assert!(!names("a_b/desktop/1 got m1, owned by alice", "a"));
        assert!(!names("", "a"));
    }
}
