//! The words of the target file for how an action is done and refused.

use targets::file::action::{Action, Way};
use targets::language::came::Came;
use targets::language::predicate::Fit;
use targets::language::step::Step;
use targets::language::template::Nothing;

/// How an action is done by this way, or usually.
pub(super) fn way_of<'a>(action: Option<&'a Action>, way: Option<&str>) -> Option<&'a Way> {
    let action = action?;
    let mut ways = action.ways.iter();
    let named = ways.find(|(known, _)| Some(known.as_str()) == way);
    Some(named.map_or(&action.way, |(_, way)| way))
}

/// Whether it is a refusal in the words of this step.
pub(super) fn is_refusal(step: &Step, came: &Came) -> bool {
    let refused = step.refused.as_ref();
    // A name in it stood for something when the step was taken.
    refused.is_some_and(|refused| !matches!(refused.fits(came, &mut Nothing), Ok(Fit::No(_))))
}
