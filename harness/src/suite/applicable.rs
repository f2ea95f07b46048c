//! Whether a target gives a scenario any occasion: it is asked before anything is started.

use std::collections::BTreeMap;

use evidence::UserName;
use probe::Target;
use targets::needs::Need;

use super::setting;
use crate::language::names::{TabName, Who};
use crate::report::suite::NotTested;
use crate::scenario::content::Scenario;
use crate::steps::step_trait::{all_needs, all_tabs};
use crate::system::cast::NoCast;

/// Why the scenario cannot be tested on this target, whose users have these passwords; none where it can.
pub(crate) fn why_not(
    target: &Target,
    passwords: Option<&BTreeMap<UserName, String>>,
    scenario: &Scenario,
) -> Option<NotTested> {
    if let Some(only) = scenario
        .target
        .as_ref()
        .filter(|only| **only != target.name)
    {
        return Some(NotTested::OfAnotherTarget(only.clone()));
    }
    let word = "second place";
    if target.without.iter().any(|known| known == word) && is_at_two_places(scenario) {
        return Some(NotTested::NotApplicable(format!("without: [{word}]")));
    }
    let mut open: Vec<Vec<String>> = Vec::new();
    let traits = scenario.needs.iter().map(|one| one.of(target));
    let needs = scenario.all_steps().flat_map(all_needs);
    for need in traits.chain(needs.map(|need| need.of(target))) {
        match need {
            Need::Found(()) => {}
            // What is missing for good comes before what is only not said.
            Need::NotApplicable(word) => return Some(NotTested::NotApplicable(word)),
            Need::NotMentioned(lines) if open.contains(&lines) => {}
            Need::NotMentioned(lines) => open.push(lines),
        }
    }
    let not_judged = setting::not_judged(target, scenario);
    if let [one, ..] = not_judged.as_slice()
        && open.is_empty()
        && not_judged.len() == scenario.expect.len()
    {
        return Some(NotTested::NotApplicable(one.why.to_owned()));
    }
    if !open.is_empty() {
        return Some(NotTested::NotMentioned(open));
    }
    let none = setting::cast(target, passwords, scenario).err();
    none.map(|none| no_users(target, &none))
}

/// Whether the target file says that the target lacks something that the scenario needs.
pub(crate) fn never_applies(target: &Target, scenario: &Scenario) -> bool {
    let traits = scenario.needs.iter().map(|one| one.of(target));
    let needs = scenario.all_steps().flat_map(all_needs);
    let mut all = traits.chain(needs.map(|need| need.of(target)));
    all.any(|need| matches!(need, Need::NotApplicable(_)))
}

/// Whether a user acts at more than one place. Strangers are nobody, however many there are.
fn is_at_two_places(scenario: &Scenario) -> bool {
    let mut first: BTreeMap<&Who, &TabName> = BTreeMap::new();
    let tabs = scenario.all_steps().flat_map(all_tabs);
    let mut tabs = tabs.filter(|tab| tab.browser.who != Who::Stranger);
    tabs.any(|tab| *first.entry(&tab.browser.who).or_insert(tab) != tab)
}

/// What it means that nobody can play some users.
fn no_users(target: &Target, none: &NoCast) -> NotTested {
    if target.without.iter().any(|word| word == "more users") {
        return NotTested::NotApplicable("without: [more users]".to_owned());
    }
    NotTested::NoUsers(format!("{}; {}", none.told(), none.fix()))
}
