//! Checks of neighbours: whose steps they are, and that there is something to compare.

use super::check::{Labels, named_once};
use super::model::Model;
use super::place::Who;
use super::{Neighbour, Scenario, Step, StepKind, Wrong, wrong};

/// The property that compares.
const UNDISTURBED: &str = "undisturbed";

/// Checks the neighbours of a scenario. `labels` and `model` are what its steps leave behind: a neighbour may
/// speak of any action that they start.
pub(super) fn check(
    scenario: &Scenario,
    labels: &Labels<'_>,
    model: &Model<'_>,
) -> Result<(), Wrong> {
    let line = scenario.steps.first().map_or(1, |step| step.line);
    let compares = scenario.expect.iter().any(|name| name == UNDISTURBED);
    match (scenario.beside.is_empty(), compares) {
        (true, false) => return Ok(()),
        (true, true) => {
            return wrong(
                line,
                "nobody is there to disturb",
                "add `beside:` with a neighbour, or remove `undisturbed`",
            );
        }
        (false, false) => {
            return wrong(
                line,
                "there are neighbours, and nothing is compared",
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
    watched: &[(&Who, u64)],
    mut labels: Labels<'a>,
    mut model: Model<'_>,
) -> Result<(), Wrong> {
    for steps in [&neighbour.before, &neighbour.meanwhile] {
        named_once(steps, &mut labels)?;
        for (who, line) in actors(steps)? {
            if *who != Who::Stranger && watched.iter().any(|(other, _)| *other == who) {
                return wrong(
                    line,
                    format!("`{who}` is compared, and cannot be the neighbour as well"),
                    "let somebody act who has no step in `steps`",
                );
            }
        }
    }
    model.walk(&neighbour.before)?;
    model.rounds(2, &neighbour.meanwhile)
}

/// Who acts, and at which line. With neighbours each must be somebody of the two sides.
fn actors(steps: &[Step]) -> Result<Vec<(&Who, u64)>, Wrong> {
    let mut actors = Vec::new();
    for step in steps {
        match &step.kind {
            StepKind::Repeat { steps, .. } | StepKind::Together(steps) => {
                actors.extend(self::actors(steps)?);
            }
            StepKind::Restart => {
                return wrong(
                    step.line,
                    "a restart would disturb everybody",
                    "remove it: parts are run on servers of their own",
                );
            }
            kind => match kind.who() {
                Some(Who::Everyone) => {
                    return wrong(
                        step.line,
                        "beside neighbours, `everyone` does not say who is compared",
                        "name the users one by one",
                    );
                }
                who => actors.extend(who.map(|who| (who, step.line))),
            },
        }
    }
    Ok(actors)
}
