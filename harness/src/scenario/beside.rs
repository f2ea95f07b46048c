//! Checks of neighbours: whose steps they are, and that there is something to compare.

use super::content::{Neighbour, Scenario};
use super::labels::Labels;
use crate::language::names::Who;
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
    watched: &[(&Who, Spot)],
    mut labels: Labels<'a>,
    mut model: Model<'_>,
) -> Result<(), Wrong> {
    for steps in [&neighbour.before, &neighbour.meanwhile] {
        labels.add(steps)?;
        for (who, at) in actors(steps)? {
            if *who != Who::Stranger && watched.iter().any(|(other, _)| *other == who) {
                return wrong(
                    at,
                    format!("`{who}` is compared, and cannot be the neighbour as well"),
                    "let somebody act who has no step in `steps`",
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

/// The actors, each with its place in the file. With neighbours each must be somebody of the two sides.
fn actors(steps: &[StepAt]) -> Result<Vec<(&Who, Spot)>, Wrong> {
    let mut actors = Vec::new();
    for at in steps {
        if at.step.facts().reach == Reach::Everybody {
            return wrong(
                at.spots.name(),
                "a restart would disturb everybody",
                "remove it: parts are run on servers of their own",
            );
        }
        let browser = match at.step.facts().actor {
            Actor::Browser(browser) => browser,
            Actor::Tab(tab) => &tab.browser,
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
        actors.push((&browser.who, at.spots.actor()));
    }
    Ok(actors)
}
