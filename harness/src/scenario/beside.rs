//! Checks of neighbours: whose steps they are, and that there is something to compare.

use super::content::{Neighbour, Scenario};
use super::labels::Labels;
use crate::language::names::{BrowserName, TabName, Who};
use crate::model::state::Model;
use crate::steps::checking::{check_all, check_rounds};
use crate::steps::step_trait::{Actor, Reach, StepAt};
use reading::node::{Node, Yaml};
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};

/// The property that compares.
const UNDISTURBED: &str = "undisturbed";

/// Checks the neighbours of a scenario, which was read from `node`. `labels` and `model` are what its steps leave
/// behind: a neighbour may speak of any action that they start.
pub(super) fn check(
    scenario: &Scenario,
    node: &Node,
    labels: &Labels<'_>,
    model: &Model<'_>,
) -> Result<(), Wrong> {
    let compares = scenario.expect.iter().any(|name| name == UNDISTURBED);
    match (scenario.beside.is_empty(), compares) {
        (true, false) => return Ok(()),
        (true, true) => {
            return wrong(
                comparison(node),
                "`undisturbed` compares with a neighbour, and there is none",
                "add `beside:` with a neighbour, or remove `undisturbed`",
            );
        }
        (false, false) => {
            return wrong(
                node.setting("beside").map(Node::key),
                "there are neighbours, but nothing is compared",
                "add `undisturbed` to `expect`, or remove `beside`",
            );
        }
        (false, true) => {}
    }
    let actors = actors(&scenario.steps)?;
    scenario
        .beside
        .iter()
        .try_for_each(|neighbour| one(neighbour, &actors, labels.clone(), model.clone()))
}

fn one<'a>(
    neighbour: &'a Neighbour,
    watched: &[Acting<'_>],
    mut labels: Labels<'a>,
    mut model: Model<'_>,
) -> Result<(), Wrong> {
    for steps in [&neighbour.before, &neighbour.meanwhile] {
        labels.add(steps)?;
        for acting in actors(steps)? {
            let at = acting.spot;
            if watched.iter().any(|other| acting.is_at(other)) {
                let name = acting.name();
                return wrong(
                    at,
                    format!("`{name}` is compared, and cannot be the neighbour as well"),
                    "let somebody act who has no step in `steps`",
                );
            }
            let who = &acting.browser.who;
            let is_same_user = watched.iter().any(|other| other.browser.who == *who);
            if is_same_user && *who != Who::Stranger && !COMES_AND_GOES.contains(&acting.step) {
                return wrong(
                    at,
                    format!("what `{who}` does may rightly show in each session of theirs"),
                    "let another user do it; another session or tab of who is compared may only come and go",
                );
            }
        }
    }
    check_all(&neighbour.before, &mut model)?;
    check_rounds(2, &neighbour.meanwhile, &mut model)
}

/// Where the comparison is asked for.
fn comparison(node: &Node) -> Option<Spot> {
    let Yaml::List(items) = &node.setting("expect")?.yaml else {
        return None;
    };
    let is_it = |node: &&Node| matches!(&node.yaml, Yaml::Text(text) if text == UNDISTURBED);
    items.iter().find(is_it).map(Node::at)
}

/// The steps that another session or tab of a user who is compared may take: none of them asks for anything that the
/// target may rightly show in the user's other sessions.
const COMES_AND_GOES: &[&str] = &[
    "login", "logout", "expire", "open", "close", "cut", "stall", "resume", "wait",
];

/// Who takes a step, and where.
struct Acting<'a> {
    browser: &'a BrowserName,
    tab: Option<&'a TabName>,
    /// What the step is called.
    step: &'static str,
    spot: Spot,
}

impl Acting<'_> {
    /// Whether both act at one place: in one tab, or in one browser where the neighbour does more than to have a tab.
    fn is_at(&self, other: &Self) -> bool {
        let same_browser = self.browser == other.browser;
        same_browser && (self.tab.is_none() || self.tab == other.tab)
    }

    fn name(&self) -> String {
        { self.tab }.map_or_else(|| self.browser.to_string(), ToString::to_string)
    }
}

/// The actors, each with its place in the file. With neighbours each must be somebody of the two sides.
fn actors(steps: &[StepAt]) -> Result<Vec<Acting<'_>>, Wrong> {
    let mut actors = Vec::new();
    for at in steps {
        if at.step.facts().reach == Reach::Everybody {
            return wrong(
                at.spots.name(),
                "a restart would disturb everybody",
                "remove it: parts are run on servers of their own",
            );
        }
        let (browser, tab) = match at.step.facts().actor {
            Actor::Browser(browser) => (browser, None),
            Actor::Tab(tab) => (&tab.browser, Some(tab)),
            Actor::Harness => continue,
            Actor::Inner(inner) => {
                actors.extend(self::actors(inner)?);
                continue;
            }
        };
        if browser.who == Who::Everyone {
            return wrong(
                at.spots.actor(),
                "beside neighbours, `everyone` does not say who is compared",
                "name the users one by one",
            );
        }
        actors.push(Acting {
            browser,
            tab,
            step: at.step.written().name(),
            spot: at.spots.actor(),
        });
    }
    Ok(actors)
}
