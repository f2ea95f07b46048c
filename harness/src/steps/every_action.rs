//! `every action`: a user does each action that the target file has, one after the other.
//!
//! What can be done and by whom, the target's own rules say: an action that is refused here, or not answered, or that
//! nobody can do, is left out. What is granted is judged like any other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use probe::watch::so_far;
use serde_json::json;
use targets::Target;
use targets::file::action::{Ability, Action};
use targets::needs::Wish;

use super::entry::Entry;
use super::reading::{Reader, StepKind};
use super::start::{self, Start};
use super::step_trait::{Actor, Facts, Reach, Step, Taking, at_line};
use crate::language::names::TabName;
use crate::language::schema_parts;
use crate::language::spots::Spots;
use crate::language::values::{Expect, Via, tab};
use crate::model::state::Model;
use crate::needs::Needed;
use crate::run::error::RunError;
use crate::run::state::Run;
use reading::node::Node;
use reading::wrong::Wrong;

pub(super) const KIND: StepKind = StepKind {
    name: "every action",
    schema: schema_parts::place,
    read,
};

/// Actions of one file that are done.
const MOST: usize = 30;
/// How long what one action makes is waited for before the next. What is lost, the end of the run says.
const PAUSE: Duration = Duration::from_secs(1);
/// How often to look for something new.
const LOOK: Duration = Duration::from_millis(50);

#[derive(Debug)]
struct EveryAction(TabName);

fn read(node: &Node, _: &Reader) -> Result<Arc<dyn Step>, Wrong> {
    Ok(Arc::new(EveryAction(tab(node, "every action")?)))
}

/// The actions that do no harm and are soon over, and the usual one, whatever it is.
pub(super) fn harmless(target: &Target) -> Vec<&str> {
    let usual = target.action_for(Wish::Any).found().map(|(name, _)| name);
    let bad = [Ability::Floods, Ability::Long];
    let all = target.actions.iter().filter(|(name, action)| {
        let is_bad = bad.iter().any(|ability| action.can.contains(ability));
        let is_harmless = !is_bad && !target.destructive.contains(name);
        is_harmless || usual == Some(name.as_str())
    });
    // What fails may say what the others have left behind.
    let fails = |(_, action): &&(String, Action)| action.can.contains(&Ability::Fails);
    let (last, first): (Vec<_>, Vec<_>) = all.partition(fails);
    let all = first.into_iter().chain(last);
    all.map(|(name, _)| name.as_str()).take(MOST).collect()
}

impl Step for EveryAction {
    fn facts(&self) -> Facts<'_> {
        Facts {
            count: 1,
            actor: Actor::Tab(&self.0),
            reach: Reach::Actor,
            asks: false,
            needs_observer: false,
            starts: None,
            needs: Some(Needed::Action("any")),
            texts: Vec::new(),
        }
    }

    fn written(&self) -> Entry {
        KIND.entry(json!(self.0.written()))
    }

    fn check(&self, model: &mut Model<'_>, at: &Spots) -> Result<(), Wrong> {
        let at = at.actor();
        model.each_tab(&self.0, at, |model, tab| {
            model.start(tab, KIND.name, Via::Http, Expect::Granted, at)
        })
    }

    fn take<'a>(&'a self, run: &'a Run, line: u64) -> Taking<'a> {
        at_line(line, run.each_tab(&self.0, |tab| all(run, tab)))
    }
}

async fn all(run: &Run, tab: TabName) -> Result<(), RunError> {
    for kind in harmless(run.site.target()) {
        let label = format!("{} {kind}", KIND.name);
        let step = Start::of(tab.clone(), kind, label).if_it_can_be();
        start::start(run, tab.clone(), &step).await?;
        until_it_came(run).await;
    }
    Ok(())
}

/// Waits a little for what is due so far: users do one thing after the other, and some targets drop what comes too thick.
async fn until_it_came(run: &Run) {
    let began = Instant::now();
    while began.elapsed() < PAUSE {
        let due = run.due();
        let Some(missing) = due.iter().find(|due| so_far(due) < due.count) else {
            return;
        };
        missing.tab.wait_for_change(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_harm_or_takes_long_is_left_out_unless_it_is_the_usual_one() {
        let text = "target: x\nlogin: none\nsocket: {protocol: websocket}\ndestructive: [drop]\nactions:\n  say: {do: {send: \"{marker}\"}}\n  drop: {do: {send: \"{marker}\"}}\n  flood: {can: [floods], do: {send: \"{marker}\"}}\n  slow: {can: [long], do: {send: \"{marker}\"}}\n  bad: {can: [fails], do: {send: \"{marker}\"}}\n  ask: {do: {send: \"{marker}\"}}\n";
        let target = targets::parse(text).expect("a target");
        assert_eq!(harmless(&target), ["say", "ask", "bad"]);
        let text = "target: x\nlogin: none\nsocket: {protocol: websocket}\nactions: {slow: {can: [long], do: {send: \"{marker}\"}}}\n";
        let target = targets::parse(text).expect("a target");
        assert_eq!(harmless(&target), ["slow"]);
    }
}
