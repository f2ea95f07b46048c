//! Checks steps with the model, one after the other.

use super::step_trait::StepAt;
use crate::model::state::Model;
use reading::spot::Spot;
use reading::wrong::Wrong;

/// Checks these steps in their order.
pub(crate) fn check_all(steps: &[StepAt], model: &mut Model<'_>) -> Result<(), Wrong> {
    steps.iter().try_for_each(|at| check(at, model))
}

/// Checks steps that are taken so many times. What is right twice is right each time.
pub(crate) fn check_rounds(
    times: u64,
    steps: &[StepAt],
    model: &mut Model<'_>,
) -> Result<(), Wrong> {
    check_all(steps, model)?;
    if times == 1 {
        return Ok(());
    }
    let was_again = std::mem::replace(&mut model.is_again, true);
    check_all(steps, model).map_err(|wrong| Wrong {
        message: format!("in the second round, {}", wrong.message),
        ..wrong
    })?;
    model.is_again = was_again;
    Ok(())
}

/// Checks steps that are taken in any order, so that none may rely on another.
pub(super) fn check_in_any_order(
    steps: &[StepAt],
    model: &mut Model<'_>,
    at: Spot,
) -> Result<(), Wrong> {
    model.spend(steps.len().saturating_mul(model.size()), at)?;
    let before = model.clone();
    for at in steps {
        let mut alone = before.clone();
        alone.work = model.work;
        alone.is_beside_others = true;
        check(at, &mut alone)?;
        model.work = alone.work;
    }
    check_all(steps, model)
}

fn check(at: &StepAt, model: &mut Model<'_>) -> Result<(), Wrong> {
    let texts = at.step.facts().texts.into_iter();
    // Where a text stands is searched for only if it is wrong, because a step may have a hundred thousand texts.
    { texts }.try_for_each(|text| {
        let found = model.references(text, at.spots.name());
        found.map_err(|wrong| Wrong {
            at: Some(at.spots.text(text)),
            ..wrong
        })
    })?;
    at.step.check(model, &at.spots)
}
